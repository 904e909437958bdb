/** From sign-up to a panel account that says of the customer what we do: what to do next follows from the customer's stream alone. */
import type { Customer, Following } from './customer.decider.js';

export type PanelAccountStep =
  { readonly do: 'nothing' } | { readonly do: 'wait'; readonly until: string } | { readonly do: 'link' | 'follow' };

const byThen = (step: 'link' | 'follow', until: string, now: string): PanelAccountStep =>
  now >= until ? { do: step } : { do: 'wait', until };

/** A call that may still be under way is waited for. */
const dueAt = ({ calling, retryAt }: Following): string => calling?.callDeadlineAt ?? retryAt;

/** Asked for ever: a customer without a panel account cannot buy, so there is no attempt that is the last. @param now ISO-8601 */
export const nextPanelAccountStep = (customer: Customer, now: string): PanelAccountStep => {
  switch (customer.status) {
    case 'none':
    case 'conflict':
      return { do: 'nothing' };
    case 'linked':
      return customer.following ? byThen('follow', dueAt(customer.following), now) : { do: 'nothing' };
    case 'registered':
      return byThen('link', customer.retryAt, now);
    case 'linking':
      return byThen('link', customer.callDeadlineAt, now);
  }
};
