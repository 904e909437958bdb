/** What every route has: problems, validation, tokens, limits, headers, documentation. Sign-up and login run on a real PostgreSQL. */
import { describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { runningEdge } from '../support/running-edge.js';

const JWT_SECRET = 'a-test-secret-that-is-long-enough-0001';
const ORIGIN = 'https://www.example.com';
const REQUESTS_PER_MINUTE = 400;
const BODY_BYTES_MAX = 1_048_576;

let url: string;
runningEdge(
  { jwtSecret: JWT_SECRET, origin: ORIGIN, requestsPerMinute: REQUESTS_PER_MINUTE, reachedUpTo: 100 },
  (started) => ({ url } = started),
);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}
const call = async (path: string, init: RequestInit = {}): Promise<Answer> => {
  const answer = await fetch(url + path, init);
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, text, body: json ? (JSON.parse(text) as Record<string, unknown>) : {} };
};
/** Each caller has an address of its own, so that the limits of one test do not reach the next. */
let callers = 0;
const post = (path: string, body: unknown, address = `10.0.0.${(callers += 1)}`): Promise<Answer> =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const bearing = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const tokenOf = (role: string, options: { expiresIn?: number; secret?: string } = {}): string =>
  new JwtService({ secret: JWT_SECRET }).sign({ sub: 'some-id', role }, { expiresIn: 60, ...options });

const change = (world: { logIsAway?: boolean; isReady?: boolean }): Promise<Answer> =>
  call('/things/world', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ logIsAway: false, isReady: true, ...world }),
  });
const registrations = async (): Promise<string[]> => (await call('/things/registrations')).body['ids'] as string[];

describe('a problem', () => {
  it('names every wrong field and repeats none of the values', async () => {
    const answer = await post('/things', { password: 'hunter2', size: 'big', extra: 'unwanted' });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 422, code: 'VALIDATION_FAILED', instance: '/things' });
    const fields = (answer.body['errors'] as { field: string }[]).map(({ field }) => field);
    expect(fields.sort()).toEqual(['extra', 'password', 'size']);
    expect(answer.text).not.toMatch(/hunter2|big|unwanted/);
  });

  it('says 400 to malformed JSON without repeating it', async () => {
    const answer = await post('/things', '{"password": "hunter2');
    expect([answer.status, answer.body['code']]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.text).not.toContain('hunter2');
  });

  it('says 413 to a body that is too large, and takes one below the limit', async () => {
    const body = (bytes: number) => ({ password: 'x'.repeat(bytes), size: 1 });
    const large = await post('/things', body(BODY_BYTES_MAX));
    expect([large.status, large.body['code']]).toEqual([413, 'BODY_TOO_LARGE']);
    expect((await post('/things', body(BODY_BYTES_MAX - 1000))).status).toBe(201);
  });

  it('says 404 to an unknown address', async () => {
    const answer = await call('/nowhere?token=abc');
    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
    expect(answer.body['instance']).toBe('/nowhere');
  });

  it('tells when to come again', async () => {
    const answer = await call('/things/refused');
    expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([503, 'STORE_UNAVAILABLE', '2']);
  });

  it('keeps what is ours inside', async () => {
    const answer = await call('/things/broken');
    expect([answer.status, answer.body['code']]).toEqual([500, 'INTERNAL']);
    expect(answer.text).not.toMatch(/hunter2|at |\.ts/);
  });
});

describe('a token', () => {
  it('is needed everywhere that is not public', async () => {
    const answer = await call('/things/mine');
    expect([answer.status, answer.body['code'], answer.headers.get('www-authenticate')]).toEqual([401, 'UNAUTHENTICATED', 'Bearer']);
    expect((await call('/things/mine', bearing(tokenOf('customer')))).status).toBe(200);
  });

  it.each([
    ['expired', () => tokenOf('customer', { expiresIn: -1 })],
    ['signed with another secret', () => tokenOf('customer', { secret: 'another-secret-that-is-long-enough-1' })],
    [
      'not signed',
      () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x","role":"operator"}').toString('base64url')}.`,
    ],
  ])('is refused when it is %s', async (_how, token) => {
    const answer = await call('/things/mine', bearing(token()));
    expect([answer.status, answer.body['code']]).toEqual([401, 'TOKEN_INVALID']);
  });

  it('opens what is for operators to operators alone', async () => {
    const answer = await call('/things/all', bearing(tokenOf('customer')));
    expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN']);
    expect((await call('/things/all', bearing(tokenOf('operator')))).status).toBe(200);
  });
});

describe('reading your own writes', () => {
  it('is an ordinary answer once the read models have seen the position', async () => {
    const answer = await call('/things/mine?atLeast=100', bearing(tokenOf('customer')));
    expect([answer.status, answer.headers.get('ledger-stale')]).toEqual([200, null]);
  });

  it('is marked as stale when they have not', async () => {
    const answer = await call('/things/mine?atLeast=101', bearing(tokenOf('customer')));
    expect([answer.status, answer.headers.get('ledger-stale'), answer.body]).toEqual([202, 'true', { mine: true }]);
  });

  it.each(['soon', '-1', '1e3', '', '123456789012345678901'])('is refused for what is no position: %j', async (atLeast) => {
    const answer = await call(`/things/mine?atLeast=${atLeast}`, bearing(tokenOf('customer')));
    expect([answer.status, answer.body['code']]).toEqual([422, 'POSITION_INVALID']);
  });
});

describe('browsers', () => {
  it('get cross-origin access only where it is configured', async () => {
    const from = (origin: string) => call('/api/health', { headers: { origin } });
    expect((await from(ORIGIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect((await from('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are told to be careful, also with problems', async () => {
    for (const path of ['/api/health', '/nowhere']) expect((await call(path)).headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('learn the id under which a failed request stands in the log', async () => {
    const ids = [(await call('/things/broken')).headers.get('x-request-id'), (await call('/things/broken')).headers.get('x-request-id')];
    expect(ids).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('can read the documentation, with its scripts', async () => {
    expect((await call('/docs')).text).toContain('swagger-ui');
    expect((await call('/docs/swagger-ui-bundle.js')).status).toBe(200);
    const document = (await call('/docs-json')).body as { paths: Record<string, unknown> };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/v1/customers', '/api/v1/sessions', '/api/v1/me', '/health/ready']),
    );
  });
});

describe('health', () => {
  it.each(['/health/live', '/api/health'])('%s says that the process answers', async (path) => {
    const answer = await call(path);
    expect([answer.status, Object.keys(answer.body).sort()]).toEqual([200, ['service', 'status', 'timestamp']]);
  });

  it('/health/ready names what is not ready', async () => {
    expect((await call('/health/ready')).status).toBe(200);
    await change({ isReady: false });
    const answer = await call('/health/ready');
    await change({});
    expect([answer.status, answer.body['code']]).toEqual([503, 'NOT_READY']);
    expect(answer.text).toContain('store');
    expect(answer.text).toContain('rebuilding 41 %');
  });
});

describe('signing up and logging in', () => {
  const password = 'correct horse battery';

  it('leads to a token that opens what is mine', async () => {
    const made = await post('/api/v1/customers', { email: 'ada@example.com', password, name: 'Ada' });
    expect([made.status, made.body['expiresIn']]).toEqual([201, 900]);
    expect(await registrations()).toContain(made.body['customerId']);
    const session = await post('/api/v1/sessions', { email: 'ADA@example.com', password });
    expect([session.status, session.body['customerId'], session.body['role']]).toEqual([200, made.body['customerId'], 'customer']);
    const me = await call('/api/v1/me', bearing(String(session.body['accessToken'])));
    expect(me.body).toMatchObject({ customerId: made.body['customerId'], email: 'ada@example.com', name: 'Ada', role: 'customer' });
    expect(me.body['panelAccount']).toMatchObject({ status: 'pending' });
  });

  it('is refused for an address that is taken, a short password and a strange address', async () => {
    const wish = { email: 'bob@example.com', password, name: 'Bob' };
    await post('/api/v1/customers', wish);
    const again = await post('/api/v1/customers', wish);
    expect([again.status, again.body['code']]).toEqual([409, 'EMAIL_TAKEN']);
    expect((await post('/api/v1/customers', { ...wish, email: 'eve@example.com', password: '123456789' })).status).toBe(422);
    expect((await post('/api/v1/customers', { ...wish, email: 'eve' })).status).toBe(422);
    expect((await post('/api/v1/customers', { ...wish, email: 'eve@example.com', role: 'operator' })).status).toBe(422);
  });

  it('answers the same to a wrong password and an unknown address', async () => {
    await post('/api/v1/customers', { email: 'cleo@example.com', password, name: 'Cleo' });
    const wrong = await post('/api/v1/sessions', { email: 'cleo@example.com', password: 'wrong horse battery' });
    const unknown = await post('/api/v1/sessions', { email: 'nobody@example.com', password });
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'LOGIN_FAILED']);
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
  });

  it('is finished at the login when the log was away at the sign-up', async () => {
    await change({ logIsAway: true });
    const failed = await post('/api/v1/customers', { email: 'dora@example.com', password, name: 'Dora' });
    await change({});
    expect(failed.status).toBe(503);
    const known = (await registrations()).length;
    const session = await post('/api/v1/sessions', { email: 'dora@example.com', password });
    expect((await registrations()).slice(known)).toEqual([session.body['customerId']]);
    await post('/api/v1/sessions', { email: 'dora@example.com', password });
    expect(await registrations()).toHaveLength(known + 1);
  });

  it('is slowed for one address long before other requests are', async () => {
    const address = '10.9.9.9';
    const login = () => post('/api/v1/sessions', { email: 'nobody@example.com', password }, address);
    const answers = await Promise.all(Array.from({ length: REQUESTS_PER_MINUTE / 20 + 1 }, login));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.body['code']).toBe('RATE_LIMITED');
    expect((await post('/things', { password, size: 1 }, address)).status).toBe(201);
    expect((await call('/api/health', { headers: { 'x-forwarded-for': address } })).status).toBe(200);
  });
});
