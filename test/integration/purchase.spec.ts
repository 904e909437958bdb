/** The whole path on real parts: every game, paid once and by subscription, through HTTP and the checkout page only. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { EVENT_TYPES } from '../../local/stripe/event-types.js';
import { Catalog } from '../../src/catalog/catalog.js';
import { endOfTerm } from '../../src/orders/period.js';
import { Buyer, call, click, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { expectOneServer } from '../support/kill.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { PanelServer, World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const catalog = Catalog.load('catalog.yaml');
let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));

const typesOf = async (buyer: Buyer, orderId: string): Promise<string[]> => (await buyer.timeline(orderId)).map(({ type }) => type);

/** Until when Stripe says that the first period of this subscription is paid; ISO-8601. */
const periodEndOf = async (sessionId: string): Promise<string> => {
  const { subscription } = await world.stripe.checkout.sessions.retrieve(sessionId, { expand: ['subscription'] });
  const end = typeof subscription === 'object' ? subscription?.items.data[0]?.current_period_end : undefined;
  return new Date((end ?? 0) * 1000).toISOString();
};

/** The n-th port of the game is the n-th allocation of its server. */
const expectPorts = (gameId: string, server: PanelServer | undefined): void => {
  const ports = server?.allocationIds.map((id) => String(server.ports[id])) ?? [];
  for (const [index, { variable }] of (catalog.game(gameId)?.ports ?? []).entries())
    if (variable) expect([variable, server?.environment[variable]]).toEqual([variable, ports[index]]);
};

describe('a purchase', () => {
  it.each(catalog.games.flatMap((game) => (['once', 'subscription'] as const).map((payment) => [game.id, payment] as const)))(
    'of %s paid by %s ends with a ready server',
    async (gameId, payment) => {
      const planId = catalog.game(gameId)?.plans[0]?.id ?? '';
      const buyer = await Buyer.signUp(ledger.url);
      const { orderId, checkoutUrl } = await buyer.order({ planId, payment });
      expect(await pay(checkoutUrl)).toContain(`/orders/${orderId}?session_id=cs_test_`);
      expect(await expectOneServer(world, buyer, orderId)).toStrictEqual({
        attempts: ['1 started', '1 created'],
        adopted: false,
        calls: 1,
      });
      const { pteroServerId, readyAt, paidThrough, checkoutSession } = await buyer.orderView(orderId);
      expectPorts(
        gameId,
        (await world.panelServers()).find(({ id }) => id === pteroServerId),
      );
      const end = payment === 'once' ? endOfTerm(readyAt ?? '', 'monthly') : await periodEndOf(checkoutSession ?? '');
      expect(paidThrough).toBe(end);
    },
    120_000,
  );
});

describe('coming back from Stripe', () => {
  it('pays an order whose webhooks are lost, once; another session, a stranger order or Stripe being away only show the page', async () => {
    const [buyer, other] = [await Buyer.signUp(ledger.url), await Buyer.signUp(ledger.url)];
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    const { orderId: unpaid } = await other.order({ planId: 'teeworlds-256m' });
    const follow = (address: string) => fetch(address, { redirect: 'error' });
    await world.stripeControl('/_control/webhooks', { events: [] });
    const address = await pay(checkoutUrl);
    expect(new URL(address).origin).toBe(ledger.url);
    const elsewhere = [address.replace(orderId, unpaid), address.replace(orderId, 'nothing'), `${address}&session_id=cs_test_other`];
    for (const one of elsewhere) await follow(one);
    await world.stripeControl('/_control/faults', { match: 'GET /v1/checkout/sessions/*', fault: 'resetBefore', times: 3 });
    await eventually(async () => {
      for (const one of [address, ...elsewhere]) {
        const page = await follow(one);
        expect([page.status, page.headers.get('content-type')]).toStrictEqual([200, 'text/html; charset=utf-8']);
      }
      return (await world.eventsOf(`payment-${orderId}`)).length > 0;
    });
    await buyer.until(orderId, 'ready');
    await follow(address);
    await world.stripeControl('/_control/webhooks', { events: EVENT_TYPES });
    expect((await world.eventsOf(`payment-${orderId}`)).map(({ type }) => type)).toStrictEqual(['PaymentSucceeded']);
    expect(await world.eventsOf(`payment-${unpaid}`)).toStrictEqual([]);
  }, 120_000);
});

describe('the operators’ books', () => {
  it('show a purchase: its money, its webhook, its steps, its promise kept', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', term: 'quarterly' });
    await pay(checkoutUrl);
    const { checkoutSession } = await buyer.until(orderId, 'ready');
    const token = await world.operator(ledger.url);
    const books = <T>(path: string) => call<T>(ledger.url, `/api/v1/ops/${path}`, { token });
    const list = async (path: string) => (await books<{ items: Record<string, unknown>[] }>(path)).body.items;
    const price = catalog.plan('teeworlds-256m')?.plan.terms.quarterly.amountMinor ?? 0;
    const about = {
      orderId,
      customerId: buyer.customerId,
      planId: 'teeworlds-256m',
      region: 'eu-central',
      term: 'quarterly',
      currency: 'eur',
    };
    const [payment, ...others] = await list(`payments?orderId=${orderId}`);
    expect(others).toStrictEqual([]);
    expect(payment).toMatchObject({
      ...about,
      kind: 'payment',
      status: 'succeeded',
      subtotalMinor: String(price),
      session: checkoutSession,
    });
    const [webhook] = await eventually(async () => {
      const found = await list(`webhooks?orderId=${orderId}&outcome=translated`);
      return found.length > 0 && found;
    });
    expect(webhook).toMatchObject({
      type: 'checkout.session.completed',
      objectId: checkoutSession,
      became: [{ type: 'PaymentSucceeded' }],
    });
    const facts = await list(`provisioning-health/facts?orderId=${orderId}`);
    expect(facts.map(({ step, outcome, durationMs }) => [step, outcome, typeof durationMs]).toSorted()).toStrictEqual([
      ['create', 'done', 'string'],
      ['install', 'done', 'string'],
      ['start', 'done', 'string'],
    ]);
    const [promise] = await list('delivery-invariant?broken=false&limit=1');
    expect(promise).toMatchObject({ orderId, violation: null, serversOwed: 1, serversCreated: 1, serversRunning: 1 });
    expect(await list('delivery-invariant')).toStrictEqual([]);
    for (const object of [checkoutSession, payment?.['paymentIntent']])
      expect((await books(`stripe-links/${String(object)}`)).body).toStrictEqual({ objectId: object, orderId });
    for (const figures of ['revenue', 'mrr'])
      expect(await list(`${figures}?planId=teeworlds-256m`)).toMatchObject([
        { currency: 'eur', planId: 'teeworlds-256m', region: 'eu-central' },
      ]);
    const { body } = await books<{ durations: { step: string }[] }>('provisioning-health');
    expect(body.durations.map(({ step }) => step)).toStrictEqual(['create', 'install', 'paidToReady', 'start']);
  }, 180_000);
});

describe('webhooks', () => {
  it('delivered five times are one event and one payment', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await world.stripeControl('/_control/webhooks', { duplicate: 5 });
    await pay(checkoutUrl);
    await buyer.until(orderId, 'ready');
    await world.stripeControl('/_control/webhooks', { duplicate: 1 });
    const types = await typesOf(buyer, orderId);
    expect(types.filter((type) => type === 'PaymentSucceeded')).toHaveLength(1);
    expect(types.filter((type) => type === 'StripeEventReceived')).toHaveLength(1);
  }, 240_000);

  it.each([
    ['last things first', ['invoice.paid', 'customer.subscription.created', 'checkout.session.completed']],
    ['first things first', ['checkout.session.completed', 'customer.subscription.created', 'invoice.paid']],
  ])(
    'with %s lead to the same end',
    async (_what, inOrder) => {
      const buyer = await Buyer.signUp(ledger.url);
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', payment: 'subscription' });
      await world.stripeControl('/_control/webhooks', { events: [] });
      await pay(checkoutUrl);
      await world.stripeControl('/_control/webhooks', { events: EVENT_TYPES });
      for (const type of inOrder) {
        const [event] = (await world.stripe.events.list({ type, limit: 1 })).data;
        await world.stripeControl(`/_control/events/${event?.id}/resend`, {});
        await eventually(async () => (await world.eventsOf(`stripeEvent-${event?.id}`)).length === 1, { what: type });
      }
      await expectOneServer(world, buyer, orderId);
      const told = (await buyer.timeline(orderId)).filter(({ type }) => type === 'SubscriptionLinked');
      expect(told).toHaveLength(1);
    },
    120_000,
  );

  it('may arrive before our own checkout call has returned', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    await world.stripeControl('/_control/faults', { match: 'POST /v1/checkout/sessions', fault: 'delay', delayMs: 4_000 });
    const key = randomUUID();
    const placing = buyer.tryToOrder({ planId: 'teeworlds-256m' }, key);
    const session = await eventually(async () => (await world.sessionsOf(buyer.customerId))[0], { what: 'the session' });
    await world.stripeControl(`/_control/sessions/${session.id}/pay`, {});
    const { orderId } = (await placing).body;
    await buyer.until(orderId, 'ready');
    expect((await typesOf(buyer, orderId)).filter((type) => type === 'OrderPaid')).toHaveLength(1);
  }, 240_000);

  it('for a second payment of the same order put that money in the refund queue for an operator, and make no second server', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    const second = await world.secondSession(orderId);
    await Promise.all([pay(checkoutUrl), pay(second)]);
    await buyer.until(orderId, 'ready');
    const refused = await eventually(
      async () => {
        const types = await typesOf(buyer, orderId);
        return types.includes('OrderPaymentNotAccepted') && types;
      },
      { what: 'the refund' },
    );
    expect(refused.filter((type) => type === 'OrderPaid')).toHaveLength(1);
    expect(refused.filter((type) => type === 'OrderPaymentNotAccepted')).toHaveLength(1);
    expect((await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`)).toHaveLength(1);
    const operator = await world.operator(ledger.url);
    const open = await eventually(async () => {
      const { body } = await call<{ items: { kind: string; orderId: string }[] }>(ledger.url, '/api/v1/ops/attention', { token: operator });
      return body.items.find((matter) => matter.kind === 'refund' && matter.orderId === orderId);
    });
    expect(open).toMatchObject({ code: 'alreadyPaid', severity: 'critical' });
    // An operator confirms, as refunds are not automatic here: nothing was asked of Stripe.
    const asked = (await world.eventsOf(`payment-${orderId}`)).filter(({ type }) => type.startsWith('StripeCall'));
    expect(asked).toStrictEqual([]);
  }, 240_000);

  it('for a second subscription of the same order cancel that subscription at Stripe, and leave the order its own', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', payment: 'subscription' });
    const second = await world.secondSession(orderId);
    await Promise.all([pay(checkoutUrl), pay(second)]);
    await buyer.until(orderId, 'ready');
    const factsOf = async (stream: string, type: string) =>
      (await world.eventsOf(`${stream}-${orderId}`)).flatMap((event) =>
        event.type === type ? [event.data as Record<string, string>] : [],
      );
    await eventually(async () => (await factsOf('payment', 'SubscriptionEnded')).length === 1, {
      withinMs: 60_000,
      what: 'the end of one',
    });
    const [payments, [taken], [refused]] = [
      await factsOf('payment', 'PaymentSucceeded'),
      await factsOf('order', 'OrderPaid'),
      await factsOf('order', 'OrderPaymentNotAccepted'),
    ];
    const paidBy = (paymentId?: string) => payments.find((payment) => payment['paymentId'] === paymentId)?.['subscriptionId'] ?? '';
    const [own, other] = [paidBy(taken?.['paymentId']), paidBy(refused?.['paymentId'])];
    expect(refused?.['reason']).toBe('alreadyPaid');
    expect([
      (await world.stripe.subscriptions.retrieve(own)).status,
      (await world.stripe.subscriptions.retrieve(other)).status,
    ]).toStrictEqual(['active', 'canceled']);
    expect((await call<{ status: string }>(ledger.url, `/api/v1/orders/${orderId}`, { token: buyer.token })).body.status).toBe('ready');
    expect(await factsOf('order', 'OrderEnding')).toStrictEqual([]);
  }, 240_000);
});

describe('a customer who does not pay', () => {
  it('may decline, come back and pay', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await click(checkoutUrl, 'decline');
    await buyer.until(orderId, 'awaitingPayment');
    const declined = await world.stripe.checkout.sessions.retrieve(/cs_test_\w+/.exec(checkoutUrl)?.[0] ?? '');
    await eventually(async () => (await buyer.orderView(orderId)).statusReason === 'card_declined', { what: 'the decline to be told' });
    expect((await buyer.orderView(orderId)).status).toBe('awaitingPayment');
    const again = await call<{ checkoutUrl: string }>(ledger.url, `/api/v1/orders/${orderId}/checkout`, {
      method: 'POST',
      token: buyer.token,
    });
    expect(again.body.checkoutUrl).toBe(checkoutUrl);
    await pay(again.body.checkoutUrl);
    await buyer.until(orderId, 'ready');
    // The intent that was declined is the one that is booked.
    const told = await world.eventsOf(`payment-${orderId}`);
    expect(told.map(({ type, data }) => [type, (data as { paymentId: string }).paymentId])).toStrictEqual(
      ['PaymentAttemptFailed', 'PaymentSucceeded'].map((type) => [type, declined.payment_intent]),
    );
    expect(told[0]?.data).toMatchObject({ orderId, kind: 'initial', code: 'card_declined', declineCode: 'generic_decline' });
  }, 240_000);

  it('gives the room back when Stripe says that the checkout is over', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId } = await buyer.order({ planId: 'teeworlds-256m' });
    const { checkoutSession } = await buyer.until(orderId, 'awaitingPayment');
    await world.stripeControl(`/_control/sessions/${checkoutSession}/expire`, {});
    const ended = await buyer.until(orderId, 'ended');
    expect(ended.statusReason).toBe('abandoned');
    await eventually(async () => (await typesOf(buyer, orderId)).includes('NodeHoldReleased'), { what: 'the room to be free' });
  }, 240_000);
});

describe('the door', () => {
  it("shows nobody another customer's order", async () => {
    const [mine, other] = [await Buyer.signUp(ledger.url), await Buyer.signUp(ledger.url)];
    const { orderId } = await mine.order({ planId: 'teeworlds-256m' });
    for (const path of [`/api/v1/orders/${orderId}`, `/api/v1/orders/${orderId}/timeline`]) {
      const { status, body } = await call<{ code: string }>(ledger.url, path, { token: other.token });
      expect([status, body.code]).toStrictEqual([404, 'NOT_FOUND']);
    }
    const { body } = await call<unknown>(ledger.url, '/api/v1/orders', { token: other.token });
    expect(body).toStrictEqual({ items: [], nextCursor: null });
  }, 240_000);

  it('answers the same key with the same order, and another body under it with a refusal', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const key = randomUUID();
    const first = await buyer.order({ planId: 'teeworlds-256m' }, key);
    expect(await buyer.order({ planId: 'teeworlds-256m' }, key)).toStrictEqual(first);
    const other = await buyer.tryToOrder({ planId: 'teeworlds-512m' }, key);
    expect([other.status, other.body.code]).toStrictEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  }, 240_000);

  it.each([
    [{ planId: 'no-such-plan' }, 422, 'PLAN_UNKNOWN'],
    [{ planId: 'teeworlds-256m', region: 'moon' }, 422, 'REGION_UNKNOWN'],
    [{ planId: 'teeworlds-256m', term: 'daily' }, 422, 'VALIDATION_FAILED'],
    [{ planId: 'teeworlds-256m', configuration: { EVIL: 'x' } }, 422, 'CONFIGURATION_INVALID'],
    [{ planId: 'teeworlds-256m', configuration: { SERVER_NAME: 'x'.repeat(101) } }, 422, 'CONFIGURATION_INVALID'],
  ])('refuses %j with %d %s', async (wish, status, code) => {
    const buyer = await Buyer.signUp(ledger.url);
    const answer = await buyer.tryToOrder(wish, randomUUID());
    expect([answer.status, answer.body.code]).toStrictEqual([status, code]);
  });
});
