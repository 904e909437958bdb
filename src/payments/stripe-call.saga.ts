/** Which call toward Stripe is due for an order; follows from recorded state and the time alone. Pure. */
import type { Calls, KnownCall } from './stripe-call.decider.js';

export type CallStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly until: string }
  /** `lookFirst`: an earlier attempt may have been carried out, so Stripe is asked before it is told. */
  | { readonly do: 'call'; readonly callId: string; readonly lookFirst: boolean };

const BACK_OFF_FIRST_MS = 2_000;
const BACK_OFF_MAX_MS = 3_600_000;

/** Doubling pause before the next attempt, in milliseconds. @param attempts how many have failed, from 1 */
export const callBackOffMs = (attempts: number): number => Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);

type Open = Extract<KnownCall, { status: 'due' | 'calling' }>;
const isOpen = (entry: [string, KnownCall]): entry is [string, Open] => entry[1].status === 'due' || entry[1].status === 'calling';
const dueAt = (call: Open): string => (call.status === 'due' ? call.retryAt : call.callDeadlineAt);

/** The call that is due first. @param now ISO-8601 */
export const nextCallStep = (calls: Calls, now: string): CallStep => {
  const [first] = Object.entries(calls)
    .filter(isOpen)
    .sort(([, one], [, other]) => (dueAt(one) < dueAt(other) ? -1 : 1));
  if (!first) return { do: 'nothing' };
  const [callId, call] = first;
  if (now < dueAt(call)) return { do: 'wait', until: dueAt(call) };
  return { do: 'call', callId, lookFirst: call.attempts > 0 };
};
