/** Logins that last: the refresh token in its cookie, on a real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { SessionStore, type OpenSession } from '../../src/customers/identity/session.store.js';
import { Sealing } from '../../src/customers/identity/sealing.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { runningEdge } from '../support/running-edge.js';

const ORIGIN = 'https://www.example.com';
const JWT_SECRET = 'a-test-secret-that-is-long-enough-0001';
const PASSWORD = 'correct horse battery';
const DAY_MS = 86_400_000;

let url: string;
let databaseUrl: string;
let database: DataSource;
let sessions: SessionStore;
let people: IdentityStore;

runningEdge(
  { jwtSecret: JWT_SECRET, origin: ORIGIN, requestsPerMinute: 100_000, reachedUpTo: 100 },
  (started) => ({ url, databaseUrl } = started),
);
beforeAll(async () => {
  database = await createDataSource({ url: databaseUrl, entities: [] });
  const sealing = new Sealing(Buffer.alloc(32, 5).toString('base64'));
  sessions = new SessionStore(database, sealing);
  people = new IdentityStore(database, sealing);
});
afterAll(() => database.destroy());

const BEGIN_MS = Date.parse('2026-11-21T10:00:00Z');
const at = (seconds: number): Date => new Date(BEGIN_MS + seconds * 1_000);
const freshEmail = (): string => `session-${randomUUID()}@example.com`;

describe('a refresh token', () => {
  const loggedIn = async (): Promise<OpenSession> => {
    const personId = await people.createPerson({ email: freshEmail(), name: 'Ada', password: PASSWORD, role: 'customer' });
    return sessions.open({ personId, role: 'customer' }, 'Firefox on Linux', at(0));
  };
  const next = async (token: string, seconds: number): Promise<string> => {
    const session = await sessions.refresh(token, at(seconds));
    return typeof session === 'object' ? session.token : String(session);
  };

  it('is exchanged for the next, which alone counts after a while', async () => {
    const { token, personId, sessionId } = await loggedIn();
    const second = await next(token, 60);
    expect(second).not.toBe(token);
    expect(await sessions.refresh(second, at(120))).toMatchObject({ sessionId, personId, role: 'customer' });
  });

  it('used again after its successor ends the whole login', async () => {
    const { token } = await loggedIn();
    const second = await next(token, 60);
    expect(await next(token, 81)).toBe('reused');
    expect(await next(second, 82)).toBe('undefined');
    expect(await next(token, 82)).toBe('undefined');
  });

  it('is the same for tabs that ask at once, and after an answer that was lost', async () => {
    const { token } = await loggedIn();
    const told = await Promise.all(Array.from({ length: 6 }, () => next(token, 60)));
    expect(new Set(told).size).toBe(1);
    const [second = ''] = told;
    expect(await next(second, 70)).toBe(second);
    expect(await next(token, 79)).toBe(second);
    expect(await next(second, 100)).not.toBe(second);
  });

  it('made up under a login that exists ends it; one that leads nowhere is nothing', async () => {
    const { token, sessionId } = await loggedIn();
    for (const nowhere of ['', 'nonsense', `${randomUUID()}.${token.split('.')[1]}`]) expect(await next(nowhere, 1)).toBe('undefined');
    expect(await next(`${sessionId}.made-up`, 1)).toBe('reused');
    expect(await next(token, 1)).toBe('undefined');
  });

  it('ends after 30 days without use, and after 90 days of use', async () => {
    const days = (count: number): number => (count * DAY_MS) / 1_000;
    const idle = await loggedIn();
    expect(await next(idle.token, days(30))).toBe('undefined');
    let { token } = await loggedIn();
    for (const day of [29, 58, 87]) token = await next(token, days(day));
    expect(await next(token, days(89.9))).not.toBe('undefined');
    expect(await next(token, days(90))).toBe('undefined');
  });

  it('is kept as a digest only, and forgotten long after its end', async () => {
    const { token, sessionId } = await loggedIn();
    const second = await next(token, 60);
    const rows = (): Promise<unknown[]> => database.query('select * from identity.sessions where session_id = $1', [sessionId]);
    const text = JSON.stringify(await rows());
    for (const secret of [token, second]) expect(text).not.toContain(secret.split('.')[1]);
    expect(text).not.toContain('Firefox');
    await sessions.endByToken(second, at(61));
    await sessions.removeOld(new Date(at(61).getTime() + 29 * DAY_MS));
    expect(await rows()).toHaveLength(1);
    await sessions.removeOld(new Date(at(61).getTime() + 31 * DAY_MS));
    expect(await rows()).toHaveLength(0);
  });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly items?: readonly { sessionId: string; current: boolean; device: string }[] };
  readonly setCookie: string;
  readonly cookie: string;
}
const send = async (
  method: string,
  path: string,
  { body, ...headers }: Record<string, string> & { body?: string } = {},
): Promise<Answer> => {
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const setCookie = answer.headers.get('set-cookie') ?? '';
  return { status: answer.status, body: (await answer.json()) as Answer['body'], setCookie, cookie: setCookie.split(';')[0] ?? '' };
};
const logIn = (email: string, password: string, agent = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'): Promise<Answer> =>
  send('POST', 'sessions', { body: JSON.stringify({ email, password }), 'user-agent': agent });
const signUp = async (): Promise<Answer & { email: string }> => {
  const email = freshEmail();
  return { ...(await send('POST', 'customers', { body: JSON.stringify({ email, password: PASSWORD, name: 'Ada' }) })), email };
};
const bearer = ({ body }: Answer) => ({ authorization: `Bearer ${String(body['accessToken'])}` });
const codeOf = ({ status, body }: Answer) => [status, body['code']];
const longAgo = (cookie: string) =>
  database.query(`update identity.sessions set used_at = used_at - interval '1 hour' where session_id = $1`, [
    /=([^.]+)/.exec(cookie)?.[1],
  ]);

describe('a login', () => {
  it('comes with a cookie that only /auth sees and no script reads, and goes on with it', async () => {
    const made = await signUp();
    expect(made.setCookie).toMatch(
      /^ledger_refresh=[^;]+; Path=\/api\/v1\/auth; Max-Age=(2591999|2592000); HttpOnly; SameSite=Lax; Secure$/,
    );
    await longAgo(made.cookie);
    const refreshed = await send('POST', 'auth/refresh', { cookie: `theme=dark; ${made.cookie}` });
    expect([refreshed.status, refreshed.body['customerId'], refreshed.body['role']]).toStrictEqual([
      200,
      made.body['customerId'],
      'customer',
    ]);
    expect(refreshed.cookie).not.toBe(made.cookie);
    expect((await send('GET', 'me', bearer(refreshed))).status).toBe(200);
    await longAgo(made.cookie);
    expect(codeOf(await send('POST', 'auth/refresh', { cookie: made.cookie }))).toStrictEqual([401, 'REFRESH_REUSED']);
    const ended = await send('POST', 'auth/refresh', { cookie: refreshed.cookie });
    expect([...codeOf(ended), ended.setCookie]).toStrictEqual([
      401,
      'REFRESH_INVALID',
      expect.stringMatching(/^ledger_refresh=; .*Max-Age=0/),
    ]);
  });

  it('is not touched by pages of other sites', async () => {
    const { cookie } = await signUp();
    const foreign = [
      { origin: 'https://evil.example.org' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'https://forum.example.com' },
      { origin: 'null' },
    ] as const;
    for (const headers of foreign)
      for (const path of ['auth/refresh', 'auth/logout'])
        expect([headers, ...codeOf(await send('POST', path, { cookie, ...headers }))]).toStrictEqual([headers, 403, 'CROSS_SITE']);
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'same-site', origin: ORIGIN }, { origin: url }])
      expect((await send('POST', 'auth/refresh', { cookie, ...headers })).status).toBe(200);
  });

  it('ends with logging out', async () => {
    const { cookie } = await signUp();
    const out = await send('POST', 'auth/logout', { cookie });
    expect([out.status, out.setCookie]).toStrictEqual([200, expect.stringContaining('Max-Age=0')]);
    expect(codeOf(await send('POST', 'auth/refresh', { cookie }))).toStrictEqual([401, 'REFRESH_INVALID']);
  });

  it('is listed and ended from another one, and by nobody else', async () => {
    const [first, stranger] = [await signUp(), await signUp()];
    const second = await logIn(first.email, PASSWORD);
    const { body } = await send('GET', 'account/sessions', bearer(second));
    expect(body.items?.map(({ current, device }) => [current, device])).toStrictEqual([
      [true, 'Firefox on Linux'],
      [false, 'Another program'],
    ]);
    const path = `account/sessions/${body.items?.[1]?.sessionId ?? ''}`;
    expect(codeOf(await send('DELETE', path, bearer(stranger)))).toStrictEqual([404, 'NOT_FOUND']);
    expect((await send('DELETE', path, bearer(second))).status).toBe(200);
    expect(codeOf(await send('POST', 'auth/refresh', { cookie: first.cookie }))).toStrictEqual([401, 'REFRESH_INVALID']);
    expect((await send('POST', 'auth/refresh', { cookie: second.cookie })).status).toBe(200);
  });

  it('is the only one left after a new password', async () => {
    const first = await signUp();
    const second = await logIn(first.email, PASSWORD);
    const change = (currentPassword: string) =>
      send('POST', 'account/password', { body: JSON.stringify({ currentPassword, newPassword: 'another long one' }), ...bearer(second) });
    expect(codeOf(await change('not this one'))).toStrictEqual([422, 'PASSWORD_WRONG']);
    expect((await change(PASSWORD)).status).toBe(200);
    expect((await logIn(first.email, PASSWORD)).status).toBe(401);
    expect((await logIn(first.email, 'another long one')).status).toBe(200);
    expect(codeOf(await send('POST', 'auth/refresh', { cookie: first.cookie }))).toStrictEqual([401, 'REFRESH_INVALID']);
    expect((await send('POST', 'auth/refresh', { cookie: second.cookie })).status).toBe(200);
  });

  it('may change its name, and nothing else of anybody', async () => {
    const [first, stranger] = [await signUp(), await signUp()];
    const rename = (name: string) => send('PUT', 'me/name', { body: JSON.stringify({ name }), ...bearer(first) });
    const nameOf = async (who: typeof first) => (await send('GET', 'me', bearer(who))).body.name;
    const before = await nameOf(stranger);
    expect(await rename('  Ada of the North ')).toMatchObject({ status: 200, body: { name: 'Ada of the North' } });
    expect(await nameOf(first)).toBe('Ada of the North');
    expect(await nameOf(stranger)).toBe(before);
    for (const name of ['', '  ', 'x'.repeat(101)]) expect(codeOf(await rename(name))).toStrictEqual([422, 'VALIDATION_FAILED']);
    expect(await nameOf(first)).toBe('Ada of the North');
  });
});
