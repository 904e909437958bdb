/** Objects of Stripe's as its webhooks carry them in 2026-10-28.endive, with what must not be kept: for tests of the intake. */
const PERSON = { email: 'ada@example.com', name: 'Ada Lovelace', phone: '+49 30 1', address: { line1: 'Somewhere 1' } };
export const ORDER_ID = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';

export const session = {
  id: 'cs_1',
  object: 'checkout.session',
  mode: 'payment',
  status: 'complete',
  payment_status: 'paid',
  amount_total: 1189,
  amount_subtotal: 999,
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 190 },
  currency: 'eur',
  payment_intent: 'pi_1',
  customer: 'cus_1',
  subscription: null,
  invoice: null,
  metadata: { order_id: ORDER_ID },
  client_reference_id: ORDER_ID,
  payment_method_types: ['card'],
  customer_details: PERSON,
  url: 'https://checkout.stripe.com/c/pay/cs_1',
};

/** After a decline in a checkout that pays once: it waits for the next card. */
export const declinedIntent = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'requires_payment_method',
  amount: 1189,
  amount_received: 0,
  currency: 'eur',
  customer: null,
  latest_charge: 'ch_1',
  receipt_email: PERSON.email,
  metadata: { order_id: ORDER_ID },
  last_payment_error: {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: `The card of ${PERSON.name} has insufficient funds.`,
    charge: 'ch_1',
    payment_method: { id: 'pm_1', object: 'payment_method', type: 'card', billing_details: PERSON, card: { last4: '4242' } },
  },
};

export const line = (over: object = {}) => ({
  id: 'il_1',
  object: 'line_item',
  amount: 999,
  currency: 'eur',
  description: '1 × Minecraft 4 GB',
  period: { start: 1_773_256_259, end: 1_775_934_659 },
  parent: {
    type: 'subscription_item_details',
    invoice_item_details: null,
    subscription_item_details: { proration: false, proration_details: null, subscription: 'sub_1', subscription_item: 'si_1' },
  },
  pricing: { type: 'price_details', price_details: { price: 'price_1', product: 'prod_1' }, unit_amount_decimal: '999' },
  taxes: [],
  ...over,
});
export const proration = (amount: number, end: number) =>
  line({
    amount,
    period: { start: 1, end },
    parent: { type: 'subscription_item_details', subscription_item_details: { proration: true } },
  });

export const invoice = {
  id: 'in_1',
  object: 'invoice',
  status: 'paid',
  billing_reason: 'subscription_cycle',
  amount_paid: 1189,
  amount_remaining: 0,
  amount_paid_off_stripe: 0,
  subtotal: 999,
  total: 1189,
  total_taxes: [{ amount: 190 }],
  currency: 'eur',
  customer: 'cus_1',
  customer_email: PERSON.email,
  customer_name: PERSON.name,
  customer_address: PERSON.address,
  hosted_invoice_url: 'https://invoice.stripe.com/i/1',
  attempt_count: 1,
  next_payment_attempt: null,
  last_finalization_error: null,
  automatic_tax: { enabled: true, status: 'complete' },
  status_transitions: { finalized_at: 1_773_259_000, marked_uncollectible_at: null, paid_at: 1_773_259_859, voided_at: null },
  // The period before: what is paid for stands in the lines.
  period_start: 1_770_837_059,
  period_end: 1_773_256_259,
  parent: {
    type: 'subscription_details',
    quote_details: null,
    subscription_details: { subscription: 'sub_1', metadata: { order_id: ORDER_ID } },
  },
  lines: { object: 'list', data: [line()], has_more: false, url: '/v1/invoices/in_1/lines' },
};

export const subscription = {
  id: 'sub_1',
  object: 'subscription',
  status: 'active',
  customer: 'cus_1',
  metadata: { order_id: ORDER_ID },
  billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' } },
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  ended_at: null,
  cancellation_details: { comment: `${PERSON.name} has moved`, feedback: null, reason: null },
  items: {
    object: 'list',
    data: [
      {
        id: 'si_1',
        object: 'subscription_item',
        price: { id: 'price_1', object: 'price', lookup_key: 'minecraft-4g-monthly', unit_amount_decimal: '999' },
        quantity: 1,
        current_period_start: 1_773_256_259,
        current_period_end: 1_775_934_659,
      },
    ],
  },
  latest_invoice: 'in_1',
  pause_collection: null,
  pending_update: null,
  schedule: null,
};

export const refund = {
  id: 're_1',
  object: 'refund',
  amount: 400,
  currency: 'eur',
  status: 'succeeded',
  payment_intent: 'pi_1',
  charge: 'ch_1',
  reason: 'requested_by_customer',
  metadata: { order_id: ORDER_ID, refund_id: '019c5d11-93aa-7e02-b7c4-1f0c5ab0d3e9' },
};

export const charge = {
  id: 'ch_1',
  object: 'charge',
  amount: 1189,
  amount_refunded: 400,
  refunded: false,
  currency: 'eur',
  payment_intent: 'pi_1',
  metadata: {},
  billing_details: PERSON,
  receipt_email: PERSON.email,
  payment_method_details: { card: { last4: '4242' }, type: 'card' },
};

export const dispute = {
  id: 'du_1',
  object: 'dispute',
  amount: 1189,
  currency: 'eur',
  charge: 'ch_1',
  payment_intent: 'pi_1',
  status: 'needs_response',
  reason: 'fraudulent',
  evidence: { customer_name: PERSON.name, customer_email_address: PERSON.email },
  evidence_details: { due_by: 1_774_000_000, has_evidence: false },
  is_charge_refundable: false,
  payment_method_details: { card: { brand: 'visa', case_type: 'chargeback' }, type: 'card' },
  balance_transactions: [] as object[],
  metadata: {},
};
export const withdrawal = { id: 'txn_1', object: 'balance_transaction', amount: -1189, fee: 2000, net: -3189, currency: 'eur' };
export const reinstatement = { id: 'txn_2', object: 'balance_transaction', amount: 1189, fee: 0, net: 1189, currency: 'eur' };
