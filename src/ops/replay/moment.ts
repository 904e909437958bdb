/** The point to which an order is folded: now, a revision of one of its streams, a place in the log, or a time. */
import type { Recorded } from '../../platform/event.js';
import { refuse, Refusal } from '../../platform/refusal.js';
import { ownStreams } from './order-streams.js';

export type Moment =
  | { readonly kind: 'now' }
  | { readonly kind: 'revision'; readonly stream: string; readonly revision: number }
  | { readonly kind: 'position'; readonly position: bigint }
  /** ISO-8601 in UTC. */
  | { readonly kind: 'time'; readonly time: string };

export const AT_FORMS =
  '"7" (revision of the order), "payment@2" or "node-1@17" (revision of a stream), "position:12345" (place in the log), or "2026-11-21T07:30:00Z" (time with its zone)';

const REVISION = /^(?:([A-Za-z]+(?:-[^@\s]+)?)@)?(\d{1,9})$/;
const POSITION = /^position:(\d{1,19})$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.]\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

const streamOf = (orderId: string, name: string): string => {
  const own = ownStreams(orderId).find((stream) => stream === `${name}-${orderId}`);
  return own ?? name;
};

/** Reads what an operator wrote; undefined and empty mean now. A Refusal with status 422 if it is none of the forms. */
export const momentOf = (orderId: string, text: string | undefined): Moment | Refusal => {
  if (text === undefined || text === '') return { kind: 'now' };
  const [, name, revision] = REVISION.exec(text) ?? [];
  if (revision !== undefined) return { kind: 'revision', stream: streamOf(orderId, name ?? 'order'), revision: Number(revision) };
  const [, position] = POSITION.exec(text) ?? [];
  if (position !== undefined) return { kind: 'position', position: BigInt(position) };
  const timeMs = TIME.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(timeMs)) return { kind: 'time', time: new Date(timeMs).toISOString() };
  return refuse('REPLAY_AT_INVALID', 422, `This point is none of ${AT_FORMS}.`);
};

const lastIndex = (events: readonly Recorded[], holds: (event: Recorded) => boolean): number => {
  for (let index = events.length - 1; index >= 0; index -= 1) if (holds(events[index] as Recorded)) return index;
  return -1;
};

const atRevision = (events: readonly Recorded[], { stream, revision }: Extract<Moment, { kind: 'revision' }>): number | Refusal => {
  const found = events.findIndex((event) => event.stream === stream && event.revision === revision);
  if (found >= 0) return found + 1;
  const revisions = events.filter((event) => event.stream === stream).map((event) => event.revision);
  if (revisions.length === 0) return refuse('REPLAY_AT_UNKNOWN', 422, `${stream} is none of this order's streams, or has no events.`);
  return refuse('REPLAY_AT_UNKNOWN', 422, `${stream} has the revisions ${Math.min(...revisions)} to ${Math.max(...revisions)}.`);
};

/**
 * How many of these events, which stand in the log's order, belong to the moment. It is always a prefix, hence a state that really was: for a time,
 * everything up to the last of the order's own events that had occurred by then. A Refusal if there is no such revision.
 */
export const countUntil = (moment: Moment, events: readonly Recorded[], isOwn: (event: Recorded) => boolean): number | Refusal => {
  switch (moment.kind) {
    case 'now':
      return events.length;
    case 'revision':
      return atRevision(events, moment);
    case 'position':
      return lastIndex(events, ({ position }) => position.commit <= moment.position) + 1;
    case 'time':
      return lastIndex(events, (event) => isOwn(event) && occurredBy(event, moment.time)) + 1;
  }
};

const occurredBy = ({ metadata }: Recorded, time: string): boolean => {
  const at = (metadata as Partial<Recorded['metadata']> | undefined)?.occurredAt;
  return typeof at === 'string' && at <= time;
};
