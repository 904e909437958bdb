/** What only the stand-in can do (restarts, the clock, held and repeated webhooks, faults); not registered against test mode. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import type { RunningStripe } from '../../../local/stripe/server.js';
import { eventually } from '../../support/eventually.js';
import { clientOf, control, isLocal, openEndpoint, openLocal } from './target.js';
import type { Endpoint } from './target.js';

const openSession = (stripe: Stripe, idempotencyKey: string = randomUUID()): Promise<Stripe.Checkout.Session> =>
  stripe.checkout.sessions.create(
    {
      mode: 'payment',
      line_items: [{ price: 'price_terraria_1g_yearly_once', quantity: 1 }],
      success_url: 'http://shop.example/done',
      metadata: { order_id: 'order-1' },
    },
    { idempotencyKey },
  );
const sessions = async (stripe: Stripe): Promise<string[]> => (await stripe.checkout.sessions.list()).data.map(({ id }) => id);

const controlled = (): void => {
  let server: RunningStripe;
  let endpoint: Endpoint;
  let stripe: Stripe;
  let now: Date;

  beforeEach(async () => {
    now = new Date();
    endpoint = await openEndpoint();
    server = await openLocal({ webhookUrl: endpoint.url, webhookSecrets: ['whsec_a'], clock: () => now });
    stripe = clientOf(server);
  });
  afterEach(async () => {
    await server.close();
    await endpoint.close();
  });

  it('refuses live and unknown keys', async () => {
    const live = new Stripe(`sk_live_${'1234abcd'}`, { ...server.client, maxNetworkRetries: 0 });
    await expect(live.customers.list()).rejects.toMatchObject({ statusCode: 401, message: 'Invalid API Key provided: sk_live_****abcd' });
  });

  it('expires sessions by the clock and says so', async () => {
    const session = await openSession(stripe);
    now = new Date(now.getTime() + 25 * 3_600_000);
    const event = await eventually(() => endpoint.received.find(({ event: { type } }) => type === 'checkout.session.expired'));
    expect(event.event.data.object).toMatchObject({ id: session.id, status: 'expired' });
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
  });

  it('holds webhooks, then delivers them newest first', async () => {
    const [first, second] = [await openSession(stripe), await openSession(stripe)];
    await control(server, 'webhooks', { paused: true, reorder: true });
    await control(server, `sessions/${first.id}/pay`);
    await control(server, `sessions/${second.id}/pay`);
    expect(endpoint.received).toEqual([]);
    await control(server, 'webhooks', { paused: false });
    await eventually(() => endpoint.received.length === 2);
    expect(endpoint.received.map(({ event }) => (event.data.object as Stripe.Checkout.Session).id)).toEqual([second.id, first.id]);
  });

  it('sends an event several times on request, and again by hand', async () => {
    await control(server, 'webhooks', { duplicate: 4 });
    await control(server, `sessions/${(await openSession(stripe)).id}/pay`);
    await eventually(() => endpoint.received.length === 5);
    const ids = new Set(endpoint.received.map(({ event }) => event.id));
    expect(ids.size).toBe(1);
    await control(server, 'webhooks', { duplicate: 0 });
    await control(server, `events/${[...ids][0]}/resend`);
    await eventually(() => endpoint.received.length === 6);
  });

  it('gives money back, in part and then the rest, never more', async () => {
    const session = await openSession(stripe);
    await control(server, `sessions/${session.id}/pay`);
    const intent = (await stripe.checkout.sessions.retrieve(session.id)).payment_intent as string;
    const part = await stripe.refunds.create({ payment_intent: intent, amount: 100, metadata: { refund_id: 'r-1' } });
    expect(part).toMatchObject({ amount: 100, status: 'succeeded', payment_intent: intent, metadata: { refund_id: 'r-1' } });
    await expect(stripe.refunds.create({ payment_intent: intent, amount: 99_999 })).rejects.toMatchObject({ statusCode: 400 });
    const rest = await stripe.refunds.create({ payment_intent: intent });
    expect(part.amount + rest.amount).toBe(session.amount_total);
    await expect(stripe.refunds.create({ payment_intent: intent })).rejects.toMatchObject({ code: 'charge_already_refunded' });
    expect((await stripe.refunds.list({ payment_intent: intent })).data.map(({ id }) => id)).toEqual([rest.id, part.id]);
    const charge = (await stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] })).latest_charge as Stripe.Charge;
    expect(charge).toMatchObject({ refunded: true, amount_refunded: session.amount_total });
  });

  it('ends a subscription once', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: 'price_terraria_1g_yearly', quantity: 1 }],
      success_url: 'http://shop.example/done',
    });
    await control(server, `sessions/${session.id}/pay`);
    const id = (await stripe.checkout.sessions.retrieve(session.id)).subscription as string;
    expect(await stripe.subscriptions.cancel(id)).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'cancellation_requested' },
    });
    await expect(stripe.subscriptions.cancel(id)).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
    await eventually(() => endpoint.received.find(({ event }) => event.type === 'customer.subscription.deleted'));
  });

  describe('asked to fail', () => {
    const fail = (fault: string, more: object = {}): Promise<Response> =>
      control(server, 'faults', { match: 'POST /v1/checkout/sessions', fault, ...more });

    it('before the work: nothing happened, and the same key works later', async () => {
      await fail('error500Before');
      await expect(openSession(stripe, 'key-1')).rejects.toMatchObject({ statusCode: 500 });
      expect(await sessions(stripe)).toEqual([]);
      const session = await openSession(stripe, 'key-1');
      expect(await sessions(stripe)).toEqual([session.id]);
    });

    it('after the work: the key keeps the 500 although the session exists', async () => {
      await fail('error500After');
      await expect(openSession(stripe, 'key-1')).rejects.toMatchObject({ statusCode: 500 });
      await expect(openSession(stripe, 'key-1')).rejects.toMatchObject({ statusCode: 500 });
      expect(await sessions(stripe)).toHaveLength(1);
    });

    it('in the midst of the work: nothing came of it, and the key keeps the 500', async () => {
      await fail('error500Stored');
      await expect(openSession(stripe, 'key-1')).rejects.toMatchObject({ statusCode: 500 });
      await expect(openSession(stripe, 'key-1')).rejects.toMatchObject({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } });
      expect(await sessions(stripe)).toEqual([]);
      const session = await openSession(stripe, 'key-2');
      expect(await sessions(stripe)).toEqual([session.id]);
    });

    it('by silence: the work is done and the same key finds it', async () => {
      await fail('hang');
      const impatient = new Stripe('sk_test_x', { ...server.client, maxNetworkRetries: 0, timeout: 200 });
      await expect(openSession(impatient, 'key-1')).rejects.toMatchObject({ type: 'StripeConnectionError' });
      expect(await sessions(stripe)).toHaveLength(1);
      const session = await openSession(stripe, 'key-1');
      expect(await sessions(stripe)).toEqual([session.id]);
    });

    it('by a cut connection: the SDK repeats with its key and gets the one session', async () => {
      await fail('reset');
      const session = await openSession(stripe, 'key-1');
      expect(await sessions(stripe)).toEqual([session.id]);
    });

    it('by too many calls, which the SDK does not repeat, and by a lock, which it does', async () => {
      const patient = clientOf(server, 2);
      await fail('rateLimited');
      const limited = openSession(patient);
      await expect(limited).rejects.toMatchObject({ statusCode: 429, headers: { 'stripe-rate-limited-reason': 'endpoint-rate' } });
      await fail('conflict');
      expect((await openSession(patient)).status).toBe('open');
      const live = stripe.checkout.sessions.retrieve('cs_live_1');
      await expect(live).rejects.toMatchObject({ statusCode: 404, message: expect.stringContaining('exists in live mode') });
    });

    it('by being down or late', async () => {
      await fail('down');
      await expect(openSession(stripe)).rejects.toMatchObject({ statusCode: 503 });
      await fail('delay', { delayMs: 50 });
      expect((await openSession(stripe)).status).toBe('open');
    });
  });
};

const restarted = (): void => {
  it('knows everything it knew and goes on delivering', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'stripe-'));
    const endpoint = await openEndpoint();
    const options = { dir, webhookUrl: endpoint.url, webhookSecrets: ['whsec_a'] };
    const before = await openLocal(options);
    await control(before, 'webhooks', { paused: true });
    const session = await openSession(clientOf(before), 'key-1');
    await control(before, `sessions/${session.id}/pay`);
    await before.close();
    const after = await openLocal(options);
    try {
      expect((await openSession(clientOf(after), 'key-1')).id).toBe(session.id);
      expect((await clientOf(after).checkout.sessions.retrieve(session.id)).status).toBe('complete');
      await control(after, 'webhooks', { paused: false });
      await eventually(() => endpoint.received.length === 1);
      await eventually(async () => {
        const { deliveries } = (await (await fetch(`${after.url}/_control/deliveries`)).json()) as { deliveries: { state: string }[] };
        return deliveries.every(({ state }) => state === 'delivered');
      });
    } finally {
      await after.close();
      await endpoint.close();
      await rm(dir, { recursive: true });
    }
  });
};

if (isLocal) {
  describe('the stand-in', controlled);
  describe('the stand-in, restarted', restarted);
}
