/** A projection run in memory, one event at a time, as the engine runs it: for tests of folds. */
import { readFileSync } from 'node:fs';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Fact, Metadata, Recorded } from '../../src/platform/event.js';
import type { Projection } from '../../src/platform/projection.js';

/** The metadata of events made by `recorded`, unless a test says otherwise. */
export const METADATA: Metadata = {
  $correlationId: 'correlation',
  $causationId: 'causation',
  commandId: 'command',
  actor: { kind: 'system', id: 'test' },
  occurredAt: '2026-11-01T10:00:00.000Z',
  schemaVersion: 1,
};

/** The fact as the index-th event of a log: ids, revisions and positions follow from the index. */
export const recorded = <E extends Fact>(fact: E, index: number, occurredAt = METADATA.occurredAt): Recorded<E> => ({
  ...fact,
  id: `event-${index}`,
  stream: 'test-1',
  revision: index,
  position: { commit: BigInt(100 * (index + 1)), prepare: BigInt(100 * (index + 1)) },
  metadata: { ...METADATA, occurredAt },
});

type EventOf<T extends LedgerEvent['type']> = Extract<LedgerEvent, { type: T }>;

/**
 * The frozen sample of an event type as the index-th event of a log: stream, data and metadata are the sample's. @param addition names the
 * sample with fields that later code adds (`PaymentSucceeded.v1-term.json`)
 */
export const sample = <T extends LedgerEvent['type']>(type: T, index = 0, addition?: string): Recorded<EventOf<T>> => {
  const file = `test/samples/${type}.v1${addition === undefined ? '' : `-${addition}`}.json`;
  const frozen = JSON.parse(readFileSync(file, 'utf8')) as Recorded<EventOf<T>>;
  return { ...recorded<EventOf<T>>(frozen, index), stream: frozen.stream, metadata: frozen.metadata };
};

/** Whether this is already an event of a log, or still a bare fact. */
const isRecorded = <E extends Fact>(event: E | Recorded<E>): event is Recorded<E> => 'metadata' in event;

type Fold<Row> = (row: Row | undefined, event: Recorded) => Row | undefined;
type AnyAnswer<Row> = Fold<Row> | { key: (event: Recorded) => string; evolve: Fold<Row> } | 'ignored';

/** The rows by key after these events, bare facts being recorded in the order given. Throws on an event that the projection does not answer. */
export const project =
  <Row extends object, E extends Fact>(projection: Projection<Row, E>) =>
  (...events: readonly (E | Recorded<E>)[]): Record<string, Row> => {
    const rows = new Map<string, Row>();
    const usualKey = projection.key as (event: Recorded) => string;
    const answers = projection.on as unknown as Readonly<Record<string, AnyAnswer<Row>>>;
    for (const [index, given] of events.entries()) {
      const event: Recorded = isRecorded(given) ? given : recorded(given, index);
      const answer = Object.hasOwn(answers, event.type) ? answers[event.type] : undefined;
      if (answer === undefined) throw new Error(`${projection.name} does not answer ${event.type}`);
      if (answer === 'ignored') continue;
      const { key, evolve } = typeof answer === 'function' ? { key: usualKey, evolve: answer } : answer;
      const row = evolve(rows.get(key(event)), event);
      if (row === undefined) rows.delete(key(event));
      else rows.set(key(event), row);
    }
    return Object.fromEntries(rows);
  };
