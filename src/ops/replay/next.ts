/** Whose turn it is, what they will do, and in one sentence why the order is where it is. Decided by the sagas' own pure functions. */
import type { LedgerEvent } from '../../ledger.events.js';
import type { Order } from '../../orders/order.decider.js';
import type { PlanChange, Service } from '../../orders/service.decider.js';
import { nextPlacementStep, type PlacementStep } from '../../orders/placement.saga.js';
import { nextPlanStep, type PlanStep } from '../../orders/plan-change.saga.js';
import { planMoneyOf } from '../../payments/plan-money.decider.js';
import type { Recorded } from '../../platform/event.js';
import { nextStep, type ProvisioningStep } from '../../provisioning/provisioning.saga.js';
import type { OrderStates } from './states.js';
import { lastOf, type EventOf, type Situation } from './situation.js';
import { whyDrift } from './why-drift.js';
import { whyProvisioning } from './why-provisioning.js';
import { whyPlanChange, whyPlanWas } from './why-plan-change.js';
import { whyRename } from './why-rename.js';
import { inMoney, inTime } from './wording.js';

type PurchaseStep = { readonly do: 'recordPayment' | 'acceptPayment' | 'startProvisioning' | 'recordDelivery' | 'releaseRoom' };
export type NextStep = PlacementStep | ProvisioningStep | PurchaseStep | PlanStep;

export interface Next {
  /** A saga, the reader that carries facts from stream to stream, or somebody outside. */
  readonly by: 'nobody' | 'customer' | 'operator' | 'intake' | 'purchase' | 'placement' | 'plan-change' | 'provisioning';
  readonly step: NextStep;
  /** When it will be due; null: at once, or not a matter of time. */
  readonly dueAt: string | null;
  /** One sentence. */
  readonly why: string;
}

/** The node that keeps room for the order by the nodes' own word, whatever the order knows of it. */
const nodeWithRoom = ({ past }: Situation, nodeId?: string): string | undefined => {
  const last = (past as readonly Recorded<LedgerEvent>[]).findLast(
    (event): event is EventOf<'NodeCapacityHeld' | 'NodeHoldReleased'> =>
      (event.type === 'NodeCapacityHeld' || event.type === 'NodeHoldReleased') && (nodeId === undefined || event.data.nodeId === nodeId),
  );
  return last?.type === 'NodeCapacityHeld' ? last.data.nodeId : undefined;
};

const NOTHING = { do: 'nothing' } as const;
const next = (by: Next['by'], step: NextStep, why: string): Next => ({ by, step, why, dueAt: step.do === 'wait' ? step.until : null });

/** Webhooks that mean that money has come. */
const MONEY_EVENTS = ['checkout.session.completed', 'checkout.session.async_payment_succeeded', 'invoice.paid'];

const roomWanted = ({ placed }: Exclude<Order, { status: 'none' }>): string =>
  `${placed.resources.memoryMib} MiB memory, ${placed.resources.diskMib} MiB disk and ${placed.resources.ports} port${placed.resources.ports === 1 ? '' : 's'} in ${placed.region}`;

type Ended = Extract<Order, { status: 'ended' }>;
const ENDS: Readonly<Record<Ended['reason'], (order: Ended) => string>> = {
  noCapacity: (order) => `The order has ended because no node had room for ${roomWanted(order)}`,
  abandoned: () => 'The order has ended because nobody paid before its checkout closed',
  paymentFailed: () => 'The order has ended because its payment did not arrive',
  checkoutRefused: () => 'The order has ended because Stripe refused to open a checkout for it',
  cancelled: () => 'The service has ended because it was cancelled',
  unpaid: () => 'The service has ended because it was not paid for within grace and retention',
  refunded: () => 'The service has ended because its money was given back',
  disputeLost: () => 'The service has ended because a dispute was lost',
  subscriptionEnded: () => 'The service has ended because its subscription was ended at Stripe',
  operator: () => 'The service was ended by an operator',
  undeliverable: () => 'The service has ended because its server could not be delivered',
};

/** What the readers of the log have yet to carry from one stream to another; such a state lasts only while one of them lags or has set it aside. */
const underWay = (situation: Situation): Next | undefined => {
  const { order, payment, provisioning } = situation.states;
  const money = payment.succeeded.find(({ kind, paymentId }) => kind === 'initial' && !order.seenPayments.includes(paymentId));
  if (money)
    return next(
      'purchase',
      { do: 'acceptPayment' },
      `${inMoney(money.total)} arrived with ${money.paymentId} at ${inTime(money.receivedAt)}, and the order has yet to say whether it takes it.`,
    );
  if (order.status === 'paid' && provisioning.status === 'idle')
    return next(
      'purchase',
      { do: 'startProvisioning' },
      `The order is paid since ${inTime(order.paid.paidAt)}, and its provisioning has yet to be started.`,
    );
  if (order.status === 'paid' && provisioning.status === 'ready')
    return next('purchase', { do: 'recordDelivery' }, 'The server is ready, and the order has yet to record that it is delivered.');
  if (order.status === 'ended' && order.hold && nodeWithRoom(situation, order.hold.nodeId) !== undefined)
    return next(
      'purchase',
      { do: 'releaseRoom' },
      `${ENDS[order.reason](order)}; its room on node ${order.hold.nodeId} has yet to be given back.`,
    );
  return untold(situation);
};

/** A webhook about money after which no payment was recorded. */
const untold = (situation: Situation): Next | undefined => {
  const webhook = lastOf(situation, 'StripeEventReceived');
  const { payment, order } = situation.states;
  const waiting = payment.succeeded.length === 0 && ['checkoutIntended', 'awaitingPayment', 'checkoutExpired'].includes(order.status);
  if (!webhook || !waiting || webhook.data.quarantine !== null || !MONEY_EVENTS.includes(webhook.data.type)) return undefined;
  // A session of a subscription only links ids, and unpaid means on its way: the intake has nothing to book yet.
  if (webhook.data.object.mode === 'subscription' || webhook.data.object.paymentStatus === 'unpaid') return undefined;
  return next(
    'intake',
    { do: 'recordPayment' },
    `Stripe told us of ${webhook.data.type} at ${inTime(webhook.data.receivedAt)}, and the payment has yet to be recorded from it.`,
  );
};

const awaitingPayment = (order: Extract<Order, { status: 'awaitingPayment' }>, situation: Situation): string => {
  const price = inMoney(order.placed.price);
  const pending = lastOf(situation, 'PaymentPending');
  const failed = lastOf(situation, 'PaymentFailed');
  const { expiresAt } = order.checkout;
  const over = situation.now >= expiresAt;
  if (failed)
    return over
      ? `The payment of ${price} failed (${failed.data.code}); Stripe is asked to confirm it, and then the order ends and its room is given back.`
      : `The payment of ${price} failed (${failed.data.code}); unless Stripe tells of other money, the order ends after ${inTime(expiresAt)}.`;
  if (pending)
    return `The customer has confirmed ${price} at ${inTime(pending.data.receivedAt)}, and the money is still on its way${over ? '; Stripe is asked for it now and then' : ''}.`;
  if (over)
    return `The checkout over ${price} was open until ${inTime(expiresAt)}; Stripe is asked what became of it: if it was paid, that is recorded as if Stripe had told us, and only Stripe's word ends it.`;
  const declined = lastOf(situation, 'PaymentAttemptFailed')?.data;
  if (declined)
    return `The customer has yet to pay ${price}: the last card was declined (${declined.declineCode ?? declined.code}), and another may be tried until ${inTime(expiresAt)}.`;
  return `The customer has yet to pay ${price}; the checkout is open until ${inTime(expiresAt)}.`;
};

const howItRuns = ({ suspensions, grace, deleteAt, cancelAt }: Service): string => {
  if (suspensions.length > 0) return `Suspended (${suspensions.join(', ')})${deleteAt ? `, to be deleted at ${inTime(deleteAt)}` : ''}`;
  if (grace) return `Not paid for (${grace.cause}), in grace until ${inTime(grace.until)}`;
  return cancelAt ? `Cancelled to the end of the period, ${inTime(cancelAt)}` : 'All is well';
};

const whyPlacement = (situation: Situation): string => {
  const { order } = situation.states;
  switch (order.status) {
    case 'none':
      return situation.past.length === 0
        ? 'Nothing is recorded of this order yet.'
        : 'There is no such order, though something names it: nothing was placed under this id.';
    case 'placed':
      return nodeWithRoom(situation) !== undefined
        ? `Node ${nodeWithRoom(situation)} keeps room for the order, which has yet to note it.`
        : `The order is placed, and a node has yet to keep room for it: ${roomWanted(order)}.`;
    case 'held':
      return `Node ${order.hold.nodeId} keeps room for the order, and its checkout has yet to be prepared.`;
    case 'checkoutIntended':
      return `The checkout was prepared at ${inTime(order.checkout.intendedAt)}, and Stripe has yet to answer that it is open; the repeat is the same request.`;
    case 'awaitingPayment':
      return awaitingPayment(order, situation);
    case 'checkoutExpired':
      return 'Stripe says that the checkout can no longer be paid, so the order is to end and to give its room back.';
    case 'paid':
      return `The order is paid since ${inTime(order.paid.paidAt)}.`;
    case 'delivered': {
      const delivery = lastOf(situation, 'OrderDelivered')?.data;
      // Not the one that was delivered first: it may have been moved since.
      const { serverId } = lastOf(situation, 'ServerReady')?.data ?? order;
      const since = delivery ? ` since ${inTime(delivery.readyAt)} and paid through ${inTime(delivery.paidThrough)}` : '';
      return `${howItRuns(order.service)}: server ${serverId} on node ${order.paid.hold.nodeId} is ready${since}.${whyPlanWas(order.service.change)}${whyRename(situation)}`;
    }
    case 'ending':
      return order.billingEnded
        ? `The service ends (${order.ending.reason}) since ${inTime(order.ending.endingAt)}; nothing more is collected, and its server is being deleted.`
        : `The service ends (${order.ending.reason}) since ${inTime(order.ending.endingAt)}; Stripe has yet to confirm that nothing more is collected.`;
    case 'ended':
      return `${ENDS[order.reason](order)}${order.hold ? '; its room was given back' : ''}.`;
  }
};

/** Nothing is deleted before the order's billing has ended, which is then what is waited for. */
const isHeldBack = ({ order }: OrderStates, step: ProvisioningStep): boolean =>
  order.status === 'ending' &&
  !order.billingEnded &&
  (step.do === 'endWithoutServer' || (step.do === 'changeServer' && step.change === 'delete'));

/** The step of a change of plan that is under way. */
const planStepOf = ({ order, payment }: OrderStates): { step: PlanStep; change: PlanChange } | undefined => {
  const change = order.status === 'delivered' ? order.service.change : null;
  const step = nextPlanStep(change, planMoneyOf(payment));
  return change && step.do !== 'nothing' ? { step, change } : undefined;
};

/** @returns whose turn it is at `now`, after what is recorded; where nobody's but for a difference on the panel, an operator's */
export const nextOf = (situation: Situation): Next => {
  const turn = turnOf(situation);
  const [drift] = whyDrift(situation.states.provisioning.drifts);
  return drift === undefined ? turn : { ...turn, by: turn.by === 'nobody' ? 'operator' : turn.by, why: `${turn.why} ${drift}` };
};

const turnOf = (situation: Situation): Next => {
  const { order, provisioning } = situation.states;
  const carried = underWay(situation);
  if (carried) return carried;
  const saga = nextStep(provisioning, situation.now);
  if (provisioning.status === 'needsHuman') return next('operator', saga, whyProvisioning(provisioning, situation));
  if (saga.do !== 'nothing' && !isHeldBack(situation.states, saga))
    return next('provisioning', saga, whyProvisioning(provisioning, situation));
  const changing = planStepOf(situation.states);
  if (changing)
    return next(
      changing.step.do === 'awaitPayment' ? 'customer' : 'plan-change',
      changing.step,
      whyPlanChange(changing.change, changing.step),
    );
  const step = nextPlacementStep(order, situation.now);
  const by = step.do === 'nothing' ? 'nobody' : step.do === 'wait' ? 'customer' : 'placement';
  return next(by, step.do === 'nothing' ? NOTHING : step, whyPlacement(situation));
};
