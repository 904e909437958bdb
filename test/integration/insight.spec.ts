/** What the read models of money and delivery answer, on a real PostgreSQL filled by the engine. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { ListPromises, ListPromisesHandler } from '../../projections/delivery-invariant/delivery-invariant.query.js';
import { readModels } from '../../projections/index.js';
import * as money from '../../projections/payments/payments.query.js';
import * as health from '../../projections/provisioning-health/provisioning-health.query.js';
import { OrderOfStripeObject, OrderOfStripeObjectHandler } from '../../projections/stripe-links/stripe-links.query.js';
import { ListWebhooks, ListWebhooksHandler } from '../../projections/webhook-log/webhook-log.query.js';
import { LEDGER_PREFIXES, type LedgerEvent } from '../../src/ledger.events.js';
import { Clock } from '../../src/platform/clock.js';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import type { Page, PageWish } from '../../src/platform/database/newest-first.js';
import type { Recorded } from '../../src/platform/event.js';
import { Leases } from '../../src/platform/readers/leases.js';
import { ProjectionEngine } from '../../src/platform/readers/projection-engine.js';
import { eventually } from '../support/eventually.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { sample } from '../support/project.js';
import { FAST, ListLog } from './readers.support.js';

const NOW = '2026-12-10T12:00:00.000Z';
class StoppedClock extends Clock {
  override now(): Date {
    return new Date(NOW);
  }
}

let place: TestDatabase;
let database: DataSource;
let stop: () => Promise<void>;
const log = new ListLog();

const all = async (): Promise<number> => {
  const rows: { reader: string }[] = await database.query('select reader from engine.checkpoint where commit_position >= $1', [
    String(log.events.at(-1)?.position.commit),
  ]);
  return rows.length;
};

/** Appends the events at the log's end and waits until every read model has seen them. */
const tell = async (...events: readonly Recorded<LedgerEvent>[]): Promise<void> => {
  const from = log.events.length;
  log.append(
    ...events.map((event, index) => {
      const at = BigInt(100 * (from + index + 1));
      return { ...event, id: randomUUID(), position: { commit: at, prepare: at } };
    }),
  );
  await eventually(async () => (await all()) === readModels.length, { what: 'the read models', withinMs: 20_000 });
};

beforeAll(async () => {
  place = await createDatabase();
  database = await createDataSource({ url: place.url, entities: readModels.map(({ entity }) => entity) });
  const leases = new Leases(poolOf(database), FAST);
  const engine = new ProjectionEngine({ log, database, leases, definitions: readModels, prefixes: [...LEDGER_PREFIXES] });
  await engine.start();
  leases.start();
  stop = async () => {
    await engine.stop();
    await leases.stop();
    await database.destroy();
    await place.drop();
  };
}, 180_000);
afterAll(() => stop(), 60_000);

type EventOf<T extends LedgerEvent['type']> = Extract<LedgerEvent, { type: T }>;
/** The sample with other data. */
const like = <T extends LedgerEvent['type']>(type: T, data: Partial<EventOf<T>['data']>, addition?: string): Recorded<EventOf<T>> => {
  const event = sample(type, 0, addition);
  return { ...event, data: { ...event.data, ...data } };
};

/** A payment of this many minor units. @param day on which it arrived */
const paid = (day: string, amountMinor: number, data: Partial<EventOf<'PaymentSucceeded'>['data']> = {}) => {
  const amount = { amountMinor, currency: data.total?.currency ?? 'eur' };
  const about = {
    orderId: randomUUID(),
    paymentId: `pi_${randomUUID()}`,
    total: amount,
    subtotal: amount,
    receivedAt: `${day}T12:00:00.000Z`,
  };
  return like('PaymentSucceeded', { ...about, ...data }, 'term');
};

type Paid = ReturnType<typeof paid>;
/** So many minor units of a payment are given back. */
const refunded = (payment: Paid, [day, amountMinor]: [string, number], type: 'RefundPending' | 'RefundSettled' = 'RefundSettled') => {
  const { orderId, paymentId, total } = payment.data;
  const amount = { amountMinor, currency: total.currency };
  return like(type, { orderId, paymentId, refundId: `re_${randomUUID()}`, amount, receivedAt: `${day}T12:00:00.000Z` });
};
/** A dispute takes, or gives back, so many minor units of a payment. */
const disputed = (payment: Paid, [day, amountMinor]: [string, number], direction: 'withdrawn' | 'reinstated') => {
  const { orderId, paymentId, total } = payment.data;
  const about = { orderId, paymentId, amount: { amountMinor, currency: total.currency }, receivedAt: `${day}T12:00:00.000Z` };
  return like('DisputeFundsMoved', { ...about, disputeId: `du_${paymentId}`, transactionId: `txn_${randomUUID()}`, direction });
};

/** Every item of a list, page by page. */
const everyPage = async <T>(limit: number, ask: (wish: PageWish) => Promise<Page<T>>): Promise<T[][]> => {
  const pages: T[][] = [];
  for (let cursor: string | undefined; pages.length === 0 || cursor !== undefined;) {
    const { items, nextCursor } = await ask(cursor === undefined ? { limit } : { limit, cursor });
    pages.push(items);
    cursor = nextCursor ?? undefined;
  }
  return pages;
};

describe('payments', () => {
  const customer = randomUUID();
  const orderId = randomUUID();
  const list = (wish: money.PaymentsWish) => new money.ListPaymentsHandler(database).execute(new money.ListPayments(wish));

  it('come newest first, page by page, each once, also when some arrived at the same moment', async () => {
    await tell(...[1, 2, 3, 4, 5].map((id) => paid('2025-01-01', id, { orderId, customerId: customer, paymentId: `pi_same${id}` })));
    const pages = await everyPage(2, (wish) => list({ ...wish, orderId }));
    expect(pages.map((items) => items.map(({ paymentIntent }) => paymentIntent))).toStrictEqual([
      ['pi_same5', 'pi_same4'],
      ['pi_same3', 'pi_same2'],
      ['pi_same1'],
    ]);
  });

  it('keep amounts beyond 32 bits, and are found by what became of them', async () => {
    const large = paid('2025-01-02', Number.MAX_SAFE_INTEGER, { orderId });
    const { paymentId } = large.data;
    await tell(large, like('OrderPaymentNotAccepted', { orderId, paymentId, reason: 'alreadyPaid' }));
    const { items } = await list({ limit: 10, orderId, status: 'notAccepted' });
    expect(items).toMatchObject([{ paymentIntent: paymentId, amountMinor: '9007199254740991', reason: 'alreadyPaid' }]);
  });

  it.each(['nonsense', Buffer.from('["one"]').toString('base64url'), Buffer.from('["a","b\\u0000"]').toString('base64url')])(
    'refuse the cursor %s',
    async (cursor) => {
      await expect(list({ limit: 1, cursor })).rejects.toMatchObject({ code: 'CURSOR_INVALID', status: 422 });
    },
  );
});

describe('revenue', () => {
  const revenue = (wish: Partial<money.FiguresWish>) =>
    new money.GetRevenueHandler(database).execute(
      new money.GetRevenue({ from: '2026-03-01', to: '2026-03-03', limit: 50, planId: 'revenue-plan', ...wish }),
    );
  const planId = 'revenue-plan';
  const group = { planId, region: 'eu-central', currency: 'eur', refundedMinor: '0', disputedMinor: '0' };

  it('is summed by day, currency, plan and region, never across currencies, and leaves out what is not ours', async () => {
    const refused = paid('2026-03-02', 5_000, { planId });
    await tell(
      ...[paid('2026-03-01', 1_000, { planId }), paid('2026-03-03', 700, { planId, kind: 'change' as const })],
      ...[paid('2026-03-03', 1_000, { planId }), paid('2026-03-03', 1_000, { planId, region: 'us-east' })],
      paid('2026-03-03', 1_000, { planId, total: { amountMinor: 1_190, currency: 'usd' } }),
      ...[refused, like('OrderPaymentNotAccepted', { paymentId: refused.data.paymentId })],
      like('PaymentPending', { orderId: randomUUID(), planId, paymentId: 'pi_pending', receivedAt: '2026-03-02T00:00:00.000Z' }, 'order'),
      like('UnmatchedMoneyReceived', { objectId: 'pi_nobody', receivedAt: '2026-03-02T00:00:00.000Z' }),
      ...[paid('2026-02-28', 9, { planId }), paid('2026-03-04', 9, { planId })],
    );
    const { items, nextCursor } = await revenue({});
    expect(nextCursor).toBeNull();
    expect(items).toStrictEqual([
      { ...group, day: '2026-03-03', currency: 'usd', payments: 1, amountMinor: '1190', subtotalMinor: '1000', netMinor: '1190' },
      { ...group, day: '2026-03-03', region: 'us-east', payments: 1, amountMinor: '1000', subtotalMinor: '1000', netMinor: '1000' },
      { ...group, day: '2026-03-03', payments: 2, amountMinor: '1700', subtotalMinor: '1700', netMinor: '1700' },
      { ...group, day: '2026-03-01', payments: 1, amountMinor: '1000', subtotalMinor: '1000', netMinor: '1000' },
    ]);
  });

  it('is less what was given back and what disputes took, on their own days, under the payment’s plan, per currency', async () => {
    const plan = { planId: 'revenue-back' };
    const [euro, dollar] = [
      paid('2026-03-01', 1_000, plan),
      paid('2026-03-01', 3_000, { ...plan, total: { amountMinor: 3_570, currency: 'usd' } }),
    ];
    const refused = paid('2026-03-01', 5_000, plan);
    await tell(
      ...[euro, dollar, refused, like('OrderPaymentNotAccepted', { paymentId: refused.data.paymentId })],
      ...[refunded(euro, ['2026-03-01', 250]), refunded(euro, ['2026-03-02', 100]), refunded(euro, ['2026-03-02', 77], 'RefundPending')],
      ...[disputed(dollar, ['2026-03-02', 3_570], 'withdrawn'), disputed(dollar, ['2026-03-03', 3_570], 'reinstated')],
      // What was never ours is not less when it is gone.
      ...[refunded(refused, ['2026-03-02', 5_000]), refunded(euro, ['2026-03-04', 650])],
    );
    const { items } = await revenue(plan);
    const none = { ...group, ...plan, payments: 0, amountMinor: '0', subtotalMinor: '0' };
    const charged = { ...none, day: '2026-03-01', payments: 1 };
    expect(items).toStrictEqual([
      { ...none, day: '2026-03-03', currency: 'usd', disputedMinor: '3570', netMinor: '3570' },
      { ...none, day: '2026-03-02', currency: 'usd', disputedMinor: '-3570', netMinor: '-3570' },
      { ...none, day: '2026-03-02', refundedMinor: '-100', netMinor: '-100' },
      { ...charged, currency: 'usd', amountMinor: '3570', subtotalMinor: '3000', netMinor: '3570' },
      { ...charged, amountMinor: '1000', subtotalMinor: '1000', refundedMinor: '-250', netMinor: '750' },
    ]);
  });

  it('comes page by page and can be narrowed', async () => {
    const pages = await everyPage(1, (wish) => revenue(wish));
    expect(pages.map((items) => items.map(({ day, currency, region }) => [day, currency, region].join(' ')))).toStrictEqual([
      ['2026-03-03 usd eu-central'],
      ['2026-03-03 eur us-east'],
      ['2026-03-03 eur eu-central'],
      ['2026-03-01 eur eu-central'],
    ]);
    expect((await revenue({ region: 'us-east' })).items).toHaveLength(1);
    expect((await revenue({ currency: 'usd' })).items).toHaveLength(1);
    expect((await revenue({ planId: 'no-such-plan' })).items).toStrictEqual([]);
  });
});

describe('monthly recurring revenue', () => {
  const mrr = (planId: string, from: string, to: string) =>
    new money.GetMrrHandler(database).execute(new money.GetMrr({ from, to, planId, limit: 50 }));
  const values = async (planId: string, from: string, to: string) =>
    (await mrr(planId, from, to)).items.map(({ day, currency, orders, monthlyMinor }) => [day, currency, orders, monthlyMinor]);

  it('is the price of the term by its months, while it is covered, per currency', async () => {
    const planId = 'mrr-plan';
    await tell(
      paid('2026-05-10', 1_000, { planId }),
      paid('2026-05-11', 2_849, { planId, term: 'quarterly' }),
      paid('2026-05-11', 10_199, { planId, term: 'yearly', total: { amountMinor: 12_137, currency: 'usd' } }),
    );
    expect(await values(planId, '2026-05-09', '2026-05-11')).toStrictEqual([
      ['2026-05-11', 'usd', 1, '850'],
      ['2026-05-11', 'eur', 2, '1950'],
      ['2026-05-10', 'eur', 1, '1000'],
    ]);
    expect(await values(planId, '2026-06-09', '2026-06-10')).toStrictEqual([
      ['2026-06-10', 'usd', 1, '850'],
      ['2026-06-10', 'eur', 1, '950'],
      ['2026-06-09', 'usd', 1, '850'],
      ['2026-06-09', 'eur', 2, '1950'],
    ]);
    expect(await values(planId, '2027-05-10', '2027-05-11')).toStrictEqual([['2027-05-10', 'usd', 1, '850']]);
  });

  it('counts an order once, whatever else it paid, and ends where Stripe says', async () => {
    const [planId, orderId] = ['mrr-renewed', randomUUID()];
    const first = paid('2026-05-10', 1_000, { planId, orderId, paidThrough: '2026-06-10T12:00:00.000Z' });
    const renewal = paid('2026-06-09', 1_200, { planId, orderId, kind: 'renewal', paidThrough: '2026-07-01T12:00:00.000Z' });
    const change = paid('2026-06-20', 300, { planId, orderId, kind: 'change' });
    const refused = paid('2026-06-20', 999, { planId });
    await tell(first, renewal, change, refused, like('OrderPaymentNotAccepted', { paymentId: refused.data.paymentId }));
    expect(await values(planId, '2026-06-08', '2026-06-09')).toStrictEqual([
      ['2026-06-09', 'eur', 1, '1200'],
      ['2026-06-08', 'eur', 1, '1000'],
    ]);
    expect(await values(planId, '2026-06-30', '2026-06-30')).toStrictEqual([['2026-06-30', 'eur', 1, '1200']]);
    expect(await values(planId, '2026-07-01', '2026-07-01')).toStrictEqual([]);
  });

  it('goes on with a term that was paid on, to the end that the order gave it', async () => {
    const [planId, orderId] = ['mrr-extended', randomUUID()];
    const first = paid('2026-05-10', 1_000, { planId, orderId });
    const extension = paid('2026-06-05', 1_100, { planId, orderId, kind: 'extension' });
    const { paymentId } = extension.data;
    await tell(
      first,
      extension,
      like('OrderPaymentAccepted', { orderId, paymentId, purpose: 'extension', paidThrough: '2026-07-10T12:00:00.000Z' }),
    );
    expect(await values(planId, '2026-06-04', '2026-06-05')).toStrictEqual([
      ['2026-06-05', 'eur', 1, '1100'],
      ['2026-06-04', 'eur', 1, '1000'],
    ]);
    expect(await values(planId, '2026-07-09', '2026-07-10')).toStrictEqual([['2026-07-09', 'eur', 1, '1100']]);
  });

  it('ends with the day on which all of the money is gone, and not for a part of it or for what a dispute gave back', async () => {
    const plan = { planId: 'mrr-back' };
    const [gone, part, won, lost] = [1_000, 2_000, 4_000, 8_000].map((amount) => paid('2026-05-10', amount, plan)) as [
      Paid,
      Paid,
      Paid,
      Paid,
    ];
    await tell(
      ...[gone, part, won, lost],
      ...[refunded(gone, ['2026-05-12', 400]), refunded(gone, ['2026-05-13', 600]), refunded(part, ['2026-05-12', 1_999])],
      ...[disputed(won, ['2026-05-12', 4_000], 'withdrawn'), disputed(won, ['2026-05-14', 4_000], 'reinstated')],
      ...[disputed(lost, ['2026-05-14', 8_000], 'withdrawn'), refunded(part, ['2026-05-12', 1], 'RefundPending')],
    );
    expect(await values(plan.planId, '2026-05-12', '2026-05-14')).toStrictEqual([
      ['2026-05-14', 'eur', 2, '6000'],
      ['2026-05-13', 'eur', 3, '14000'],
      ['2026-05-12', 'eur', 4, '15000'],
    ]);
  });

  it('does not fall back on an earlier payment whose period would be longer', async () => {
    const [planId, orderId] = ['mrr-shortened', randomUUID()];
    const first = paid('2026-05-10', 1_000, { planId, orderId, paidThrough: '2026-12-31T12:00:00.000Z' });
    const renewal = paid('2026-06-10', 1_200, { planId, orderId, kind: 'renewal', paidThrough: '2026-06-20T12:00:00.000Z' });
    await tell(first, renewal);
    expect(await values(planId, '2026-07-01', '2026-07-02')).toStrictEqual([]);
    expect(await values(planId, '2026-06-09', '2026-06-09')).toStrictEqual([['2026-06-09', 'eur', 1, '1000']]);
  });

  it('takes the term from the order where a first payment did not tell it', async () => {
    const [planId, orderId] = ['mrr-early', randomUUID()];
    const { term: _untold, ...data } = paid('2026-05-10', 3_000, { planId, orderId }).data;
    await tell(like('OrderPlaced', { orderId, planId, term: 'quarterly' }), { ...sample('PaymentSucceeded'), data });
    expect(await values(planId, '2026-05-10', '2026-05-10')).toStrictEqual([['2026-05-10', 'eur', 1, '1000']]);
  });
});

describe('webhooks', () => {
  const list = (wish: Partial<Parameters<typeof ask>[0]> = {}) => ask({ limit: 50, ...wish });
  const ask = (wish: ConstructorParameters<typeof ListWebhooks>[0]) => new ListWebhooksHandler(database).execute(new ListWebhooks(wish));
  const orderId = randomUUID();
  const hook = (stripeEventId: string, minute: number, over: Partial<EventOf<'StripeEventReceived'>['data']> = {}) => {
    const { object } = sample('StripeEventReceived').data;
    const receivedAt = `2026-04-01T10:0${minute}:00.000Z`;
    return like('StripeEventReceived', { stripeEventId, receivedAt, object: { ...object, orderId }, ...over });
  };
  const by = (id: string, event: Recorded<LedgerEvent>): Recorded<LedgerEvent> => ({
    ...event,
    metadata: { ...event.metadata, actor: { kind: 'stripe', id } },
  });

  it('say what became of them, and what has yet to be read', async () => {
    await tell(
      like('OrderPlaced', { orderId }),
      ...[hook('evt_paid', 1), by('evt_paid', paid('2025-02-02', 1, { orderId }))],
      ...[
        hook('evt_again', 2),
        hook('evt_foreign', 3, { quarantine: 'foreignAccount' }),
        hook('evt_other', 4, { type: 'invoice.created' }),
      ],
      hook('evt_broken', 5),
      like('StripeEventReceived', { stripeEventId: 'evt_of_another' }),
      ...[hook('evt_money', 6), by('evt_money', like('UnmatchedMoneyReceived', { objectId: 'pi_webhook' }))],
    );
    const read = String(log.events.at(-1)?.position.commit);
    await tell(hook('evt_late', 7));
    const broken = (await list({ orderId })).items.find(({ stripeEventId }) => stripeEventId === 'evt_broken');
    await database.query(
      `insert into engine.checkpoint (reader, version, epoch, commit_position, prepare_position) values ('stripe-intake', 1, 1, $1, $1)`,
      [read],
    );
    await database.query(
      `insert into engine.reactor_parked (reactor, item_key, position, event_id, event_type, event, error, attempts, next_at)
       values ('stripe-intake', 'cs_1', $1, $2, 'StripeEventReceived', '{}', 'x', 1, now())`,
      [broken?.position, broken?.eventId],
    );
    const { items } = await list({ orderId });
    expect(items.map(({ stripeEventId, outcome }) => [stripeEventId, outcome])).toStrictEqual([
      ['evt_late', 'waiting'],
      ['evt_money', 'unmatched'],
      ['evt_broken', 'setAside'],
      ['evt_other', 'ignored'],
      ['evt_foreign', 'quarantined'],
      ['evt_again', 'nothingNew'],
      ['evt_paid', 'translated'],
    ]);
    expect(items.at(-1)?.became).toMatchObject([{ type: 'PaymentSucceeded' }]);
  });

  it('say of an order that is none of ours that it is foreign', async () => {
    const unknown = randomUUID();
    const { object } = sample('StripeEventReceived').data;
    await tell(hook('evt_stranger', 8, { object: { ...object, orderId: unknown } }));
    const read = String(log.events.at(-1)?.position.commit);
    await database.query(`update engine.checkpoint set commit_position = $1 where reader = 'stripe-intake'`, [read]);
    expect((await list({ orderId: unknown })).items.map(({ outcome }) => outcome)).toStrictEqual(['foreign']);
    const late = String((log.events.at(-2)?.position.commit ?? 0n) - 1n);
    await database.query(`update engine.checkpoint set commit_position = $1 where reader = 'stripe-intake'`, [late]);
  });

  it('come page by page and can be narrowed to one outcome', async () => {
    const pages = await everyPage(3, (wish) => list({ ...wish, orderId }));
    expect(pages.map((items) => items.length)).toStrictEqual([3, 3, 1]);
    for (const outcome of ['waiting', 'unmatched', 'setAside', 'ignored', 'quarantined', 'nothingNew', 'translated'] as const)
      expect((await list({ orderId, outcome })).items.map((item) => item.outcome)).toStrictEqual([outcome]);
  });
});

describe('the promise of delivery', () => {
  const promises = (wish: Partial<ConstructorParameters<typeof ListPromises>[0]> = {}) =>
    new ListPromisesHandler(database, new StoppedClock()).execute(new ListPromises({ limit: 50, brokenOnly: true, ...wish }));
  /** Sorts after the ids of all other tests. */
  const orderOf = (digit: number): string => `ffffffff-0000-7000-8000-00000000000${digit}`;
  const paidAt = '2026-12-10T11:50:00.000Z';
  const ready = { serverId: 7, readyAt: '2026-12-10T11:53:00.000Z' };
  const created = { serverId: 7, installDeadlineAt: '2026-12-10T12:05:00.000Z' };
  const order = (digit: number) => [
    like('OrderPlaced', { orderId: orderOf(digit) }),
    like('OrderPaid', { orderId: orderOf(digit), paidAt, paidThrough: '2027-01-10T11:50:00.000Z' }),
  ];

  it('is broken by a late server, one too many, one that nobody paid for, and one whose period is over', async () => {
    await tell(
      ...[...order(1), like('ServerCreated', { orderId: orderOf(1), ...created }), like('ServerReady', { orderId: orderOf(1), ...ready })],
      ...[...order(2), like('ProvisioningAttemptFailed', { orderId: orderOf(2), code: 'PANEL_DOWN' })],
      ...[...order(3), like('ServerCreated', { orderId: orderOf(3), ...created })],
      ...[...order(4), like('ServerCreated', { orderId: orderOf(4), ...created })],
      like('ServerCreated', { orderId: orderOf(4), ...created, serverId: 8 }),
      ...[like('OrderPlaced', { orderId: orderOf(5) }), like('ServerCreated', { orderId: orderOf(5), ...created })],
      ...[
        like('OrderPlaced', { orderId: orderOf(6) }),
        like('OrderPaid', { orderId: orderOf(6), paidAt, paidThrough: '2026-12-10T11:59:00.000Z' }),
      ],
      ...[like('ServerCreated', { orderId: orderOf(6), ...created }), like('ServerReady', { orderId: orderOf(6), ...ready })],
      like('OrderPlaced', { orderId: orderOf(7) }),
      ...[...order(8), like('ServerCreated', { orderId: orderOf(8), ...created, serverId: 6 })],
      like('ProvisioningNeedsHuman', { orderId: orderOf(8), code: 'SERVER_GONE' }),
      ...[like('ServerCreated', { orderId: orderOf(8), ...created }), like('ServerReady', { orderId: orderOf(8), ...ready })],
    );
    const { items } = await promises({ limit: 4 });
    expect(items.map(({ orderId, violation, reason }) => [orderId, violation, reason])).toStrictEqual([
      [orderOf(6), 'periodOver', null],
      [orderOf(5), 'serverWithoutPayment', null],
      [orderOf(4), 'tooManyServers', null],
      [orderOf(2), 'notDelivered', 'PANEL_DOWN'],
    ]);
  });

  it('is shown for all orders when asked, page by page', async () => {
    const { items, nextCursor } = await promises({ limit: 5, brokenOnly: false });
    expect(items.map(({ violation }) => violation)).toStrictEqual([null, null, 'periodOver', 'serverWithoutPayment', 'tooManyServers']);
    const next = await promises({ limit: 2, brokenOnly: false, cursor: nextCursor ?? '' });
    expect(next.items.map(({ orderId, violation }) => [orderId, violation])).toStrictEqual([
      [orderOf(3), null],
      [orderOf(2), 'notDelivered'],
    ]);
  });
});

describe('provisioning', () => {
  const period = { from: '2026-08-01', to: '2026-08-02' };

  it('is measured by step, the whole way too, and its failures are counted by code', async () => {
    const attempts = [1, 2, 3, 4].flatMap((seconds) => {
      const orderId = randomUUID();
      const claim = like('ServerCreationStarted', { orderId });
      const metadata = { ...claim.metadata, occurredAt: '2026-08-01T10:00:00.000Z' };
      return [{ ...claim, metadata }, like('ServerCreated', { orderId, createdAt: `2026-08-01T10:00:0${seconds}.000Z` }, 'attempt')];
    });
    const [orderId, failedAt] = [randomUUID(), '2026-08-02T23:59:59.000Z'];
    await tell(
      ...attempts,
      ...[like('OrderPlaced', { orderId }), like('OrderPaid', { orderId, paidAt: '2026-08-01T10:00:00.000Z' })],
      like('OrderDelivered', { orderId, readyAt: '2026-08-01T10:02:00.500Z' }),
      ...[1, 2].map((attempt) => like('ProvisioningAttemptFailed', { orderId, attempt, code: 'NODE_FULL', failedAt })),
      like('ProvisioningAttemptFailed', { orderId, attempt: 3, code: 'TOO_EARLY', failedAt: '2026-07-31T23:59:59.000Z' }),
      like('ProvisioningNeedsHuman', { orderId, code: 'INSTALL_FAILED', raisedAt: failedAt }),
    );
    const found = await new health.GetProvisioningHealthHandler(database).execute(new health.GetProvisioningHealth(period));
    expect(found).toStrictEqual({
      durations: [
        { step: 'create', count: 4, p50Ms: 2_000, p95Ms: 4_000, maxMs: 4_000 },
        { step: 'paidToReady', count: 1, p50Ms: 120_500, p95Ms: 120_500, maxMs: 120_500 },
      ],
      failures: [
        { step: 'create', code: 'NODE_FULL', outcome: 'failed', count: 2, lastAt: failedAt },
        { step: 'install', code: 'INSTALL_FAILED', outcome: 'needsHuman', count: 1, lastAt: failedAt },
      ],
    });
    const facts = (wish: PageWish) =>
      new health.ListProvisioningFactsHandler(database).execute(new health.ListProvisioningFacts({ ...wish, orderId, outcome: 'failed' }));
    expect((await everyPage(2, facts)).map((items) => items.map(({ attempt }) => attempt))).toStrictEqual([[2, 1], [3]]);
  });
});

describe('an object of Stripe', () => {
  const orderOf = (objectId: string) => new OrderOfStripeObjectHandler(database).execute(new OrderOfStripeObject(objectId));
  const told = (id: string, ties: object) => {
    const { object } = sample('StripeEventReceived', 0, 'charge').data;
    return like('StripeEventReceived', { object: { ...object, charge: null, paymentIntent: null, ...ties, id } });
  };

  it('leads to its order through the objects it is tied to, and not to another', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    await tell(
      ...[
        like('OrderCheckoutOpened', { orderId: mine, sessionId: 'cs_mine' }),
        like('SubscriptionLinked', { orderId: mine, subscriptionId: 'sub_mine' }),
      ],
      paid('2025-03-03', 1, { orderId: mine, paymentId: 'in_mine', subscriptionId: 'sub_mine', sessionId: null }),
      ...[
        told('inpay_mine', { invoice: 'in_mine', paymentIntent: 'pi_mine' }),
        told('re_mine', { charge: 'ch_mine', paymentIntent: 'pi_mine' }),
      ],
      ...[
        paid('2025-03-03', 1, { orderId: other, paymentId: 'pi_other' }),
        told('du_other', { charge: 'ch_other', paymentIntent: 'pi_other' }),
      ],
      told('re_foreign', { charge: 'ch_foreign', paymentIntent: 'pi_foreign' }),
    );
    for (const id of ['cs_mine', 'sub_mine', 'in_mine', 'inpay_mine', 'pi_mine', 're_mine', 'ch_mine'])
      expect([id, await orderOf(id)]).toStrictEqual([id, mine]);
    for (const id of ['pi_other', 'du_other', 'ch_other']) expect([id, await orderOf(id)]).toStrictEqual([id, other]);
    for (const id of ['re_foreign', 'ch_foreign', 'pi_nowhere']) expect([id, await orderOf(id)]).toStrictEqual([id, undefined]);
  });
});
