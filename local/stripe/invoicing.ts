/** An invoice's own life: draft, open, then paid, void or uncollectible. Money is taken in collection.ts. */
import type { Invoice, InvoiceLine, InvoicePayment, PendingLine, Period, Subscription } from './billing-records.js';
import { subscriptionOf } from './billing-records.js';
import { HOUR_SECONDS } from './calendar.js';
import type { Change } from './change.js';
import { discountFor, endSpent } from './discounts.js';
import { wrongState } from './errors.js';
import { newInvoice, newInvoicePayment } from './invoice-objects.js';
import type { NewInvoice } from './invoice-objects.js';
import { newPaymentIntent } from './money-objects.js';
import { cancelIntent } from './payments.js';
import type { PaymentIntent } from './records.js';

export interface Billed {
  readonly reason: Invoice['billing_reason'];
  readonly period: Period;
  readonly lines: readonly InvoiceLine[];
  readonly prorationDate?: number;
  /** Null: it stays a draft until somebody finalizes it. */
  readonly finalizesAt: number | null;
}

/** What an invoice of this subscription is made from; nothing is changed, so that a preview may use it. */
export function factsOf(change: Change, subscription: Subscription, billed: Billed): NewInvoice {
  const taxed = (subscription['automatic_tax'] as { enabled: boolean }).enabled;
  const { prorationDate, ...rest } = billed;
  return {
    ...rest,
    now: change.now,
    customer: subscription.customer,
    currency: subscription.currency,
    subscription: {
      id: subscription.id,
      metadata: subscription.metadata,
      ...(prorationDate === undefined ? {} : { prorationDate }),
    },
    discount: discountFor(change, subscription.discounts),
    taxation: taxed ? { percent: change.policy.taxPercent } : null,
  };
}

export const inOneHour = (change: Change): number => change.now + HOUR_SECONDS;

/** Writes the draft and takes the prorations that waited for it. */
export function draft(change: Change, subscription: Subscription, billed: Billed): Invoice {
  const waiting = pendingLines(change, subscription.id);
  const lines = [...waiting.map(({ line }) => line), ...billed.lines];
  const invoice = newInvoice(factsOf(change, subscription, { ...billed, lines }));
  endSpent(change, subscription.discounts);
  for (const pending of waiting) change.put<PendingLine>({ ...pending, invoice: invoice.id });
  return change.emit('invoice.created', invoice);
}

export const pendingLines = (change: Change, subscriptionId: string): PendingLine[] =>
  change.list('pending_line').filter(({ subscription, invoice }) => subscription === subscriptionId && invoice === null);

const numberOf = (invoice: Invoice): string => `${invoice.id.slice(-8).toUpperCase()}-0001`;

/** The customer's credit pays first; a total below zero becomes credit. Answers the balance before and after. */
function applyBalance(change: Change, invoice: Invoice): { before: number; after: number } {
  const customer = change.get('customer', invoice.customer);
  const before = customer?.balance ?? 0;
  const after = Math.min(0, before + invoice.total);
  if (customer && after !== before) change.emit('customer.updated', { ...customer, balance: after });
  return { before, after };
}

const payPage = (baseUrl: string, invoice: Invoice): string => `${baseUrl}/invoice/${invoice.id}`;

/** Draft becomes open: numbered, owed, with an intent that can be paid. Nothing owed is paid at once by the caller. */
export function finalize(change: Change, invoice: Invoice): Invoice {
  if (invoice.status !== 'draft')
    throw wrongState({
      code: 'invoice_not_editable',
      message: "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
    });
  const { before, after } = applyBalance(change, invoice);
  const due = Math.max(0, invoice.total + before);
  const open: Invoice = {
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    automatically_finalizes_at: null,
    effective_at: change.now,
    ending_balance: after,
    hosted_invoice_url: payPage(change.baseUrl, invoice),
    invoice_pdf: `${payPage(change.baseUrl, invoice)}/pdf`,
    number: numberOf(invoice),
    starting_balance: before,
    status: 'open',
    status_transitions: { ...invoice.status_transitions, finalized_at: change.now },
  };
  return change.emit('invoice.finalized', open);
}

export const openPayment = (change: Change, invoiceId: string): InvoicePayment | undefined =>
  change.list('invoice_payment').find(({ invoice, status }) => invoice === invoiceId && status === 'open');

/** The intent that pays this open invoice, made when there is none yet. */
export function intentOf(change: Change, invoice: Invoice): PaymentIntent {
  const payment = openPayment(change, invoice.id);
  const intent = payment && change.get('payment_intent', payment.payment.payment_intent);
  if (intent) return intent;
  const owed = { amount: invoice.amount_due, currency: invoice.currency, customer: invoice.customer };
  const description = invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update';
  const made = change.emit('payment_intent.created', newPaymentIntent(change.now, owed, { metadata: {}, description }));
  change.put(newInvoicePayment(change.now, invoice, made.id));
  return made;
}

/** The money is there: `intent` took it, or nobody because nothing was owed or it came from outside Stripe. */
export function markPaid(change: Change, invoice: Invoice, how: { outOfBand?: boolean } = {}): Invoice {
  const payment = openPayment(change, invoice.id);
  const outOfBand = how.outOfBand ?? false;
  const paid: Invoice = {
    ...invoice,
    status: 'paid',
    amount_paid: invoice.amount_due,
    amount_paid_off_stripe: outOfBand ? invoice.amount_due : 0,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: change.now },
  };
  change.emit('invoice.paid', paid);
  if (outOfBand) closePayment(change, payment);
  else change.emit('invoice.payment_succeeded', paid);
  if (!outOfBand && payment) {
    const settled = { ...payment, status: 'paid' as const, amount_paid: invoice.amount_due };
    change.emit('invoice_payment.paid', { ...settled, status_transitions: { canceled_at: null, paid_at: change.now } });
  }
  return paid;
}

function closePayment(change: Change, payment: InvoicePayment | undefined): void {
  if (!payment) return;
  cancelIntent(change, payment.payment.payment_intent);
  change.put<InvoicePayment>({ ...payment, status: 'canceled', status_transitions: { canceled_at: change.now, paid_at: null } });
}

/** Credit that a voided invoice had used is the customer's again. */
function returnCredit(change: Change, invoice: Invoice): void {
  const used = invoice.starting_balance - (invoice.ending_balance ?? invoice.starting_balance);
  const customer = change.get('customer', invoice.customer);
  if (customer && used !== 0) change.emit('customer.updated', { ...customer, balance: customer.balance + used });
}

/** Nobody owes it any more. Throws unless it is open or uncollectible. */
export function voidInvoice(change: Change, invoice: Invoice): Invoice {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw wrongState({ message: `You can only pass in open or uncollectible invoices. This invoice isn't open or uncollectible.` });
  }
  closePayment(change, openPayment(change, invoice.id));
  returnCredit(change, invoice);
  return change.emit('invoice.voided', {
    ...invoice,
    status: 'void',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: change.now },
  });
}

/** Given up, yet still payable. Throws unless it is open. */
export function markUncollectible(change: Change, invoice: Invoice): Invoice {
  if (invoice.status !== 'open') throw wrongState({ message: 'You can only mark open invoices as uncollectible.' });
  return change.emit('invoice.marked_uncollectible', {
    ...invoice,
    status: 'uncollectible',
    auto_advance: false,
    next_payment_attempt: null,
    status_details: { uncollectible: { reason: 'manual' } },
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: change.now },
  });
}

/** Invoices of a subscription, oldest first. */
export const invoicesOf = (change: Change, subscriptionId: string): Invoice[] =>
  change.list('invoice').filter((invoice) => subscriptionOf(invoice) === subscriptionId);
