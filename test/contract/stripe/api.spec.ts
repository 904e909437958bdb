/** What the ledger relies on in Stripe's API; runs against the stand-in, or against test mode with STRIPE_CONTRACT_KEY. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { openTarget, refusal } from './target.js';
import type { Target } from './target.js';

describe('the Stripe API', () => {
  let target: Target;
  let stripe: Stripe;
  let oneTime: Stripe.Price;
  let recurring: Stripe.Price;

  beforeAll(async () => {
    target = await openTarget();
    stripe = target.stripe;
    const product = await stripe.products.create({ name: 'Contract plan', metadata: { contract: 'true' } });
    const shared = { product: product.id, currency: 'eur', unit_amount: 1234 };
    oneTime = await stripe.prices.create({ ...shared, lookup_key: `once-${randomUUID()}` });
    recurring = await stripe.prices.create({ ...shared, recurring: { interval: 'month', interval_count: 3 } });
  });
  afterAll(() => target.close());

  const session = (changes: Record<string, unknown> = {}): Stripe.Checkout.SessionCreateParams => ({
    mode: 'payment',
    line_items: [{ price: oneTime.id, quantity: 2 }],
    success_url: 'https://shop.example/done?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://shop.example/back',
    ...changes,
  });
  const told = async (call: Promise<unknown>): Promise<Record<string, unknown>> => {
    const { statusCode, type, code, param } = await refusal(call);
    return { statusCode, type, code, param };
  };

  it('is in test mode', async () => {
    expect((await stripe.customers.create({})).livemode).toBe(false);
  });

  it('finds a price by its lookup key, with the product in it', async () => {
    const found = await stripe.prices.list({ lookup_keys: [oneTime.lookup_key ?? ''], active: true, expand: ['data.product'] });
    expect(found.data.map(({ id }) => id)).toEqual([oneTime.id]);
    expect(found.data[0]).toMatchObject({
      unit_amount: 1234,
      currency: 'eur',
      type: 'one_time',
      product: { object: 'product', name: 'Contract plan' },
    });
    expect(recurring).toMatchObject({ type: 'recurring', recurring: { interval: 'month', interval_count: 3 } });
  });

  it('opens a session, shows its lines only when asked, and closes it once', async () => {
    const opened = await stripe.checkout.sessions.create(session({ metadata: { order_id: 'o-1' } }));
    expect(opened).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 2468,
      ui_mode: 'hosted_page',
      metadata: { order_id: 'o-1' },
    });
    expect(opened).not.toHaveProperty('line_items');
    const full = await stripe.checkout.sessions.retrieve(opened.id, { expand: ['line_items'] });
    expect(full.line_items?.data[0]).toMatchObject({ quantity: 2, amount_total: 2468, price: { id: oneTime.id } });
    expect((await stripe.checkout.sessions.listLineItems(opened.id)).data).toHaveLength(1);
    expect(await stripe.checkout.sessions.expire(opened.id)).toMatchObject({ status: 'expired', url: null });
    expect((await refusal(stripe.checkout.sessions.expire(opened.id))).statusCode).toBe(400);
  });

  it('refuses what does not exist', async () => {
    const error = await refusal(stripe.prices.retrieve('price_none'));
    expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing', message: "No such price: 'price_none'" });
    const call = stripe.checkout.sessions.create(session({ line_items: [{ price: 'price_none', quantity: 1 }] }));
    expect(await refusal(call)).toMatchObject({
      code: 'resource_missing',
      param: 'line_items[0][price]',
      message: "No such price: 'price_none'",
    });
    expect(await refusal(stripe.rawRequest('GET', '/v1/nothing'))).toMatchObject({ statusCode: 404 });
  });

  it('refuses unknown and missing parameters, and what this version no longer takes', async () => {
    const type = 'StripeInvalidRequestError';
    const create = (params: Record<string, unknown>): Promise<unknown> => stripe.checkout.sessions.create(session(params));
    expect(await told(create({ colour: 'red' }))).toEqual({ statusCode: 400, type, code: 'parameter_unknown', param: 'colour' });
    expect(await told(create({ payment_method_types: ['card'] }))).toMatchObject({ statusCode: 400, param: 'payment_method_types' });
    expect(await told(create({ ui_mode: 'hosted' }))).toMatchObject({ statusCode: 400, type, param: 'ui_mode' });
    expect(await told(create({ success_url: undefined }))).toMatchObject({ statusCode: 400, type });
    expect(await told(stripe.prices.create({ currency: 'eur', product: 'prod_none', unit_amount: 1.5 }))).toMatchObject({
      statusCode: 400,
      code: 'parameter_invalid_integer',
    });
  });

  it('keeps one-time and recurring prices apart', async () => {
    const wrongPrice = await refusal(stripe.checkout.sessions.create(session({ line_items: [{ price: recurring.id, quantity: 1 }] })));
    expect(wrongPrice.message).toContain('`payment` mode but passed a recurring price');
    const wrongMode = await refusal(stripe.checkout.sessions.create(session({ mode: 'subscription' })));
    expect(wrongMode.statusCode).toBe(400);
    const data = { payment_intent_data: { metadata: { order_id: 'x' } } };
    const foreign = stripe.checkout.sessions.create(
      session({ mode: 'subscription', line_items: [{ price: recurring.id, quantity: 1 }], ...data }),
    );
    expect((await refusal(foreign)).statusCode).toBe(400);
  });

  it('takes an expiry between 30 minutes and 24 hours', async () => {
    const now = Math.floor(Date.now() / 1000);
    const minutes = (count: number): Promise<unknown> => stripe.checkout.sessions.create(session({ expires_at: now + count * 60 }));
    expect(await told(minutes(20))).toMatchObject({ statusCode: 400, param: 'expires_at' });
    expect(await told(minutes(25 * 60))).toMatchObject({ statusCode: 400, param: 'expires_at' });
    expect(await minutes(45)).toMatchObject({ expires_at: now + 45 * 60 });
  });

  it('does a repeated call once, and refuses the key for other parameters', async () => {
    const idempotencyKey = randomUUID();
    const first = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey });
    const again = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey });
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(first.lastResponse.headers['idempotency-key']).toBe(idempotencyKey);
    expect(first.lastResponse.requestId).toMatch(/^req_/);
    expect(await told(stripe.customers.create({ name: 'Bob' }, { idempotencyKey }))).toMatchObject({
      statusCode: 400,
      type: 'StripeIdempotencyError',
    });
  });

  it('keeps no answer for a call that failed validation', async () => {
    const idempotencyKey = randomUUID();
    await refusal(stripe.prices.create({ currency: 'eur', product: 'prod_none', unit_amount: 1 }, { idempotencyKey }));
    const customer = await stripe.customers.create({}, { idempotencyKey });
    expect(customer.id).toMatch(/^cus_/);
  });

  it('3.1: refuses a version nobody knows', async () => {
    const options = { apiVersion: '2099-01-01.nothing' } as Stripe.RequestOptions;
    expect(await refusal(stripe.customers.list({}, options))).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
  });

  it('4: shows an endpoint’s secret once, and never changes its version', async () => {
    const made = await stripe.webhookEndpoints.create({
      url: 'https://shop.example/webhooks/stripe',
      enabled_events: ['invoice.paid'],
      api_version: '2026-10-28.endive',
    });
    expect(made).toMatchObject({ status: 'enabled', enabled_events: ['invoice.paid'], api_version: '2026-10-28.endive' });
    expect(made.secret).toMatch(/^whsec_/);
    const found = (await stripe.webhookEndpoints.list({ limit: 100 })).data.find(({ id }) => id === made.id);
    expect(found).not.toHaveProperty('secret');
    const enabled_events = ['invoice.paid', 'refund.failed'] as const;
    expect(await stripe.webhookEndpoints.update(made.id, { enabled_events: [...enabled_events] })).toMatchObject({ enabled_events });
    const change = stripe.webhookEndpoints.update(made.id, { api_version: '2024-06-20' } as Stripe.WebhookEndpointUpdateParams);
    expect(await told(change)).toMatchObject({ statusCode: 400, param: 'api_version' });
    expect(await stripe.webhookEndpoints.del(made.id)).toMatchObject({ deleted: true });
    expect(await told(stripe.webhookEndpoints.retrieve(made.id))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  it('pages newest first', async () => {
    const email = `${randomUUID()}@example.com`;
    const made: string[] = [];
    for (const name of ['a', 'b', 'c']) made.push((await stripe.customers.create({ email, name })).id);
    const [a = '', b = '', c = ''] = made;
    const first = await stripe.customers.list({ email, limit: 2 });
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([[c, b], true]);
    const rest = await stripe.customers.list({ email, limit: 2, starting_after: b });
    expect([rest.data.map(({ id }) => id), rest.has_more]).toEqual([[a], false]);
    const newer = await stripe.customers.list({ email, limit: 1, ending_before: a });
    expect([newer.data.map(({ id }) => id), newer.has_more]).toEqual([[b], true]);
    expect(await told(stripe.customers.list({ limit: 101 }))).toMatchObject({ statusCode: 400, param: 'limit' });
  });
});
