/** What a checkout comes to (coupons, tax, currencies without decimals), and the customer's pages afterwards. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { RunningStripe } from '../../../local/stripe/server.js';
import { clientOf, control, isLocal, openLocal, openTarget, refusal } from './target.js';
import type { Target } from './target.js';

const success_url = 'https://shop.example/done';

describe('the amounts of a checkout', () => {
  let target: Target;
  let stripe: Stripe;
  let euros: Stripe.Price;
  let yen: Stripe.Price;

  beforeAll(async () => {
    target = await openTarget();
    stripe = target.stripe;
    const product = await stripe.products.create({ name: 'Checkout contract' });
    euros = await stripe.prices.create({ product: product.id, currency: 'eur', unit_amount: 999 });
    yen = await stripe.prices.create({ product: product.id, currency: 'jpy', unit_amount: 1500 });
  });
  afterAll(() => target.close());

  const open = (more: Partial<Stripe.Checkout.SessionCreateParams> = {}, price = euros): Promise<Stripe.Checkout.Session> =>
    stripe.checkout.sessions.create({ mode: 'payment', line_items: [{ price: price.id, quantity: 1 }], success_url, ...more });

  it('2: a coupon comes off the total and not off the subtotal', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'once' });
    const session = await open({ discounts: [{ coupon: coupon.id }] });
    expect(session).toMatchObject({ amount_subtotal: 999, amount_total: 749, total_details: { amount_discount: 250, amount_tax: 0 } });
    const code = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: `C${randomUUID().slice(0, 8)}`,
    });
    const coded = await open({ discounts: [{ promotion_code: code.id }] });
    expect(coded.amount_total).toBe(749);
    expect((await stripe.promotionCodes.list({ code: code.code })).data.map(({ id }) => id)).toEqual([code.id]);
  });

  it('2: a coupon of the whole makes it free', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 100, duration: 'once' });
    expect(await open({ discounts: [{ coupon: coupon.id }] })).toMatchObject({ amount_total: 0, payment_status: 'unpaid', status: 'open' });
  });

  it('3.5: refuses coupons that do not fit', async () => {
    const dollars = await stripe.coupons.create({ amount_off: 100, currency: 'usd', duration: 'once' });
    expect((await refusal(open({ discounts: [{ coupon: dollars.id }] }))).statusCode).toBe(400);
    const both = open({ discounts: [{ coupon: dollars.id }], allow_promotion_codes: true });
    expect((await refusal(both)).statusCode).toBe(400);
    expect(await refusal(open({ discounts: [{ coupon: 'none' }] }))).toMatchObject({ code: 'resource_missing' });
    expect((await refusal(stripe.coupons.create({ duration: 'once' }))).statusCode).toBe(400);
  });

  it('1: a currency without decimals counts whole units', async () => {
    expect(await open({}, yen)).toMatchObject({ amount_total: 1500, currency: 'jpy' });
  });
});

const paying = (): void => {
  let server: RunningStripe;
  let stripe: Stripe;
  let now = new Date();

  beforeAll(async () => {
    server = await openLocal({ clock: () => now });
    stripe = clientOf(server);
  });
  afterAll(() => server.close());

  const open = (more: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<Stripe.Checkout.Session> =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: 'price_minecraft_4g_monthly', quantity: 1 }],
      success_url,
      ...more,
    });
  const pay = async (session: Stripe.Checkout.Session): Promise<Stripe.Checkout.Session> => {
    await control(server, `sessions/${session.id}/pay`);
    return stripe.checkout.sessions.retrieve(session.id);
  };
  const post = (address: string, fields: Record<string, string> = {}): Promise<Response> =>
    fetch(address, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  const firstInvoice = (session: Stripe.Checkout.Session): Promise<Stripe.Invoice> => stripe.invoices.retrieve(session.invoice as string);
  const pass = (days: number): void => {
    now = new Date(now.getTime() + days * 86_400_000);
  };

  it('4: tax comes on top once the customer is known, on the session and on the invoice', async () => {
    const session = await open({ automatic_tax: { enabled: true } });
    expect(session).toMatchObject({ amount_total: 999, automatic_tax: { status: 'requires_location_inputs' } });
    const paid = await pay(session);
    expect(paid).toMatchObject({ amount_subtotal: 999, amount_total: 1189, total_details: { amount_tax: 190 } });
    const invoice = await firstInvoice(paid);
    expect(invoice).toMatchObject({ amount_paid: 1189, subtotal: 999, total_excluding_tax: 999, total_taxes: [{ amount: 190 }] });
    expect(invoice).not.toHaveProperty('tax');
  });

  it('0: a coupon for one invoice is spent by it; its discount names it as source', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'once' });
    const paid = await pay(await open({ discounts: [{ coupon: coupon.id }] }));
    const invoice = await stripe.invoices.retrieve(paid.invoice as string, { expand: ['discounts'] });
    expect(invoice).toMatchObject({ amount_paid: 499, subtotal: 999, discounts: [{ source: { coupon: coupon.id } }] });
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
    pass(32);
    const [renewal] = (await stripe.invoices.list({ subscription: paid.subscription as string, limit: 1 })).data;
    expect(renewal).toMatchObject({ amount_paid: 999, status: 'paid' });
  });

  it('1.2: nothing owed is paid with nothing, once and by subscription', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 100, duration: 'forever' });
    const line_items = [{ price: 'price_minecraft_4g_monthly_once', quantity: 1 }];
    const once = await pay(await open({ mode: 'payment', line_items, discounts: [{ coupon: coupon.id }] }));
    expect(once).toMatchObject({ status: 'complete', payment_status: 'no_payment_required', payment_intent: null });
    const paid = await pay(await open({ discounts: [{ coupon: coupon.id }] }));
    expect(paid.payment_status).toBe('no_payment_required');
    expect(await firstInvoice(paid)).toMatchObject({ status: 'paid', amount_paid: 0 });
  });

  it('takes a code on the page, and declines and delayed ways to pay', async () => {
    const coupon = await stripe.coupons.create({ amount_off: 200, currency: 'eur', duration: 'once' });
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'SPRING' });
    const session = await open({ allow_promotion_codes: true });
    expect(await (await post(`${session.url}/promotion_code`, { code: 'winter' })).text()).toContain('€9.99');
    expect(await (await post(`${session.url}/promotion_code`, { code: 'spring' })).text()).toContain('€7.99');
    const refused = await post(`${session.url}/pay`, { payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' });
    expect(await refused.text()).toContain('id="declined"');
    expect((await post(`${session.url}/pay`, { payment_method: 'pm_sepa_debit' })).status).toBe(303);
    const done = await stripe.checkout.sessions.retrieve(session.id);
    expect(done).toMatchObject({ amount_total: 799, payment_status: 'unpaid' });
  });

  it('0: the portal schedules the end by cancel_at alone, takes it back, and changes the card', async () => {
    const paid = await pay(await open());
    const portal = await stripe.billingPortal.sessions.create({ customer: paid.customer as string, return_url: success_url });
    expect(await (await fetch(portal.url)).text()).toContain('id="cancel"');
    const id = paid.subscription as string;
    expect(await (await post(`${portal.url}/cancel/${id}`)).text()).toContain('id="undo"');
    const planned = await stripe.subscriptions.retrieve(id);
    expect(planned).toMatchObject({ cancel_at_period_end: false, cancel_at: planned.items.data[0]?.current_period_end });
    await post(`${portal.url}/undo/${id}`);
    expect((await stripe.subscriptions.retrieve(id)).cancel_at).toBeNull();
    await post(`${portal.url}/payment_method`, { payment_method: 'pm_card_chargeCustomerFail' });
    pass(32);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due');
  });

  it('1.2: an open invoice is paid on its own page, after a decline', async () => {
    const paid = await pay(await open());
    await control(server, `customers/${paid.customer as string}/payment_method`, { payment_method: 'pm_card_chargeCustomerFail' });
    pass(32);
    const [invoice] = (await stripe.invoices.list({ subscription: paid.subscription as string, limit: 1 })).data;
    const address = invoice?.hosted_invoice_url ?? '';
    expect(await (await fetch(address)).text()).toContain('€9.99');
    expect(await (await post(`${address}/decline`)).text()).toContain('id="declined"');
    expect(await (await post(`${address}/pay`)).text()).toContain('<p id="status">paid</p>');
    expect((await stripe.subscriptions.retrieve(paid.subscription as string)).status).toBe('active');
  });
};

if (isLocal) describe('the stand-in’s pages', paying);
