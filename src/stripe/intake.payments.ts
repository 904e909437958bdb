/** What a checkout, and an attempt to pay in it, means. Pure. */
import type { PaymentKind, PaymentSucceeded, ToldFact } from '../payments/payment.events.js';
import type { AboutOrder } from '../payments/billing.events.js';
import { detailOf, isoOrNull, moneyOf, toldAt, type Subject, type Told } from './told.js';

/** Money that has arrived, for whichever order. */
export type Arrived = Omit<PaymentSucceeded['data'], keyof AboutOrder>;

export const paymentFact = (arrived: Arrived, { about }: Subject): ToldFact => ({
  type: 'PaymentSucceeded',
  data: { ...about, ...arrived },
});

/** Money of a session has the name of its payment intent; a free order has none, and is booked under the session. */
const paymentIdOf = ({ object }: Told): string => object.paymentIntent ?? object.id;

const PURPOSES: readonly (string | null | undefined)[] = ['extension', 'change'] satisfies PaymentKind[];
const kindOf = (purpose: string | null): PaymentKind => (PURPOSES.includes(purpose) ? (purpose as PaymentKind) : 'initial');

export const paidSession = (told: Told): Arrived => {
  const { object, receivedAt } = told;
  const { purpose = null, changeId = null } = detailOf(object, 'session') ?? {};
  const kind = kindOf(purpose);
  return {
    paymentId: paymentIdOf(told),
    kind,
    total: moneyOf(object.amountTotal, object),
    subtotal: moneyOf(object.amountSubtotal ?? object.amountTotal, object),
    sessionId: object.id,
    subscriptionId: object.subscription,
    paidThrough: isoOrNull(object.paidThrough),
    ...(kind === 'change' && changeId !== null ? { changeId } : {}),
    ...(told.created === null ? {} : { paidAt: toldAt(told) }),
    receivedAt,
  };
};

/** Confirmed by the customer, but not there. */
export const unpaidSession = (told: Told, { about }: Subject, type: 'PaymentPending' | 'PaymentFailed'): ToldFact => {
  const { object, receivedAt } = told;
  const amount = moneyOf(object.amountTotal, object);
  const data = { ...about, paymentId: paymentIdOf(told), sessionId: object.id, amount, receivedAt };
  return type === 'PaymentPending' ? { type, data } : { type, data: { ...data, code: 'asyncPaymentFailed' } };
};

/** As it was told: what became of the intent later is told by itself. */
export const failedAttempt = (told: Told, { about }: Subject): ToldFact => {
  const { snapshot, receivedAt } = told;
  const { purpose = null, amountMinor = 0, errorCode = null, declineCode = null, chargeId = null } = detailOf(snapshot, 'intent') ?? {};
  return {
    type: 'PaymentAttemptFailed',
    data: {
      ...about,
      paymentId: snapshot.id,
      kind: kindOf(purpose),
      chargeId,
      amount: moneyOf(amountMinor, snapshot),
      code: errorCode ?? 'unknown',
      declineCode,
      failedAt: toldAt(told),
      receivedAt,
    },
  };
};
