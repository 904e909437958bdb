/** What becomes of a checkout whose webhooks never came: Stripe is asked, and its answer is booked as the webhook would have been. */
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { startStripe } from '../../local/stripe/server.js';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { OrderFactsHandler } from '../../src/orders/order.queries.js';
import { PlacementRunner } from '../../src/orders/placement.runner.js';
import { paymentHandlers } from '../../src/payments/payment.handlers.js';
import { HasPaymentFailedHandler } from '../../src/payments/payment.queries.js';
import { Clock, SystemClock } from '../../src/platform/clock.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { BookCheckoutHandler, MoneyBooks } from '../../src/stripe/money-books.js';
import { StripeGateway } from '../../src/stripe/stripe.gateway.js';
import { METADATA } from '../support/project.js';
import { AT, held, intended, opened, placed } from '../support/samples.js';

let local: Awaited<ReturnType<typeof startEventStore>>;
let stripe: Awaited<ReturnType<typeof startStripe>>;
let store: EventStore;
let gateway: StripeGateway;
let app: INestApplicationContext;
let runner: PlacementRunner;

beforeAll(async () => {
  [local, stripe] = await Promise.all([startEventStore({ inMemory: true, port: 0 }), startStripe({ catalog: 'catalog.yaml' })]);
  store = new EventStore(local.url);
  gateway = new StripeGateway({ secretKey: 'sk_test_settle', apiUrl: stripe.url, dashboardUrl: 'http://127.0.0.1' });
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: StreamRepository, useValue: new StreamRepository(store, new SystemClock()) },
      { provide: StripeGateway, useValue: gateway },
      { provide: Clock, useClass: SystemClock },
      // Nobody is asked for a name: the checkouts are open already.
      { provide: IdentityStore, useValue: undefined },
      ...[PlacementRunner, MoneyBooks, BookCheckoutHandler, OrderFactsHandler, HasPaymentFailedHandler, ...paymentHandlers],
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
  runner = app.get(PlacementRunner);
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await Promise.all([local?.close(), stripe?.close()]);
});

const append = (stream: string, expectedRevision: bigint, facts: Parameters<EventStore['append']>[0]['facts']) =>
  store.append({ stream, expectedRevision, facts, metadata: { ...METADATA, commandId: newId() } });

/** An order whose checkout is open at Stripe and over by our clock. */
const overdue = async (payment: 'once' | 'subscription'): Promise<{ orderId: string; sessionId: string }> => {
  const orderId = newId();
  const type = payment === 'once' ? ('one_time' as const) : ('recurring' as const);
  const priceId = (await gateway.sdk.prices.list({ type, limit: 1 })).data[0]?.id ?? '';
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const request = { orderId, customerEmail: 'ada@example.com', payment, priceId, expiresAt, idempotencyKey: newId() };
  const { sessionId } = await gateway.openCheckout(request);
  const past = [placed, held, intended, { ...opened, data: { ...opened.data, sessionId } }];
  await append(
    `order-${orderId}`,
    -1n,
    past.map((fact) => ({ ...fact, data: { ...fact.data, orderId } })),
  );
  return { orderId, sessionId };
};
const pay = (sessionId: string) => fetch(`${stripe.url}/_control/sessions/${sessionId}/pay`, { method: 'POST' });
/** The customer has confirmed with a delayed method: complete, and the money is on its way. */
const confirm = async (sessionId: string): Promise<void> => {
  await pay(sessionId);
  const session = stripe.world.store.get('checkout.session', sessionId);
  await stripe.world.store.write([{ table: 'object', key: sessionId, value: { ...session, payment_status: 'unpaid' } }]);
};
const told = async (stream: string) => (await store.read(stream)).map(({ type }) => type);

describe('a checkout that is over by our clock', () => {
  it('and was paid without a word is booked from the session, once', async () => {
    const { orderId, sessionId } = await overdue('once');
    await pay(sessionId);
    const { again } = await runner.walk(orderId);
    expect(again).not.toBeNull();
    await runner.walk(orderId);
    const [paid, ...more] = await store.read(`payment-${orderId}`);
    const session = await gateway.checkout(sessionId);
    expect(more).toStrictEqual([]);
    expect(paid).toMatchObject({
      type: 'PaymentSucceeded',
      data: { orderId, sessionId, paymentId: session.payment_intent, kind: 'initial', subtotal: { amountMinor: session.amount_subtotal } },
    });
    expect(await told(`order-${orderId}`)).not.toContain('OrderEnded');
  });

  it('and was paid by subscription is booked from its first invoice', async () => {
    const { orderId, sessionId } = await overdue('subscription');
    await pay(sessionId);
    await runner.walk(orderId);
    expect(await told(`payment-${orderId}`)).toStrictEqual(['SubscriptionLinked', 'PaymentSucceeded']);
    const { invoice } = await gateway.checkout(sessionId);
    expect((await store.read(`payment-${orderId}`))[1]?.data).toMatchObject({ paymentId: invoice, kind: 'initial' });
  });

  it('waits for money on its way, and ends when Stripe said that it did not arrive', async () => {
    const { orderId, sessionId } = await overdue('once');
    await confirm(sessionId);
    const { order, again } = await runner.walk(orderId);
    expect([order.status, await told(`payment-${orderId}`)]).toStrictEqual(['awaitingPayment', ['PaymentPending']]);
    expect((again?.getTime() ?? 0) - Date.now()).toBeGreaterThan(60_000);
    const failed = { orderId, sessionId, code: 'asyncPaymentFailed', receivedAt: AT };
    await append(`payment-${orderId}`, 0n, [{ type: 'PaymentFailed', data: failed }]);
    const { order: ended, again: never } = await runner.walk(orderId);
    expect([ended.status, never]).toStrictEqual(['ended', null]);
    expect((await store.read(`order-${orderId}`)).at(-1)).toMatchObject({
      type: 'OrderEnded',
      data: { reason: 'paymentFailed', hold: { nodeId: '1' } },
    });
  });
});
