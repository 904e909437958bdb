/** The key under which a POST may be repeated, and what a repeat has in common with the first. */
import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';
export const KEY_MAX = 255;

/** What a route may say of its key; every other POST takes one that may be left out. */
export interface KeyRule {
  /** Without a key the request is refused. */
  readonly required?: true;
  /** What arrives here has an id of its own; the header means nothing. */
  readonly exempt?: true;
  /** Where nobody is logged in: the field of the body that says who is asking, so that strangers never meet under one key. */
  readonly claimedBy?: string;
}

/** Metadata of the handler and, until the documentation is made of it, extension of its description. */
export const KEY_RULE = 'x-request-key';

export const RequestKey = (rule: KeyRule) => applyDecorators(SetMetadata(KEY_RULE, rule), ApiExtension(KEY_RULE, { ...rule }));

export interface RequestIdentity {
  /** UUID v7, the same for a repeat. What the request makes anew takes it as its id. */
  readonly requestId: string;
  /** Follows from requestId, so that a repeat is the same command. */
  readonly commandId: string;
  /** The key was seen before: there may be an answer already. */
  readonly repeated: boolean;
}

export type RequestWithIdentity = FastifyRequest & { identity?: RequestIdentity };

/** Who this request is, to itself and to its repeats. Only on routes that change something. */
export const Identity = createParamDecorator((_data: unknown, context: ExecutionContext): RequestIdentity => {
  const { identity } = context.switchToHttp().getRequest<RequestWithIdentity>();
  if (!identity) throw new Error('Identity on a route that only reads');
  return identity;
});
