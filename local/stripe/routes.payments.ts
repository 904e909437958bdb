/** Payment intents, charges, refunds and ways to pay. */
import type { Change } from './change.js';
import { cardError, invalidRequest, noSuch, wrongState } from './errors.js';
import { createdRange, page, paging } from './listing.js';
import { newRefund } from './money-objects.js';
import type { Charge, Refund } from './records.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { integer, metadata, oneOf, required, text } from './rules.js';
import { behaviourOf } from './payment-methods.js';
import { declineError, methodNamed } from './payments.js';

function chargeToRefund(change: Change, named: { charge?: string | undefined; payment_intent?: string | undefined }): Charge {
  if (named.charge !== undefined) return find(change, 'charge', { id: named.charge, param: 'charge' });
  if (named.payment_intent === undefined) {
    throw invalidRequest({
      code: 'parameter_missing',
      message: 'One of the following params should be provided for this request: payment_intent or charge.',
    });
  }
  const intent = find(change, 'payment_intent', { id: named.payment_intent, param: 'payment_intent' });
  if (intent.latest_charge === null) {
    throw wrongState({
      message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      param: 'payment_intent',
    });
  }
  return find(change, 'charge', { id: intent.latest_charge });
}

/** What is to be given back, in minor units; the rest when no amount is named. */
function refundAmount(charge: Charge, asked: number | undefined): number {
  const rest = charge.amount - charge.amount_refunded;
  if (rest === 0) throw wrongState({ code: 'charge_already_refunded', message: `Charge ${charge.id} has already been refunded.` });
  const amount = asked ?? rest;
  if (amount < 1)
    throw invalidRequest({ code: 'parameter_invalid_integer', message: 'This value must be greater than or equal to 1.', param: 'amount' });
  if (amount > rest) {
    throw wrongState({ message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${rest})`, param: 'amount' });
  }
  return amount;
}

const refundCreation = {
  charge: text,
  payment_intent: text,
  amount: integer,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  metadata,
};

const methodFilter = { ...paging, customer: text, type: oneOf('card', 'sepa_debit') };

const methods: readonly Route[] = [
  route('POST /v1/payment_methods/:id/attach', { customer: required(text) }, ({ change, params }, input) => {
    find(change, 'customer', { id: input.customer, param: 'customer' });
    const method = methodNamed(change, params['id'] ?? '', input.customer);
    if (!method) throw noSuch('PaymentMethod', params['id'] ?? '');
    const { unsaveable, declineCode = 'generic_decline' } = behaviourOf(method);
    if (unsaveable) throw cardError(declineError(declineCode));
    return change.emit('payment_method.attached', { ...method, customer: input.customer });
  }),
  route('GET /v1/payment_methods', methodFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'payment_method').filter(
      ({ customer, type }) => customer === input.customer && (input.type ?? type) === type,
    );
    return page(path, found, input);
  }),
  retrieve('/v1/payment_methods', 'payment_method'),
];

export const paymentRoutes: readonly Route[] = [
  ...methods,
  retrieve('/v1/payment_intents', 'payment_intent'),
  retrieve('/v1/charges', 'charge'),
  route('POST /v1/refunds', refundCreation, ({ change }, input) => {
    const charge = chargeToRefund(change, input);
    const amount = refundAmount(charge, input.amount);
    const refund: Refund = newRefund(change.now, charge, { amount, reason: input.reason ?? null, metadata: input.metadata ?? {} });
    const refunded = charge.amount_refunded + amount;
    change.emit('refund.created', refund);
    change.emit('charge.refunded', { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount });
    return refund;
  }),
  route('GET /v1/refunds', { ...paging, charge: text, payment_intent: text, created: createdRange }, ({ change, path }, input) => {
    const found = newestFirst(change, 'refund')
      .filter((refund) => (input.charge ?? refund.charge) === refund.charge)
      .filter((refund) => (input.payment_intent ?? refund.payment_intent) === refund.payment_intent)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/refunds', 'refund'),
];
