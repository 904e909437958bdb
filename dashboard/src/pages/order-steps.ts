/** How far a purchase is: the steps that are shown, and when each was done. Pure. */
import type { OrderView, TimelineEntry } from '../api/queries.js';

export type StepName = 'placed' | 'capacity' | 'paid' | 'account' | 'created' | 'installing' | 'ready';
export type StepState = 'done' | 'now' | 'next' | 'failed';

export interface PurchaseStep {
  readonly name: StepName;
  readonly state: StepState;
  /** Null when it is not done, or nobody recorded when. */
  readonly at: string | null;
}

export interface Facts {
  readonly order: OrderView;
  readonly timeline: readonly TimelineEntry[];
  /** Whether the customer has an account on the panel. */
  readonly isLinked: boolean;
}

/** The last event of this type: a server that is made anew is created again. */
const last = (timeline: readonly TimelineEntry[], type: string): string | null =>
  timeline.findLast((entry) => entry.type === type)?.at ?? null;

/** What the panel fails at, as a step of the purchase. */
const FAILING: Readonly<Record<string, StepName>> = { account: 'account', create: 'created', place: 'created', install: 'installing' };

/** When the server that is there now was created; null while there is none. */
export const createdAt = ({ order, timeline }: Facts): string | null =>
  order.pteroServerId === null && order.readyAt === null ? null : last(timeline, 'ServerCreated');

const times = (facts: Facts): Readonly<Record<StepName, { readonly done: boolean; readonly at: string | null }>> => {
  const { order, timeline, isLinked } = facts;
  const isReady = order.readyAt !== null;
  const created = createdAt(facts);
  const heldAt = last(timeline, 'OrderCapacityHeld');
  return {
    placed: { done: true, at: order.createdAt },
    capacity: { done: heldAt !== null || order.paidAt !== null, at: heldAt },
    paid: { done: order.paidAt !== null, at: order.paidAt },
    account: { done: isLinked || created !== null, at: null },
    created: { done: created !== null || isReady, at: created },
    installing: { done: isReady, at: last(timeline, 'ServerReady') },
    ready: { done: isReady, at: order.readyAt },
  };
};

const NAMES: readonly StepName[] = ['placed', 'capacity', 'paid', 'account', 'created', 'installing', 'ready'];

export const purchaseSteps = (facts: Facts): PurchaseStep[] => {
  const known = times(facts);
  const current = NAMES.find((name) => !known[name].done);
  const failing = facts.order.status === 'attention' ? (FAILING[facts.order.failingStep ?? ''] ?? current) : undefined;
  return NAMES.map((name) => {
    const { done, at } = known[name];
    if (name === failing) return { name, state: 'failed', at: null };
    if (done) return { name, state: 'done', at };
    return { name, state: name === current && facts.order.status !== 'ended' ? 'now' : 'next', at: null };
  });
};
