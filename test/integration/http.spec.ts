/** The API of a running ledger: who gets in, who may do what, and what every answer has. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Buyer, call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const PASSWORD = 'correct horse battery';
const UNREACHABLE_POSITION = '9999999999999999999';

let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));

interface NotesPage {
  readonly items: readonly { readonly noteId: string; readonly text: string }[];
  readonly nextCursor: string | null;
}
interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly field: string }[];
}

const send = (path: string, init: Parameters<typeof call>[2] = {}) => call<Problem>(ledger.url, path, init);
const freshEmail = (): string => `http-${randomUUID()}@example.com`;
const signUp = (email: string, over: Readonly<Record<string, unknown>> = {}) =>
  call<Problem & { customerId: string; accessToken: string }>(ledger.url, '/api/v1/customers', {
    body: { email, password: PASSWORD, name: 'Ada', ...over },
  });
const logIn = (email: string, password: string) =>
  call<Problem & { customerId: string; accessToken: string; role: string }>(ledger.url, '/api/v1/sessions', { body: { email, password } });

describe('signing up', () => {
  it('leads to a token that tells who I am, and so does logging in', async () => {
    const email = freshEmail();
    const made = await signUp(email);
    expect(made.status).toBe(201);
    const again = await logIn(email.toUpperCase(), PASSWORD);
    expect([again.status, again.body.customerId, again.body.role]).toStrictEqual([200, made.body.customerId, 'customer']);
    for (const { accessToken: token } of [made.body, again.body]) {
      const me = await send('/api/v1/me', { token });
      expect([me.status, me.body]).toMatchObject([200, { customerId: made.body.customerId, email, name: 'Ada', role: 'customer' }]);
    }
  });

  it('works once for an address, however it is written', async () => {
    const email = freshEmail();
    await signUp(email);
    for (const taken of [email, email.toUpperCase()]) {
      const { status, body } = await signUp(taken);
      expect([status, body.code]).toStrictEqual([409, 'EMAIL_TAKEN']);
    }
  });

  it.each([
    ['a short password', { password: 'short' }, 'password'],
    ['an address that is none', { email: 'not-an-address' }, 'email'],
    ['an empty name', { name: '' }, 'name'],
    ['a property that nobody asked for', { role: 'operator' }, 'role'],
  ])('with %s names the field', async (_what, over, field) => {
    const { status, body } = await signUp(freshEmail(), over);
    expect([status, body.code, body.errors?.map((one) => one.field)]).toStrictEqual([422, 'VALIDATION_FAILED', [field]]);
  });
});

/** Every row of every table of ours, as text. */
const everyRow = async (): Promise<string> => {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts = tables.map(async ({ name }) => (await client.query<{ row: string }>(`select t::text as row from ${name} t`)).rows);
    return (await Promise.all(texts))
      .flat()
      .map(({ row }) => row)
      .join('\n');
  } finally {
    await client.end();
  }
};

const mailsTo = async (email: string) => (await world.mails()).filter(({ to }) => to.includes(email));
const changeDetails = async (token: string, { email, password, name }: { email: string; password: string; name: string }) => {
  expect((await send('/api/v1/me/name', { method: 'PUT', token, body: { name } })).status).toBe(200);
  expect((await send('/api/v1/me/email', { token, body: { email, password } })).status).toBe(202);
  const code = /confirm it: (\w+)/.exec((await mailsTo(email))[0]?.text ?? '')?.[1];
  expect((await send('/api/v1/me/email/confirm', { token, body: { code } })).status).toBe(200);
};

describe('what is personal', () => {
  it('can be read neither in the database nor in the events nor in what is logged, also after it was changed', async () => {
    const mark = randomUUID();
    const { body } = await signUp(`${mark}@example.com`, { name: `Name ${mark}`, password: `pass ${mark}` });
    const me = () => call<{ panelAccount: { status: string } }>(ledger.url, '/api/v1/me', { token: body.accessToken });
    await eventually(async () => (await me()).body.panelAccount.status === 'linked', { what: 'the panel account' });
    await changeDetails(body.accessToken, { email: `new-${mark}@example.com`, password: `pass ${mark}`, name: `Other ${mark}` });
    const followed = async () => (await world.eventsOf(`customer-${body.customerId}`)).at(-1)?.type === 'PanelAccountUpdated';
    await eventually(followed, { what: 'the panel account to follow' });
    await eventually(async () => (await mailsTo(`${mark}@example.com`)).length > 0, { what: 'the mail to the old address' });
    const written = (await world.allEvents()).map(({ stream, data, metadata }) => JSON.stringify({ stream, data, metadata }));
    const [rows, events] = [await everyRow(), written.join('\n')];
    for (const text of [rows, events]) {
      expect(text).toContain(body.customerId);
      expect(text.toLowerCase()).not.toContain(mark);
    }
    expect(ledger.output.join('\n').toLowerCase()).not.toContain(mark);
  });
});

describe('logging in', () => {
  it('fails alike with a wrong password and with an unknown address', async () => {
    const email = freshEmail();
    await signUp(email);
    const [wrong, unknown] = [await logIn(email, `${PASSWORD}!`), await logIn(freshEmail(), PASSWORD)];
    expect([wrong.status, wrong.body.code]).toStrictEqual([401, 'LOGIN_FAILED']);
    expect([unknown.status, unknown.body]).toStrictEqual([wrong.status, wrong.body]);
  });
});

describe('an operator', () => {
  it('sees orders, matters and nodes', async () => {
    const token = await world.operator(ledger.url);
    for (const path of ['/api/v1/ops/orders', '/api/v1/ops/attention', '/api/v1/ops/nodes'])
      expect([path, (await send(path, { token })).status]).toStrictEqual([path, 200]);
  });

  it.each(['payments', 'revenue', 'mrr', 'webhooks', 'provisioning-health/facts', 'delivery-invariant'])(
    'turns over the pages of %s, and nobody else does',
    async (path) => {
      const [token, customer] = [await world.operator(ledger.url), await signUp(freshEmail())];
      const list = `/api/v1/ops/${path}?limit=1`;
      const page = await call<{ items: unknown[]; nextCursor: string | null }>(ledger.url, list, { token });
      expect([page.status, Array.isArray(page.body.items)]).toStrictEqual([200, true]);
      expect((await send(`${list}&atLeast=1`, { token })).status).toBe(200);
      expect((await send(list, { token: customer.body.accessToken })).status).toBe(403);
      const [bad, none] = [await send(`${list}&cursor=nonsense`, { token }), await send(`${list}&offset=1`, { token })];
      expect([bad.status, bad.body.code, none.body.code]).toStrictEqual([422, 'CURSOR_INVALID', 'VALIDATION_FAILED']);
    },
  );

  it.each([
    ['revenue?from=2026-13-01', 'VALIDATION_FAILED'],
    ['revenue?from=2026-02-31&to=2026-03-10', 'PERIOD_INVALID'],
    ['mrr?from=2026-02-01&to=2026-01-01', 'PERIOD_INVALID'],
    ['mrr?from=2000-01-01&to=2026-01-01', 'PERIOD_INVALID'],
    ['payments?status=lost', 'VALIDATION_FAILED'],
    ['webhooks?orderId=1', 'VALIDATION_FAILED'],
    ['delivery-invariant?broken=maybe', 'VALIDATION_FAILED'],
    ['provisioning-health?to=today', 'VALIDATION_FAILED'],
  ])('may not ask for %s', async (path, code) => {
    const { status, body } = await send(`/api/v1/ops/${path}`, { token: await world.operator(ledger.url) });
    expect([status, body.code]).toStrictEqual([422, code]);
  });

  it('is told when an object of Stripe leads to no order', async () => {
    const { status, body } = await send('/api/v1/ops/stripe-links/pi_nowhere', { token: await world.operator(ledger.url) });
    expect([status, body.code]).toStrictEqual([404, 'NOT_FOUND']);
  });

  it('changes what is kept back on a node, and it shows', async () => {
    const token = await world.operator(ledger.url);
    type Node = Record<'nodeId' | 'region', string> & Record<'reserveMemoryMib' | 'reserveDiskMib' | 'freeMemoryMib', number>;
    const nodes = async (): Promise<Node[]> => (await call<Node[]>(ledger.url, '/api/v1/ops/nodes', { token })).body;
    const [node] = await nodes();
    if (!node) throw new Error('there is no node');
    const { nodeId, region, reserveDiskMib, freeMemoryMib } = node;
    const reason = 'Mrs Byron at the hoster asked for it';
    const wish = { region, reserveDiskMib, reserveMemoryMib: node.reserveMemoryMib + 512, enabled: true, reason };
    expect((await send(`/api/v1/ops/nodes/${nodeId}`, { method: 'PUT', token, body: wish })).status).toBe(200);
    const changed = await eventually(
      async () => (await nodes()).find((one) => one.nodeId === nodeId && one.reserveMemoryMib === wish.reserveMemoryMib),
      { what: 'the new reserve' },
    );
    expect(changed.freeMemoryMib).toBe(freeMemoryMib - 512);
    expect((await send(`/api/v1/ops/nodes/${nodeId}/drain`, { token, body: { reason: 'again' } })).status).toBe(200);
    expect((await send(`/api/v1/ops/nodes/${nodeId}/drain`, { token, body: { drain: false } })).status).toBe(200);
    const notes = await call<NotesPage>(ledger.url, `/api/v1/ops/notes?subjectId=node-${nodeId}&limit=1`, { token });
    expect(notes.body.items).toMatchObject([{ subjectId: `node-${nodeId}`, deed: null, text: 'again' }]);
    const { nextCursor } = notes.body;
    const more = await call<NotesPage>(ledger.url, `/api/v1/ops/notes?subjectId=node-${nodeId}&cursor=${nextCursor}`, { token });
    expect(more.body).toMatchObject({ items: [{ text: reason }], nextCursor: null });
    const events = await world.eventsOf(`node-${nodeId}`);
    const noted = events.flatMap(({ type, data }) => {
      const { noteId } = data as { noteId?: string };
      return noteId === undefined ? [] : [[type, noteId]];
    });
    expect(noted).toStrictEqual([
      ['NodeRegistered', more.body.items[0]?.noteId],
      ['NodeDraining', notes.body.items[0]?.noteId],
    ]);
    expect(JSON.stringify(events)).not.toContain('Byron');
  });

  it.each([
    ['a region that is not in the catalog', '1', { region: 'atlantis' }, 'REGION_UNKNOWN'],
    ['a negative reserve', '1', { reserveMemoryMib: -1 }, 'VALIDATION_FAILED'],
    ['a node that is no number', 'one', {}, 'NODE_ID_INVALID'],
  ])('cannot name %s', async (...[, nodeId, over, code]) => {
    const token = await world.operator(ledger.url);
    const body = { region: 'eu-central', reserveMemoryMib: 0, reserveDiskMib: 0, enabled: true, ...over };
    const answer = await send(`/api/v1/ops/nodes/${nodeId}`, { method: 'PUT', token, body });
    expect([answer.status, answer.body.code]).toStrictEqual([422, code]);
  });
});

describe('reading your own writes', () => {
  it('shows an order at once to who says how far it must have come', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    for (let round = 0; round < 5; round += 1) {
      const placed = await buyer.tryToOrder({ planId: 'teeworlds-256m' }, randomUUID());
      expect(placed.status).toBe(201);
      const position = placed.headers.get('ledger-position') ?? '';
      expect(position).toMatch(/^\d+$/);
      const seen = await call<{ orderId: string; status: string }>(
        ledger.url,
        `/api/v1/orders/${placed.body.orderId}?atLeast=${position}`,
        { token: buyer.token },
      );
      expect([seen.status, seen.body.status, seen.headers.get('ledger-stale')]).toStrictEqual([200, 'awaitingPayment', null]);
    }
  }, 180_000);

  it('says so when the read models have not come that far', async () => {
    const { token } = await Buyer.signUp(ledger.url);
    const { status, headers, body } = await send(`/api/v1/orders?atLeast=${UNREACHABLE_POSITION}`, { token });
    expect([status, headers.get('ledger-stale'), body]).toStrictEqual([202, 'true', { items: [], nextCursor: null }]);
  });

  it('waits for the read models of the route only, whatever another is stuck with', async () => {
    const operator = await world.operator(ledger.url);
    const database = new Client({ connectionString: world.databaseUrl });
    await database.connect();
    try {
      // As if the projector had no right to write it any more; it can still be read.
      await database.query(`create function public.refuse() returns trigger language plpgsql as
        $$ begin raise exception 'refused' using errcode = '42501'; end $$;
        create trigger refuse before insert or update on read.delivery_invariant_v3 for each row execute function public.refuse()`);
      const buyer = await Buyer.signUp(ledger.url);
      const placed = await eventually(async () => {
        const tried = await buyer.tryToOrder({ planId: 'teeworlds-256m' }, randomUUID());
        return tried.status === 201 && tried;
      });
      const position = placed.headers.get('ledger-position') ?? '';
      const asked = async (path: string, token: string): Promise<unknown[]> => {
        const { status, headers } = await send(`${path}?atLeast=${position}`, { token });
        return [status, headers.get('ledger-stale')];
      };
      await eventually(async () => (await asked('/api/v1/orders', buyer.token))[0] === 200, { what: 'orders beside what is stuck' });
      expect(await asked('/api/v1/ops/delivery-invariant', operator)).toStrictEqual([202, 'true']);
    } finally {
      await database.query('drop function if exists public.refuse() cascade');
      await database.end();
    }
  }, 60_000);
});

describe('the edge', () => {
  it('answers malformed JSON with a problem', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${ledger.url}/api/v1/customers`, { method: 'POST', headers, body: '{"email":' });
    expect([answer.status, ((await answer.json()) as Problem).code]).toStrictEqual([400, 'BAD_REQUEST']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each(['/health/live', '/health/ready', '/api/health'])('says at %s that all is well', async (path) => {
    const { status, body } = await call<{ status: string }>(ledger.url, path);
    expect([status, body.status]).toStrictEqual([200, 'ok']);
  });

  it('gives figures of every reader to Prometheus', async () => {
    const answer = await fetch(`${ledger.url}/metrics`);
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('ledger_readers_up 1');
    for (const reader of ['order-list', 'stripe-intake']) expect(text).toContain(`ledger_reader_lag_seconds{reader="${reader}"} 0`);
    expect(text).toMatch(/ledger_reader_transaction_seconds_count\{reader="order-list"\} [1-9]/);
  });

  it('shows the documentation as a page', async () => {
    const answer = await fetch(`${ledger.url}/docs`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await answer.text()).toContain('swagger-ui');
  });

  it.each(['/health/live', '/api/v1/me', '/nowhere', '/docs'])('tells browsers at %s to be careful', async (path) => {
    const { headers } = await fetch(`${ledger.url}${path}`);
    expect([headers.get('x-content-type-options'), headers.get('x-frame-options'), headers.get('referrer-policy')]).toStrictEqual([
      'nosniff',
      'DENY',
      'no-referrer',
    ]);
  });

  it('slows one address down, sooner where passwords are tried, and never for health', async () => {
    const strict = await LedgerProcess.start(world, { env: { PORT: '0', ROLES: 'http', RATE_LIMIT: '20' } });
    try {
      const status = async (path: string, init: Parameters<typeof call>[2] = {}) => (await call<Problem>(strict.url, path, init)).status;
      const nobody = { email: 'nobody@example.com', password: PASSWORD };
      expect(await status('/api/v1/sessions', { body: nobody })).toBe(401);
      const refused = await call<Problem>(strict.url, '/api/v1/sessions', { body: nobody });
      expect([refused.status, refused.body.code]).toStrictEqual([429, 'RATE_LIMITED']);
      for (let request = 0; request < 20; request += 1) expect(await status('/api/v1/plans')).toBe(200);
      const late = await call<Problem>(strict.url, '/api/v1/plans');
      expect([late.status, late.body.code]).toStrictEqual([429, 'RATE_LIMITED']);
      expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await status('/health/live')).toBe(200);
    } finally {
      await strict.stop();
    }
  }, 180_000);
});
