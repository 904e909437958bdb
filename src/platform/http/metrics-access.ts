/** Who may read `/metrics`: everybody on a developer's machine; in production only who knows the token that is set for it. */
import { timingSafeEqual } from 'node:crypto';
import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import type { Settings } from '../config/settings.js';

const matches = (sent: string, wanted: string): boolean => {
  const [one, other] = [Buffer.from(sent), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
};

/** @throws METRICS_CLOSED (403) in production without a token, METRICS_TOKEN_INVALID (401) for another one */
export function checkMetricsAccess(
  { METRICS_TOKEN: token, NODE_ENV }: Pick<Settings, 'METRICS_TOKEN' | 'NODE_ENV'>,
  authorization: string,
): void {
  if (token === undefined && NODE_ENV === 'production')
    throw new ForbiddenException({ code: 'METRICS_CLOSED', detail: 'Set METRICS_TOKEN and send it as a bearer token.' });
  if (token !== undefined && !matches(authorization, `Bearer ${token}`))
    throw new UnauthorizedException({ code: 'METRICS_TOKEN_INVALID', detail: 'Send METRICS_TOKEN as a bearer token.' });
}
