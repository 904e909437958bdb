/** What happens to an open Checkout Session: paid, declined, expired. Metadata goes exactly where Stripe puts it. */
import { newInvoice, newInvoicePayment, newSubscription } from './billing-objects.js';
import type { Change } from './change.js';
import { wrongState } from './errors.js';
import { newId } from './ids.js';
import { newCharge, newCustomer, newPaymentIntent } from './money-objects.js';
import type { Owed } from './money-objects.js';
import type { Invoice, PaymentIntent, Session, SessionInput } from './records.js';

interface Open {
  readonly session: Session;
  readonly input: SessionInput;
}

export const inputId = (sessionId: string): string => `input:${sessionId}`;

/** The session, expired first if its time is over; undefined when there is none. */
function openSession(change: Change, id: string): Open {
  expireIfDue(change, id);
  const session = change.get('checkout.session', id);
  const input = change.get('session_input', inputId(id));
  if (!session || !input) throw wrongState({ message: `No such checkout.session: '${id}'`, param: 'id' });
  if (session.status !== 'open') throw wrongState({ message: `This Checkout Session is ${session.status}; it can no longer be paid.` });
  return { session, input };
}

/** Closes the session; allowed only while it is open. Throws the 400 Stripe answers otherwise. */
export function expireSession(change: Change, id: string): Session {
  const session = change.get('checkout.session', id);
  if (session?.status !== 'open') {
    throw wrongState({
      message: `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session?.status ?? 'none'}\`.`,
    });
  }
  const expired: Session = { ...session, status: 'expired', url: null };
  change.emit('checkout.session.expired', expired);
  return expired;
}

export const isDue = (session: Session, now: number): boolean => session.status === 'open' && session.expires_at <= now;

export function expireIfDue(change: Change, id: string): void {
  const session = change.get('checkout.session', id);
  if (session && isDue(session, change.now)) expireSession(change, id);
}

const owedBy = (session: Session, customer: string | null): Owed => ({
  amount: session.amount_total,
  currency: session.currency,
  customer,
});

/** The intent an earlier decline left, or a new one. In subscription mode it carries no metadata: that stays with the subscription. */
function intentFor(change: Change, { session, input }: Open, customer: string | null): PaymentIntent {
  const earlier = input.paymentIntent === null ? undefined : change.get('payment_intent', input.paymentIntent);
  if (earlier) return { ...earlier, customer };
  const { metadata = {}, description = null } = input.paymentIntentData;
  const facts = session.mode === 'payment' ? { metadata, description } : { metadata: {}, description: 'Subscription creation' };
  const intent = newPaymentIntent(change.now, owedBy(session, customer), facts);
  change.emit('payment_intent.created', intent);
  return intent;
}

function capture(change: Change, intent: PaymentIntent): PaymentIntent {
  const charge = newCharge(change.now, intent);
  const paid: PaymentIntent = {
    ...intent,
    status: 'succeeded',
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: charge['payment_method'],
  };
  change.emit('charge.succeeded', charge);
  change.emit('payment_intent.succeeded', paid);
  return paid;
}

/** The customer of the session, made now if the session asked for one. */
function payingCustomer(change: Change, { session, input }: Open): string | null {
  if (session.customer !== null) return session.customer;
  if (session.mode === 'payment' && input.customerCreation === 'if_required') return null;
  const customer = newCustomer(change.now, { email: session.customer_email ?? 'buyer@example.com', name: 'Test Buyer' });
  change.emit('customer.created', customer);
  return customer.id;
}

function complete(change: Change, session: Session, ids: Partial<Session>): Session {
  const payer = ids.customer ? change.get('customer', ids.customer) : undefined;
  const email = payer?.email ?? session.customer_email ?? 'buyer@example.com';
  const done: Session = {
    ...session,
    ...ids,
    status: 'complete',
    payment_status: session.amount_total === 0 ? 'no_payment_required' : 'paid',
    url: null,
    customer_details: { address: null, email, name: payer?.name ?? 'Test Buyer', phone: null, tax_exempt: 'none', tax_ids: [] },
  };
  change.emit('checkout.session.completed', done);
  return done;
}

function payOnce(change: Change, open: Open): Session {
  const customer = payingCustomer(change, open);
  if (open.session.amount_total === 0) return complete(change, open.session, { customer });
  const intent = capture(change, intentFor(change, open, customer));
  return complete(change, open.session, { customer, payment_intent: intent.id });
}

function settleInvoice(change: Change, draft: Invoice, intent: PaymentIntent | undefined): void {
  change.emit('invoice.created', draft);
  const { now } = change;
  const number = `${draft.id.slice(-8).toUpperCase()}-0001`;
  const transitions = { finalized_at: now, marked_uncollectible_at: null, paid_at: null, voided_at: null };
  const open: Invoice = {
    ...draft,
    status: 'open',
    number,
    effective_at: now,
    auto_advance: false,
    ending_balance: 0,
    status_transitions: transitions,
  };
  change.emit('invoice.finalized', open);
  const paid: Invoice = {
    ...open,
    status: 'paid',
    amount_paid: open.amount_due,
    amount_remaining: 0,
    attempt_count: intent ? 1 : 0,
    attempted: true,
    status_transitions: { ...transitions, paid_at: now },
  };
  change.emit('invoice.paid', paid);
  change.emit('invoice.payment_succeeded', paid);
  if (intent) change.emit('invoice_payment.paid', newInvoicePayment(now, open, intent.id));
}

/** Since 2025-03-31.basil the subscription and its invoice come into being only now that the money is there. */
function subscribe(change: Change, open: Open): Session {
  const { session, input } = open;
  const customer = payingCustomer(change, open) ?? '';
  const intent = session.amount_total === 0 ? undefined : capture(change, intentFor(change, open, customer));
  const { metadata = {}, description = null } = input.subscriptionData;
  const period = { now: change.now, customer, currency: session.currency, lineItems: input.lineItems, metadata, description };
  const invoiceId = newId('in');
  const subscription = newSubscription(period, invoiceId);
  change.emit('customer.subscription.created', subscription);
  settleInvoice(change, newInvoice(period, invoiceId, subscription), intent);
  return complete(change, session, { customer, subscription: subscription.id, invoice: invoiceId });
}

/** A card that says yes. Throws when the session is not open any more. */
export function paySession(change: Change, id: string): Session {
  const open = openSession(change, id);
  return open.session.mode === 'payment' ? payOnce(change, open) : subscribe(change, open);
}

/** A card that says no: the session stays open and the same intent waits for the next card. */
export function declineSession(change: Change, id: string): Session {
  const open = openSession(change, id);
  const intent: PaymentIntent = {
    ...intentFor(change, open, open.session.customer),
    last_payment_error: {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
      doc_url: 'https://stripe.com/docs/error-codes/card-declined',
    },
  };
  change.emit('payment_intent.payment_failed', intent);
  change.put<SessionInput>({ ...open.input, paymentIntent: intent.id });
  if (open.session.mode === 'subscription') return open.session;
  return change.put<Session>({ ...open.session, payment_intent: intent.id });
}
