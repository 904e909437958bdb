/** Checkout Sessions: opening one with Stripe's checks, reading, expiring. */
import type { Change } from './change.js';
import { priced } from './checkout-totals.js';
import { expireSession, inputId } from './checkout.js';
import { invalidRequest } from './errors.js';
import { shownLine } from './expand.js';
import { newId } from './ids.js';
import { createdRange, page, paging } from './listing.js';
import type { LineItem, Session, SessionInput } from './records.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, ignored, integer, list, metadata, object, oneOf, required, text, url } from './rules.js';
import type { Read } from './rules.js';

const LIFE_SECONDS_MIN = 30 * 60;
const LIFE_SECONDS_MAX = 24 * 3600;
const LINES_MAX = 100;

const creation = {
  mode: required(oneOf('payment', 'subscription')),
  line_items: required(list(object({ price: required(text), quantity: required(integer) }))),
  success_url: required(url),
  cancel_url: url,
  ui_mode: oneOf('hosted_page'),
  customer: text,
  customer_email: text,
  customer_creation: oneOf('always', 'if_required'),
  client_reference_id: text,
  metadata,
  payment_intent_data: object({ metadata, description: text, statement_descriptor_suffix: ignored }),
  subscription_data: object({
    metadata,
    description: text,
    billing_mode: object({ type: required(oneOf('flexible')) }),
    invoice_settings: ignored,
  }),
  expires_at: integer,
  automatic_tax: object({ enabled: required(boolean) }),
  discounts: list(object({ coupon: text, promotion_code: text })),
  adaptive_pricing: object({ enabled: oneOf('false') }),
  invoice_creation: object({ enabled: required(oneOf('false')) }),
  allow_promotion_codes: boolean,
  payment_method_collection: oneOf('always', 'if_required'),
  allowed_payment_method_types: list(text),
  excluded_payment_method_types: list(text),
  customer_update: ignored,
  tax_id_collection: ignored,
  locale: text,
  submit_type: text,
  billing_address_collection: text,
  custom_text: ignored,
};
type Creation = Read<typeof creation>;

/** Parameters that the other mode alone understands. */
const FOREIGN = {
  payment: ['subscription_data', 'payment_method_collection'],
  subscription: ['payment_intent_data', 'customer_creation', 'invoice_creation'],
} as const;

function checkDiscounts({ discounts, allow_promotion_codes: codes }: Creation): void {
  if (discounts === undefined) return;
  if (discounts.length !== 1) throw invalidRequest({ message: 'A Checkout Session takes one discount.', param: 'discounts' });
  if (codes !== undefined) {
    throw invalidRequest({
      message: 'You may only specify one of these parameters: allow_promotion_codes, discounts.',
      param: 'discounts',
    });
  }
}

function checkMode(input: Creation): void {
  checkDiscounts(input);
  const foreign = FOREIGN[input.mode].find((name) => input[name] !== undefined);
  if (foreign !== undefined)
    throw invalidRequest({ message: `You can not pass \`${foreign}\` in \`${input.mode}\` mode.`, param: foreign });
  if (input.customer === undefined) return;
  const second = (['customer_email', 'customer_creation'] as const).find((name) => input[name] !== undefined);
  if (second === undefined) return;
  throw invalidRequest({ message: `You may only specify one of these parameters: customer, ${second}.`, param: second });
}

/** The hosted pages take 30 minutes to 24 hours, by Stripe's clock at the moment of the call. */
function checkLife(now: number, expiresAt: number): void {
  if (expiresAt < now + LIFE_SECONDS_MIN) {
    const message = 'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.';
    throw invalidRequest({ message, param: 'expires_at' });
  }
  if (expiresAt > now + LIFE_SECONDS_MAX) {
    const message = 'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.';
    throw invalidRequest({ message, param: 'expires_at' });
  }
}

function readLine(change: Change, asked: { price: string; quantity: number }, index: number): LineItem {
  const param = `line_items[${index}][price]`;
  const price = find(change, 'price', { id: asked.price, param });
  if (!price.active) throw invalidRequest({ message: 'The price specified is inactive. This field only accepts active prices.', param });
  if (asked.quantity < 1) {
    const place = `line_items[${index}][quantity]`;
    throw invalidRequest({ code: 'parameter_invalid_integer', message: 'This value must be greater than or equal to 1.', param: place });
  }
  const description = change.get('product', price.product)?.name ?? price.product;
  const amount = price.unit_amount * asked.quantity;
  const amounts = { amount_subtotal: amount, amount_discount: 0, amount_tax: 0, amount_total: amount };
  return { id: newId('li'), price, quantity: asked.quantity, description, ...amounts };
}

function readLines(change: Change, input: Creation): LineItem[] {
  if (input.line_items.length > LINES_MAX) throw invalidRequest({ message: `At most ${LINES_MAX} line items`, param: 'line_items' });
  const lines = input.line_items.map((asked, index) => readLine(change, asked, index));
  const recurring = lines.filter(({ price }) => price.recurring !== null);
  if (input.mode === 'payment' && recurring.length > 0) {
    const message =
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.';
    throw invalidRequest({ message, param: 'line_items[0]' });
  }
  if (input.mode === 'subscription' && recurring.length === 0) {
    throw invalidRequest({
      message: 'You must provide at least one recurring price in `subscription` mode when using prices.',
      param: 'line_items',
    });
  }
  if (new Set(lines.map(({ price }) => price.currency)).size > 1) {
    throw invalidRequest({ message: 'All prices of a Checkout Session must have the same currency.', param: 'line_items' });
  }
  return lines;
}

/** What a session without tax, discount, shipping or custom fields shows in its remaining fields. */
const plainSession = {
  after_expiration: null,
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  invoice_creation: null,
  origin_context: null,
  payment_link: null,
  payment_method_configuration_details: null,
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  wallet_options: null,
  adaptive_pricing: { enabled: false },
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  payment_method_options: {},
  payment_method_types: ['card'],
};

/** What Stripe shows back as it was asked. */
const echoOf = (input: Creation) => ({
  allow_promotion_codes: input.allow_promotion_codes ?? null,
  allowed_payment_method_types: input.allowed_payment_method_types ?? null,
  cancel_url: input.cancel_url ?? null,
  client_reference_id: input.client_reference_id ?? null,
  customer_email: input.customer_email ?? null,
  locale: input.locale ?? null,
  metadata: input.metadata ?? {},
});

/** When a customer is made and a card kept; an existing customer leaves nothing to make. */
const collectionOf = ({ mode, customer, customer_creation: creationAsked, payment_method_collection: collection }: Creation) => {
  const made = mode === 'subscription' ? 'always' : (creationAsked ?? 'if_required');
  return {
    customer_creation: customer === undefined ? made : null,
    payment_method_collection: mode === 'subscription' ? (collection ?? 'always') : 'if_required',
  };
};

function newSession(input: Creation, facts: { now: number; lines: LineItem[]; baseUrl: string; expiresAt: number }): Session {
  const id = newId('cs_test');
  const total = facts.lines.reduce((sum, line) => sum + line.amount_total, 0);
  return {
    ...plainSession,
    ...echoOf(input),
    ...collectionOf(input),
    id,
    object: 'checkout.session',
    amount_subtotal: total,
    amount_total: total,
    created: facts.now,
    currency: facts.lines[0]?.price.currency ?? 'eur',
    customer: input.customer ?? null,
    customer_details: null,
    expires_at: facts.expiresAt,
    invoice: null,
    livemode: false,
    mode: input.mode,
    payment_intent: null,
    payment_status: 'unpaid',
    status: 'open',
    subscription: null,
    success_url: input.success_url,
    ui_mode: 'hosted_page',
    url: `${facts.baseUrl}/c/pay/${id}`,
  };
}

const open = route('POST /v1/checkout/sessions', creation, ({ change, baseUrl }, input) => {
  checkMode(input);
  if (input.customer !== undefined) find(change, 'customer', { id: input.customer, param: 'customer' });
  const lines = readLines(change, input);
  const expiresAt = input.expires_at ?? change.now + LIFE_SECONDS_MAX;
  checkLife(change.now, expiresAt);
  const session = newSession(input, { now: change.now, lines, baseUrl, expiresAt });
  const asked: SessionInput = {
    id: inputId(session.id),
    object: 'session_input',
    created: change.now,
    lineItems: lines,
    paymentIntentData: input.payment_intent_data ?? {},
    subscriptionData: input.subscription_data ?? {},
    customerCreation: input.customer_creation ?? 'if_required',
    automaticTax: input.automatic_tax?.enabled === true,
    coupon: input.discounts?.[0] ?? null,
    paymentIntent: null,
  };
  const opened = priced(change, { session, input: asked });
  change.put(opened.input);
  return change.put(opened.session);
});

const filter = {
  ...paging,
  customer: text,
  payment_intent: text,
  subscription: text,
  status: oneOf('open', 'complete', 'expired'),
  created: createdRange,
};

export const checkoutRoutes: readonly Route[] = [
  open,
  route('GET /v1/checkout/sessions', filter, ({ change, path }, input) => {
    const found = newestFirst(change, 'checkout.session')
      .filter(({ customer, status }) => (input.customer ?? customer) === customer && (input.status ?? status) === status)
      .filter((session) => (input.payment_intent ?? session.payment_intent) === session.payment_intent)
      .filter((session) => (input.subscription ?? session.subscription) === session.subscription)
      .filter(({ created }) => input.created?.(created) ?? true);
    return page(path, found, input);
  }),
  retrieve('/v1/checkout/sessions', 'checkout.session'),
  route('GET /v1/checkout/sessions/:id/line_items', paging, ({ change, params, path }, input) => {
    const session = find(change, 'checkout.session', { id: params['id'] ?? '' });
    return page(
      path,
      (change.get('session_input', inputId(session.id))?.lineItems ?? []).map((line) => ({ id: line.id, ...shownLine(line) })),
      input,
    );
  }),
  route('POST /v1/checkout/sessions/:id/expire', {}, ({ change, params }) => {
    const { id } = find(change, 'checkout.session', { id: params['id'] ?? '' });
    return expireSession(change, id);
  }),
];
