/**
 * What an operator may do to an order now, and what will come of it: asked of the very deciders that will decide, without anything being recorded.
 * Pure. What stands outside the order's own streams (room on nodes) is given.
 */
import { endService, suspendByOperator } from '../../orders/order-service.decider.js';
import { Refusal } from '../../platform/refusal.js';
import type { Fact, Recorded } from '../../platform/event.js';
import { requestRepair } from '../../provisioning/drift.decider.js';
import { requestRetry } from '../../provisioning/provisioning.decider.js';
import { wantMove, wantReinstall } from '../../provisioning/server-move.decider.js';
import { moveChoices, refundChoices, repairChoices, type Choice, type NodeRoom } from './action-choices.js';
import { ACTIONS, effectsOf, whyRefused, type ActionName } from './action-words.js';
import { changesBetween, type Change } from './changes.js';
import { nextOf, type Next } from './next.js';
import type { Situation } from './situation.js';
import { evolveStates, type OrderStates } from './states.js';

export interface OrderAction {
  readonly action: ActionName;
  /** Why it cannot be done now; null when it can. */
  readonly refusal: { readonly code: string; readonly why: string } | null;
  /** What the server has saved is lost by it, which must be said to be accepted. */
  readonly losesData: boolean;
  /** In the order in which it happens, one sentence each. */
  readonly effects: readonly string[];
  /** Which payment, node or difference; none for an action that knows no choice. */
  readonly choices: readonly Choice[];
  /** With the first choice: the types of the events that are recorded at once, what they change, and whose turn it is then. */
  readonly preview: { readonly records: readonly string[]; readonly changes: readonly Change[]; readonly next: Next } | null;
}

export interface ActionsRequest {
  readonly orderId: string;
  readonly situation: Situation;
  /** Of the order's region. */
  readonly nodes: readonly NodeRoom[];
}

type Category = keyof OrderStates;
type Decided = readonly Fact[] | Refusal;

/** What a decision needs to have a name in the log; a preview writes nothing, so that none of it is ever seen. */
const ID = '00000000-0000-0000-0000-000000000000';
const PLAN_CHANGING: readonly string[] = ['confirmed', 'requested', 'paid'];

/** As it would stand in the log. */
const imagined = (stream: string, fact: Fact): Recorded => ({
  ...{ ...fact, id: ID, stream, revision: 0, position: { commit: 0n, prepare: 0n } },
  metadata: {
    ...{ $correlationId: ID, $causationId: ID, commandId: ID, actor: { kind: 'ops', id: ID }, occurredAt: '', schemaVersion: 1 },
  },
});

const previewOf = ({ orderId, situation }: ActionsRequest, category: Category, facts: readonly Fact[]): OrderAction['preview'] => {
  const events = facts.map((fact) => imagined(`${category}-${orderId}`, fact));
  const states = events.reduce(evolveStates, situation.states);
  return {
    records: facts.map(({ type }) => type),
    changes: changesBetween(situation.states, states),
    next: nextOf({ ...situation, states, past: [...situation.past, ...events] }),
  };
};

const moveWish = ({ orderId, situation }: ActionsRequest, dataLossAccepted: boolean) => ({
  ...({ orderId, moveId: ID, target: 'node', nodeId: null, reason: 'operator' } as const),
  ...{ dataLossAccepted, noteId: ID, wantedAt: situation.now },
});

const isPlanChanging = ({ order }: OrderStates): boolean =>
  order.status === 'delivered' && PLAN_CHANGING.includes(order.service.change?.stage ?? '');

const anew = (decide: (dataLossAccepted: boolean) => Decided): { decided: Decided; losesData: boolean } => {
  const careful = decide(false);
  const losesData = careful instanceof Refusal && careful.code === 'DATA_LOSS_NOT_ACCEPTED';
  return { decided: losesData ? decide(true) : careful, losesData };
};

type Made = { category: Category; decided: Decided; losesData?: boolean; choices?: readonly Choice[] };

const MAKE: Readonly<Record<ActionName, (request: ActionsRequest) => Made>> = {
  retry: ({ situation: { states, now } }) => ({
    category: 'provisioning',
    decided: requestRetry({ at: now, noteId: ID })(states.provisioning),
  }),
  move: (request) => {
    const { provisioning } = request.situation.states;
    const choices = moveChoices(request.situation.states, request.nodes);
    return {
      category: 'provisioning',
      choices,
      ...anew((accepted) => wantMove(moveWish(request, accepted), isPlanChanging(request.situation.states))(provisioning)),
    };
  },
  reinstall: (request) => {
    const { orderId, situation } = request;
    const wish = { orderId, reinstallId: ID, noteId: ID, wantedAt: situation.now };
    return {
      category: 'provisioning',
      ...anew((dataLossAccepted) =>
        wantReinstall({ ...wish, dataLossAccepted }, isPlanChanging(situation.states))(situation.states.provisioning),
      ),
    };
  },
  repair: ({ orderId, situation: { states, now } }) => {
    const choices = repairChoices(orderId, states.provisioning, now);
    const kind = choices.find(({ refusal }) => refusal === null)?.value ?? choices[0]?.value ?? 'limits';
    const wish = { orderId, kind: kind as 'limits', repairId: ID, noteId: ID, requestedAt: now };
    return { category: 'provisioning', choices, decided: requestRepair(wish)(states.provisioning) };
  },
  suspend: ({ situation: { states, now } }) => ({
    category: 'order',
    decided: suspendByOperator({ suspend: true, at: now })(states.order),
  }),
  resume: ({ situation: { states, now } }) => ({
    category: 'order',
    decided: suspendByOperator({ suspend: false, at: now })(states.order),
  }),
  refund: ({ orderId, situation: { states, now } }) => ({ category: 'payment', ...refundChoices(orderId, states, now) }),
  end: ({ situation: { states, now } }) => {
    const subscriptionId = states.payment.subscriptions[0] ?? null;
    return { category: 'order', decided: endService({ reason: 'operator', subscriptionId, at: now })(states.order) };
  },
};

const actionOf = (request: ActionsRequest, action: ActionName): OrderAction => {
  const { category, decided, losesData = false, choices = [] } = MAKE[action](request);
  const { states } = request.situation;
  if (decided instanceof Refusal || decided.length === 0)
    return { action, refusal: whyRefused(action, decided, states), losesData: false, effects: [], choices, preview: null };
  return {
    ...{ action, refusal: null, losesData, choices },
    effects: effectsOf(action, states),
    preview: previewOf(request, category, decided),
  };
};

/** Every action, also those that cannot be done now, with the reason. */
export const actionsOf = (request: ActionsRequest): OrderAction[] => ACTIONS.map((action) => actionOf(request, action));
