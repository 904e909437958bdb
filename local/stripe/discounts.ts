/** Coupons given to somebody: what they take off, and for how long. */
import type { Change } from './change.js';
import { invalidRequest } from './errors.js';
import { newId } from './ids.js';
import type { Coupon, Discount, PromotionCode } from './records.js';
import { find } from './route.js';
import type { Reduction } from './totals.js';

const MONTH_SECONDS = 30 * 86_400;

export const reductionOf = (coupon: Coupon): Reduction => ({
  percent: coupon.percent_off,
  amount: coupon.amount_off,
  products: coupon.applies_to?.products ?? null,
});

/** The discount that counts now, among these ids; the first one only, as this stand-in knows no stacking. */
export function discountFor(change: Change, ids: readonly string[]): { id: string; reduction: Reduction } | null {
  const discount = ids.map((id) => change.get('discount', id)).find((found) => found && (found.end === null || found.end > change.now));
  const coupon = discount && change.get('coupon', discount.source.coupon);
  return discount && coupon ? { id: discount.id, reduction: reductionOf(coupon) } : null;
}

/** A coupon for one invoice is spent by it. */
export function endSpent(change: Change, ids: readonly string[]): void {
  for (const id of ids) {
    const discount = change.get('discount', id);
    if (discount?.end !== null) continue;
    if (change.get('coupon', discount.source.coupon)?.duration === 'once') change.put<Discount>({ ...discount, end: change.now });
  }
}

/** How a coupon is named: by itself or by the code that people type. */
export interface Named {
  readonly coupon?: string | undefined;
  readonly promotion_code?: string | undefined;
}

function checkUsable(coupon: Coupon, facts: { now: number; currency: string; param: string }): void {
  const { now, currency, param } = facts;
  const over = coupon.redeem_by !== null && coupon.redeem_by <= now;
  const used = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  if (over || used) throw invalidRequest({ code: 'coupon_expired', message: `Coupon expired: ${coupon.id}`, param });
  if (coupon.currency !== null && coupon.currency !== currency) {
    throw invalidRequest({ message: `This coupon is for ${coupon.currency} and the purchase is in ${currency}.`, param });
  }
}

const codeNamed = (change: Change, { promotion_code: id }: Named, param: string): PromotionCode | undefined =>
  id === undefined ? undefined : find(change, 'promotion_code', { id, param: `${param}[promotion_code]` });

/** The coupon behind a name. Throws a 400 for one that is over, used up or for another currency. */
export function couponNamed(change: Change, named: Named, { currency, param }: { currency: string; param: string }): Coupon {
  const code = codeNamed(change, named, param);
  if (code?.active === false) throw invalidRequest({ code: 'promotion_code_expired', message: 'This promotion code is inactive.', param });
  const coupon = find(change, 'coupon', { id: code?.promotion.coupon ?? named.coupon ?? '', param: `${param}[coupon]` });
  checkUsable(coupon, { now: change.now, currency, param });
  return coupon;
}

/** When a coupon stops counting, if it is for some months. */
const endOf = ({ duration, duration_in_months: months }: Coupon, now: number): number | null =>
  duration === 'repeating' ? now + (months ?? 1) * MONTH_SECONDS : null;

/** Gives the coupon to somebody, now. */
export function redeem(change: Change, named: Named, owner: Partial<Discount>): Discount {
  const code = codeNamed(change, named, 'discounts[0]');
  const coupon = find(change, 'coupon', { id: code?.promotion.coupon ?? named.coupon ?? '' });
  change.put<Coupon>({ ...coupon, times_redeemed: coupon.times_redeemed + 1 });
  if (code) change.put<PromotionCode>({ ...code, times_redeemed: code.times_redeemed + 1 });
  return change.put<Discount>({
    id: newId('di'),
    object: 'discount',
    checkout_session: null,
    created: change.now,
    customer: null,
    customer_account: null,
    end: endOf(coupon, change.now),
    invoice: null,
    invoice_item: null,
    promotion_code: code?.id ?? null,
    source: { coupon: coupon.id, type: 'coupon' },
    start: change.now,
    subscription: null,
    subscription_item: null,
    ...owner,
  });
}
