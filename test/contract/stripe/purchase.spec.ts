/** A purchase, from the opened session to the webhooks; needs the page, so it is registered against the stand-in only. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import type { RunningStripe } from '../../../local/stripe/server.js';
import { eventually } from '../../support/eventually.js';
import { clientOf, control, isLocal, openEndpoint, openLocal } from './target.js';
import type { Endpoint } from './target.js';

const SECRETS = ['whsec_old', 'whsec_new'];
const purchase = (): void => {
  let server: RunningStripe;
  let endpoint: Endpoint;
  let stripe: Stripe;

  beforeEach(async () => {
    endpoint = await openEndpoint();
    server = await openLocal({ webhookUrl: endpoint.url, webhookSecrets: SECRETS });
    stripe = clientOf(server);
  });
  afterEach(async () => {
    await server.close();
    await endpoint.close();
  });

  const typesReceived = (): string[] => endpoint.received.map(({ event }) => event.type).sort();
  const eventOf = (type: string): Promise<Stripe.Event> =>
    eventually(() => endpoint.received.find(({ event }) => event.type === type)?.event);

  const openOnce = async (): Promise<Stripe.Checkout.Session> => {
    const customer = await stripe.customers.create({ email: 'ada@example.com' });
    return stripe.checkout.sessions.create({
      mode: 'payment',
      customer: customer.id,
      client_reference_id: 'order-1',
      metadata: { order_id: 'order-1' },
      payment_intent_data: { metadata: { order_id: 'order-1' } },
      line_items: [{ price: 'price_minecraft_4g_monthly_once', quantity: 1 }],
      success_url: 'http://shop.example/done?session_id={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://shop.example/back',
    });
  };
  const openSubscription = (): Promise<Stripe.Checkout.Session> =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      client_reference_id: 'order-2',
      metadata: { order_id: 'order-2' },
      subscription_data: { metadata: { order_id: 'order-2' }, billing_mode: { type: 'flexible' } },
      line_items: [{ price: 'price_rust_8g_quarterly', quantity: 1 }],
      success_url: 'http://shop.example/done',
      cancel_url: 'http://shop.example/back',
    });
  const click = (session: Stripe.Checkout.Session, action: string): Promise<Response> =>
    fetch(`${session.url}/${action}`, { method: 'POST', redirect: 'manual' });

  it('shows a page with the amount and three buttons', async () => {
    const session = await openOnce();
    const page = await (await fetch(session.url ?? '')).text();
    expect(page).toContain('€9.99');
    expect(page).toContain('Minecraft 4 GB (monthly)');
    expect([...page.matchAll(/<button id="(\w+)"/g)].map(([, id]) => id)).toEqual(['pay', 'decline', 'leave']);
  });

  it('paid once: the customer returns with the session id and the money is told once', async () => {
    const session = await openOnce();
    expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', payment_intent: null, amount_total: 999, currency: 'eur' });
    const answer = await click(session, 'pay');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `http://shop.example/done?session_id=${session.id}`]);
    expect(typesReceived()).toEqual(['checkout.session.completed']);
    const { data } = await eventOf('checkout.session.completed');
    const paid = data.object as Stripe.Checkout.Session;
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid', url: null, metadata: { order_id: 'order-1' } });
    const intent = await stripe.paymentIntents.retrieve(paid.payment_intent as string, { expand: ['latest_charge'] });
    expect(intent).toMatchObject({
      status: 'succeeded',
      amount_received: 999,
      metadata: { order_id: 'order-1' },
      latest_charge: { object: 'charge', paid: true, metadata: { order_id: 'order-1' } },
    });
    const types = (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type);
    expect(types).toEqual([
      'checkout.session.completed',
      'payment_intent.succeeded',
      'charge.succeeded',
      'payment_intent.created',
      'customer.created',
    ]);
  });

  it('by subscription: subscription, invoice and invoice payment come into being with the money', async () => {
    const session = await openSubscription();
    await click(session, 'pay');
    const paid = (await eventOf('invoice.paid')).data.object as Stripe.Invoice;
    await eventually(() => endpoint.received.length === 4);
    expect(typesReceived()).toEqual([
      'checkout.session.completed',
      'customer.subscription.created',
      'invoice.paid',
      'invoice_payment.paid',
    ]);
    const done = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid).toMatchObject({
      id: done.invoice,
      status: 'paid',
      billing_reason: 'subscription_create',
      amount_paid: 5699,
      parent: {
        type: 'subscription_details',
        subscription_details: { subscription: done.subscription, metadata: { order_id: 'order-2' } },
      },
    });
    expect(paid).not.toHaveProperty('payments');
    const subscription = await stripe.subscriptions.retrieve(done.subscription as string);
    const item = subscription.items.data[0];
    expect(subscription).toMatchObject({ status: 'active', latest_invoice: paid.id, metadata: { order_id: 'order-2' } });
    expect(paid.lines.data[0]).toMatchObject({
      amount: 5699,
      period: { start: item?.current_period_start, end: item?.current_period_end },
      parent: { type: 'subscription_item_details', subscription_item_details: { proration: false, subscription_item: item?.id } },
      pricing: { price_details: { price: 'price_rust_8g_quarterly' } },
    });
    const [payment] = (await stripe.invoicePayments.list({ invoice: paid.id, status: 'paid' })).data;
    const intentId = payment?.payment.payment_intent as string;
    expect((await stripe.paymentIntents.retrieve(intentId)).metadata).toEqual({});
    const found = await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intentId } });
    expect(found.data.map(({ invoice }) => invoice)).toEqual([paid.id]);
  });

  it('declined, then paid: the session stays open and the same intent succeeds', async () => {
    const session = await openOnce();
    expect(await (await click(session, 'decline')).text()).toContain('id="declined"');
    const declined = await stripe.checkout.sessions.retrieve(session.id);
    expect(declined).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    await click(session, 'pay');
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid).toMatchObject({ status: 'complete', payment_intent: declined.payment_intent });
    const failures = await stripe.events.list({ type: 'payment_intent.payment_failed' });
    expect(failures.data).toHaveLength(1);
    expect((await eventOf('payment_intent.payment_failed')).data.object).toMatchObject({
      ...{ id: declined.payment_intent, status: 'requires_payment_method', metadata: { order_id: 'order-1' } },
      last_payment_error: {
        type: 'card_error',
        code: 'card_declined',
        decline_code: 'generic_decline',
        charge: expect.stringMatching(/^ch_/),
      },
    });
  });

  it('left: the customer goes back and may still pay', async () => {
    const session = await openOnce();
    const answer = await click(session, 'leave');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'http://shop.example/back']);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  it('cannot be paid twice, nor after it has expired', async () => {
    const paid = await openOnce();
    await click(paid, 'pay');
    const again = await click(paid, 'pay');
    expect(await again.text()).toContain('already paid');
    const expired = await openOnce();
    await stripe.checkout.sessions.expire(expired.id);
    expect(await (await click(expired, 'pay')).text()).toContain('has expired');
    expect((await control(server, `sessions/${expired.id}/pay`)).status).toBe(400);
    const completed = await stripe.events.list({ type: 'checkout.session.completed' });
    expect(completed.data).toHaveLength(1);
  });

  it('signs the exact bytes with every secret, pretty-printed, verifiable by the SDK', async () => {
    await click(await openOnce(), 'pay');
    const [delivery] = endpoint.received;
    expect(delivery?.body.startsWith('{\n  "id": "evt_')).toBe(true);
    for (const secret of SECRETS) {
      expect(stripe.webhooks.constructEvent(delivery?.body ?? '', delivery?.signature ?? '', secret).id).toBe(delivery?.event.id);
    }
    expect(() => stripe.webhooks.constructEvent(delivery?.body ?? '', delivery?.signature ?? '', 'whsec_other')).toThrow();
  });

  it('delivers again until the endpoint answers 2xx', async () => {
    endpoint.answers.push(503, 500, 302);
    await click(await openOnce(), 'pay');
    await eventually(() => endpoint.received.length === 4);
    const { deliveries } = (await (await fetch(`${server.url}/_control/deliveries`)).json()) as { deliveries: { attempts: number }[] };
    expect(new Set(endpoint.received.map(({ event }) => event.id)).size).toBe(1);
    expect(deliveries).toHaveLength(1);
  });
};

if (isLocal) describe('a purchase', purchase);
