/** What a Stripe event means to us. Pure: what was told in, one action out; who carries it out decides nothing. */
import type { ToldFact } from '../payments/payment.events.js';
import { invoiceFacts, linkFact, paidInvoice, subscriptionFacts } from './intake.invoices.js';
import { disputeFacts, refundFacts } from './intake.money-back.js';
import { failedAttempt, paidSession, paymentFact, unpaidSession, type Arrived } from './intake.payments.js';
import type { StripeObject } from './stripe.events.js';
import { detailOf, type Subject, type Told } from './told.js';

export type IntakeAction =
  | { readonly do: 'nothing' }
  | { readonly do: 'record'; readonly facts: readonly ToldFact[] }
  | { readonly do: 'expireCheckout'; readonly sessionId: string };

const NOTHING: IntakeAction = { do: 'nothing' };
const record = (facts: readonly ToldFact[]): IntakeAction => (facts.length === 0 ? NOTHING : { do: 'record', facts });

const isMoneyOfSession = ({ type, object }: Told): boolean =>
  (type === 'checkout.session.completed' || type === 'checkout.session.async_payment_succeeded') &&
  object.mode === 'payment' &&
  object.paymentStatus !== 'unpaid';

/** Money of a session is booked in payment mode only; in subscription mode the invoice books it and the session merely links ids; a set-up takes no money. */
const ofCompletedSession = (told: Told, subject: Subject): readonly ToldFact[] => {
  const { object } = told;
  if (object.mode === 'subscription')
    return object.subscription ? [linkFact({ subscriptionId: object.subscription, customer: object.customer }, told, subject)] : [];
  if (object.mode !== 'payment') return [];
  return isMoneyOfSession(told) ? [paymentFact(paidSession(told), subject)] : [unpaidSession(told, subject, 'PaymentPending')];
};

const ofSession = (told: Told, subject: Subject): IntakeAction => {
  switch (told.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return record(ofCompletedSession(told, subject));
    case 'checkout.session.async_payment_failed':
      return record([unpaidSession(told, subject, 'PaymentFailed')]);
    case 'checkout.session.expired':
      return { do: 'expireCheckout', sessionId: told.object.id };
    default:
      return NOTHING;
  }
};

/** By the first words of Stripe's event type; types with other words mean nothing to us and stay visible in the log. */
const MEANINGS: readonly (readonly [prefix: string, (told: Told, subject: Subject) => IntakeAction])[] = [
  ['checkout.session.', ofSession],
  ['payment_intent.payment_failed', (told, subject) => record([failedAttempt(told, subject)])],
  ['customer.subscription.', (told, subject) => record(subscriptionFacts(told, subject))],
  ['invoice.', (told, subject) => record(invoiceFacts(told, subject))],
  ['refund.', (told, subject) => record(refundFacts(told, subject))],
  ['charge.dispute.', (told, subject) => record(disputeFacts(told, subject))],
];

export const interpret = (told: Told, subject: Subject): IntakeAction => {
  const [, meaning] = MEANINGS.find(([prefix]) => told.type.startsWith(prefix)) ?? [];
  return meaning ? meaning(told, subject) : NOTHING;
};

/** The money that an event brings, whether or not it names an order; null for all others, and where nothing was paid through Stripe. */
export const moneyIn = (told: Told): Arrived | null => {
  const isPaid = told.type === 'invoice.paid' || isMoneyOfSession(told);
  if (!isPaid) return null;
  const arrived = told.type === 'invoice.paid' ? paidInvoice(told) : paidSession(told);
  return arrived.total.amountMinor > (arrived.offStripeMinor ?? 0) ? arrived : null;
};

const STALE: ReadonlySet<string> = new Set([
  'checkout.session.completed',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired',
  'invoice.payment_failed',
  'invoice.payment_action_required',
  'charge.dispute.updated',
]);

const saysTooLittle = (snapshot: StripeObject): boolean =>
  snapshot.detail === undefined || detailOf(snapshot, 'invoice')?.moreLines === true;

/** Whether the snapshot may be stale by the time it is read, or says too little, so that the object is fetched again before deciding. */
export const wantsFresh = (type: string, snapshot: StripeObject): boolean => STALE.has(type) || saysTooLittle(snapshot);
