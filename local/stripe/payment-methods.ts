/** Ways to pay: how one behaves is told by its type and last four digits, as with Stripe's own test numbers, so that no hidden field is needed. */
import { newId } from './ids.js';
import type { PaymentMethod } from './records.js';

export interface Behaviour {
  /** What a charge does: at once, only after the customer's bank asked, or after days. */
  readonly charge: 'succeeds' | 'declined' | 'needsAction' | 'settles' | 'settlesNot';
  readonly declineCode?: string;
  /** Saving it with a customer is refused, as Stripe does for cards that always decline. */
  readonly unsaveable?: true;
  readonly refund?: 'pending' | 'fails';
  readonly dispute?: 'fraudulent' | 'product_not_received' | 'inquiry';
  /** Radar hears of fraud before any dispute. */
  readonly fraudWarning?: true;
}

interface TestMethod extends Behaviour {
  readonly type: 'card' | 'sepa_debit';
  readonly last4: string;
  /** What the page calls it. */
  readonly label: string;
}

const card = (last4: string, label: string, behaviour: Behaviour): TestMethod => ({ type: 'card', last4, label, ...behaviour });

/** Stripe's test payment methods by token; the two debits have no token there. */
export const TEST_METHODS: Readonly<Record<string, TestMethod>> = {
  pm_card_visa: card('4242', 'Card that pays', { charge: 'succeeds' }),
  pm_card_mastercard: card('4444', 'Another card that pays', { charge: 'succeeds' }),
  pm_card_visa_chargeDeclined: card('0002', 'Card that is declined', {
    charge: 'declined',
    declineCode: 'generic_decline',
    unsaveable: true,
  }),
  pm_card_visa_chargeDeclinedInsufficientFunds: card('9995', 'Card without funds', {
    charge: 'declined',
    declineCode: 'insufficient_funds',
    unsaveable: true,
  }),
  pm_card_chargeCustomerFail: card('0341', 'Card that can be saved and then declines', {
    charge: 'declined',
    declineCode: 'generic_decline',
  }),
  pm_card_authenticationRequired: card('3184', 'Card whose bank asks each time', { charge: 'needsAction' }),
  pm_card_pendingRefund: card('7726', 'Card whose refunds are pending', { charge: 'succeeds', refund: 'pending' }),
  pm_card_refundFail: card('5126', 'Card whose refunds fail', { charge: 'succeeds', refund: 'fails' }),
  pm_card_createDispute: card('0259', 'Card that disputes as fraud', { charge: 'succeeds', dispute: 'fraudulent' }),
  pm_card_createDisputeProductNotReceived: card('2685', 'Card that disputes as not received', {
    charge: 'succeeds',
    dispute: 'product_not_received',
  }),
  pm_card_createDisputeInquiry: card('1976', 'Card that inquires', { charge: 'succeeds', dispute: 'inquiry' }),
  pm_card_createIssuerFraudRecord: card('5423', 'Card that is reported as stolen', { charge: 'succeeds', fraudWarning: true }),
  pm_sepa_debit: { type: 'sepa_debit', last4: '3000', label: 'Debit that settles after days', charge: 'settles' },
  pm_sepa_debit_fails: { type: 'sepa_debit', last4: '3001', label: 'Debit that fails after days', charge: 'settlesNot' },
};

/** How this way to pay behaves. */
export function behaviourOf(method: PaymentMethod): Behaviour {
  const last4 = method.card?.last4 ?? method.sepa_debit?.last4;
  return Object.values(TEST_METHODS).find((known) => known.type === method.type && known.last4 === last4) ?? { charge: 'succeeds' };
}

/** A payment method as one of the test tokens makes it; undefined for a token nobody knows. */
export function newPaymentMethod(now: number, token: string, customer: string | null): PaymentMethod | undefined {
  const known = TEST_METHODS[token];
  if (!known) return undefined;
  const { type, last4 } = known;
  return {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: type === 'card' ? { brand: 'visa', last4, exp_month: 12, exp_year: 2034, country: 'US', funding: 'credit' } : null,
    created: now,
    customer,
    livemode: false,
    metadata: {},
    sepa_debit: type === 'sepa_debit' ? { last4, country: 'DE', bank_code: '37040044', fingerprint: last4 } : null,
    type,
  };
}
