/** From sign-up to a panel account: what to do next follows from the customer's stream alone. */
import type { Customer } from './customer.decider.js';

export type PanelAccountStep = { readonly do: 'nothing' } | { readonly do: 'wait'; readonly until: string } | { readonly do: 'link' };

/** Asked for ever: a customer without a panel account cannot buy, so there is no attempt that is the last. @param now ISO-8601 */
export const nextPanelAccountStep = (customer: Customer, now: string): PanelAccountStep => {
  switch (customer.status) {
    case 'none':
    case 'linked':
    case 'conflict':
      return { do: 'nothing' };
    case 'registered':
      return now >= customer.retryAt ? { do: 'link' } : { do: 'wait', until: customer.retryAt };
    case 'linking':
      return now >= customer.callDeadlineAt ? { do: 'link' } : { do: 'wait', until: customer.callDeadlineAt };
  }
};
