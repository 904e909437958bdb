/** Our wishes toward Stripe and the claims that keep two of us from calling at once. Pure. */
import type { Decision } from '../platform/decider.js';
import { refuse } from '../platform/refusal.js';
import type { StripeCall, StripeCallEvent, StripeCallFailed, StripeCallIntended, StripeCallSettled } from './stripe-call.events.js';

interface Wished {
  readonly orderId: string;
  readonly call: StripeCall;
  readonly reason: string;
  readonly attempts: number;
}
export type KnownCall = Wished &
  (
    | {
        readonly status: 'due';
        readonly retryAt: string;
        /** Null before the first attempt, and after Stripe has stored a failure under the last one. */
        readonly idempotencyKey: string | null;
      }
    | { readonly status: 'calling'; readonly idempotencyKey: string; readonly callDeadlineAt: string }
    | { readonly status: 'settled'; readonly objectId: string; readonly objectStatus: string | null }
    | { readonly status: 'refused'; readonly code: string }
  );

/** By call id. */
export type Calls = Readonly<Record<string, KnownCall>>;
type Wish = (state: { readonly calls: Calls }) => Decision<StripeCallEvent>;

/** A call id is used once; the end of a subscription's billing is asked for once. */
export const intendCall =
  (data: StripeCallIntended['data']): Wish =>
  ({ calls }) => {
    const { callId, call } = data;
    const wished = Object.values(calls).filter(({ status }) => status !== 'refused');
    const isEnd = call.do === 'endBilling';
    const known = isEnd && wished.some((other) => other.call.do === 'endBilling' && other.call.subscriptionId === call.subscriptionId);
    return calls[callId] || known ? [] : [{ type: 'StripeCallIntended', data }];
  };

/** Claims one attempt. @param claim `newKey` counts unless an earlier attempt's key may still be in use at Stripe */
export const claimCall =
  (claim: { callId: string; at: string; callDeadlineAt: string; newKey: string }): Wish =>
  ({ calls }) => {
    const { callId, at, callDeadlineAt, newKey } = claim;
    const known = calls[callId];
    const isDue = known?.status === 'due' ? at >= known.retryAt : known?.status === 'calling' && at >= known.callDeadlineAt;
    if (!isDue || !known || !('idempotencyKey' in known)) return refuse('CALL_NOT_DUE');
    const { orderId, attempts } = known;
    const data = { orderId, callId, attempt: attempts + 1, idempotencyKey: known.idempotencyKey ?? newKey, callDeadlineAt };
    return [{ type: 'StripeCallStarted', data }];
  };

/** Quiet unless an attempt is under way. */
export const settleCall =
  (outcome: Pick<StripeCallSettled['data'], 'callId' | 'objectId' | 'status' | 'settledAt'>): Wish =>
  ({ calls }) => {
    const known = calls[outcome.callId];
    if (known?.status !== 'calling') return [];
    return [{ type: 'StripeCallSettled', data: { orderId: known.orderId, attempt: known.attempts, ...outcome } }];
  };

/** Quiet unless this very attempt is under way: what became of an earlier one says nothing about that of its successor. */
export const failCall =
  (failure: Omit<StripeCallFailed['data'], 'orderId'>): Wish =>
  ({ calls }) => {
    const known = calls[failure.callId];
    if (known?.status !== 'calling' || known.attempts !== failure.attempt) return [];
    return [{ type: 'StripeCallFailed', data: { orderId: known.orderId, ...failure } }];
  };

const failed = (known: KnownCall, { code, keySpent, retryAt }: StripeCallFailed['data']): KnownCall => {
  if (known.status !== 'calling') return known;
  const { idempotencyKey, callDeadlineAt: _over, ...wished } = known;
  if (retryAt === null) return { ...wished, status: 'refused', code };
  return { ...wished, status: 'due', retryAt, idempotencyKey: keySpent ? null : idempotencyKey };
};

const next = (known: KnownCall, event: Exclude<StripeCallEvent, StripeCallIntended>): KnownCall => {
  const { orderId, call, reason, attempts } = known;
  const wished = { orderId, call, reason, attempts };
  switch (event.type) {
    case 'StripeCallStarted': {
      const { attempt, idempotencyKey, callDeadlineAt } = event.data;
      return { ...wished, attempts: attempt, status: 'calling', idempotencyKey, callDeadlineAt };
    }
    case 'StripeCallSettled':
      return { ...wished, status: 'settled', objectId: event.data.objectId, objectStatus: event.data.status };
    case 'StripeCallFailed':
      return failed(known, event.data);
  }
};

/** The calls with one more fact. */
export const withCall = (calls: Calls, event: StripeCallEvent): Calls => {
  const { callId } = event.data;
  if (event.type === 'StripeCallIntended') {
    const { orderId, call, reason, intendedAt } = event.data;
    return { ...calls, [callId]: { orderId, call, reason, attempts: 0, status: 'due', retryAt: intendedAt, idempotencyKey: null } };
  }
  const known = calls[callId];
  return known ? { ...calls, [callId]: next(known, event) } : calls;
};
