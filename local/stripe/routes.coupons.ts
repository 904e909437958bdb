/** Coupons and the codes that people type for them. */
import { invalidRequest } from './errors.js';
import { newId } from './ids.js';
import { createdRange, page, paging } from './listing.js';
import type { Coupon, PromotionCode } from './records.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, integer, list, metadata, object, oneOf, required, text } from './rules.js';
import type { Rule } from './rules.js';

const CODE_LENGTH = 8;

const percent: Rule<number> = {
  read(value, path) {
    const read = Number(typeof value === 'string' ? value : NaN);
    if (read > 0 && read <= 100) return read;
    throw invalidRequest({ message: 'percent_off must be greater than 0 and at most 100.', param: path });
  },
};

const couponCreation = {
  id: text,
  name: text,
  percent_off: percent,
  amount_off: integer,
  currency: text,
  duration: oneOf('forever', 'once', 'repeating'),
  duration_in_months: integer,
  max_redemptions: integer,
  redeem_by: integer,
  applies_to: object({ products: list(text) }),
  metadata,
};

const coupons: readonly Route[] = [
  route('POST /v1/coupons', couponCreation, ({ change }, input) => {
    if ((input.percent_off === undefined) === (input.amount_off === undefined)) {
      throw invalidRequest({ message: 'You must pass exactly one of percent_off and amount_off.', param: 'percent_off' });
    }
    if (input.amount_off !== undefined && input.currency === undefined) {
      throw invalidRequest({ code: 'parameter_missing', message: 'You must pass currency when passing amount_off', param: 'currency' });
    }
    const { duration = 'once', applies_to: applies, currency = null, ...rest } = input;
    return change.emit<Coupon>('coupon.created', {
      amount_off: null,
      name: null,
      percent_off: null,
      redeem_by: null,
      max_redemptions: null,
      duration_in_months: null,
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ...(applies?.products ? { applies_to: { products: applies.products } } : {}),
      id: input.id ?? newId('cpn').slice(4, 4 + CODE_LENGTH),
      object: 'coupon',
      created: change.now,
      currency,
      duration,
      livemode: false,
      metadata: input.metadata ?? {},
      times_redeemed: 0,
      valid: true,
    });
  }),
  route('DELETE /v1/coupons/:id', {}, ({ change, params }) => {
    const { id } = find(change, 'coupon', { id: params['id'] ?? '' });
    change.remove(id);
    return { id, object: 'coupon', deleted: true };
  }),
  route('GET /v1/coupons', { ...paging, created: createdRange }, ({ change, path }, input) =>
    page(
      path,
      newestFirst(change, 'coupon').filter(({ created }) => input.created?.(created) ?? true),
      input,
    ),
  ),
  retrieve('/v1/coupons', 'coupon'),
];

const codeCreation = {
  promotion: required(object({ type: required(oneOf('coupon')), coupon: required(text) })),
  code: text,
  active: boolean,
  metadata,
};

const codes: readonly Route[] = [
  route('POST /v1/promotion_codes', codeCreation, ({ change }, input) => {
    find(change, 'coupon', { id: input.promotion.coupon, param: 'promotion[coupon]' });
    const code =
      input.code ??
      newId('code')
        .slice(5, 5 + CODE_LENGTH)
        .toUpperCase();
    return change.emit<PromotionCode>('promotion_code.created', {
      id: newId('promo'),
      object: 'promotion_code',
      active: input.active ?? true,
      code,
      created: change.now,
      customer: null,
      expires_at: null,
      livemode: false,
      max_redemptions: null,
      metadata: input.metadata ?? {},
      promotion: { coupon: input.promotion.coupon, type: 'coupon' },
      restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
      times_redeemed: 0,
    });
  }),
  route('POST /v1/promotion_codes/:id', { active: boolean }, ({ change, params }, input) => {
    const old = find(change, 'promotion_code', { id: params['id'] ?? '' });
    return change.emit('promotion_code.updated', { ...old, active: input.active ?? old.active });
  }),
  route('GET /v1/promotion_codes', { ...paging, code: text, active: boolean }, ({ change, path }, input) => {
    const found = newestFirst(change, 'promotion_code')
      .filter(({ code }) => (input.code ?? code).toLowerCase() === code.toLowerCase())
      .filter(({ active }) => (input.active ?? active) === active);
    return page(path, found, input);
  }),
  retrieve('/v1/promotion_codes', 'promotion_code'),
];

export const couponRoutes: readonly Route[] = [...coupons, ...codes];
