/** Customers, products and prices. */
import type { Change } from './change.js';
import { invalidRequest } from './errors.js';
import { createdRange, page, paging } from './listing.js';
import { newCustomer, newPrice, newProduct } from './money-objects.js';
import type { Customer, Metadata, Price, Product } from './records.js';
import { find, merged, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, ignored, integer, list, metadata, object, oneOf, required, text } from './rules.js';

const customerFields = {
  email: text,
  name: text,
  description: text,
  metadata,
  invoice_settings: object({ default_payment_method: text }),
  phone: ignored,
  preferred_locales: ignored,
  tax: ignored,
};

/** What was set; unset fields stay as they are. */
const given = (settings: { default_payment_method?: string | undefined } | undefined): { default_payment_method?: string } =>
  settings?.default_payment_method === undefined ? {} : { default_payment_method: settings.default_payment_method };

const customers: readonly Route[] = [
  route('POST /v1/customers', customerFields, ({ change }, input) => {
    const customer = newCustomer(change.now, input);
    change.emit('customer.created', customer);
    return customer;
  }),
  route('POST /v1/customers/:id', customerFields, ({ change, params }, input) => {
    const old = find(change, 'customer', { id: params['id'] ?? '' });
    const customer: Customer = {
      ...old,
      email: input.email ?? old.email,
      name: input.name ?? old.name,
      metadata: merged(old.metadata, input.metadata),
      invoice_settings: { ...old.invoice_settings, ...given(input.invoice_settings) },
    };
    change.emit('customer.updated', customer);
    return customer;
  }),
  route('GET /v1/customers', { ...paging, email: text, created: createdRange }, ({ change, path }, input) =>
    page(
      path,
      newestFirst(change, 'customer').filter(
        ({ email, created }) => (input.email === undefined || email === input.email) && (input.created?.(created) ?? true),
      ),
      input,
    ),
  ),
  retrieve('/v1/customers', 'customer'),
];

const productFields = { active: boolean, description: text, metadata };

const products: readonly Route[] = [
  route('POST /v1/products', { ...productFields, id: text, name: required(text) }, ({ change }, input) => {
    if (input.id !== undefined && change.get('product', input.id)) {
      throw invalidRequest({ code: 'resource_already_exists', message: 'Product already exists.', param: 'id' });
    }
    const product = newProduct(change.now, input);
    change.emit('product.created', product);
    return product;
  }),
  route('POST /v1/products/:id', { ...productFields, name: text }, ({ change, params }, input) => {
    const old = find(change, 'product', { id: params['id'] ?? '' });
    const product: Product = {
      ...old,
      active: input.active ?? old.active,
      name: input.name ?? old.name,
      metadata: merged(old['metadata'] as Metadata, input.metadata),
    };
    change.emit('product.updated', product);
    return product;
  }),
  route('GET /v1/products', { ...paging, active: boolean, ids: list(text), created: createdRange }, ({ change, path }, input) =>
    page(
      path,
      newestFirst(change, 'product')
        .filter(({ active }) => input.active === undefined || active === input.active)
        .filter(({ id, created }) => (input.ids?.includes(id) ?? true) && (input.created?.(created) ?? true)),
      input,
    ),
  ),
  retrieve('/v1/products', 'product'),
];

const recurring = object({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer });

const LOOKUP_KEYS_MAX = 10;

/** A lookup key names one price: a second one is refused unless the caller moves it. */
function claimLookupKey(change: Change, key: string | undefined, transfer: boolean): void {
  const holder = key === undefined ? undefined : change.list('price').find((price) => price.lookup_key === key);
  if (!holder) return;
  if (!transfer) {
    const message = `A price (\`${holder.id}\`) already uses that lookup key. Please pass \`transfer_lookup_key=true\` to transfer the lookup key from that price to this one.`;
    throw invalidRequest({ message, param: 'lookup_key' });
  }
  change.emit('price.updated', { ...holder, lookup_key: null });
}

const priceCreation = {
  currency: required(text),
  product: required(text),
  unit_amount: required(integer),
  active: boolean,
  lookup_key: text,
  transfer_lookup_key: boolean,
  nickname: text,
  metadata,
  recurring,
  tax_behavior: ignored,
};

const priceFilter = {
  ...paging,
  active: boolean,
  lookup_keys: list(text),
  product: text,
  type: oneOf('one_time', 'recurring'),
  currency: text,
  created: createdRange,
};

const prices: readonly Route[] = [
  route('POST /v1/prices', priceCreation, ({ change }, input) => {
    find(change, 'product', { id: input.product, param: 'product' });
    claimLookupKey(change, input.lookup_key, input.transfer_lookup_key ?? false);
    const price = newPrice(change.now, input);
    change.emit('price.created', price);
    return price;
  }),
  route('POST /v1/prices/:id', { active: boolean, nickname: text, metadata }, ({ change, params }, input) => {
    const old = find(change, 'price', { id: params['id'] ?? '' });
    const price: Price = { ...old, active: input.active ?? old.active, metadata: merged(old['metadata'] as Metadata, input.metadata) };
    change.emit('price.updated', price);
    return price;
  }),
  route('GET /v1/prices', priceFilter, ({ change, path }, input) => {
    if ((input.lookup_keys?.length ?? 0) > LOOKUP_KEYS_MAX) {
      throw invalidRequest({ message: `lookup_keys takes at most ${LOOKUP_KEYS_MAX} values`, param: 'lookup_keys' });
    }
    const found = newestFirst(change, 'price')
      .filter(({ lookup_key: key }) => input.lookup_keys === undefined || (key !== null && input.lookup_keys.includes(key)))
      .filter(({ active }) => input.active === undefined || active === input.active)
      .filter(({ product, type }) => (input.product ?? product) === product && (input.type ?? type) === type)
      .filter(({ currency, created }) => (input.currency ?? currency) === currency && (input.created?.(created) ?? true));
    return page(path, found, input);
  }),
  retrieve('/v1/prices', 'price'),
];

export const catalogRoutes: readonly Route[] = [...customers, ...products, ...prices];
