/** What a checkout means. Pure. */
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

export const paidSession = (told: Told): Arrived => {
  const { object, receivedAt } = told;
  const { purpose = null, changeId = null } = detailOf(object, 'session') ?? {};
  const kind = PURPOSES.includes(purpose) ? (purpose as PaymentKind) : 'initial';
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
