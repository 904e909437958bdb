/** Our calls toward Stripe, against the local Stripe with faults: however often an attempt fails or dies, Stripe does it exactly once. */
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { startStripe } from '../../local/stripe/server.js';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { OrderFactsHandler } from '../../src/orders/order.queries.js';
import { CloseWaysToPay, EndBilling, IntendStripeCall } from '../../src/payments/payment.commands.js';
import { paymentHandlers } from '../../src/payments/payment.handlers.js';
import { paymentQueryHandlers } from '../../src/payments/payment.queries.js';
import type { StripeCall } from '../../src/payments/stripe-call.events.js';
import { stripeCallHandlers } from '../../src/payments/stripe-call.handlers.js';
import { StripeCallRunner } from '../../src/payments/stripe-call.runner.js';
import { Clock } from '../../src/platform/clock.js';
import { claimOf } from '../../src/platform/commands.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { BillingEnd } from '../../src/stripe/billing-end.js';
import { BookCheckoutHandler, MoneyBooks } from '../../src/stripe/money-books.js';
import { AskForMoneyHandler, BookStripeObjectHandler, MoneyQuestions } from '../../src/stripe/money-questions.js';
import { BookCheckout } from '../../src/stripe/stripe.commands.js';
import { StripeCalls } from '../../src/stripe/stripe-calls.js';
import { StripeGateway } from '../../src/stripe/stripe.gateway.js';
import { StripeObjects } from '../../src/stripe/stripe-objects.js';
import { eventually } from '../support/eventually.js';
import { METADATA } from '../support/project.js';
import { held, intended, opened, paid, placed } from '../support/samples.js';

class SteeredClock extends Clock {
  private current = new Date('2026-11-01T10:00:00.000Z');
  now(): Date {
    return this.current;
  }
  set(at: Date): void {
    if (at > this.current) this.current = at;
  }
}

/** So that a Stripe that takes a request and never answers is given up soon. */
const TIMEOUT_MS = 2_000;
/** Longer than Stripe remembers what was done under an idempotency key. */
const KEY_LIVES_MS = 25 * 3_600_000;
/** Longer than a claim of a call stands. */
const CLAIM_LIVES_MS = 180_000;
const ACTOR = { kind: 'ops', id: 'test' } as const;
const clock = new SteeredClock();
let local: Awaited<ReturnType<typeof startEventStore>>;
let stripe: Awaited<ReturnType<typeof startStripe>>;
let store: EventStore;
let gateway: StripeGateway;
let app: INestApplicationContext;

const asked = [BookCheckoutHandler, AskForMoneyHandler, BookStripeObjectHandler, OrderFactsHandler];
const parts = [StripeObjects, MoneyBooks, MoneyQuestions, BillingEnd, StripeCalls];

beforeAll(async () => {
  const clockOf = { clock: () => clock.now() };
  [local, stripe] = await Promise.all([startEventStore({ inMemory: true, port: 0 }), startStripe({ catalog: 'catalog.yaml', ...clockOf })]);
  store = new EventStore(local.url);
  const settings = { secretKey: 'sk_test_calls', apiUrl: stripe.url, dashboardUrl: 'http://127.0.0.1', timeoutMs: TIMEOUT_MS };
  gateway = new StripeGateway(settings);
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: StreamRepository, useValue: new StreamRepository(store, clock) },
      { provide: StripeGateway, useValue: gateway },
      { provide: Clock, useValue: clock },
      { provide: IdentityStore, useValue: { personOf: () => Promise.resolve(undefined) } },
      ...[...paymentHandlers, ...paymentQueryHandlers, ...stripeCallHandlers, ...asked, ...parts],
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await Promise.all([local?.close(), stripe?.close()]);
});

const control = (path: string, body: unknown = {}, method = 'POST'): Promise<Response> =>
  fetch(`${stripe.url}/_control/${path}`, {
    method,
    ...(method === 'POST' ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
afterEach(() => control('faults', undefined, 'DELETE'));

/** A recurring one is monthly. */
const priceOf = async (type: 'one_time' | 'recurring'): Promise<string> => {
  const { data } = await gateway.sdk.prices.list({ type, limit: 100 });
  return data.find(({ recurring }) => !recurring || (recurring.interval === 'month' && recurring.interval_count === 1))?.id ?? '';
};

/** An order that was paid at Stripe; its money is booked. */
const paidOrder = async (payment: 'once' | 'subscription'): Promise<{ orderId: string; paymentId: string; subscriptionId: string }> => {
  const orderId = newId();
  const type = payment === 'once' ? ('one_time' as const) : ('recurring' as const);
  const priceId = await priceOf(type);
  const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
  const request = { orderId, customerEmail: 'ada@example.com', payment, priceId, expiresAt, idempotencyKey: newId() };
  const { sessionId } = await gateway.openCheckout(request);
  const facts = [placed, held, intended, opened, paid].map((fact) => ({ ...fact, data: { ...fact.data, orderId } }));
  await store.append({ stream: `order-${orderId}`, expectedRevision: -1n, facts, metadata: { ...METADATA, commandId: newId() } });
  await control(`sessions/${sessionId}/pay`);
  const session = await gateway.checkout(sessionId);
  await app.get(CommandBus).execute(new BookCheckout({ orderId, session }, () => claimOf(orderId, ACTOR)));
  const idOf = (reference: string | { id: string } | null): string => (typeof reference === 'string' ? reference : (reference?.id ?? ''));
  return { orderId, paymentId: idOf(session.payment_intent ?? session.invoice), subscriptionId: idOf(session.subscription) };
};

const refundOf = (paymentId: string, amountMinor = 200): StripeCall => ({
  ...{ do: 'refund', paymentId, amount: { amountMinor, currency: 'eur' }, reason: 'requested_by_customer' },
});
const intend = async (orderId: string, call: StripeCall): Promise<string> => {
  const callId = newId();
  const data = { orderId, callId, call, reason: 'test', noteId: null };
  await app.get(CommandBus).execute(new IntendStripeCall(data, claimOf(orderId, ACTOR)));
  return callId;
};
/** Runs the calls of an order, moving the clock to each next attempt, until none is left. */
const runOut = async (orderId: string): Promise<void> => {
  for (let rounds = 0; rounds < 20; rounds += 1) {
    const again = await app.get(StripeCallRunner).run(orderId);
    if (!again) return;
    clock.set(again);
  }
  throw new Error('the calls do not come to an end');
};
const told = async (orderId: string) =>
  (await store.read(`payment-${orderId}`)).map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
const typesOf = async (orderId: string) => (await told(orderId)).map(({ type }) => type);
const refundsOf = async (paymentId: string) => (await gateway.sdk.refunds.list({ payment_intent: paymentId, limit: 100 })).data;

describe('a refund', () => {
  it.each([
    ['nothing', undefined, 0],
    ['a 500 that Stripe has stored although the refund was made', 'error500After', 2],
    ['a 500 that Stripe has stored although nothing was done', 'error500Stored', 2],
    ['a 500 before anything was done', 'error500Before', 1],
    ['a Stripe that did it and never answered', 'hang', 1],
    ['a connection that was cut after the refund was made', 'reset', 1],
    ['a 429', 'rateLimited', 1],
    ['a key in use', 'conflict', 1],
    ['a Stripe that is down', 'down', 1],
  ] as const)('is made once despite %s', async (_what, fault, failures) => {
    const { orderId, paymentId } = await paidOrder('once');
    // The SDK repeats a cut connection once by itself, whatever it was told.
    if (fault) await control('faults', { match: 'POST /v1/refunds', fault, times: fault === 'reset' ? 2 : 1 });
    const callId = await intend(orderId, refundOf(paymentId));
    await runOut(orderId);
    const refunds = await refundsOf(paymentId);
    expect(refunds.map(({ metadata }) => metadata)).toStrictEqual([{ order_id: orderId, refund_id: callId }]);
    const types = await typesOf(orderId);
    expect(types.filter((type) => type === 'StripeCallFailed').length).toBeLessThanOrEqual(failures);
    expect(types.filter((type) => type === 'RefundSettled')).toHaveLength(1);
    expect(types.at(-1)).toBe('StripeCallSettled');
  });

  it('is made under another key where Stripe has the first one for something else', async () => {
    const { orderId, paymentId } = await paidOrder('once');
    const callId = await intend(orderId, refundOf(paymentId));
    await gateway.sdk.refunds.create({ payment_intent: paymentId, amount: 1 }, { idempotencyKey: callId });
    await runOut(orderId);
    expect((await refundsOf(paymentId)).map(({ amount }) => amount).toSorted()).toStrictEqual([1, 200]);
    expect((await told(orderId)).filter(({ type }) => type === 'StripeCallFailed').map(({ data }) => data)).toMatchObject([
      { code: 'StripeIdempotencyError', keySpent: true, retryAt: expect.any(String) as unknown },
    ]);
  });

  it('is not made by one that stood still past its claim while another made it, even when Stripe has forgotten the key', async () => {
    const { orderId, paymentId } = await paidOrder('subscription');
    const callId = await intend(orderId, refundOf(paymentId, 100));
    await control('faults', { match: 'GET /v1/invoice_payments', fault: 'delay', delayMs: TIMEOUT_MS / 2, times: 1 });
    const stoodStill = app.get(StripeCallRunner).run(orderId);
    await eventually(async () => (await typesOf(orderId)).includes('StripeCallStarted'), { withinMs: 30_000, what: 'the claim' });
    clock.set(new Date(clock.now().getTime() + CLAIM_LIVES_MS));
    await runOut(orderId);
    clock.set(new Date(clock.now().getTime() + KEY_LIVES_MS));
    await stoodStill;
    const { data: refunds } = await gateway.sdk.refunds.list({ limit: 100 });
    expect(refunds.filter(({ metadata }) => metadata?.['refund_id'] === callId)).toHaveLength(1);
    expect((await typesOf(orderId)).filter((type) => type === 'StripeCallSettled')).toHaveLength(1);
  });

  it('is made once by two runners at once, and by a successor of one that died before or after it was made', async () => {
    const { orderId, paymentId } = await paidOrder('once');
    await intend(orderId, refundOf(paymentId));
    await control('faults', { match: 'POST /v1/refunds', fault: 'reset', times: 2 });
    await Promise.all([1, 2, 3].map(() => app.get(StripeCallRunner).run(orderId)));
    expect((await typesOf(orderId)).filter((type) => type === 'StripeCallStarted')).toHaveLength(1);
    await runOut(orderId);
    expect(await refundsOf(paymentId)).toHaveLength(1);
  });

  it('is looked for when the attempt that made it left no answer', async () => {
    const { orderId, paymentId } = await paidOrder('once');
    const callId = await intend(orderId, refundOf(paymentId));
    const callDeadlineAt = new Date(clock.now().getTime() + 120_000).toISOString();
    const claim = { type: 'StripeCallStarted', data: { orderId, callId, attempt: 1, idempotencyKey: 'lost', callDeadlineAt } } as const;
    const expectedRevision = BigInt((await told(orderId)).length - 1);
    await store.append({ stream: `payment-${orderId}`, expectedRevision, facts: [claim], metadata: { ...METADATA, commandId: newId() } });
    // Under a key that nobody knows any more, as after more than a day.
    await gateway.sdk.refunds.create({ payment_intent: paymentId, amount: 200, metadata: { order_id: orderId, refund_id: callId } });
    expect(await app.get(StripeCallRunner).run(orderId)).toStrictEqual(new Date(callDeadlineAt));
    await runOut(orderId);
    expect(await refundsOf(paymentId)).toHaveLength(1);
    expect((await typesOf(orderId)).at(-1)).toBe('StripeCallSettled');
  });

  it('of an invoice goes through the payment intent that paid it, and counts for the invoice', async () => {
    const { orderId, paymentId } = await paidOrder('subscription');
    await intend(orderId, refundOf(paymentId));
    await runOut(orderId);
    expect((await told(orderId)).find(({ type }) => type === 'RefundSettled')?.data).toMatchObject({
      paymentId,
      amount: { amountMinor: 200 },
    });
  });

  it('that Stripe refuses waits for a person', async () => {
    const { orderId, paymentId } = await paidOrder('once');
    await intend(orderId, { ...refundOf(paymentId), amount: { amountMinor: 99_999_999, currency: 'eur' } } as StripeCall);
    await runOut(orderId);
    expect((await told(orderId)).at(-1)).toMatchObject({ type: 'StripeCallFailed', data: { retryAt: null } });
  });
});

describe('a subscription', () => {
  it('is to end and then is not', async () => {
    const { orderId, subscriptionId } = await paidOrder('subscription');
    const endsAt = async (): Promise<number | null> => (await gateway.sdk.subscriptions.retrieve(subscriptionId)).cancel_at;
    await intend(orderId, { do: 'scheduleCancellation', subscriptionId });
    await runOut(orderId);
    expect(await endsAt()).not.toBeNull();
    await intend(orderId, { do: 'revokeCancellation', subscriptionId });
    await runOut(orderId);
    expect(await endsAt()).toBeNull();
    const seen = (await told(orderId))
      .filter(({ type }) => type === 'SubscriptionChanged')
      .map(({ data }) => (data['facts'] as { cancelAt: string | null }).cancelAt);
    expect(seen).toStrictEqual([expect.any(String), null]);
  });

  const invoicesOf = async (subscriptionId: string) =>
    (await gateway.sdk.invoices.list({ subscription: subscriptionId })).data.map(({ status }) => status);
  /** Its renewal has failed. */
  const behind = async () => {
    const { orderId, subscriptionId } = await paidOrder('subscription');
    const { customer } = await gateway.sdk.subscriptions.retrieve(subscriptionId);
    const payBy = (method: string) => control(`customers/${customer as string}/payment_method`, { payment_method: method });
    await payBy('pm_card_chargeCustomerFail');
    clock.set(new Date(clock.now().getTime() + 32 * 86_400_000));
    await eventually(async () => (await invoicesOf(subscriptionId)).includes('open'), { withinMs: 60_000, what: 'a renewal that fails' });
    return { orderId, subscriptionId, payBy };
  };
  const voidedFor = async (orderId: string, subscriptionId: string): Promise<void> => {
    const subscription = { subscriptionId, endsAt: clock.iso() };
    await app.get(CommandBus).execute(new CloseWaysToPay({ orderId, subscription, reason: 'unpaid' }, claimOf(orderId, ACTOR)));
    await runOut(orderId);
    expect(await typesOf(orderId)).not.toContain('SubscriptionEnded');
  };

  it.each(['reset', 'error500After', 'hang'] as const)('has nothing left to be paid and runs on, despite %s', async (fault) => {
    const { orderId, subscriptionId } = await behind();
    await control('faults', { match: 'POST /v1/invoices/*/void', fault, times: 2 });
    await voidedFor(orderId, subscriptionId);
    expect((await invoicesOf(subscriptionId)).toSorted()).toStrictEqual(['paid', 'void']);
    expect((await gateway.sdk.subscriptions.retrieve(subscriptionId)).status).toBe('active');
    expect((await typesOf(orderId)).at(-1)).toBe('StripeCallSettled');
  });

  it('that is paid before its invoice is void has brought its money when that is said', async () => {
    const { orderId, subscriptionId, payBy } = await behind();
    await payBy('pm_card_visa');
    const { latest_invoice: invoice } = await gateway.sdk.subscriptions.retrieve(subscriptionId);
    await gateway.sdk.invoices.pay(invoice as string);
    await voidedFor(orderId, subscriptionId);
    expect(await invoicesOf(subscriptionId)).toStrictEqual(['paid', 'paid']);
    const types = await typesOf(orderId);
    expect(types.filter((type) => type === 'PaymentSucceeded')).toHaveLength(2);
    expect(types.at(-1)).toBe('StripeCallSettled');
  });

  it.each(['reset', 'error500After', 'hang'] as const)('ends with its open and draft invoices void, despite %s', async (fault) => {
    const { orderId, subscriptionId } = await behind();
    await control('faults', { match: 'POST /v1/invoices/*/void', fault, times: 2 });
    await control('faults', { match: 'DELETE /v1/subscriptions/*', fault, times: 2 });
    await app.get(CommandBus).execute(new EndBilling({ orderId, subscriptionId, reason: 'unpaid' }, claimOf(orderId, ACTOR)));
    await runOut(orderId);
    expect((await gateway.sdk.subscriptions.retrieve(subscriptionId)).status).toBe('canceled');
    expect((await invoicesOf(subscriptionId)).toSorted()).toStrictEqual(['paid', 'void']);
    const types = await typesOf(orderId);
    expect(types.filter((type) => type === 'SubscriptionEnded')).toHaveLength(1);
    expect(types.at(-1)).toBe('StripeCallSettled');
  });
});

describe('a checkout for one more term', () => {
  const checkout = async (): Promise<StripeCall> => ({
    ...{ do: 'openCheckout', purpose: 'extension', changeId: null, amount: null },
    priceId: await priceOf('one_time'),
    expiresAt: new Date(clock.now().getTime() + 3_600_000).toISOString(),
  });
  const sessionsOf = async (callId: string) =>
    (await gateway.sdk.checkout.sessions.list({ limit: 100 })).data.filter(({ metadata }) => metadata?.['call_id'] === callId);

  it.each(['error500After', 'error500Stored', 'reset', 'hang'] as const)(
    'is opened once despite %s, and closed when the order ends',
    async (fault) => {
      const { orderId } = await paidOrder('once');
      await control('faults', { match: 'POST /v1/checkout/sessions', fault, times: 2 });
      const callId = await intend(orderId, await checkout());
      await runOut(orderId);
      expect((await sessionsOf(callId)).map(({ status }) => status)).toStrictEqual(['open']);
      await app.get(CommandBus).execute(new EndBilling({ orderId, subscriptionId: null, reason: 'cancelled' }, claimOf(orderId, ACTOR)));
      await runOut(orderId);
      expect((await sessionsOf(callId)).map(({ status }) => status)).toStrictEqual(['expired']);
    },
  );
});

describe('a checkout that is to be closed', () => {
  const toClose = async () => {
    const { orderId } = await paidOrder('once');
    const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const call = {
      do: 'openCheckout',
      purpose: 'extension',
      changeId: null,
      amount: null,
      priceId: await priceOf('one_time'),
      expiresAt,
    } as const;
    await intend(orderId, call);
    await runOut(orderId);
    const sessionId = String((await told(orderId)).at(-1)?.data['objectId']);
    await app.get(CommandBus).execute(new CloseWaysToPay({ orderId, subscription: null, reason: 'unpaid' }, claimOf(orderId, ACTOR)));
    return { orderId, sessionId };
  };
  const outcomeOf = async (orderId: string) =>
    (await told(orderId)).slice(-2).map(({ type, data }) => [type, data['sessionId'] ?? data['status']]);

  it('and was paid has brought its money when that is said', async () => {
    const { orderId, sessionId } = await toClose();
    await control(`sessions/${sessionId}/pay`);
    await runOut(orderId);
    expect(await outcomeOf(orderId)).toStrictEqual([
      ['PaymentSucceeded', sessionId],
      ['StripeCallSettled', 'complete'],
    ]);
  });

  it('and is paid while Stripe is asked has brought its money, too', async () => {
    const { orderId, sessionId } = await toClose();
    await control('faults', { match: `GET /v1/checkout/sessions/${sessionId}`, fault: 'delay', delayMs: TIMEOUT_MS / 2, times: 1 });
    const closing = runOut(orderId);
    await eventually(async () => (await typesOf(orderId)).at(-1) === 'StripeCallStarted', { withinMs: 30_000, what: 'the claim' });
    await control(`sessions/${sessionId}/pay`);
    await closing;
    expect(await outcomeOf(orderId)).toStrictEqual([
      ['PaymentSucceeded', sessionId],
      ['StripeCallSettled', 'complete'],
    ]);
    expect(await typesOf(orderId)).not.toContain('StripeCallFailed');
  });
});

describe('the checkout of an order', () => {
  const wish = async () => {
    const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const about = { orderId: newId(), customerEmail: 'ada@example.com', payment: 'once' } as const;
    return { ...about, priceId: await priceOf('one_time'), expiresAt, idempotencyKey: newId() };
  };
  const sessionsOf = async (orderId: string): Promise<string[]> =>
    (await gateway.sdk.checkout.sessions.list({ limit: 100 })).data.flatMap(({ id, metadata }) =>
      metadata?.['order_id'] === orderId ? [id] : [],
    );

  it.each(['error500After', 'error500Stored', 'reset', 'hang'] as const)(
    'is opened once despite %s, also when asked again',
    async (fault) => {
      const request = await wish();
      await control('faults', { match: 'POST /v1/checkout/sessions', fault, times: 1 });
      const { sessionId } = await gateway.openCheckout(request);
      expect((await gateway.openCheckout(request)).sessionId).toBe(sessionId);
      expect(await sessionsOf(request.orderId)).toStrictEqual([sessionId]);
    },
  );

  it('is the one that was opened before the settings changed', async () => {
    const request = await wish();
    const { sessionId } = await gateway.openCheckout(request);
    const changed = { ...request, customerEmail: 'ada@example.org' };
    expect((await gateway.tryToOpenCheckout(changed))?.sessionId).toBe(sessionId);
    expect(await sessionsOf(request.orderId)).toStrictEqual([sessionId]);
  });
});

describe('the way to Stripe’s page for invoices and cards', () => {
  it('is refused for now by a Stripe that never answers, and there the next time', async () => {
    const { orderId, subscriptionId } = await paidOrder('subscription');
    const { customer } = await gateway.sdk.subscriptions.retrieve(subscriptionId);
    await control('faults', { match: 'POST /v1/billing_portal/sessions', fault: 'hang' });
    await expect(gateway.portalUrl(customer as string, orderId)).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE', status: 503 });
    expect(await gateway.portalUrl(customer as string, orderId)).toContain('http');
  });
});
