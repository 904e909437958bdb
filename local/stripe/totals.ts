/** Sums of what is sold: discount first, then tax, in whole minor units, as Checkout and invoices both need them. */

/** A coupon's effect, in percent or in minor units. */
export interface Reduction {
  readonly percent: number | null;
  readonly amount: number | null;
  /** Products it is for; null is all. */
  readonly products: readonly string[] | null;
}

export interface Taxation {
  readonly percent: number;
}

export interface Sale {
  readonly amount: number;
  readonly product: string;
  /** Whether the tax is in the price already. */
  readonly inclusive: boolean;
}

export interface Sum {
  readonly amount: number;
  readonly discount: number;
  readonly tax: number;
  /** Before tax: what the tax is taken from. */
  readonly taxable: number;
  readonly total: number;
}

/** What each sale is reduced by; an amount is shared out by size, and the last one takes what rounding leaves. */
function discounts(sales: readonly Sale[], reduction: Reduction | null): number[] {
  const eligible = (sale: Sale): boolean => sale.amount > 0 && (reduction?.products?.includes(sale.product) ?? true);
  const base = sales.filter(eligible).reduce((sum, { amount }) => sum + amount, 0);
  if (reduction === null || base === 0) return sales.map(() => 0);
  const whole = reduction.percent === null ? Math.min(reduction.amount ?? 0, base) : Math.round((base * reduction.percent) / 100);
  let [left, weight] = [whole, base];
  return sales.map((sale) => {
    if (!eligible(sale)) return 0;
    const share = Math.round((left * sale.amount) / weight);
    left -= share;
    weight -= sale.amount;
    return share;
  });
}

function taxed(sale: Sale, discount: number, percent: number): Sum {
  const net = sale.amount - discount;
  if (percent === 0) return { amount: sale.amount, discount, tax: 0, taxable: net, total: net };
  const tax = Math.round((net * percent) / (sale.inclusive ? 100 + percent : 100));
  return sale.inclusive
    ? { amount: sale.amount, discount, tax, taxable: net - tax, total: net }
    : { amount: sale.amount, discount, tax, taxable: net, total: net + tax };
}

/** One sum for each sale. Null reduction: no coupon; null taxation: no automatic tax. */
export function sumsOf(sales: readonly Sale[], reduction: Reduction | null, taxation: Taxation | null): Sum[] {
  const reductions = discounts(sales, reduction);
  return sales.map((sale, index) => taxed(sale, reductions[index] ?? 0, taxation?.percent ?? 0));
}

export const added = (sums: readonly Sum[], field: keyof Sum): number => sums.reduce((sum, each) => sum + each[field], 0);
