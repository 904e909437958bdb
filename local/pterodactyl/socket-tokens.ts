/** The tokens with which a console is opened on a node: signed by the panel, believed by Wings, short-lived. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { ApiKey, Panel } from './panel.js';
import type { ServerRow } from './records.js';

const MS_PER_S = 1000;

interface Claims {
  readonly server_uuid: string;
  readonly user_id: number;
  /** Unix seconds. */
  readonly iat: number;
  readonly exp: number;
  readonly permissions: readonly string[];
  /** How often Wings had been started anew on the server's node. */
  readonly boot: number;
}

const INSTALL = 'admin.websocket.install';

const coded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const signatureOf = (panel: Panel, text: string): Buffer => createHmac('sha256', panel.nodeSecret).update(text).digest();

/** What the panel answers: a token, and where its node listens. */
export function locationsOfSockets(
  panel: Panel,
  { server, key, origin }: { server: ServerRow; key: ApiKey; origin: string },
): { token: string; socket: string } {
  panel.tokens += 1;
  const nowMs = panel.clock().getTime();
  const claims: Claims = {
    server_uuid: server.uuid,
    user_id: key.userId,
    iat: Math.floor(nowMs / MS_PER_S),
    exp: Math.floor((nowMs + panel.settings.tokenMs) / MS_PER_S),
    permissions: key.rootAdmin ? ['*', INSTALL] : ['*'],
    boot: panel.boots.get(server.node) ?? 0,
  };
  const text = `${coded({ typ: 'JWT', alg: 'HS256' })}.${coded({ ...claims, jti: randomUUID() })}`;
  const token = `${text}.${signatureOf(panel, text).toString('base64url')}`;
  return { token, socket: `${origin.replace(/^http/, 'ws')}/api/servers/${server.uuid}/ws` };
}

export interface Believed {
  readonly endsAtMs: number;
  /** Whether it may also listen to installs, as an administrator's may. */
  readonly seesInstalls: boolean;
}

/** What the token opens; a text that says why not when it opens nothing. */
export function readToken(panel: Panel, token: string, server: ServerRow): Believed | string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const right = signatureOf(panel, `${header}.${payload}`);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'jwt: invalid signature';
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  if (claims.server_uuid !== server.uuid) return 'jwt: no permission for this server';
  if (claims.exp * MS_PER_S <= panel.clock().getTime()) return 'jwt: exp claim is invalid';
  if (claims.boot !== (panel.boots.get(server.node) ?? 0)) return 'jwt: created too far in past';
  return { endsAtMs: claims.exp * MS_PER_S, seesInstalls: claims.permissions.includes(INSTALL) };
}
