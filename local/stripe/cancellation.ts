/** When a subscription is to end: asked for, or taken back. */
import type { CancellationDetails, Subscription } from './billing-records.js';
import { invalidRequest } from './errors.js';
import { periodEnd } from './renewal.js';

interface Told {
  readonly comment?: string | undefined;
  readonly feedback?: string | undefined;
}

export interface Schedule {
  readonly cancel_at_period_end?: boolean | undefined;
  /** Unix seconds, or one of Stripe's words for the period's end; null takes it back. */
  readonly cancel_at?: number | 'min_period_end' | 'max_period_end' | null | undefined;
  readonly cancellation_details?: Told | undefined;
}

export const requested = (told: Told | undefined): CancellationDetails => ({
  comment: told?.comment ?? null,
  feedback: told?.feedback ?? null,
  feedback_option: null,
  reason: 'cancellation_requested',
});
const withdrawn = { comment: null, feedback: null, feedback_option: null, reason: null };

/** When the subscription is to end, as asked; unset is as it was. In flexible billing both ways set `cancel_at`. */
export function scheduled(subscription: Subscription, asked: Schedule, now: number): Subscription {
  const { cancel_at_period_end: atEnd, cancel_at: at } = asked;
  if (atEnd === undefined && at === undefined) return subscription;
  if (atEnd === true && at)
    throw invalidRequest({ message: 'You may only specify one of these parameters: cancel_at, cancel_at_period_end.', param: 'cancel_at' });
  const details = requested(asked.cancellation_details);
  if (atEnd === true)
    return {
      ...subscription,
      cancel_at: periodEnd(subscription),
      cancel_at_period_end: true,
      canceled_at: now,
      cancellation_details: details,
    };
  if (at) {
    const end = typeof at === 'number' ? at : periodEnd(subscription);
    return { ...subscription, cancel_at: end, cancel_at_period_end: false, canceled_at: now, cancellation_details: details };
  }
  const own = at === null || subscription.cancel_at_period_end;
  if (!own) return { ...subscription, cancel_at_period_end: false };
  return { ...subscription, cancel_at: null, cancel_at_period_end: false, canceled_at: null, cancellation_details: withdrawn };
}
