/**
 * An order's history, folded to any point: what it was, why, what each event changed, and what comes next. Pure: it is given events and reaches
 * nothing (the import rule `replay-cannot-act` sees to that), so replaying, simulating and explaining can never charge, create or tell anybody.
 */
import type { Recorded } from '../../platform/event.js';
import { Refusal } from '../../platform/refusal.js';
import { changesBetween } from './changes.js';
import { countUntil, type Moment } from './moment.js';
import { nextOf, type Next } from './next.js';
import { notesOf } from './notes.js';
import { storyOf } from './order-streams.js';
import { Rows, type ReadModel, type RowAt, type RowChange } from './rows.js';
import type { Situation } from './situation.js';
import { problemOf, shown, type Step } from './step.js';
import { BEFORE_ANYTHING, evolveStates, type OrderStates } from './states.js';

export interface ReplayRequest {
  readonly orderId: string;
  /** At least all events of all streams of the order (`storyOf`), in any order; whole streams, so that rows it shares with others come out right. */
  readonly events: readonly Recorded[];
  readonly readModels: readonly ReadModel[];
  readonly at: Moment;
  /** The present, for a replay to now. ISO-8601. */
  readonly now: string;
}

export interface Replay {
  readonly orderId: string;
  /** Where the replay ends: after so many steps, with so many still to come, and the time for which `next` holds. */
  readonly at: { readonly step: number; readonly laterSteps: number; readonly position: string | null; readonly time: string };
  readonly states: OrderStates;
  /** Before any event: where the changes of the steps begin. Of rows there were none. */
  readonly before: OrderStates;
  readonly rows: readonly RowAt[];
  readonly next: Next;
  /** What else an operator should know: money to give back, webhooks set aside, events that could not be folded. */
  readonly notes: readonly string[];
  /** Oldest first. The changes of all steps, applied in turn to `before`, give `states`; those of the rows (each step's `meanwhile` before its `rows`) give `rows`. */
  readonly steps: readonly Step[];
  /** In rows the order shares with others, since its last step. */
  readonly meanwhile: readonly RowChange[];
}

/** What is known after some of the events. */
interface Progress {
  states: OrderStates;
  readonly past: Recorded[];
  readonly rows: Rows;
  readonly steps: Step[];
  readonly numbers: Map<string, number>;
}

const inLogOrder = (one: Recorded, other: Recorded): number =>
  one.position.commit < other.position.commit ? -1 : one.position.commit > other.position.commit ? 1 : one.revision - other.revision;

/** The states after the event, or what a decider said to it. */
const evolved = (states: OrderStates, event: Recorded): OrderStates | string => {
  try {
    return evolveStates(states, event);
  } catch (error) {
    return `not folded: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const take = (progress: Progress, event: Recorded, models: readonly ReadModel[]): void => {
  const before = progress.states;
  const unknown = problemOf(event, models);
  const after = unknown === null ? evolved(before, event) : unknown;
  const problem = typeof after === 'string' ? after : null;
  if (typeof after !== 'string') {
    progress.states = after;
    progress.past.push(event);
  }
  const number = progress.steps.length + 1;
  const step = shown(event);
  const { states, past } = progress;
  progress.steps.push({
    number,
    event: step,
    causedBy: progress.numbers.get(step.causationId ?? '') ?? null,
    problem,
    status: { order: states.order.status, payments: states.payment.succeeded.length, provisioning: states.provisioning.status },
    changes: changesBetween(before, states),
    // Asked before this event is folded: what stands here is the others' doing alone.
    meanwhile: progress.rows.meanwhile(),
    rows: progress.rows.fold(event),
    next: nextOf({ states, past, now: step.occurredAt }),
  });
  progress.numbers.set(event.id, number);
};

/** Another order's event: it may change the room of a node we share, but none of its own rows are ours. */
const passOver = (progress: Progress, event: Recorded): void => {
  const foreign = typeof (event.data as { orderId?: unknown } | null)?.orderId === 'string';
  progress.rows.passOver(event, { bringsIn: !foreign });
};

const timeOf = ({ at, now }: ReplayRequest, lastStep: Step | undefined): string => {
  if (at.kind === 'now') return now;
  return at.kind === 'time' ? at.time : (lastStep?.event.occurredAt ?? now);
};

/** Folds the order to the moment asked for. A Refusal (422) if there is no such revision. */
export const replay = (request: ReplayRequest): Replay | Refusal => {
  const told = replayed(request);
  return told instanceof Refusal ? told : told.replay;
};

/** The same, with what its sentences are made from. */
export const replayed = (request: ReplayRequest): { replay: Replay; situation: Situation } | Refusal => {
  const { orderId, readModels, at } = request;
  const { streams, isOwn } = storyOf(orderId, request.events);
  const related = new Set(streams);
  const events = request.events.filter((event) => related.has(event.stream)).toSorted(inLogOrder);
  const count = countUntil(at, events, isOwn);
  if (count instanceof Refusal) return count;
  const progress: Progress = {
    states: BEFORE_ANYTHING,
    past: [],
    rows: new Rows(readModels),
    steps: [],
    numbers: new Map(),
  };
  const taken = events.slice(0, count);
  for (const event of taken) {
    if (isOwn(event)) take(progress, event, readModels);
    else passOver(progress, event);
  }
  const { states, past, rows, steps } = progress;
  const time = timeOf(request, steps.at(-1));
  const situation = { states, past, now: time };
  const told = {
    orderId,
    at: {
      step: steps.length,
      laterSteps: events.slice(count).filter(isOwn).length,
      position: taken.at(-1)?.position.commit.toString() ?? null,
      time,
    },
    states,
    before: BEFORE_ANYTHING,
    rows: rows.all(),
    next: nextOf(situation),
    notes: notesOf(steps, rows.parked()),
    steps,
    meanwhile: rows.meanwhile(),
  };
  return { replay: told, situation };
};
