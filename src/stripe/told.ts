/** What Stripe told us, and whom it concerns: what the meanings of its events are worked out from. Pure. */
import type { Money } from '../orders/order.events.js';
import type { AboutOrder } from '../payments/billing.events.js';
import type { StripeDetail, StripeObject } from './stripe.events.js';

export interface Told {
  /** Stripe's event type. */
  readonly type: string;
  /** As it was when the event was made. */
  readonly snapshot: StripeObject;
  /** As it is now, where that may be something else; the snapshot otherwise. */
  readonly object: StripeObject;
  /** Unix seconds, by Stripe's clock; null when nobody told us but we asked. */
  readonly created: number | null;
  readonly receivedAt: string;
}

export interface Subject {
  readonly about: AboutOrder;
  /** Under which the money was booked that goes back or is disputed; null where Stripe's objects do not lead to any. */
  readonly paymentId: string | null;
}

export const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
export const isoOrNull = (seconds: number | null): string | null => (seconds === null ? null : isoOf(seconds));

/** By Stripe's clock, where an event says so. */
export const toldAt = ({ created, receivedAt }: Told): string => (created === null ? receivedAt : isoOf(created));

export const moneyOf = (amountMinor: number | null, { currency }: Pick<StripeObject, 'currency'>): Money => ({
  amountMinor: amountMinor ?? 0,
  currency: currency ?? '',
});

type DetailOf<K extends StripeDetail['of']> = Extract<StripeDetail, { of: K }>;

/** Undefined for objects of another kind, and for events from before it was kept. */
export const detailOf = <K extends StripeDetail['of']>(object: StripeObject, of: K): DetailOf<K> | undefined =>
  object.detail?.of === of ? (object.detail as DetailOf<K>) : undefined;
