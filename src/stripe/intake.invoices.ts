/** What the events of a subscription and its invoices mean. Pure. */
import type { InvoicePurpose } from '../payments/billing.events.js';
import type { ToldFact } from '../payments/payment.events.js';
import { type Arrived, paymentFact } from './intake.payments.js';
import { detailOf, isoOf, isoOrNull, moneyOf, toldAt, type Subject, type Told } from './told.js';

const PURPOSES: Readonly<Record<string, InvoicePurpose>> = {
  subscription_create: 'initial',
  subscription_cycle: 'renewal',
  subscription_update: 'change',
};
const purposeOf = (billingReason: string | null): InvoicePurpose => PURPOSES[billingReason ?? ''] ?? 'other';

const paidAtOf = (told: Told): { readonly paidAt?: string } => {
  const paidAt = detailOf(told.object, 'invoice')?.paidAt ?? told.created;
  return paidAt === null ? {} : { paidAt: isoOf(paidAt) };
};

/** Booked is what was paid, not what was asked; what was paid past Stripe is told apart. */
export const paidInvoice = (told: Told): Arrived => {
  const { object, receivedAt } = told;
  const kind = purposeOf(object.billingReason);
  const { changeId = null, offStripeMinor = 0 } = detailOf(object, 'invoice') ?? {};
  return {
    paymentId: object.id,
    kind,
    total: moneyOf(object.amountPaid, object),
    subtotal: moneyOf(object.amountSubtotal ?? object.amountPaid, object),
    sessionId: null,
    subscriptionId: object.subscription,
    paidThrough: isoOrNull(object.paidThrough),
    ...(offStripeMinor > 0 ? { offStripeMinor } : {}),
    ...(kind === 'change' && changeId !== null ? { changeId } : {}),
    ...paidAtOf(told),
    receivedAt,
  };
};

const about = ({ object, receivedAt }: Told, { about: order }: Subject) => ({
  ...order,
  invoiceId: object.id,
  subscriptionId: object.subscription,
  receivedAt,
});

/** The attempt is the event's, however many followed until it was read. */
const failure = (told: Told, subject: Subject): ToldFact => {
  const { snapshot } = told;
  const { attempt = 0, remainingMinor = 0, nextAttemptAt = null } = detailOf(snapshot, 'invoice') ?? {};
  return {
    type: 'InvoicePaymentFailed',
    data: {
      ...about(told, subject),
      purpose: purposeOf(snapshot.billingReason),
      attempt,
      remaining: moneyOf(remainingMinor, snapshot),
      nextAttemptAt: isoOrNull(nextAttemptAt),
      failedAt: toldAt(told),
    },
  };
};

const blocked = (told: Told, subject: Subject): ToldFact => {
  const { finalizationError = null, taxStatus = null } = detailOf(told.object, 'invoice') ?? {};
  return { type: 'InvoiceBlocked', data: { ...about(told, subject), code: finalizationError ?? taxStatus ?? 'unknown' } };
};

const writtenOff = (told: Told, subject: Subject, status: 'void' | 'uncollectible'): ToldFact => ({
  type: 'InvoiceWrittenOff',
  data: { ...about(told, subject), status },
});

/** What the invoice has come to meanwhile: late news of a failure must not hide that it was paid. */
const standing = (told: Told, subject: Subject): readonly ToldFact[] => {
  const { status } = told.object;
  if (status === 'paid') return [paymentFact(paidInvoice(told), subject)];
  return status === 'void' || status === 'uncollectible' ? [writtenOff(told, subject, status)] : [];
};

export const invoiceFacts = (told: Told, subject: Subject): readonly ToldFact[] => {
  switch (told.type) {
    case 'invoice.paid':
      return [paymentFact(paidInvoice(told), subject)];
    case 'invoice.payment_failed':
      return [failure(told, subject), ...standing(told, subject)];
    case 'invoice.payment_action_required':
      return told.object.status === 'open' ? [{ type: 'InvoiceActionNeeded', data: about(told, subject) }] : standing(told, subject);
    case 'invoice.finalization_failed':
      return [blocked(told, subject)];
    case 'invoice.voided':
      return [writtenOff(told, subject, 'void')];
    case 'invoice.marked_uncollectible':
      return [writtenOff(told, subject, 'uncollectible')];
    default:
      return [];
  }
};

const OVER: readonly (string | null)[] = ['canceled', 'incomplete_expired'];

const ended = (told: Told, { about: { orderId } }: Subject): ToldFact => {
  const { object } = told;
  const { endReason = null, endedAt = null, canceledAt = null } = detailOf(object, 'subscription') ?? {};
  const at = endedAt ?? canceledAt;
  return {
    type: 'SubscriptionEnded',
    data: { orderId, subscriptionId: object.id, reason: endReason, endedAt: at === null ? toldAt(told) : isoOf(at) },
  };
};

/** The portal schedules an end as a date, we as the end of the period: both are one thing. */
const observed = (told: Told, subject: Subject): readonly ToldFact[] => {
  const { object } = told;
  if (OVER.includes(object.status)) return [ended(told, subject)];
  const detail = detailOf(object, 'subscription');
  if (!detail) return [];
  const { itemId, priceId, quantity, periodEnd, cancelAt, cancelAtPeriodEnd, collectionPaused, pendingUntil } = detail;
  const facts = {
    ...{ status: object.status ?? '', itemId, priceId, quantity, collectionPaused },
    periodEnd: isoOrNull(periodEnd),
    cancelAt: isoOrNull(cancelAt ?? (cancelAtPeriodEnd ? periodEnd : null)),
    pendingUntil: isoOrNull(pendingUntil),
  };
  const { orderId } = subject.about;
  return [{ type: 'SubscriptionObserved', data: { orderId, subscriptionId: object.id, facts, changedAt: toldAt(told) } }];
};

/** Stripe's subscription and customer for this order. */
export const linkFact = (
  subscription: { readonly subscriptionId: string; readonly customer: string | null },
  { receivedAt }: Told,
  { about: { orderId } }: Subject,
): ToldFact => ({
  type: 'SubscriptionLinked',
  data: { orderId, subscriptionId: subscription.subscriptionId, stripeCustomerId: subscription.customer, linkedAt: receivedAt },
});

export const subscriptionFacts = (told: Told, subject: Subject): readonly ToldFact[] => {
  const { object } = told;
  switch (told.type) {
    case 'customer.subscription.created':
      return [linkFact({ subscriptionId: object.id, customer: object.customer }, told, subject), ...observed(told, subject)];
    case 'customer.subscription.deleted':
      return [ended(told, subject)];
    case 'customer.subscription.pending_update_expired': {
      const { orderId } = subject.about;
      const data = { orderId, subscriptionId: object.id, expiredAt: toldAt(told) };
      return [{ type: 'SubscriptionChangeExpired', data }, ...observed(told, subject)];
    }
    case 'customer.subscription.updated':
    case 'customer.subscription.paused':
    case 'customer.subscription.resumed':
    case 'customer.subscription.pending_update_applied':
      return observed(told, subject);
    default:
      return [];
  }
};
