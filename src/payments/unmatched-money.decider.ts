/** Money that names no order of ours: kept in a stream of its own so that it can be assigned or refunded. Pure. */
import type { Decider, Decision } from '../platform/decider.js';
import type { UnmatchedMoneyEvent, UnmatchedMoneyReceived } from './payment.events.js';

export type UnmatchedMoney =
  { readonly status: 'none' } | { readonly status: 'received'; readonly received: UnmatchedMoneyReceived['data'] };

/** One Stripe object is one piece of money; told again, it is silence. */
export const receiveUnmatched =
  (data: UnmatchedMoneyReceived['data']) =>
  (money: UnmatchedMoney): Decision<UnmatchedMoneyEvent> =>
    money.status === 'none' ? [{ type: 'UnmatchedMoneyReceived', data }] : [];

export const unmatchedMoneyDecider: Decider<UnmatchedMoney, UnmatchedMoneyEvent> = {
  category: 'unmatchedMoney',
  initial: { status: 'none' },
  evolve: (_money, event) => ({ status: 'received', received: event.data }),
};
