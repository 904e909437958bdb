/** Lists for operators, answers that have not changed, and what pages report. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay, type OrderView } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
type Order = OrderView & {
  readonly customerId: string;
  readonly createdAt: string;
  readonly pteroIdentifier: string;
  readonly paymentIntent: string;
};

let world: World;
let ledger: LedgerProcess;
let token: string;
let ada: Buyer;
/** Bob's token. */
let bobs: string;
/** Oldest first; the first is paid and ready, the last one Bob's. */
let orderIds: string[];
const email = `ada-${randomUUID()}@example.com`;

runningLedger((started) => ({ world, ledger } = started));
beforeAll(async () => {
  token = await world.operator(ledger.url);
  ada = await Buyer.signUp(ledger.url, email);
  const bob = await Buyer.signUp(ledger.url);
  bobs = bob.token;
  const first = await ada.order({ planId: 'minecraft-4g' });
  await pay(first.checkoutUrl);
  const second = await ada.order({ planId: 'terraria-2g' });
  const third = await bob.order({ planId: 'minecraft-4g', region: 'us-east' });
  await ada.until(first.orderId, 'ready', 90_000);
  orderIds = [first, second, third].map(({ orderId }) => orderId);
}, 300_000);

const orders = async (query: Readonly<Record<string, string>>) =>
  call<Page<Order> & { code?: string }>(ledger.url, `/api/v1/ops/orders?${new URLSearchParams(query).toString()}`, { token });
const idsOf = async (query: Readonly<Record<string, string>>): Promise<string[]> => {
  const { status, body } = await orders(query);
  expect([query, status]).toStrictEqual([query, 200]);
  return body.items.map(({ orderId }) => orderId);
};

describe('the list of orders', () => {
  it('is turned over page by page, from either end, and a later order moves nothing', async () => {
    for (const [sort, expected] of [
      ['oldest', orderIds],
      ['newest', orderIds.toReversed()],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { body } = await orders({ sort, limit: '1', ...(cursor === null ? {} : { cursor }) });
        seen.push(...body.items.map(({ orderId }) => orderId));
        cursor = body.nextCursor;
      } while (cursor !== null);
      expect(seen).toStrictEqual(expected);
    }
  });

  it('is filtered by what an order is', async () => {
    const [first = '', second = '', third = ''] = orderIds;
    const { items } = (await orders({ q: first })).body;
    const [{ createdAt = '' } = {}] = items;
    const day = createdAt.slice(0, 10);
    expect(await idsOf({ status: 'ready' })).toStrictEqual([first]);
    expect(await idsOf({ status: 'awaitingPayment', region: 'us-east' })).toStrictEqual([third]);
    expect(await idsOf({ customerId: ada.customerId })).toStrictEqual([second, first]);
    expect(await idsOf({ planId: 'terraria-2g' })).toStrictEqual([second]);
    expect(await idsOf({ gameId: 'minecraft' })).toStrictEqual([third, first]);
    expect(await idsOf({ from: day, to: '2099-01-01' })).toHaveLength(3);
    expect(await idsOf({ to: '2020-01-01' })).toStrictEqual([]);
    expect((await idsOf({ to: day })).length).toBeGreaterThan(0);
    expect((await orders({ status: 'lost' })).body.code).toBe('VALIDATION_FAILED');
    expect((await orders({ cursor: 'nonsense' })).body.code).toBe('CURSOR_INVALID');
  });

  it('is searched by anything that somebody has of an order', async () => {
    const [first = '', second = ''] = orderIds;
    const [row] = (await orders({ q: first })).body.items;
    if (!row) throw new Error('the order is not found by its id');
    const sought = [
      ...[first.toUpperCase(), ` ${first.slice(0, 20)}`, String(row.pteroServerId), row.pteroIdentifier],
      ...[row.checkoutSession ?? '', row.paymentIntent],
    ];
    for (const q of sought) expect([q, await idsOf({ q })]).toStrictEqual([q, expect.arrayContaining([first])]);
    for (const q of [email, email.toUpperCase(), ada.customerId]) expect([q, await idsOf({ q })]).toStrictEqual([q, [second, first]]);
    expect(await idsOf({ q: email, planId: 'terraria-2g' })).toStrictEqual([second]);
    for (const q of [email.slice(1), 'pi_nowhere', randomUUID(), '%', "' or true --"])
      expect([q, await idsOf({ q })]).toStrictEqual([q, []]);
  });
});

describe('the days of orders', () => {
  interface Day {
    readonly day: string;
    readonly placed: number;
    readonly paid: number;
    readonly ready: number;
    readonly readyP50Ms: number | null;
    readonly readyP95Ms: number | null;
  }
  const days = async (query: string) => call<Day[]>(ledger.url, `/api/v1/ops/order-days${query}`, { token });
  const sum = (list: readonly Day[], of: 'placed' | 'paid' | 'ready'): number => list.reduce((total, day) => total + day[of], 0);

  it('tell how far the orders placed on them came, and how long that took', async () => {
    const { body } = await days('');
    expect([sum(body, 'placed'), sum(body, 'paid'), sum(body, 'ready')]).toStrictEqual([3, 1, 1]);
    const [first = ''] = orderIds;
    const [order] = (await orders({ q: first })).body.items as (Order & { paidAt: string })[];
    const tookMs = Date.parse(order?.readyAt ?? '') - Date.parse(order?.paidAt ?? '');
    const of = body.find(({ ready }) => ready === 1);
    expect(of).toMatchObject({ day: order?.createdAt.slice(0, 10), readyP50Ms: tookMs, readyP95Ms: tookMs });
    expect((await days('?from=2020-01-01&to=2020-01-31')).body).toStrictEqual([]);
    expect((await days('?from=2026-01-02&to=2026-01-01')).status).toBe(422);
  });
});

describe('my own lists', () => {
  const mine = async (path: string, token: string) =>
    (await call<Page<{ orderId: string; status: string }> & { code?: string }>(ledger.url, `/api/v1/${path}`, { token })).body;
  const shown = async (path: string, token = ada.token): Promise<string[]> => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const { items, nextCursor }: Page<{ orderId: string }> = await mine(`${path}${cursor === null ? '' : `&cursor=${cursor}`}`, token);
      ids.push(...items.map(({ orderId }) => orderId));
      cursor = nextCursor;
    } while (cursor !== null);
    return ids;
  };

  it('of orders are turned over from either end and filtered, and hold nobody else’s', async () => {
    const [first = '', second = ''] = orderIds;
    expect(await shown('orders?limit=1')).toStrictEqual([second, first]);
    expect(await shown('orders?limit=1&sort=oldest')).toStrictEqual([first, second]);
    expect(await shown('orders?status=ready')).toStrictEqual([first]);
    expect(await shown('orders?gameId=terraria')).toStrictEqual([second]);
    expect(await shown('orders?to=2020-01-01')).toStrictEqual([]);
    expect((await mine('orders?status=lost', ada.token)).code).toBe('VALIDATION_FAILED');
    expect(await shown('orders?limit=100', bobs)).toStrictEqual([orderIds[2]]);
    expect((await mine(`orders?customerId=${ada.customerId}`, bobs)).code).toBe('VALIDATION_FAILED');
    expect((await mine('orders?cursor=nonsense', ada.token)).code).toBe('CURSOR_INVALID');
  });

  it('of servers likewise', async () => {
    const [first = ''] = orderIds;
    expect(await shown('servers?limit=1')).toStrictEqual([first]);
    expect(await shown('servers?sort=oldest&status=ready&gameId=minecraft')).toStrictEqual([first]);
    expect(await shown('servers?status=suspended')).toStrictEqual([]);
    expect(await shown('servers?gameId=terraria')).toStrictEqual([]);
    expect(await shown('servers?limit=100', bobs)).toStrictEqual([]);
    expect((await mine('servers?cursor=nonsense', ada.token)).code).toBe('CURSOR_INVALID');
  });
});

describe('the lists of payments and of messages', () => {
  const list = async (query: string) =>
    (await call<Page<{ kind: string; orderId: string; amountMinor: string }>>(ledger.url, `/api/v1/ops/${query}`, { token })).body.items;

  it('of payments are narrowed by kind, days, amount and whose they are', async () => {
    const [first = ''] = orderIds;
    const [paid] = await list(`payments?orderId=${first}`);
    const amount = Number(paid?.amountMinor);
    const count = async (query: string): Promise<number> => (await list(`payments?${query}`)).length;
    expect(paid).toMatchObject({ kind: 'payment', orderId: first });
    for (const [query, expected] of [
      ['kind=payment', 1],
      ['kind=refund', 0],
      [`customerId=${ada.customerId}&sort=oldest`, 1],
      [`customerId=${randomUUID()}`, 0],
      [`amountMin=${amount}&amountMax=${amount}`, 1],
      [`amountMin=${amount + 1}`, 0],
      [`amountMax=${amount - 1}`, 0],
      ['currency=usd', 0],
      ['to=2020-01-01', 0],
    ] as const)
      expect([query, await count(query)]).toStrictEqual([query, expected]);
  });

  it('of messages by kind and by whom they are for', async () => {
    const [first = ''] = orderIds;
    const of = `notifications?kind=ready&customerId=${ada.customerId}`;
    await eventually(async () => (await list(of)).some(({ orderId }) => orderId === first), { what: 'the message' });
    expect(await list('notifications?kind=ended')).toStrictEqual([]);
    expect(await list(`notifications?customerId=${randomUUID()}`)).toStrictEqual([]);
  });
});

describe('the list of webhooks', () => {
  it('finds an event by its own id and by that of its object', async () => {
    interface Webhook {
      readonly stripeEventId: string;
      readonly objectId: string;
    }
    const list = async (stripeId: string) =>
      (await call<Page<Webhook>>(ledger.url, `/api/v1/ops/webhooks?stripeId=${stripeId}`, { token })).body.items;
    const [{ checkoutSession = '' } = {}] = (await orders({ q: orderIds[0] ?? '' })).body.items;
    const found = await list(checkoutSession ?? '');
    expect([...new Set(found.map(({ objectId }) => objectId))]).toStrictEqual([checkoutSession]);
    const [first] = found;
    expect(await list(first?.stripeEventId ?? '')).toStrictEqual([first]);
    expect(await list(`${checkoutSession ?? ''}&type=checkout.session.completed&sort=oldest`)).toStrictEqual([first]);
    expect(await list(`${checkoutSession ?? ''}&type=invoice.paid`)).toStrictEqual([]);
    for (const nowhere of ['evt_nowhere', 'cs_nowhere']) expect([nowhere, await list(nowhere)]).toStrictEqual([nowhere, []]);
  });
});

describe('the list of customers', () => {
  it('finds one by the whole address, tells who it is, and nobody else may ask', async () => {
    const list = (query: string, who = token) =>
      call<Page<{ customerId: string; status: string }>>(ledger.url, `/api/v1/ops/customers${query}`, { token: who });
    const found = await list(`?email=${encodeURIComponent(email.toUpperCase())}`);
    expect(found.body).toMatchObject({ items: [{ customerId: ada.customerId, status: 'linked' }], nextCursor: null });
    expect(JSON.stringify(found.body)).not.toContain('@');
    expect((await list('?email=nobody@example.com')).body.items).toStrictEqual([]);
    expect((await list('?status=conflict')).body.items).toStrictEqual([]);
    const page = await list('?limit=1');
    expect([page.body.items.length, typeof page.body.nextCursor]).toStrictEqual([1, 'string']);
    expect((await call(ledger.url, `/api/v1/ops/customers/${ada.customerId}`, { token })).body).toMatchObject({
      email,
      name: 'Test Buyer',
    });
    expect((await call(ledger.url, `/api/v1/ops/customers/${randomUUID()}`, { token })).status).toBe(404);
    expect((await list('', ada.token)).status).toBe(403);
  });
});

describe('an answer', () => {
  const read = (path: string, who: string, tag?: string) =>
    fetch(`${ledger.url}${path}`, { headers: { authorization: `Bearer ${who}`, ...(tag === undefined ? {} : { 'if-none-match': tag }) } });

  it('that has not changed is not sent again', async () => {
    const path = `/api/v1/orders/${orderIds[1] ?? ''}`;
    const tag = (await read(path, ada.token)).headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{27}"$/);
    for (const one of [tag, `"other", ${tag}`, '*']) {
      const again = await read(path, ada.token, one);
      expect([one, again.status, again.headers.get('etag'), await again.text()]).toStrictEqual([one, 304, tag, '']);
    }
    const other = await read(path, ada.token, 'W/"other"');
    expect([other.status, ((await other.json()) as { orderId: string }).orderId]).toStrictEqual([200, orderIds[1]]);
    expect((await read(`/api/v1/orders/${orderIds[0] ?? ''}`, ada.token, tag)).status).toBe(200);
  });

  it('is tagged only when there is one', async () => {
    const path = `/api/v1/orders/${orderIds[2] ?? ''}`;
    const refused = await read(path, ada.token, '*');
    expect([refused.status, refused.headers.get('etag')]).toStrictEqual([404, null]);
    expect((await read('/health/live', token)).headers.get('etag')).toBeNull();
  });
});

describe('a report of an error in a page', () => {
  const report = (body: object) => call<{ code?: string }>(ledger.url, '/api/v1/client-errors', { body });
  const counted = async (kind: string): Promise<number> => {
    const text = await (await fetch(`${ledger.url}/metrics`)).text();
    return Number(new RegExp(`^ledger_client_errors_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };

  it('is counted, and refused when it is none or too large', async () => {
    const before = await counted('render');
    expect((await report({ kind: 'render', message: 'x is undefined', page: '/orders?email=a@example.com' })).status).toBe(202);
    expect(await counted('render')).toBe(before + 1);
    const refused = [
      [await report({ kind: 'anything', message: 'x' }), 422, 'VALIDATION_FAILED'],
      [await report({ kind: 'error', message: 'x'.repeat(501) }), 422, 'VALIDATION_FAILED'],
      [await report({ kind: 'error', message: 'x', stack: 'ä'.repeat(4_000), page: 'ä'.repeat(300), release: '' }), 202, undefined],
      [await report({ kind: 'error', message: 'x', stack: '\u0001'.repeat(4_000) }), 413, 'BODY_TOO_LARGE'],
    ] as const;
    for (const [{ status, body }, expected, code] of refused) expect([status, body.code]).toStrictEqual([expected, code]);
  });
});
