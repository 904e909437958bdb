/** Trouble between Stripe and the endpoint, made on request; stand-in only. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import type { RunningStripe } from '../../../local/stripe/server.js';
import { eventually } from '../../support/eventually.js';
import { clientOf, control, isLocal, openEndpoint, openLocal } from './target.js';
import type { Endpoint } from './target.js';

interface Shown {
  readonly id: string;
  readonly type: string;
  readonly state: string;
}

const troubled = (): void => {
  let server: RunningStripe;
  let endpoint: Endpoint;
  let stripe: Stripe;

  beforeEach(async () => {
    endpoint = await openEndpoint();
    server = await openLocal({ webhookUrl: endpoint.url, webhookSecrets: ['whsec_a'] });
    stripe = clientOf(server);
  });
  afterEach(async () => {
    await server.close();
    await endpoint.close();
  });

  const subscribe = async (): Promise<Stripe.Checkout.Session> => {
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: 'price_minecraft_4g_monthly', quantity: 1 }],
      success_url: 'http://shop.example/done',
      subscription_data: { metadata: { order_id: 'o-1' } },
    });
    await control(server, `sessions/${session.id}/pay`);
    return session;
  };
  const chaos = (rule: object): Promise<Response> => control(server, 'chaos', rule);
  const received = (type: string): (Stripe.Event & Record<string, unknown>)[] =>
    endpoint.received.map(({ event }) => event as Stripe.Event & Record<string, unknown>).filter((event) => event.type === type);
  const deliveries = async (type: string): Promise<Shown[]> => {
    const body = (await (await fetch(`${server.url}/_control/deliveries`)).json()) as { deliveries: Shown[] };
    return body.deliveries.filter((delivery) => delivery.type === type);
  };
  const count = (type: string, wanted: number): Promise<boolean> => eventually(() => received(type).length === wanted);

  it('loses a delivery for ever; the event is still found, among the undelivered', async () => {
    await chaos({ match: 'invoice.paid', do: 'drop', times: 1 });
    await subscribe();
    await count('invoice_payment.paid', 1);
    expect((await deliveries('invoice.paid')).map(({ state }) => state)).toEqual(['dropped']);
    const missed = await stripe.events.list({ delivery_success: false, type: 'invoice.paid' });
    expect(missed.data).toHaveLength(1);
    await control(server, `events/${missed.data[0]?.id ?? ''}/resend`);
    await count('invoice.paid', 1);
  });

  it('loses one that waits for its next try, or sends it now', async () => {
    await chaos({ match: 'invoice.*', do: 'delay', delayMs: 3_600_000 });
    await subscribe();
    const [paid] = await deliveries('invoice.paid');
    await control(server, `deliveries/${paid?.id ?? ''}/send`);
    await count('invoice.paid', 1);
    expect((await control(server, 'events/none/resend')).status).toBe(404);
    await subscribe();
    const [, second] = await deliveries('invoice.paid');
    expect((await control(server, `deliveries/${second?.id ?? ''}/drop`)).status).toBe(200);
    expect((await control(server, `deliveries/${second?.id ?? ''}/send`)).status).toBe(400);
    expect((await deliveries('invoice.paid')).map(({ state }) => state)).toEqual(['delivered', 'dropped']);
  });

  it('tells one fact twice: by the same event, and by a second one', async () => {
    await chaos({ match: 'invoice.paid', do: 'duplicate', copies: 2, times: 1 });
    await chaos({ match: 'invoice_payment.paid', do: 'twin', times: 1 });
    await subscribe();
    await count('invoice.paid', 3);
    await count('invoice_payment.paid', 2);
    expect(new Set(received('invoice.paid').map(({ id }) => id)).size).toBe(1);
    const twins = received('invoice_payment.paid');
    expect(new Set(twins.map(({ id }) => id)).size).toBe(2);
    expect(new Set(twins.map(({ data }) => (data.object as Stripe.InvoicePayment).id)).size).toBe(1);
    for (const { id } of twins) expect((await stripe.events.retrieve(id)).id).toBe(id);
  });

  it('speaks an older version, as if of another account, or as if it were live', async () => {
    await chaos({ match: 'invoice.paid', do: 'stale' });
    await chaos({ match: 'customer.subscription.created', do: 'foreignAccount' });
    await chaos({ match: 'checkout.session.completed', do: 'otherMode' });
    const session = await subscribe();
    await eventually(() => endpoint.received.length === 4);
    const [stale] = received('invoice.paid');
    const { subscription } = await stripe.checkout.sessions.retrieve(session.id);
    expect(stale?.api_version).toBe('2024-06-20');
    expect(stale?.data.object).toMatchObject({ subscription, subscription_details: { metadata: { order_id: 'o-1' } }, paid: true });
    expect(stale?.data.object).not.toHaveProperty('parent');
    expect(received('customer.subscription.created')[0]).toMatchObject({ account: expect.stringMatching(/^acct_/) });
    expect(received('checkout.session.completed')[0]).toMatchObject({ livemode: true });
  });

  it('sends a thin event, which the SDK’s constructEvent refuses', async () => {
    await chaos({ match: 'invoice.paid', do: 'thin', times: 1 });
    await subscribe();
    await count('v1.invoice.paid', 1);
    const thin = endpoint.received.find(({ event }) => (event.type as string) === 'v1.invoice.paid');
    expect(thin?.event).toMatchObject({ object: 'v2.core.event', related_object: { type: 'invoice' }, snapshot_event: expect.any(String) });
    expect(() => stripe.webhooks.constructEvent(thin?.body ?? '', thin?.signature ?? '', 'whsec_a')).toThrow(
      /thin|parseEventNotification/i,
    );
  });

  it('signs with both secrets while one is rolled, and with none that is gone', async () => {
    const { secret } = (await (await control(server, 'webhooks/rotate')).json()) as { secret: string };
    await subscribe();
    await count('invoice.paid', 1);
    const verify = (key: string): string => {
      const { body, signature } = endpoint.received.at(-1) ?? { body: '', signature: '' };
      return stripe.webhooks.constructEvent(body, signature, key).object;
    };
    expect([verify('whsec_a'), verify(secret)]).toEqual(['event', 'event']);
    expect(endpoint.received.at(-1)?.signature).toMatch(/,v0=/);
    await control(server, 'webhooks', { secrets: [secret] });
    await subscribe();
    await count('invoice.paid', 2);
    await eventually(() => endpoint.received.length === 8);
    expect(verify(secret)).toBe('event');
    expect(() => verify('whsec_a')).toThrow();
  });

  it('delivers to an endpoint made by API with its own secret, and not to a disabled one', async () => {
    const second = await openEndpoint();
    try {
      const made = await stripe.webhookEndpoints.create({ url: second.url, enabled_events: ['invoice.paid'] });
      await subscribe();
      const [first] = await eventually(() => second.received.length === 1 && second.received);
      expect(stripe.webhooks.constructEvent(first?.body ?? '', first?.signature ?? '', made.secret ?? '').type).toBe('invoice.paid');
      second.answers.push(...Array.from({ length: 100 }, () => 503));
      await subscribe();
      await eventually(() => second.received.length > 1);
      await stripe.webhookEndpoints.update(made.id, { disabled: true });
      await eventually(async () => (await deliveries('invoice.paid')).some(({ state }) => state === 'abandoned'));
      await subscribe();
      await count('invoice.paid', 3);
      expect(await deliveries('invoice.paid')).toHaveLength(5);
    } finally {
      await second.close();
    }
  });
};

if (isLocal) describe('the stand-in, troubled', troubled);
