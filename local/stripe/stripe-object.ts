/** What every object of Stripe has, and the price, which other objects hold whole. */

export interface StripeObject {
  id: string;
  object: string;
  /** Unix seconds. */
  created: number;
  [field: string]: unknown;
}

export type Metadata = Record<string, string>;

export interface Price extends StripeObject {
  object: 'price';
  active: boolean;
  currency: string;
  unit_amount: number;
  product: string;
  lookup_key: string | null;
  type: 'one_time' | 'recurring';
  recurring: { interval: Interval; interval_count: number; usage_type: 'licensed'; meter: null; trial_period_days: null } | null;
}

export type Interval = 'day' | 'week' | 'month' | 'year';
