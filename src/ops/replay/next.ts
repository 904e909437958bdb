/** Whose turn it is, what they will do, and in one sentence why the order is where it is. Decided by the sagas' own pure functions. */
import type { LedgerEvent } from '../../ledger.events.js';
import type { Order } from '../../orders/order.decider.js';
import type { Service } from '../../orders/service.decider.js';
import { nextPlacementStep, type PlacementStep } from '../../orders/placement.saga.js';
import type { Recorded } from '../../platform/event.js';
import type { Provisioning } from '../../provisioning/provisioning.decider.js';
import { ATTEMPTS_MAX, nextStep, type ProvisioningStep } from '../../provisioning/provisioning.saga.js';
import type { OrderStates } from './states.js';
import { inMoney, inTime, inWords } from './wording.js';

type PurchaseStep = { readonly do: 'recordPayment' | 'acceptPayment' | 'startProvisioning' | 'recordDelivery' | 'releaseRoom' };
export type NextStep = PlacementStep | ProvisioningStep | PurchaseStep;

export interface Next {
  /** A saga, the reader that carries facts from stream to stream, or somebody outside. */
  readonly by: 'nobody' | 'customer' | 'operator' | 'intake' | 'purchase' | 'placement' | 'provisioning';
  readonly step: NextStep;
  /** When it will be due; null: at once, or not a matter of time. */
  readonly dueAt: string | null;
  /** One sentence. */
  readonly why: string;
}

/** What the sentence is made from. */
export interface Situation {
  readonly states: OrderStates;
  /** The order's own events that were folded, oldest first. */
  readonly past: readonly Recorded[];
  /** ISO-8601. */
  readonly now: string;
}

type EventOf<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;
const lastOf = <T extends LedgerEvent['type']>({ past }: Situation, type: T): EventOf<T> | undefined =>
  past.findLast((event): event is EventOf<T> => event.type === type);

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
      const since = delivery ? ` since ${inTime(delivery.readyAt)} and paid through ${inTime(delivery.paidThrough)}` : '';
      return `${howItRuns(order.service)}: server ${order.serverId} on node ${order.paid.hold.nodeId} is ready${since}.`;
    }
    case 'ending':
      return order.billingEnded
        ? `The service ends (${order.ending.reason}) since ${inTime(order.ending.endingAt)}; nothing more is collected, and its server is being deleted.`
        : `The service ends (${order.ending.reason}) since ${inTime(order.ending.endingAt)}; Stripe has yet to confirm that nothing more is collected.`;
    case 'ended':
      return `${ENDS[order.reason](order)}${order.hold ? '; its room was given back' : ''}.`;
  }
};

const failureOf = (situation: Situation): string => {
  const failure = lastOf(situation, 'ProvisioningAttemptFailed')?.data;
  return failure ? inWords(failure.code) + (failure.field === null ? '' : ` (field ${failure.field})`) : 'no reason recorded';
};

type Active = Exclude<Provisioning, { status: 'idle' | 'ready' }>;

/** Which attempt, and what became of the one before. */
const attemptOf = ({ claim, attempts }: Extract<Active, { status: 'creating' }>, situation: Situation): string =>
  attempts > 1 ? `attempt ${claim.attempt} (the one before failed with ${failureOf(situation)})` : `attempt ${claim.attempt}`;

const whyProvisioning = (saga: Active, situation: Situation): string => {
  const node = `node ${saga.started.hold.nodeId}`;
  switch (saga.status) {
    case 'toCreate':
      if (saga.attempts === 0) return `The order is paid, and its server is to be created on ${node}.`;
      if (saga.attempts >= ATTEMPTS_MAX)
        return `All ${ATTEMPTS_MAX} attempts to create the server on ${node} failed, the last with ${failureOf(situation)}; an operator is asked.`;
      return `Attempt ${saga.attempts} of ${ATTEMPTS_MAX} to create the server on ${node} failed with ${failureOf(situation)}; it is tried again at ${inTime(saga.retryAt)}.`;
    case 'creating':
      return situation.now < saga.claim.callDeadlineAt
        ? `The panel has until ${inTime(saga.claim.callDeadlineAt)} to answer ${attemptOf(saga, situation)} to create the server on ${node}.`
        : `Nobody recorded what became of ${attemptOf(saga, situation)} to create the server on ${node}; it is looked up, and its absence counts from ${inTime(saga.claim.settledAt)}.`;
    case 'installing':
      return situation.now >= saga.server.installDeadlineAt
        ? `Server ${saga.server.serverId} on ${node} should have been installed by ${inTime(saga.server.installDeadlineAt)}; unless it is now, an operator is asked.`
        : `Server ${saga.server.serverId} was created on ${node} at ${inTime(saga.server.createdAt)} and installs; it counts as stuck from ${inTime(saga.server.installDeadlineAt)}.`;
    case 'needsHuman': {
      const raised = lastOf(situation, 'ProvisioningNeedsHuman')?.data;
      const since = raised ? ` since ${inTime(raised.raisedAt)}` : '';
      const reason = raised?.step === 'create' ? `${inWords(saga.code)}, the last with ${failureOf(situation)}` : inWords(saga.code);
      return `An operator is needed${since} (${reason}): look into it, then retry the order.`;
    }
  }
};

/** @returns whose turn it is at `now`, after what is recorded */
export const nextOf = (situation: Situation): Next => {
  const { order, provisioning } = situation.states;
  const carried = underWay(situation);
  if (carried) return carried;
  if (provisioning.status !== 'idle' && provisioning.status !== 'ready') {
    const step = nextStep(provisioning, situation.now);
    const by = provisioning.status === 'needsHuman' ? 'operator' : 'provisioning';
    return next(by, step, whyProvisioning(provisioning, situation));
  }
  const step = nextPlacementStep(order, situation.now);
  const by = step.do === 'nothing' ? 'nobody' : step.do === 'wait' ? 'customer' : 'placement';
  return next(by, step.do === 'nothing' ? NOTHING : step, whyPlacement(situation));
};
