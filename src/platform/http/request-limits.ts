/** How many requests an address may make: many of the usual ones, few of those with which passwords are guessed and accounts are made by the hundred. */
import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { ThrottlerOptions } from '@nestjs/throttler';

const SENSITIVE = 'ledger:sensitive';
const MINUTE_MS = 60_000;
const SENSITIVE_SHARE = 20;

/** A route on which an address may do only a twentieth of the usual. */
export const Sensitive = () => SetMetadata(SENSITIVE, true);

const isSensitive = (context: ExecutionContext): boolean => Reflect.getMetadata(SENSITIVE, context.getHandler()) === true;

/** @param perMinute usual requests of one address */
export const requestLimits = (perMinute: number): ThrottlerOptions[] => [
  { name: 'default', ttl: MINUTE_MS, limit: perMinute },
  { name: 'sensitive', ttl: MINUTE_MS, limit: Math.ceil(perMinute / SENSITIVE_SHARE), skipIf: (context) => !isSensitive(context) },
];
