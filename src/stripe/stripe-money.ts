/** What moved at Stripe in a span of time, by Stripe's own lists: the other half of a reconciliation. Asks only. */
import type Stripe from 'stripe';

export interface StripeMovement {
  readonly kind: 'payment' | 'refund' | 'dispute';
  /** Under which the ledger books it. */
  readonly objectId: string;
  /** The order that Stripe's objects name; null where they name none. */
  readonly orderId: string | null;
  /** Of a refund or dispute: the payment intent whose money it is. */
  readonly paymentIntent: string | null;
  readonly currency: string;
  /** Signed: what came is positive. */
  readonly amountMinor: number;
}

/** Unix seconds; `to` is not part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const idOf = (related: string | { readonly id: string } | null | undefined): string | null =>
  typeof related === 'string' ? related : (related?.id ?? null);
const orderIn = (metadata: Stripe.Metadata | null | undefined): string | null => metadata?.['order_id'] ?? null;

/** Money of a payment once; a subscription's is its invoices'. */
export const ofSession = (session: Stripe.Checkout.Session): StripeMovement[] => {
  const isPaid = session.mode === 'payment' && session.status === 'complete' && session.payment_status !== 'unpaid';
  if (!isPaid) return [];
  const objectId = idOf(session.payment_intent) ?? session.id;
  const orderId = orderIn(session.metadata) ?? session.client_reference_id;
  return [
    { kind: 'payment', objectId, orderId, paymentIntent: null, currency: session.currency ?? '', amountMinor: session.amount_total ?? 0 },
  ];
};

/** Without what was paid past Stripe. */
export const ofInvoice = (invoice: Stripe.Invoice): StripeMovement[] => {
  if (invoice.status !== 'paid') return [];
  const orderId = orderIn(invoice.parent?.subscription_details?.metadata) ?? orderIn(invoice.metadata);
  const offStripe = invoice.amount_paid_off_stripe ?? 0;
  const amountMinor = invoice.amount_paid - offStripe;
  return [{ kind: 'payment', objectId: invoice.id, orderId, paymentIntent: null, currency: invoice.currency, amountMinor }];
};

/** What has really gone: a refund that failed or waits has not. */
export const ofRefund = ({ id, status, amount, currency, metadata, payment_intent }: Stripe.Refund): StripeMovement[] =>
  status === 'succeeded'
    ? [{ kind: 'refund', objectId: id, orderId: orderIn(metadata), paymentIntent: idOf(payment_intent), currency, amountMinor: -amount }]
    : [];

/** Fees are apart: they are no money of the customer's. */
export const ofDispute = ({ id, payment_intent, balance_transactions, currency }: Stripe.Dispute): StripeMovement[] => {
  const amountMinor = balance_transactions.reduce((sum, { amount }) => sum + amount, 0);
  if (balance_transactions.length === 0) return [];
  return [{ kind: 'dispute', objectId: id, orderId: null, paymentIntent: idOf(payment_intent), currency, amountMinor }];
};

/** Everything that Stripe made in the span, page by page. */
export async function* movementsIn(stripe: Stripe, { from, to }: Span): AsyncGenerator<StripeMovement> {
  const page = { created: { gte: from, lt: to }, limit: 100 };
  for await (const session of stripe.checkout.sessions.list(page)) yield* ofSession(session);
  for await (const invoice of stripe.invoices.list(page)) yield* ofInvoice(invoice);
  for await (const refund of stripe.refunds.list(page)) yield* ofRefund(refund);
  for await (const dispute of stripe.disputes.list(page)) yield* ofDispute(dispute);
}

/** The movement as Stripe has it now, for an object that another span lists; null when there is none. */
export async function movementOf(stripe: Stripe, kind: StripeMovement['kind'], objectId: string): Promise<StripeMovement | null> {
  const [found] = await lookedUp(stripe, kind, objectId);
  return found ?? null;
}

const lookedUp = async (stripe: Stripe, kind: StripeMovement['kind'], objectId: string): Promise<StripeMovement[]> => {
  if (kind === 'refund') return ofRefund(await stripe.refunds.retrieve(objectId));
  if (kind === 'dispute') return ofDispute(await stripe.disputes.retrieve(objectId));
  if (objectId.startsWith('in_')) return ofInvoice(await stripe.invoices.retrieve(objectId));
  if (objectId.startsWith('cs_')) return ofSession(await stripe.checkout.sessions.retrieve(objectId));
  const { data } = await stripe.checkout.sessions.list({ payment_intent: objectId, limit: 1 });
  return data.flatMap(ofSession);
};
