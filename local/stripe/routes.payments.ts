/** Payment intents, charges and ways to pay. */
import type { Change } from './change.js';
import { cardError, invalidRequest, noSuch, wrongState } from './errors.js';
import { createdRange, page, paging } from './listing.js';
import { newPaymentIntent } from './money-objects.js';
import { behaviourOf } from './payment-methods.js';
import { attempt, cancelIntent, declineError, methodNamed } from './payments.js';
import type { PaymentIntent } from './records.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, ignored, integer, metadata, oneOf, required, text } from './rules.js';
import type { Rule } from './rules.js';

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

/** Removed in 2026-09-30.endive. */
const noLongerTaken: Rule<never> = {
  read(_value, path) {
    const message = 'The `payment_method_types` parameter is no longer supported in this API version.';
    throw invalidRequest({ code: 'payment_method_types_no_longer_supported', message, param: path });
  },
};

const confirmation = { payment_method: text, off_session: boolean, return_url: ignored };
const creation = {
  ...confirmation,
  amount: required(integer),
  currency: required(text),
  customer: text,
  confirm: boolean,
  description: text,
  metadata,
  automatic_payment_methods: ignored,
  payment_method_types: noLongerTaken,
};

/** Pays the intent; a decline stays recorded although the caller gets a 402. */
function confirm(
  change: Change,
  intent: PaymentIntent,
  input: { payment_method?: string | undefined; off_session?: boolean | undefined },
): PaymentIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    const message = `You cannot confirm this PaymentIntent because it has already ${intent.status === 'succeeded' ? 'succeeded' : 'been canceled'}.`;
    throw wrongState({ code: 'payment_intent_unexpected_state', message });
  }
  const name = input.payment_method ?? intent.payment_method ?? '';
  const method = methodNamed(change, name, null);
  if (!method) throw noSuch('PaymentMethod', name, 'payment_method');
  const after = attempt(change, intent, { method, present: input.off_session !== true });
  if (after.status === 'requires_payment_method') {
    change.refusal = cardError({ ...after.last_payment_error, payment_intent: after, payment_method: method });
  }
  return after;
}

const intentFilter = { ...paging, customer: text, created: createdRange };
const chargeFilter = { ...paging, customer: text, payment_intent: text, created: createdRange };

const intents: readonly Route[] = [
  route('POST /v1/payment_intents', creation, ({ change }, input) => {
    if (input.amount < 1)
      throw invalidRequest({
        code: 'parameter_invalid_integer',
        message: 'This value must be greater than or equal to 1.',
        param: 'amount',
      });
    const owed = { amount: input.amount, currency: input.currency.toLowerCase(), customer: input.customer ?? null };
    const facts = { metadata: input.metadata ?? {}, description: input.description ?? null };
    const intent = change.emit('payment_intent.created', newPaymentIntent(change.now, owed, facts));
    return input.confirm ? confirm(change, intent, input) : intent;
  }),
  route('POST /v1/payment_intents/:id/confirm', confirmation, ({ change, params }, input) =>
    confirm(change, find(change, 'payment_intent', { id: params['id'] ?? '' }), input),
  ),
  route('POST /v1/payment_intents/:id/cancel', { cancellation_reason: ignored }, ({ change, params }) => {
    const intent = find(change, 'payment_intent', { id: params['id'] ?? '' });
    const ofCheckout = change.list('session_input').some(({ paymentIntent }) => paymentIntent === intent.id);
    if (intent.status === 'succeeded' || intent.status === 'canceled' || ofCheckout) {
      throw wrongState({
        code: 'payment_intent_unexpected_state',
        message: `You cannot cancel this PaymentIntent because it has a status of ${intent.status}, or belongs to Checkout.`,
      });
    }
    cancelIntent(change, intent.id);
    return find(change, 'payment_intent', { id: intent.id });
  }),
  route('GET /v1/payment_intents', intentFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'payment_intent')
      .filter(({ customer }) => (input.customer ?? customer) === customer)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/payment_intents', 'payment_intent'),
  route('GET /v1/charges', chargeFilter, ({ change, path }, input) => {
    const found = newestFirst(change, 'charge')
      .filter((charge) => (input.customer ?? charge.customer) === charge.customer)
      .filter((charge) => (input.payment_intent ?? charge.payment_intent) === charge.payment_intent)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/charges', 'charge'),
];

export const paymentRoutes: readonly Route[] = [...methods, ...intents];
