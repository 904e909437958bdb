/** What a Checkout Session comes to: lines, then the coupon, then tax once the customer's place is known. */
import type { Change } from './change.js';
import { couponNamed, reductionOf } from './discounts.js';
import type { Named } from './discounts.js';
import type { LineItem, Session, SessionInput } from './records.js';
import { added, sumsOf } from './totals.js';

export interface Priced {
  readonly session: Session;
  readonly input: SessionInput;
}

/** The session with its amounts worked out anew. Throws a 400 for a coupon that cannot be used. `placed`: where the customer lives is known. */
export function priced(change: Change, { session, input }: Priced, placed = false): Priced {
  const coupon = input.coupon && couponNamed(change, input.coupon, { currency: session.currency, param: 'discounts[0]' });
  const taxation = input.automaticTax && placed ? { percent: change.policy.taxPercent } : null;
  const sales = input.lineItems.map(({ price, quantity }) => ({
    amount: price.unit_amount * quantity,
    product: price.product,
    inclusive: price['tax_behavior'] === 'inclusive',
  }));
  const sums = sumsOf(sales, coupon && reductionOf(coupon), taxation);
  const lineItems = input.lineItems.map((line, index): LineItem => {
    const { amount = 0, discount = 0, tax = 0, total = 0 } = sums[index] ?? {};
    return { ...line, amount_subtotal: amount, amount_discount: discount, amount_tax: tax, amount_total: total };
  });
  const amounts = {
    amount_subtotal: added(sums, 'amount'),
    amount_total: added(sums, 'total'),
    total_details: { amount_discount: added(sums, 'discount'), amount_shipping: 0, amount_tax: added(sums, 'tax') },
    automatic_tax: taxState(input.automaticTax, placed),
    discounts: input.coupon ? [shown(input.coupon)] : [],
  };
  return { session: { ...session, ...amounts }, input: { ...input, lineItems } };
}

const shown = ({ coupon, promotion_code: code }: Named): object => ({ coupon: coupon ?? null, promotion_code: code ?? null });

const taxState = (enabled: boolean, placed: boolean): object => {
  if (!enabled) return { enabled, liability: null, provider: null, status: null };
  return { enabled, liability: { type: 'self' }, provider: 'stripe', status: placed ? 'complete' : 'requires_location_inputs' };
};

/** The code that somebody typed on the page, in any case of letters; undefined when there is none such. */
export const codeTyped = (change: Change, typed: string): Named | undefined => {
  const found = change.list('promotion_code').find(({ code, active }) => active && code.toLowerCase() === typed.trim().toLowerCase());
  return found && { promotion_code: found.id };
};
