/** Payments by card, refunds and disputes, with Stripe's own test payment methods. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { eventually } from '../../support/eventually.js';
import { openBilling, refusal } from './target.js';
import type { Billing } from './target.js';

describe('payments, refunds and disputes', () => {
  let billing: Billing;
  let stripe: Stripe;

  beforeAll(async () => {
    billing = await openBilling();
    stripe = billing.stripe;
  });
  afterAll(() => billing.close());

  const terms = { amount: 1000, currency: 'eur', automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const } };
  const payWith = (token: string, metadata: Record<string, string> = {}): Promise<Stripe.PaymentIntent> =>
    stripe.paymentIntents.create({ ...terms, payment_method: token, confirm: true, metadata });
  const chargeOf = async (intent: Stripe.PaymentIntent): Promise<Stripe.Charge> => {
    const found = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    return found.latest_charge as Stripe.Charge;
  };
  /** Types told about an object, oldest first. */
  const told = async (id: string): Promise<string[]> => {
    const { data } = await stripe.events.list({ limit: 100 });
    return data
      .filter((event) => (event.data.object as { id?: string }).id === id)
      .map(({ type }) => type)
      .reverse();
  };
  const disputeOf = (intent: Stripe.PaymentIntent): Promise<Stripe.Dispute> =>
    eventually(async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0], { withinMs: 60_000 });
  const closedAs = (dispute: Stripe.Dispute, status: string): Promise<Stripe.Dispute | false> =>
    eventually(
      async () => {
        const fresh = await stripe.disputes.retrieve(dispute.id);
        return fresh.status === status && fresh;
      },
      { withinMs: 60_000 },
    );

  it('1.3: copies the intent’s metadata to the charge', async () => {
    const intent = await payWith('pm_card_visa', { order_id: 'o-1' });
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1000 });
    expect(await chargeOf(intent)).toMatchObject({ paid: true, metadata: { order_id: 'o-1' }, amount_refunded: 0, disputed: false });
    const charges = await stripe.charges.list({ payment_intent: intent.id });
    expect(charges.data.map(({ id }) => id)).toEqual([intent.latest_charge]);
  });

  it('3.5: a decline is a 402 with its code; the intent waits for the next card', async () => {
    const intent = await stripe.paymentIntents.create(terms);
    const funds = 'pm_card_visa_chargeDeclinedInsufficientFunds';
    const error = await refusal(stripe.paymentIntents.confirm(intent.id, { payment_method: funds }));
    expect(error).toMatchObject({ statusCode: 402, type: 'StripeCardError', code: 'card_declined', decline_code: 'insufficient_funds' });
    expect(error.payment_intent).toMatchObject({ id: intent.id, status: 'requires_payment_method' });
    expect(await refusal(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({ statusCode: 400 });
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
    expect((await stripe.charges.list({ payment_intent: intent.id })).data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect((await refusal(stripe.paymentIntents.cancel(intent.id))).statusCode).toBe(400);
  });

  it('3.5: a card that always declines cannot be saved', async () => {
    const customer = await billing.customer();
    const call = stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer: customer.id });
    expect(await refusal(call)).toMatchObject({ statusCode: 402, code: 'card_declined' });
  });

  it('0: payment_method_types is no longer taken', async () => {
    const params = { ...terms, payment_method_types: ['card'] } as Stripe.PaymentIntentCreateParams;
    expect(await refusal(stripe.paymentIntents.create(params))).toMatchObject({ statusCode: 400, param: 'payment_method_types' });
  });

  it('2: gives money back in parts, each told, and never more than there was', async () => {
    const intent = await payWith('pm_card_visa');
    const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 300, metadata: { refund_id: 'r-1' } });
    expect(part).toMatchObject({ amount: 300, status: 'succeeded', charge: intent.latest_charge, metadata: { refund_id: 'r-1' } });
    expect(await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 701 }))).toMatchObject({ statusCode: 400 });
    const rest = await stripe.refunds.create({ payment_intent: intent.id });
    expect(rest.amount).toBe(700);
    const again = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
    expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
    expect(await chargeOf(intent)).toMatchObject({ refunded: true, amount_refunded: 1000 });
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data.map(({ id }) => id)).toEqual([rest.id, part.id]);
    expect(await told(part.id)).toContain('refund.created');
    const { data } = await stripe.events.list({ type: 'charge.refunded', limit: 100 });
    const amounts = data.map((event) => event.data.object as Stripe.Charge).filter(({ id }) => id === intent.latest_charge);
    expect(amounts.map(({ amount_refunded: cumulative }) => cumulative)).toEqual([1000, 300]);
  });

  it('1.2: a dispute takes the money, forbids a refund, and gives it back when won', async () => {
    const intent = await payWith('pm_card_createDispute');
    const dispute = await disputeOf(intent);
    expect(dispute).toMatchObject({ amount: 1000, status: 'needs_response', reason: 'fraudulent', charge: intent.latest_charge });
    expect(dispute).toMatchObject({ is_charge_refundable: false, payment_method_details: { card: { case_type: 'chargeback' } } });
    expect(dispute.balance_transactions.map(({ amount }) => amount)).toEqual([-1000]);
    expect((await chargeOf(intent)).disputed).toBe(true);
    expect(await refusal(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    await closedAs(dispute, 'won');
    const types = await eventually(async () => {
      const found = await told(dispute.id);
      return found.includes('charge.dispute.funds_reinstated') && found;
    });
    for (const type of ['created', 'funds_withdrawn', 'updated', 'closed']) expect(types).toContain(`charge.dispute.${type}`);
    const [out, back] = (await stripe.disputes.retrieve(dispute.id)).balance_transactions;
    expect((out?.amount ?? 0) + (back?.amount ?? 0)).toBe(0);
    expect((await refusal(stripe.disputes.close(dispute.id))).statusCode).toBe(400);
  });

  it('1.2: a dispute nobody contests is lost', async () => {
    const dispute = await disputeOf(await payWith('pm_card_createDisputeProductNotReceived'));
    expect(dispute.reason).toBe('product_not_received');
    expect(await stripe.disputes.close(dispute.id)).toMatchObject({ status: 'lost' });
    expect(await told(dispute.id)).not.toContain('charge.dispute.funds_reinstated');
  });

  it('1.2: an inquiry moves no money', async () => {
    const intent = await payWith('pm_card_createDisputeInquiry');
    const dispute = await disputeOf(intent);
    expect(dispute).toMatchObject({ status: 'warning_needs_response', is_charge_refundable: true, balance_transactions: [] });
    expect(await told(dispute.id)).not.toContain('charge.dispute.funds_withdrawn');
    expect(await stripe.refunds.create({ payment_intent: intent.id, amount: 100 })).toMatchObject({ status: 'succeeded' });
  });
});
