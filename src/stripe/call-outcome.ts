/** What an error of a call toward Stripe tells of its effect. Pure. */
import Stripe from 'stripe';

export type CallOutcome =
  | { readonly ok: 'done'; readonly objectId: string; readonly status: string | null }
  /** Stripe will never do this; nothing has happened. */
  | { readonly ok: 'refused'; readonly code: string }
  /** It may have happened. `keySpent`: Stripe answers this failure to every repeat under the key. */
  | { readonly ok: 'unknown'; readonly code: string; readonly keySpent: boolean };

/** Refusals that say nothing about the wish: two of us at once, too many, or a key of ours that lacks a right. */
const PASSING_STATUSES: readonly (number | undefined)[] = [401, 403, 409, 429];

/** Stripe's error class and code, never its text. */
const codeOf = (error: InstanceType<typeof Stripe.errors.StripeError>): string => error.code ?? error.type;

/** The key was used for other parameters: nothing can be done under it any more, and the settings of an earlier attempt were others. */
const isKeyTaken = (error: InstanceType<typeof Stripe.errors.StripeError>): boolean =>
  error instanceof Stripe.errors.StripeIdempotencyError && error.statusCode === 400;

/** An error of our own program is none of Stripe's and is thrown on. A 5xx is known to be stored once Stripe replays it. */
export const outcomeOfError = (error: unknown): Exclude<CallOutcome, { ok: 'done' }> => {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode } = error;
  if (isKeyTaken(error)) return { ok: 'unknown', code: codeOf(error), keySpent: true };
  const isRefusal = statusCode !== undefined && statusCode >= 400 && statusCode < 500 && !PASSING_STATUSES.includes(statusCode);
  if (isRefusal) return { ok: 'refused', code: codeOf(error) };
  const replayed = error.headers?.['idempotent-replayed'] === 'true';
  return { ok: 'unknown', code: codeOf(error), keySpent: replayed };
};
