/** What Stripe may send and what becomes of it: recorded once before the answer, or refused and nothing recorded. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const ROLLED_SECRET = `whsec_rolled${randomUUID().replaceAll('-', '')}`;
const MEBIBYTE = 1_048_576;
const STALE_S = 301;

let world: World;
let ledger: LedgerProcess;
const secretOf = (one: World): string => one.ledgerEnvironment()['STRIPE_WEBHOOK_SECRET'] ?? '';

runningLedger(
  (started) => ({ world, ledger } = started),
  (here) => ({ STRIPE_WEBHOOK_SECRET: `${secretOf(here)},${ROLLED_SECRET}` }),
);

/** A snapshot event of a type that means nothing to the intake, unless told otherwise. */
const eventWith = (over: Readonly<Record<string, unknown>> = {}) => ({
  id: `evt_${randomUUID().replaceAll('-', '')}`,
  object: 'event',
  api_version: Stripe.API_VERSION,
  created: Math.floor(Date.now() / 1000),
  livemode: false,
  type: 'charge.updated',
  data: { object: { id: 'ch_1', object: 'charge', billing_details: { email: 'ada@example.com' } } },
  ...over,
});

const signed = (payload: string, { by = secretOf(world), ageS = 0 }: { by?: string; ageS?: number } = {}): string =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp: Math.floor(Date.now() / 1000) - ageS });

const send = async (payload: string, signature: string | null = signed(payload), path = '/webhooks/stripe') => {
  const headers = { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) };
  const answer = await fetch(`${ledger.url}${path}`, { method: 'POST', headers, body: payload });
  return { status: answer.status, body: (await answer.json()) as { received?: true; code?: string; detail?: string } };
};

const recorded = (id: string) => world.eventsOf(`stripeEvent-${id}`);
const countOfReceived = async (): Promise<number> =>
  (await world.allEvents()).filter(({ stream }) => stream.startsWith('stripeEvent-')).length;

interface OpenMatter {
  readonly kind: string;
  readonly code: string;
  readonly subjectId: string;
  readonly severity: string;
}
/** The matter about this subject, once an operator sees it. */
const matterAbout = async (subjectId: string): Promise<OpenMatter> => {
  const token = await world.operator(ledger.url);
  return eventually(
    async () =>
      (await call<{ items: OpenMatter[] }>(ledger.url, '/api/v1/ops/attention', { token })).body.items.find(
        (one) => one.subjectId === subjectId,
      ),
    { what: `a matter about ${subjectId}` },
  );
};

describe('a signed event', () => {
  it.each(['/webhooks/stripe', '/api/stripe/webhook'])('sent to %s is recorded before it is answered', async (path) => {
    const event = eventWith();
    const payload = JSON.stringify(event);
    expect(await send(payload, signed(payload), path)).toStrictEqual({ status: 200, body: { received: true } });
    const events = await recorded(event.id);
    expect(events.map(({ type }) => type)).toStrictEqual(['StripeEventReceived']);
    expect(events[0]?.data).toMatchObject({ stripeEventId: event.id, type: 'charge.updated', quarantine: null, object: { id: 'ch_1' } });
    expect(JSON.stringify(events)).not.toContain('ada@example.com');
  });

  it('sent five times at once is recorded once', async () => {
    const event = eventWith();
    const payload = JSON.stringify(event);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => send(payload)));
    expect(answers.map(({ status }) => status)).toStrictEqual([200, 200, 200, 200, 200]);
    expect((await send(payload)).status).toBe(200);
    expect(await recorded(event.id)).toHaveLength(1);
  });

  it('may be signed with either secret while they are rolled', async () => {
    const event = eventWith();
    const payload = JSON.stringify(event);
    expect((await send(payload, signed(payload, { by: ROLLED_SECRET }))).status).toBe(200);
    expect(await recorded(event.id)).toHaveLength(1);
  });

  it('may be a little older than now', async () => {
    const event = eventWith();
    const payload = JSON.stringify(event);
    expect((await send(payload, signed(payload, { ageS: 240 }))).status).toBe(200);
    expect(await recorded(event.id)).toHaveLength(1);
  });

  it('of 300 kB is recorded like any other', async () => {
    const event = eventWith({ data: { object: { id: 'ch_large', object: 'charge', description: 'x'.repeat(300_000) } } });
    expect((await send(JSON.stringify(event))).status).toBe(200);
    expect(await recorded(event.id)).toHaveLength(1);
  });

  it('of a type nobody knows is recorded and means nothing', async () => {
    const event = eventWith({ type: 'moon.phase_changed', data: { object: { id: 'moon_1', object: 'moon' } } });
    expect((await send(JSON.stringify(event))).status).toBe(200);
    expect((await recorded(event.id))[0]?.data).toMatchObject({ type: 'moon.phase_changed', object: { id: 'moon_1' } });
  });

  it.each([
    ['wrongMode', { livemode: true }],
    ['foreignAccount', { account: 'acct_somebody_else' }],
    ['otherApiRelease', { api_version: '2019-02-19' }],
  ])('that we must leave alone (%s) is recorded and shown to operators', async (quarantine, over) => {
    const event = eventWith(over);
    expect((await send(JSON.stringify(event))).status).toBe(200);
    expect((await recorded(event.id))[0]?.data).toMatchObject({ quarantine });
    expect(await matterAbout(event.id)).toMatchObject({ kind: 'webhook', code: quarantine, severity: 'critical' });
  });

  it('that is thin, and so only points to a fact, is recorded and shown to operators', async () => {
    const { id } = eventWith();
    const related_object = { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' };
    const thin = { id, object: 'v2.core.event', type: 'v1.billing.meter.error_report_triggered', livemode: false, related_object };
    expect((await send(JSON.stringify({ ...thin, created: '2026-11-01T10:00:00Z' }))).status).toBe(200);
    expect((await recorded(id))[0]?.data).toMatchObject({ quarantine: 'thinEvent', object: { id: 'mtr_1', object: 'billing.meter' } });
    expect(await matterAbout(id)).toMatchObject({ kind: 'webhook', code: 'thinEvent', severity: 'critical' });
  });
});

const good = JSON.stringify(eventWith());
type Case = readonly [what: string, request: () => readonly [payload: string, signature: string | null], code: string];
const cases: readonly Case[] = [
  ['with another signature', () => [good, signed(good, { by: 'whsec_somebody_elses' })], 'WEBHOOK_SIGNATURE_INVALID'],
  ['with the signature of another body', () => [good, signed(`${good} `)], 'WEBHOOK_SIGNATURE_INVALID'],
  ['with a header that is no signature', () => [good, 'hello'], 'WEBHOOK_SIGNATURE_INVALID'],
  ['without a signature', () => [good, null], 'WEBHOOK_SIGNATURE_INVALID'],
  ['signed more than five minutes ago', () => [good, signed(good, { ageS: STALE_S })], 'WEBHOOK_SIGNATURE_INVALID'],
  ['that is not JSON', () => ['{"id": "evt_', signed('{"id": "evt_')], 'BAD_REQUEST'],
  ['that is empty', () => ['', signed('')], 'BAD_REQUEST'],
  ['that is null', () => ['null', signed('null')], 'WEBHOOK_BODY_INVALID'],
  ['that is a list', () => ['[]', signed('[]')], 'WEBHOOK_BODY_INVALID'],
  ...[{ id: undefined }, { id: '' }, { data: undefined }, { data: { object: null } }, { type: 7 }].map((over): Case => {
    const payload = JSON.stringify(eventWith(over));
    return [`whose ${Object.keys(over).join()} is wrong`, () => [payload, signed(payload)], 'WEBHOOK_BODY_INVALID'];
  }),
];

describe('an event that is sent again by somebody who has overheard it', () => {
  it('is refused with its old signature, and with a fresh one recorded no second time', async () => {
    const event = eventWith();
    const payload = JSON.stringify(event);
    expect((await send(payload)).status).toBe(200);
    expect((await send(payload, signed(payload, { ageS: STALE_S }))).body.code).toBe('WEBHOOK_SIGNATURE_INVALID');
    expect((await send(payload)).status).toBe(200);
    expect(await recorded(event.id)).toHaveLength(1);
  });
});

describe('a request', () => {
  it.each(cases)('%s is refused, and nothing is recorded', async (_what, request, code) => {
    const before = await countOfReceived();
    const [payload, signature] = request();
    const { status, body } = await send(payload, signature);
    expect([status, body.code]).toStrictEqual([400, code]);
    expect(await countOfReceived()).toBe(before);
  });

  it('without a body at all is refused, and nothing is recorded', async () => {
    const before = await countOfReceived();
    const answer = await fetch(`${ledger.url}/webhooks/stripe`, { method: 'POST', headers: { 'stripe-signature': signed('') } });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toStrictEqual([400, 'WEBHOOK_BODY_INVALID']);
    expect(await countOfReceived()).toBe(before);
  });

  it('over the limit is refused before it is read', async () => {
    const event = eventWith({ data: { object: { id: 'ch_large', object: 'charge', description: 'x'.repeat(MEBIBYTE) } } });
    const { status, body } = await send(JSON.stringify(event));
    expect([status, body.code]).toStrictEqual([413, 'BODY_TOO_LARGE']);
    expect(await recorded(event.id)).toHaveLength(0);
  });

  it.each(['/webhooks/stripe', '/api/stripe/webhook'])('by GET to %s is told what the address is for', async (path) => {
    const { status, body } = await call<{ code: string; detail: string }>(ledger.url, path);
    expect([status, body.code]).toStrictEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(body.detail).toContain('POST');
  });
});

describe('money', () => {
  it('that names no order is kept and shown to operators', async () => {
    const price = (await world.stripe.prices.list({ type: 'one_time', limit: 1 })).data[0];
    const made = await world.stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [{ price: price?.id ?? '', quantity: 1 }],
      success_url: `${ledger.url}/thanks`,
    });
    await pay(made.url ?? '');
    const { payment_intent: intent } = await world.stripe.checkout.sessions.retrieve(made.id);
    const paymentIntent = typeof intent === 'string' ? intent : 'none';
    expect(paymentIntent).toMatch(/^pi_/);
    const amount = { amountMinor: price?.unit_amount, currency: price?.currency };
    expect(await matterAbout(paymentIntent)).toMatchObject({ kind: 'unmatchedMoney', code: 'noOrderId', details: { amount } });
    const events = await world.eventsOf(`unmatchedMoney-${paymentIntent}`);
    expect(events.map(({ type }) => type)).toStrictEqual(['UnmatchedMoneyReceived']);
    expect(events[0]?.data).toMatchObject({ objectId: paymentIntent, amount, reason: 'noOrderId' });
  });
});

describe('what Stripe says of an order', () => {
  it('is recorded, though it is no money yet or none after all: on its way, failed, a subscription without a customer', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId } = await buyer.order({ planId: 'minecraft-4g' });
    const [session] = await world.sessionsOf(buyer.customerId);
    const subscription = { id: 'sub_1', object: 'subscription', customer: null, metadata: { order_id: orderId } };
    const told = [
      { type: 'checkout.session.completed', data: { object: { ...session, status: 'complete' } } },
      { type: 'checkout.session.async_payment_failed', data: { object: { ...session, status: 'complete' } } },
      { type: 'customer.subscription.created', data: { object: subscription } },
    ];
    for (const [index, over] of told.entries()) {
      expect((await send(JSON.stringify(eventWith(over)))).status).toBe(200);
      await eventually(async () => (await world.eventsOf(`payment-${orderId}`)).length > index, { what: `${over.type} to be recorded` });
    }
    const [pending, failed, linked] = await world.eventsOf(`payment-${orderId}`);
    const { customerId } = buyer;
    const amount = { amountMinor: session?.amount_total, currency: session?.currency };
    const facts = { orderId, customerId, planId: 'minecraft-4g', region: 'eu-central', term: 'monthly', sessionId: session?.id, amount };
    expect(pending).toMatchObject({ type: 'PaymentPending', data: facts });
    expect(failed).toMatchObject({ type: 'PaymentFailed', data: { ...facts, code: 'asyncPaymentFailed' } });
    expect(linked).toMatchObject({ type: 'SubscriptionLinked', data: { orderId, subscriptionId: 'sub_1', stripeCustomerId: null } });
    expect((await world.eventsOf(`order-${orderId}`)).at(-1)?.type).toBe('OrderCheckoutOpened');
  }, 240_000);
});

describe('while the event store is away', () => {
  it('Stripe is asked to come again, and what it then sends is recorded once', async () => {
    const event = eventWith();
    const payload = JSON.stringify(event);
    await world.stopEventStore();
    try {
      const { status, body } = await send(payload);
      expect([status, body.code]).toStrictEqual([503, 'STORE_UNAVAILABLE']);
    } finally {
      await world.startEventStore();
    }
    await eventually(async () => (await send(payload)).status === 200, { what: 'the store to be back' });
    expect(await recorded(event.id)).toHaveLength(1);
  }, 240_000);
});
