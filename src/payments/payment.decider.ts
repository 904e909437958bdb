/** Money of one order: recorded once per Stripe object, never judged; and what we want of Stripe for it. Pure. */
import type { Decider } from '../platform/decider.js';
import { billingKeyOf, noBilling, recordBilling, withBilling, type Billing } from './billing.decider.js';
import type { BillingEvent } from './billing.events.js';
import type { MoneyEvent, PaymentEvent, PaymentSucceeded, ToldFact } from './payment.events.js';
import { withCall, type Calls } from './stripe-call.decider.js';
import type { StripeCallEvent } from './stripe-call.events.js';

export interface Payments {
  /** Domain keys already recorded: `pay:<id>`, `pend:<session>`, `fail:<session>`, `attempt:<charge>`, `link:<subscription>`, and those of billing. */
  readonly keys: readonly string[];
  readonly succeeded: readonly PaymentSucceeded['data'][];
  /** Linked ones, the first first: there are several when somebody paid in two tabs. */
  readonly subscriptions: readonly string[];
  readonly billing: Billing;
  readonly calls: Calls;
}

const initial: Payments = { keys: [], succeeded: [], subscriptions: [], billing: noBilling, calls: {} };

const moneyKeyOf = (event: MoneyEvent): string => {
  switch (event.type) {
    case 'PaymentSucceeded':
      return `pay:${event.data.paymentId}`;
    case 'PaymentPending':
      return `pend:${event.data.sessionId}`;
    case 'PaymentFailed':
      return `fail:${event.data.sessionId}`;
    case 'PaymentAttemptFailed':
      return `attempt:${event.data.chargeId ?? `${event.data.paymentId} ${event.data.failedAt}`}`;
    case 'SubscriptionLinked':
      return `link:${event.data.subscriptionId}`;
  }
};

/** Stripe may tell the same thing twice under two event ids, so the key is the object and what happened to it. */
const once =
  (event: MoneyEvent) =>
  (payments: Payments): readonly PaymentEvent[] =>
    payments.keys.includes(moneyKeyOf(event)) ? [] : [event];

export const isBooked = ({ keys }: Payments, paymentId: string): boolean => keys.includes(`pay:${paymentId}`);

/** Whether the payment of this session did not arrive. */
export const hasFailed = ({ keys }: Payments, sessionId: string): boolean => keys.includes(`fail:${sessionId}`);

const withMoney = (payments: Payments, event: MoneyEvent): Payments => {
  const next = { ...payments, keys: [...payments.keys, moneyKeyOf(event)] };
  switch (event.type) {
    case 'PaymentSucceeded':
      return { ...next, succeeded: [...payments.succeeded, event.data] };
    case 'SubscriptionLinked':
      return { ...next, subscriptions: [...payments.subscriptions, event.data.subscriptionId] };
    case 'PaymentPending':
    case 'PaymentFailed':
    case 'PaymentAttemptFailed':
      return next;
  }
};

const isCall = (event: PaymentEvent): event is StripeCallEvent => event.type.startsWith('StripeCall');
const MONEY: Readonly<Record<MoneyEvent['type'], true>> = {
  PaymentSucceeded: true,
  PaymentPending: true,
  PaymentFailed: true,
  PaymentAttemptFailed: true,
  SubscriptionLinked: true,
};
const isMoney = (event: PaymentEvent | ToldFact): event is MoneyEvent => Object.hasOwn(MONEY, event.type);

const evolve = (payments: Payments, event: PaymentEvent): Payments => {
  if (isCall(event)) return { ...payments, calls: withCall(payments.calls, event) };
  if (isMoney(event)) return withMoney(payments, event);
  return withFact(payments, event);
};

/** A later release's event has no answer here, and the repository then keeps the state as it was. */
const withFact = (payments: Payments, event: BillingEvent): Payments => {
  const billing: Billing | undefined = withBilling(payments.billing, event);
  if (billing === undefined) return payments;
  const key = billingKeyOf(event);
  return { ...payments, billing, keys: key === null ? payments.keys : [...payments.keys, key] };
};

/** Facts are never refused; what is known already, or overtaken, is silence. Each is judged with the ones before it recorded. */
export const recordFacts =
  (facts: readonly ToldFact[]) =>
  (payments: Payments): readonly PaymentEvent[] => {
    const events: PaymentEvent[] = [];
    let state = payments;
    for (const fact of facts) {
      const told = isMoney(fact) ? once(fact)(state) : recordBilling(fact)(state);
      events.push(...told);
      state = told.reduce(evolve, state);
    }
    return events;
  };

export const paymentDecider: Decider<Payments, PaymentEvent> = { category: 'payment', initial, evolve };
