/** What becomes of an order once it is paid: periods, grace, suspension and end. Each rule judges recorded facts, never the order in which they came. Pure. */
import type { Decision } from '../platform/decider.js';
import type { Money, NotAcceptedReason, OrderEvent, OrderPlaced } from './order.events.js';
import { endOfTerm } from './period.js';
import { judgePlanChange, planPaymentDueAt, type PlanMoney } from './plan-change.saga.js';
import type { OrderGraceStarted, ServiceEndReason, ServiceEvent, SuspensionReason } from './service.events.js';
import type { Service } from './service.decider.js';
import type { ReminderDays, RenewalSlackMs } from './terms.events.js';

type GraceCause = OrderGraceStarted['data']['cause'];

/** What the order's money says, folded from its payment stream. */
export interface MoneyOfOrder extends PlanMoney {
  readonly payments: readonly {
    readonly paymentId: string;
    readonly kind: 'initial' | 'renewal' | 'change' | 'extension' | 'other';
    readonly total: Money;
    readonly subtotal: Money;
    /** Null for a payment once. */
    readonly subscriptionId: string | null;
    /** ISO-8601; null for a payment once. */
    readonly paidThrough: string | null;
    /** By Stripe's clock, ISO-8601; null where it was not told. */
    readonly paidAt: string | null;
    readonly changeId: string | null;
  }[];
  /** Given back for good, by payment, in minor units. */
  readonly refundedMinor: Readonly<Record<string, number>>;
  readonly subscription: {
    readonly subscriptionId: string;
    readonly priceId: string | null;
    readonly pendingUntil: string | null;
    readonly cancelAt: string | null;
    readonly ended: { readonly reason: string | null; readonly endedAt: string } | null;
  } | null;
  /** A renewal that Stripe could not collect and nobody has paid since. */
  readonly failing: { readonly invoiceId: string; readonly since: string } | null;
  /** `paymentId` null: which money is not known. What is only asked about, or is over in our favour, is not among them. */
  readonly disputes: readonly { readonly paymentId: string | null; readonly status: 'open' | 'lost' }[];
  /** Stripe has confirmed that the subscription is cancelled and its open invoices are void. */
  readonly billingEnded: boolean;
  /** The ends, by when they were due, before which Stripe has confirmed that no invoice of the subscription is left to be paid. */
  readonly invoicesVoidFor: readonly string[];
  /** Checkouts of ours that money may still come through: a `payable` one is open, or being opened; a `completed` one Stripe says is paid, or its payment on its way. */
  readonly checkouts: readonly { readonly state: 'payable' | 'completed' }[];
}

/** Milliseconds. */
export interface ServiceRules {
  readonly graceMs: number;
  readonly retentionMs: number;
  /** How long after its period a subscription's next word may take before it counts as unpaid. */
  readonly renewalSlackMs: number;
  /** How much longer grace lasts while a payment is processing. */
  readonly processingMs: number;
  /** Days before the end of a paid-once period on which the customer is reminded, descending. */
  readonly reminderDays: readonly number[];
}

const HOUR_MS = 3_600_000;
/** What is no matter of taste: Stripe collects a renewal about an hour after its period began, and its word may be late. */
export const SERVICE_RULES_FIXED: Pick<ServiceRules, 'renewalSlackMs' | 'processingMs' | 'reminderDays'> = {
  renewalSlackMs: 86_400_000 satisfies RenewalSlackMs,
  processingMs: 24 * HOUR_MS,
  reminderDays: [7, 3, 1] satisfies ReminderDays,
};

/** An order that is served, as far as these rules need it. */
export interface Served {
  readonly placed: OrderPlaced['data'];
  readonly service: Service;
  readonly seenPayments: readonly string[];
}

/** `processing`: whether Stripe, asked now, says that a payment is on its way; undefined when it was not asked. */
export interface Circumstances {
  readonly money: MoneyOfOrder;
  readonly rules: ServiceRules;
  readonly processing: boolean | undefined;
  /** ISO-8601. */
  readonly at: string;
}

const DAY_MS = 86_400_000;
const plus = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();

type LaterPayment = MoneyOfOrder['payments'][number];

/** Money after the first that the order has not judged yet. */
export const unjudgedPayment = (seen: readonly string[], { payments }: MoneyOfOrder): LaterPayment | undefined =>
  payments.find(({ kind, paymentId }) => kind !== 'initial' && !seen.includes(paymentId));

/** An extension runs on from the period that is paid for; Stripe says how far an invoice reaches. */
const paidThroughWith = ({ service, placed }: Served, payment: LaterPayment, at: string): string => {
  const before = service.paidThrough ?? at;
  if (payment.kind === 'extension') return endOfTerm(before, placed.term);
  return payment.paidThrough !== null && payment.paidThrough > before ? payment.paidThrough : before;
};

/** Why the order cannot take it; a second subscription of the same customer is paid for besides, and not this order's. */
const whyNotTaken = ({ placed: { price } }: Served, payment: LaterPayment, { subscription }: MoneyOfOrder): NotAcceptedReason | null => {
  const { subtotal, total, kind, subscriptionId } = payment;
  if (total.currency !== price.currency) return 'currencyMismatch';
  if (kind === 'extension' && subtotal.amountMinor !== price.amountMinor) return 'amountMismatch';
  return subscription && subscriptionId !== null && subscriptionId !== subscription.subscriptionId ? 'alreadyPaid' : null;
};

/** The order alone decides about money that came after the first; what it cannot take waits for a refund. */
const judgedPayment = (order: Served, payment: LaterPayment, { money, at }: Circumstances): OrderEvent => {
  const { orderId, customerId } = order.placed;
  const { paymentId, total, kind } = payment;
  const reason = whyNotTaken(order, payment, money);
  if (reason) return { type: 'OrderPaymentNotAccepted', data: { orderId, customerId, paymentId, amount: total, reason, receivedAt: at } };
  const purpose = kind === 'initial' ? 'other' : kind;
  return {
    type: 'OrderPaymentAccepted',
    data: { orderId, paymentId, purpose, paidThrough: paidThroughWith(order, payment, at), acceptedAt: at },
  };
};

/** Money for an order whose service is over or ends: never taken, never lost. */
export const refusedPayment = (placed: OrderPlaced['data'], payment: LaterPayment, at: string): OrderEvent => {
  const { orderId, customerId } = placed;
  const { paymentId, total } = payment;
  return {
    type: 'OrderPaymentNotAccepted',
    data: { orderId, customerId, paymentId, amount: total, reason: 'orderEnded', receivedAt: at },
  };
};

/** Why the service is not paid for now; null when it is. A lapse is dated by Stripe or by the paid period, never by when we heard of it. */
export const lapseOf = (
  { placed, service }: Served,
  { money, rules, at }: Circumstances,
): { cause: GraceCause; since: string; invoiceId: string | null } | null => {
  if (money.failing) return { cause: 'renewalFailed', since: money.failing.since, invoiceId: money.failing.invoiceId };
  if (money.subscription?.ended) return { cause: 'subscriptionEnded', since: money.subscription.ended.endedAt, invoiceId: null };
  if (service.paidThrough === null) return null;
  const slackMs = placed.payment === 'subscription' ? rules.renewalSlackMs : 0;
  return at >= plus(service.paidThrough, slackMs) ? { cause: 'periodOver', since: service.paidThrough, invoiceId: null } : null;
};

/** Stripe's reasons of an ended subscription after which the customer may still pay. */
const UNPAID_ENDS: readonly (string | null)[] = ['payment_failed', 'payment_disputed'];

const isRefunded = ({ service }: Served, { payments, refundedMinor }: MoneyOfOrder): boolean => {
  const total = payments.find(({ paymentId }) => paymentId === service.lastPaymentId)?.total.amountMinor ?? 0;
  return total > 0 && (refundedMinor[service.lastPaymentId] ?? 0) >= total;
};

/** Whether money that the order has taken is disputed; what it has refused is given back anyway and pays for nothing. */
const isDisputed = ({ service }: Served, { disputes, payments }: MoneyOfOrder, standing: 'open' | 'lost'): boolean => {
  const refused = payments.map(({ paymentId }) => paymentId).filter((paymentId) => !service.accepted.includes(paymentId));
  return disputes.some(({ paymentId, status }) => status === standing && (paymentId === null || !refused.includes(paymentId)));
};

const isDue = (time: string | null, at: string): boolean => time !== null && at >= time;

/** When a cancelled service is over: with the period that is paid for, also where an order that is paid once was extended after it was cancelled. */
const cancelledAt = ({ placed, service: { cancelAt, paidThrough } }: Pick<Served, 'placed' | 'service'>): string | null =>
  placed.payment === 'once' && cancelAt !== null && paidThrough !== null && paidThrough > cancelAt ? paidThrough : cancelAt;

/** For a reason other than money that did not come. */
const isEndedAtStripe = ({ subscription }: MoneyOfOrder): boolean =>
  subscription?.ended ? !UNPAID_ENDS.includes(subscription.ended.reason) : false;

/** Why the service is over; null while it is not. */
export const endReasonOf = (order: Served, circumstances: Circumstances): ServiceEndReason | null => {
  const { service } = order;
  const { money, at } = circumstances;
  if (isRefunded(order, money)) return 'refunded';
  if (isDisputed(order, money, 'lost')) return 'disputeLost';
  if (isDue(cancelledAt(order), at)) return 'cancelled';
  if (isEndedAtStripe(money)) return service.cancelAt === null ? 'subscriptionEnded' : 'cancelled';
  // What is paid for meanwhile is not over, though it is yet to resume.
  const isLeft = service.suspensions.includes('unpaid') && isDue(service.deleteAt, at);
  return isLeft && lapseOf(order, circumstances) ? 'unpaid' : null;
};

/** Whether a checkout may be opened that would keep the service: not once an end of it is due that is judged by what can still be paid. @param at ISO-8601 */
export const mayBeExtended = ({ placed, service }: Pick<Served, 'placed' | 'service'>, at: string): boolean =>
  !isDue(cancelledAt({ placed, service }), at) && !(service.suspensions.includes('unpaid') && isDue(service.deleteAt, at));

/** Whether somebody can still pay and thereby keep what is about to end; a person's end, or one for what was done with the money, stands whoever pays. */
const mayStillBeKept = ({ placed, service }: Served, reason: ServiceEndReason, money: MoneyOfOrder): boolean => {
  const { checkouts, subscription, invoicesVoidFor } = money;
  const isInvoiced = subscription !== null && !invoicesVoidFor.includes(service.deleteAt ?? '');
  if (reason === 'unpaid') return checkouts.length > 0 || isInvoiced;
  return reason === 'cancelled' && placed.payment === 'once' && isPayable({ checkouts });
};

/** Whether a checkout of ours may be paid at this moment. */
export const isPayable = ({ checkouts }: Pick<MoneyOfOrder, 'checkouts'>): boolean => checkouts.some(({ state }) => state === 'payable');

/** Why the service ends now. Nobody's server is deleted for want of money before Stripe was asked whether some is on its way. */
const dueEndOf = (order: Served, circumstances: Circumstances): ServiceEndReason | null => {
  const reason = endReasonOf(order, circumstances);
  return reason === 'unpaid' && circumstances.processing !== false ? null : reason;
};

/**
 * Why the service is about to end, where every way to keep it by paying is closed at Stripe before that is said: money that comes before the end
 * keeps the server, and afterwards none can come. Null otherwise.
 */
export const closesFirst = (order: Served, circumstances: Circumstances): ServiceEndReason | null => {
  const reason = dueEndOf(order, circumstances);
  return reason && mayStillBeKept(order, reason, circumstances.money) ? reason : null;
};

/**
 * Whether the next step is so hard on the customer that Stripe is asked first whether a payment is on its way. An end cannot be taken back, so that
 * it is judged by all that Stripe knows of the money, not by what of it we happen to have heard.
 */
export const wantsAsking = (order: Served, circumstances: Circumstances): boolean => {
  const { service } = order;
  if (circumstances.processing !== undefined) return false;
  if (isDue(planPaymentDueAt(service.change), circumstances.at) || endReasonOf(order, circumstances)) return true;
  if (!lapseOf(order, circumstances)) return false;
  if (service.suspensions.includes('unpaid')) return isDue(service.deleteAt, circumstances.at);
  return service.grace !== null && circumstances.at >= service.grace.until;
};

const disputeStep = (order: Served, { money, at }: Circumstances): ServiceEvent | null => {
  const { placed, service } = order;
  const suspended = service.suspensions.includes('dispute');
  if (isDisputed(order, money, 'open') === suspended) return null;
  const { orderId } = placed;
  if (!suspended) return { type: 'OrderSuspended', data: { orderId, reason: 'dispute', deleteAt: null, suspendedAt: at } };
  return resumed({ placed, service }, 'dispute', at);
};

const resumed = (
  { placed: { orderId }, service }: Pick<Served, 'placed' | 'service'>,
  reason: SuspensionReason,
  at: string,
): ServiceEvent => ({
  type: 'OrderResumed',
  data: { orderId, reason, runsAgain: service.suspensions.every((other) => other === reason), resumedAt: at },
});

/** It is paid for again, or was all along. */
const paidAgain = (order: Served, at: string): ServiceEvent | null => {
  const { service, placed } = order;
  if (service.suspensions.includes('unpaid')) return resumed(order, 'unpaid', at);
  return service.grace ? { type: 'OrderGraceEnded', data: { orderId: placed.orderId, endedAt: at } } : null;
};

const unpaidStep = (order: Served, circumstances: Circumstances): ServiceEvent | null => {
  const { service, placed } = order;
  const { orderId } = placed;
  const { rules, at } = circumstances;
  const lapse = lapseOf(order, circumstances);
  if (!lapse) return paidAgain(order, at);
  if (service.suspensions.includes('unpaid')) return afterRetention(order, circumstances);
  if (service.grace) return afterGrace(order, circumstances);
  const { cause, invoiceId, since } = lapse;
  return { type: 'OrderGraceStarted', data: { orderId, cause, invoiceId, graceUntil: plus(since, rules.graceMs), startedAt: at } };
};

const extended = (orderId: string, { processingMs }: ServiceRules, at: string): ServiceEvent => ({
  type: 'OrderGraceExtended',
  data: { orderId, reason: 'paymentProcessing', graceUntil: plus(at, processingMs), extendedAt: at },
});

/** The end waits for a payment that is on its way; Stripe is asked again when it had its time. */
const afterRetention = ({ placed, service }: Served, { rules, processing, at }: Circumstances): ServiceEvent | null =>
  processing && isDue(service.deleteAt, at) ? extended(placed.orderId, rules, at) : null;

/** Nobody is suspended before Stripe was asked, nor while it says that a payment is on its way. */
const afterGrace = ({ placed, service }: Served, { rules, processing, at }: Circumstances): ServiceEvent | null => {
  const { orderId } = placed;
  if (!isDue(service.grace?.until ?? null, at) || processing === undefined) return null;
  if (processing) return extended(orderId, rules, at);
  return { type: 'OrderSuspended', data: { orderId, reason: 'unpaid', deleteAt: plus(at, rules.retentionMs), suspendedAt: at } };
};

/** A cancellation asked for anywhere, also in Stripe's own portal, is the order's too; that of an order paid once moves with what is paid for. */
const cancellationStep = ({ placed, service }: Served, { money, at }: Circumstances): ServiceEvent | null => {
  const { orderId, payment } = placed;
  const { cancelAt } = payment === 'once' ? { cancelAt: cancelledAt({ placed, service }) } : (money.subscription ?? service);
  if (cancelAt === service.cancelAt) return null;
  if (cancelAt === null) return { type: 'OrderCancellationRevoked', data: { orderId, revokedAt: at } };
  return { type: 'OrderCancellationScheduled', data: { orderId, endAt: cancelAt, scheduledAt: at } };
};

/** Days of the nearest reminder that is due and was not given: after an outage nobody is told three times at once. */
const dueReminder = ({ paidThrough, reminded }: Service, { reminderDays }: ServiceRules, at: string): number | undefined => {
  if (paidThrough === null || at >= paidThrough) return undefined;
  const nearest = reminderDays.filter((days) => at >= plus(paidThrough, -days * DAY_MS)).at(-1);
  return nearest === undefined || reminded.some((days) => days <= nearest) ? undefined : nearest;
};

const reminderStep = ({ placed, service }: Served, { rules, at }: Circumstances): ServiceEvent | null => {
  const { paidThrough, cancelAt } = service;
  if (placed.payment !== 'once' || paidThrough === null || cancelAt !== null) return null;
  const daysBefore = dueReminder(service, rules, at);
  if (daysBefore === undefined) return null;
  return { type: 'OrderReminderRaised', data: { orderId: placed.orderId, daysBefore, paidThrough, raisedAt: at } };
};

const STEPS = [disputeStep, cancellationStep, unpaidStep, judgePlanChange, reminderStep];

const ending = ({ placed }: Served, reason: ServiceEndReason, { money, at }: Circumstances): OrderEvent => {
  const subscriptionId = money.subscription?.subscriptionId ?? null;
  return { type: 'OrderEnding', data: { orderId: placed.orderId, reason, subscriptionId, endingAt: at } };
};

/** The next thing to record about a service that runs, or nothing; to be asked again until it is nothing. */
export const judgeService = (order: Served, circumstances: Circumstances): Decision<OrderEvent> => {
  const payment = unjudgedPayment(order.seenPayments, circumstances.money);
  if (payment) return [judgedPayment(order, payment, circumstances)];
  const reason = dueEndOf(order, circumstances);
  if (reason) return closesFirst(order, circumstances) ? [] : [ending(order, reason, circumstances)];
  for (const step of STEPS) {
    const event = step(order, circumstances);
    if (event) return [event];
  }
  return [];
};

/** When time alone will give the service something new to record; null: never. @param at ISO-8601 */
export const nextLookAt = (order: Served, rules: ServiceRules, at: string): string | null => {
  const { cancelAt, grace, deleteAt, suspensions } = order.service;
  const unpaid = suspensions.includes('unpaid') ? deleteAt : (grace?.until ?? null);
  const times = [...reminderTimes(order, rules), lapseTime(order, rules), cancelAt, unpaid, planPaymentDueAt(order.service.change)];
  return times.filter((time): time is string => time !== null && time > at).sort()[0] ?? null;
};

const reminderTimes = ({ placed, service: { paidThrough, reminded } }: Served, { reminderDays }: ServiceRules): string[] => {
  if (placed.payment !== 'once' || paidThrough === null) return [];
  return reminderDays.filter((days) => !reminded.some((done) => done <= days)).map((days) => plus(paidThrough, -days * DAY_MS));
};

const lapseTime = ({ placed, service: { paidThrough, grace } }: Served, { renewalSlackMs }: ServiceRules): string | null =>
  paidThrough === null || grace ? null : plus(paidThrough, placed.payment === 'once' ? 0 : renewalSlackMs);
