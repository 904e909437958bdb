/** The ledger's own read models under the engine: whatever happens to their projector they hold what the log makes of them, and so does a rebuild. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { readModels } from '../../projections/index.js';
import { LEDGER_PREFIXES } from '../../src/ledger.events.js';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import type { ProjectionDefinition } from '../../src/platform/readers/projection-definition.js';
import { historyOf, moves } from '../support/histories.js';
import type { TestDatabase } from '../support/postgres.js';
import { CleanFold, sameTable, tableOf } from '../support/tables.js';
import { IMMORTAL, Lives, type Life } from './readers.mortal.support.js';
import { Builder, SWAP } from './readers.rebuild.support.js';
import { ListLog, connect, engineDatabase, query, rowsOf } from './readers.support.js';

let database: TestDatabase;
let source: DataSource;
let lives: Lives;
const definitions: readonly ProjectionDefinition[] = readModels;
const nameOf = (model: ProjectionDefinition): string => (model.projection as { name: string }).name;

beforeAll(async () => {
  database = await engineDatabase();
  source = await connect(
    database.url,
    definitions.map(({ entity }) => entity),
  );
  lives = new Lives(source, definitions);
  await lives.ensureTables();
});
afterEach(() => lives.forget());
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** Now and then an event of a later release, whose rows stand still from there on. */
const withTomorrow = (events: readonly Recorded[], every: number): Recorded[] =>
  events.map((event, index) =>
    every > 0 && index % every === every - 1 ? { ...event, metadata: { ...event.metadata, schemaVersion: 2 } } : event,
  );

const logOf = (events: readonly Recorded[]): ListLog => {
  const log = new ListLog();
  log.append(...events);
  return log;
};

/** Fails unless every table, and what is parked, is what the events make of it one by one. */
const expectCleanFold = async ({ events }: ListLog): Promise<void> => {
  const end = events.at(-1)?.position.commit ?? -1n;
  for (const model of definitions) {
    const fold = new CleanFold(model).upTo(events, end);
    sameTable(await tableOf(poolOf(source), source, model), fold.table, nameOf(model));
    const sql = `select row_key || ' ' || event_id as what from engine.projection_parked where projection = $1`;
    const parked = await query<{ what: string }>(source, sql, [nameOf(model)]);
    expect([nameOf(model), parked.map(({ what }) => what).sort()]).toEqual([nameOf(model), fold.parked]);
  }
};

const life: fc.Arbitrary<Life> = fc.record({
  eventsMax: fc.integer({ min: 5, max: 40 }),
  again: fc.nat(30),
  diesAt: fc.integer({ min: 1, max: 120 }),
  ahead: fc.boolean(),
  answerLost: fc.boolean(),
});
const history = fc
  .tuple(
    moves(80).filter((made) => made.length > 20),
    fc.constantFrom(0, 0, 17),
  )
  .map(([made, every]) => withTomorrow(historyOf(made), every));

describe('the read models', () => {
  it('are the same wherever their projector is killed, however the log is cut and whatever it is told twice: what the log makes of them', async () => {
    const property = fc.asyncProperty(history, fc.array(life, { minLength: 1, maxLength: 4 }), async (events, mortals) => {
      const log = logOf(events);
      await lives.live(log, IMMORTAL);
      await expectCleanFold(log);
      const clean = await lives.left();
      await lives.forget();
      for (const one of mortals) await lives.live(log, one);
      await lives.live(log, { ...IMMORTAL, again: 10 });
      expect(await lives.left()).toEqual(clean);
      await lives.forget();
    });
    await fc.assert(property, { numRuns: 12 });
    expect(lives.deaths).toBeGreaterThan(0);
  }, 240_000);

  it('are rebuilt to the bytes of the live run, all at once', async () => {
    const property = fc.asyncProperty(moves(120), async (made) => {
      const log = logOf(withTomorrow(historyOf(made), 29));
      await lives.live(log, { ...IMMORTAL, eventsMax: 7 });
      const live = await lives.left();
      const builder = await Builder.start(database.url, log, { definitions, prefixes: [...LEDGER_PREFIXES], limits: { eventsMax: 11 } });
      try {
        await Promise.all(definitions.map((model) => builder.desk.request(nameOf(model), SWAP)));
        for (const model of definitions) {
          const { state, difference } = await builder.untilOf(nameOf(model), 'swapped', 'differs');
          expect([nameOf(model), state, difference]).toEqual([nameOf(model), 'swapped', null]);
        }
      } finally {
        await builder.stop();
      }
      for (const { table } of lives.models) {
        const rebuilt = await rowsOf(source, table.tableName);
        expect([table.tableName, rebuilt]).toEqual([table.tableName, live[table.tableName]]);
        expect(await rowsOf(source, `${table.tableName}_old`)).toEqual(rebuilt);
      }
    });
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
  }, 240_000);
});

describe('an event that only an index of the table refuses', () => {
  /** Longer than an entry of an index may be, also when it is compressed. */
  const endless = Array.from({ length: 6_000 }, (_, index) => ((index * 7_919) % 65_521).toString(36)).join('');
  const orderList = (): string => lives.models.find(({ fold }) => fold.key.reader === 'order-list')?.table.tableName ?? '';
  const about = (model: ProjectionDefinition): boolean => nameOf(model) === 'order-list';

  it('is parked by the live run and by a rebuild, in which everything else goes on', async () => {
    const course = Array.from({ length: 24 }, (_, index) => ({ order: index % 2, node: index, what: 'advance' as const }));
    const placed = historyOf(course);
    const spoilt = placed.findIndex(({ type }) => type === 'OrderPlaced');
    const log = logOf(
      placed.map((event, index) => (index === spoilt ? { ...event, data: { ...(event.data as object), customerId: endless } } : event)),
    );
    await lives.live(log, IMMORTAL);
    const parked = `select row_key, event_id, error from engine.projection_parked where projection = 'order-list' order by position`;
    const live = [await rowsOf(source, orderList()), await query<{ event_id: string; error: string }>(source, parked)] as const;
    expect(live[0]).toHaveLength(1);
    expect(live[1][0]).toMatchObject({ event_id: placed[spoilt]?.id, error: expect.stringContaining('index') });
    const builder = await Builder.start(database.url, log, {
      definitions: definitions.filter(about),
      prefixes: [...LEDGER_PREFIXES],
      limits: { eventsMax: 5 },
    });
    try {
      await builder.desk.request('order-list', SWAP);
      expect(await builder.untilOf('order-list', 'swapped', 'differs')).toMatchObject({
        state: 'swapped',
        difference: null,
        lastError: null,
      });
    } finally {
      await builder.stop();
    }
    expect([await rowsOf(source, orderList()), await query(source, parked)]).toEqual(live);
  });
});
