/** What happens to an open Checkout Session: paid, declined, expired. Metadata goes exactly where Stripe puts it. */
import type { InvoiceLine, Subscription } from './billing-records.js';
import type { Change } from './change.js';
import { priced } from './checkout-totals.js';
import type { Priced } from './checkout-totals.js';
import { collect, concluded, consequences } from './collection.js';
import { redeem } from './discounts.js';
import { invalidRequest, wrongState } from './errors.js';
import { newInvoicePayment, newLine } from './invoice-objects.js';
import { draft, finalize } from './invoicing.js';
import { newCustomer, newPaymentIntent } from './money-objects.js';
import type { Owed } from './money-objects.js';
import { behaviourOf } from './payment-methods.js';
import { attempt, methodNamed } from './payments.js';
import type { PaymentIntent, PaymentMethod, Session, SessionInput } from './records.js';
import { firstPeriod, newSubscription } from './subscription-objects.js';

type Open = Priced;

export const inputId = (sessionId: string): string => `input:${sessionId}`;

/** Throws the 400 Stripe answers for a session that is not open. */
function openSession(change: Change, id: string): Open {
  const session = change.get('checkout.session', id);
  const input = change.get('session_input', inputId(id));
  if (!session || !input) throw wrongState({ message: `No such checkout.session: '${id}'`, param: 'id' });
  if (session.status !== 'open') throw wrongState({ message: `This Checkout Session is ${session.status}; it can no longer be paid.` });
  return priced(change, { session, input }, true);
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

const owedBy = (session: Session, customer: string | null): Owed => ({
  amount: session.amount_total,
  currency: session.currency,
  customer,
});

/** The intent an earlier decline left, or a new one. In subscription mode it carries no metadata: that stays with the subscription. */
function intentFor(change: Change, { session, input }: Open, customer: string | null): PaymentIntent {
  const earlier = input.paymentIntent === null ? undefined : change.get('payment_intent', input.paymentIntent);
  if (earlier) return { ...earlier, amount: session.amount_total, customer };
  const { metadata = {}, description = null } = input.paymentIntentData;
  const facts = session.mode === 'payment' ? { metadata, description } : { metadata: {}, description: 'Subscription creation' };
  const intent = newPaymentIntent(change.now, owedBy(session, customer), facts);
  change.emit('payment_intent.created', intent);
  return intent;
}

/** The way to pay that was chosen on the page. Throws a 400 for a token nobody knows. */
function chosenMethod(change: Change, token: string, customer: string | null): PaymentMethod {
  const method = methodNamed(change, token, customer);
  if (!method) throw invalidRequest({ code: 'resource_missing', message: `No such PaymentMethod: '${token}'`, param: 'payment_method' });
  return method;
}

/** The customer of the session, made now if the session asked for one. */
function payingCustomer(change: Change, { session, input }: Open): string | null {
  if (session.customer !== null) return session.customer;
  if (session.mode === 'payment' && input.customerCreation === 'if_required') return null;
  const customer = newCustomer(change.now, { email: session.customer_email ?? 'buyer@example.com', name: 'Test Buyer' });
  change.emit('customer.created', customer);
  return customer.id;
}

function complete(change: Change, session: Session, facts: Partial<Session>): Session {
  const payer = facts.customer ? change.get('customer', facts.customer) : undefined;
  const email = payer?.email ?? session.customer_email ?? 'buyer@example.com';
  const done: Session = {
    ...session,
    payment_status: session.amount_total === 0 ? 'no_payment_required' : 'paid',
    ...facts,
    status: 'complete',
    url: null,
    customer_details: { address: null, email, name: payer?.name ?? 'Test Buyer', phone: null, tax_exempt: 'none', tax_ids: [] },
  };
  return change.emit('checkout.session.completed', done);
}

/** The money of the session, taken or on its way; undefined after a decline, which leaves the session open. */
function take(
  change: Change,
  open: Open,
  { customer, method }: { customer: string | null; method: PaymentMethod },
): PaymentIntent | undefined {
  const intent = attempt(change, intentFor(change, open, customer), { method, present: true });
  if (intent.status === 'succeeded' || intent.status === 'processing') return intent;
  change.put<SessionInput>({ ...open.input, paymentIntent: intent.id });
  return undefined;
}

const statusFor = (intent: PaymentIntent): Session['payment_status'] => (intent.status === 'succeeded' ? 'paid' : 'unpaid');

/** Sold once, with no invoice: the coupon is used up by the session itself. */
function completeOnce(change: Change, { session, input }: Open, facts: Partial<Session>): Session {
  change.put(input);
  if (input.coupon) redeem(change, input.coupon, { customer: facts.customer ?? null, checkout_session: session.id });
  return complete(change, session, facts);
}

function payOnce(change: Change, open: Open, token: string): Session {
  if (open.session.amount_total === 0) return completeOnce(change, open, { customer: payingCustomer(change, open) });
  const method = chosenMethod(change, token, null);
  const declines = behaviourOf(method).charge === 'declined';
  const customer = declines ? open.session.customer : payingCustomer(change, open);
  const intent = take(change, open, { customer, method });
  if (intent) return completeOnce(change, open, { customer, payment_intent: intent.id, payment_status: statusFor(intent) });
  return change.put<Session>({ ...open.session, payment_intent: change.get('session_input', open.input.id)?.paymentIntent ?? null });
}

/** What the session sold, as the lines of the first invoice. */
const linesOf = (change: Change, input: SessionInput, subscription: Subscription): InvoiceLine[] =>
  input.lineItems.map((sold) => {
    const item = subscription.items.data.find(({ price }) => price.id === sold.price.id);
    return newLine({
      price: sold.price,
      quantity: sold.quantity,
      amount: sold.price.unit_amount * sold.quantity,
      description: `${sold.quantity} × ${sold.description}`,
      period: firstPeriod(change.now, sold.price),
      metadata: subscription.metadata,
      subscription: subscription.id,
      item: item?.id ?? null,
    });
  });

/** The subscription and its first invoice, which `intent` pays; nobody when nothing is owed. */
function begin(
  change: Change,
  open: Open,
  how: { customer: string; method: PaymentMethod | null; intent: PaymentIntent | null },
): Subscription {
  const { session, input } = open;
  const { metadata = {}, description = null } = input.subscriptionData;
  const subscription = newSubscription({
    now: change.now,
    customer: how.customer,
    currency: session.currency,
    sold: input.lineItems.filter(({ price }) => price.recurring !== null),
    metadata,
    description,
    paymentMethod: how.method?.id ?? null,
    discounts: input.coupon ? [redeem(change, input.coupon, { customer: how.customer, checkout_session: session.id }).id] : [],
    automaticTax: input.automaticTax,
    status: 'active',
  });
  const { now } = change;
  const written = draft(change, subscription, {
    reason: 'subscription_create',
    period: { start: now, end: now },
    lines: linesOf(change, input, subscription),
    finalizesAt: null,
  });
  change.put(input);
  const begun = change.emit('customer.subscription.created', { ...subscription, latest_invoice: written.id });
  const invoice = finalize(change, written);
  if (!how.intent) collect(change, invoice);
  else {
    change.put(newInvoicePayment(now, invoice, how.intent.id));
    consequences(change, concluded(change, invoice, { intent: how.intent, automatic: true }), true);
  }
  return begun;
}

/** Since 2025-03-31.basil the subscription and its invoice come into being only now that the customer has paid. */
function subscribe(change: Change, open: Open, token: string): Session {
  const { session } = open;
  const free = session.amount_total === 0;
  const offered = chosenMethod(change, token, null);
  const declines = !free && behaviourOf(offered).charge === 'declined';
  const customer = declines ? session.customer : payingCustomer(change, open);
  const intent = free ? null : take(change, open, { customer, method: offered });
  if (intent === undefined) return session;
  const method = change.emit('payment_method.attached', { ...offered, customer });
  const { id: subscription, latest_invoice: invoice } = begin(change, open, { customer: customer ?? '', method, intent });
  return complete(change, session, { customer, subscription, invoice, ...(intent ? { payment_status: statusFor(intent) } : {}) });
}

const DEFAULT_TOKEN = 'pm_card_visa';

/** The customer pays with one of the test methods; after a decline the session is still open. Throws when the session is not open any more. */
export function paySession(change: Change, id: string, token = DEFAULT_TOKEN): Session {
  const open = openSession(change, id);
  return open.session.mode === 'payment' ? payOnce(change, open, token) : subscribe(change, open, token);
}

/** A card that says no: the session stays open and the same intent waits for the next card. */
export const declineSession = (change: Change, id: string): Session => paySession(change, id, 'pm_card_visa_chargeDeclined');

/** A delayed payment of a session was decided. */
export function tellSession(change: Change, found: (session: Session) => boolean, succeeded: boolean): void {
  const session = change
    .list('checkout.session')
    .find((each) => each.status === 'complete' && each.payment_status === 'unpaid' && found(each));
  if (!session) return;
  if (succeeded) change.emit('checkout.session.async_payment_succeeded', { ...session, payment_status: 'paid' });
  else change.emit('checkout.session.async_payment_failed', session);
}
