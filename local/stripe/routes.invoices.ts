/** Invoices: read, previewed, finalized, paid by request, voided or given up; and the payments behind them. */
import type { Invoice } from './billing-records.js';
import { subscriptionOf } from './billing-records.js';
import type { Change } from './change.js';
import { collect, paidOutOfBand } from './collection.js';
import { cardError, wrongState } from './errors.js';
import { finalize, markUncollectible, openPayment, voidInvoice } from './invoicing.js';
import { createdRange, page, paging } from './listing.js';
import { declineError, methodNamed } from './payments.js';
import { dropPending } from './pending-update.js';
import { previewRoute } from './preview.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Call, Route } from './route.js';
import { boolean, ignored, object, oneOf, text } from './rules.js';
import type { Read } from './rules.js';
import { settleStanding } from './standing.js';

const filter = {
  ...paging,
  customer: text,
  subscription: text,
  status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
  created: createdRange,
};

const paymentFilter = {
  ...paging,
  invoice: text,
  status: oneOf('open', 'paid', 'canceled'),
  payment: object({ type: oneOf('payment_intent', 'charge', 'payment_record'), payment_intent: text }),
  created: createdRange,
};

const named = ({ change, params }: Call): Invoice => find(change, 'invoice', { id: params['id'] ?? '' });

/** What may have changed for the subscription once this invoice is no longer owed. */
function released(change: Change, invoice: Invoice): Invoice {
  const id = subscriptionOf(invoice);
  if (id !== null) settleStanding(change, id);
  if (id !== null) dropPending(change, id, invoice.id);
  return invoice;
}

/** Why the attempt failed, in Stripe's words. */
function whyDeclined(change: Change, invoice: Invoice): Record<string, unknown> {
  const payment = openPayment(change, invoice.id);
  const intent = payment && change.get('payment_intent', payment.payment.payment_intent);
  if (intent?.status === 'requires_action') {
    const message = 'This payment requires additional user action before it can be completed successfully.';
    return { code: 'invoice_payment_intent_requires_action', message };
  }
  return intent?.last_payment_error ?? declineError('generic_decline');
}

/** A declined attempt stays recorded although the caller gets a 402. */
function pay(change: Change, invoice: Invoice, input: Read<typeof payFields>): Invoice {
  if (invoice.status === 'paid') throw wrongState({ message: 'Invoice is already paid', code: 'invoice_already_paid' });
  if (invoice.status === 'void') throw wrongState({ message: 'This invoice can no longer be paid, it is void.' });
  const open = invoice.status === 'draft' ? finalize(change, invoice) : invoice;
  if (input.paid_out_of_band) return paidOutOfBand(change, open);
  const method = input.payment_method === undefined ? undefined : methodNamed(change, input.payment_method, open.customer);
  const after = collect(change, open, { method, present: input.off_session === false });
  if (after.status !== 'paid' && !isProcessing(change, after)) change.refusal = cardError(whyDeclined(change, after));
  return after;
}

const isProcessing = (change: Change, invoice: Invoice): boolean => {
  const payment = openPayment(change, invoice.id);
  return payment !== undefined && change.get('payment_intent', payment.payment.payment_intent)?.status === 'processing';
};

const payFields = { paid_out_of_band: boolean, payment_method: text, off_session: boolean, forgive: ignored };

export const invoiceRoutes: readonly Route[] = [
  previewRoute,
  route('GET /v1/invoices', filter, ({ change, path }, input) => {
    const found = newestFirst(change, 'invoice')
      .filter(({ customer, status }) => (input.customer ?? customer) === customer && (input.status ?? status) === status)
      .filter((invoice) => input.subscription === undefined || subscriptionOf(invoice) === input.subscription)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/invoices', 'invoice'),
  route('GET /v1/invoices/:id/lines', paging, (call, input) => page(call.path, named(call).lines.data, input)),
  route('POST /v1/invoices/:id/finalize', { auto_advance: boolean }, (call, input) => {
    const open = finalize(call.change, named(call));
    return open.amount_due === 0 || input.auto_advance ? collect(call.change, open, { automatic: true }) : open;
  }),
  route('POST /v1/invoices/:id/pay', payFields, (call, input) => pay(call.change, named(call), input)),
  route('POST /v1/invoices/:id/void', {}, (call) => released(call.change, voidInvoice(call.change, named(call)))),
  route('POST /v1/invoices/:id/mark_uncollectible', {}, (call) => released(call.change, markUncollectible(call.change, named(call)))),
  route('GET /v1/invoice_payments', paymentFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'invoice_payment')
      .filter(({ invoice, status }) => (input.invoice ?? invoice) === invoice && (input.status ?? status) === status)
      .filter(({ payment }) => (input.payment?.payment_intent ?? payment.payment_intent) === payment.payment_intent)
      .filter(({ payment }) => (input.payment?.type ?? payment.type) === payment.type)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/invoice_payments', 'invoice_payment'),
];
