/** What becomes of a change of plan once the customer wants it: room, Stripe, payment, resize. Each step follows from recorded facts. Pure. */
import type { PlanChange, Service } from './service.decider.js';
import type { ServiceEvent } from './service.events.js';

/** One of our calls for changes of plan, as far as it is. */
export interface PlanCall {
  readonly do: 'changePlan' | 'dropChange';
  readonly changeId: string;
  /** Which price was asked for; null for a drop. */
  readonly priceId: string | null;
  readonly outcome: 'open' | 'settled' | 'refused';
  /** Stripe's code of a refusal; null otherwise. */
  readonly code: string | null;
}

/** What of an order's money says how far a change of plan is. */
export interface PlanMoney {
  /** What we asked of Stripe for changes of plan, in that order. */
  readonly planCalls: readonly PlanCall[];
  /** Since when the payment of a change of plan is declined; null when none is. */
  readonly changeDeclinedAt: string | null;
  readonly subscription: {
    readonly priceId: string | null;
    /** Until when a change of plan waits for its payment. */
    readonly pendingUntil: string | null;
  } | null;
}

export type PlanStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'holdRoom' }
  | { readonly do: 'changeAtStripe' }
  /** Our call is not answered yet, or the change waits for the customer's payment. */
  | { readonly do: 'awaitStripe' }
  | { readonly do: 'awaitPayment' }
  | { readonly do: 'dropAtStripe' }
  | { readonly do: 'resize' };

/** Stripe forgets a change that is not paid after 23 hours; an hour later it is asked, should its word not have come. */
const PAYMENT_WAIT_MS = 24 * 3_600_000;

/** When Stripe is to be asked what became of a change that waits for its payment; null when none does. */
export const planPaymentDueAt = (change: PlanChange | null): string | null =>
  change?.stage === 'requested' && change.requestedAt !== null
    ? new Date(Date.parse(change.requestedAt) + PAYMENT_WAIT_MS).toISOString()
    : null;

const callFor = ({ quote }: PlanChange, { planCalls }: PlanMoney): PlanCall | undefined =>
  planCalls.find((call) => call.changeId === quote.changeId && call.do === 'changePlan' && call.priceId === quote.priceId);

/** Stripe's clock has seconds only. */
const inSeconds = (iso: string): number => Math.floor(Date.parse(iso) / 1_000);

/** Whether the payment of this change, and not of an earlier one, was declined. */
const isDeclined = ({ requestedAt }: PlanChange, { changeDeclinedAt }: PlanMoney): boolean =>
  requestedAt !== null && changeDeclinedAt !== null && inSeconds(changeDeclinedAt) >= inSeconds(requestedAt);

/** Whether we had Stripe forget it, which is for a declined payment only. */
const isDropped = ({ quote }: PlanChange, { planCalls }: PlanMoney): boolean =>
  planCalls.some((call) => call.do === 'dropChange' && call.changeId === quote.changeId);

const afterRequest = (change: PlanChange, money: PlanMoney): PlanStep => {
  const call = callFor(change, money);
  if (!call) return { do: 'changeAtStripe' };
  if (call.outcome === 'open') return { do: 'awaitStripe' };
  if (call.outcome === 'refused' || money.subscription?.pendingUntil === null) return { do: 'nothing' };
  return isDeclined(change, money) && !isDropped(change, money) ? { do: 'dropAtStripe' } : { do: 'awaitPayment' };
};

/** What is to be done next for the change that is under way. */
export const nextPlanStep = (change: PlanChange | null, money: PlanMoney): PlanStep => {
  switch (change?.stage) {
    case 'confirmed':
      return { do: 'holdRoom' };
    case 'requested':
      return afterRequest(change, money);
    case 'paid':
      return { do: 'resize' };
    case undefined:
    case 'quoted':
    case 'changed':
    case 'failed':
      return { do: 'nothing' };
  }
};

/** How our call and the subscription answer for a change that Stripe was asked for; undefined while neither says it is over. */
const answered = (change: PlanChange, money: PlanMoney): 'paid' | { readonly failed: string } | undefined => {
  const call = callFor(change, money);
  if (!call || call.outcome === 'open') return undefined;
  if (call.outcome === 'refused') return { failed: call.code ?? 'STRIPE_REFUSED' };
  if (money.subscription?.priceId === change.quote.priceId) return 'paid';
  if (money.subscription?.pendingUntil !== null) return undefined;
  return { failed: isDropped(change, money) ? 'PAYMENT_DECLINED' : 'PAYMENT_NOT_COMPLETED' };
};

/**
 * What money says of the change: paid or credited once the subscription has the new price, because Stripe applies it only then; over when Stripe
 * has refused it, or waits for its payment no longer.
 */
export const judgePlanChange = (
  { placed: { orderId }, service: { change } }: { readonly placed: { readonly orderId: string }; readonly service: Service },
  { money, at }: { readonly money: PlanMoney; readonly at: string },
): ServiceEvent | null => {
  const answer = change?.stage === 'requested' ? answered(change, money) : undefined;
  if (!change || !answer) return null;
  const { changeId } = change.quote;
  if (answer === 'paid') return { type: 'OrderPlanChangePaid', data: { orderId, changeId, paidAt: at } };
  return { type: 'OrderPlanChangeFailed', data: { orderId, changeId, code: answer.failed, undo: null, failedAt: at } };
};
