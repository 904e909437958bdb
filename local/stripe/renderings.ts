/** How an event may look when it is delivered: as it is, or in one of the ways that a receiver must not stumble over. */
import type { Invoice, InvoiceLine, Subscription } from './billing-records.js';
import type { StripeEvent, StripeObject } from './records.js';

export type Rendering = 'asIs' | 'stale' | 'thin' | 'foreignAccount' | 'otherMode';
export const STALE_VERSION = '2024-06-20';

const staleLine = (line: InvoiceLine): Record<string, unknown> => {
  const { parent, pricing, taxes: _taxes, ...rest } = line;
  const item = parent.subscription_item_details;
  const { proration = false, subscription = null } = item ?? parent.invoice_item_details ?? {};
  return {
    ...rest,
    price: { id: pricing.price_details.price, object: 'price', product: pricing.price_details.product },
    plan: { id: pricing.price_details.price, object: 'plan' },
    proration,
    subscription,
    subscription_item: item?.subscription_item ?? null,
    type: item && !proration ? 'subscription' : 'invoiceitem',
  };
};

function staleInvoice(invoice: Invoice): Record<string, unknown> {
  const { parent, total_taxes: taxes, lines, ...rest } = invoice;
  return {
    ...rest,
    charge: null,
    lines: { ...lines, data: lines.data.map(staleLine) },
    paid: invoice.status === 'paid',
    payment_intent: null,
    subscription: parent?.subscription_details.subscription ?? null,
    subscription_details: { metadata: parent?.subscription_details.metadata ?? {} },
    tax: null,
    total_tax_amounts: taxes,
  };
}

function staleSubscription(subscription: Subscription): Record<string, unknown> {
  const { billing_mode: _mode, ...rest } = subscription;
  const [first] = subscription.items.data;
  const items = subscription.items.data.map(({ current_period_start: _start, current_period_end: _end, ...item }) => item);
  return {
    ...rest,
    current_period_end: first?.current_period_end,
    current_period_start: first?.current_period_start,
    discount: null,
    items: { ...subscription.items, data: items },
  };
}

/** The object as an older version showed it: the fields of the contract's list of what older knowledge gets wrong. */
function staleObject(object: StripeObject): unknown {
  if (object.object === 'invoice') return staleInvoice(object as Invoice);
  if (object.object === 'subscription') return staleSubscription(object as Subscription);
  return object;
}

const PATHS: Readonly<Record<string, string>> = {
  'checkout.session': 'checkout/sessions',
  'radar.early_fraud_warning': 'radar/early_fraud_warnings',
};
const pathOf = ({ object, id }: StripeObject): string => `/v1/${PATHS[object] ?? `${object}s`}/${id}`;

const thin = (event: StripeEvent): object => ({
  id: event.id.replace('evt_', 'evt_test_'),
  object: 'v2.core.event',
  changes: null,
  context: null,
  created: new Date(event.created * 1000).toISOString(),
  livemode: false,
  reason: null,
  related_object: { id: event.data.object.id, type: event.data.object.object, url: pathOf(event.data.object) },
  snapshot_event: event.id,
  type: `v1.${event.type}`,
});

/** The body's content for one delivery. */
export function render(event: StripeEvent, rendering: Rendering): object {
  switch (rendering) {
    case 'asIs':
      return event;
    case 'stale':
      return { ...event, api_version: STALE_VERSION, data: { ...event.data, object: staleObject(event.data.object) } };
    case 'thin':
      return thin(event);
    case 'foreignAccount':
      return { ...event, account: 'acct_someoneelse0000001' };
    case 'otherMode':
      return { ...event, livemode: true, data: { ...event.data, object: { ...event.data.object, livemode: true } } };
  }
}
