/** A projector that dies at any statement, reads again what it has read, and cuts the log into any batches: the same rows as in one clean run. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import type { TestDatabase } from '../support/postgres.js';
import { IMMORTAL, Lives } from './readers.mortal.support.js';
import { AccountEntity, EntryEntity, ListLog, accounts, connect, engineDatabase, entries, event } from './readers.support.js';

let database: TestDatabase;
let source: DataSource;
let lives: Lives;

beforeAll(async () => {
  database = await engineDatabase();
  source = await connect(database.url);
  lives = new Lives(source, [
    { projection: accounts, entity: AccountEntity },
    { projection: entries, entity: EntryEntity },
  ]);
  await lives.ensureTables();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** The database is empty again afterwards. */
const outcome = async (): Promise<object> => {
  const left = await lives.left();
  await lives.forget();
  return left;
};

describe('a projector', () => {
  it('leaves the same rows, parked events and checkpoints wherever it is killed, however the log is cut and whatever it is told twice', async () => {
    const what = fc.constantFrom('Put', 'Put', 'Put', 'Closed', 'Noticed', 'Broke', 'Huge', 'Later');
    const events = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), what, fc.integer({ min: -9, max: 9 })), {
      minLength: 1,
      maxLength: 25,
    });
    const life = fc.record({
      eventsMax: fc.integer({ min: 1, max: 9 }),
      again: fc.nat(6),
      diesAt: fc.integer({ min: 1, max: 30 }),
      ahead: fc.boolean(),
      answerLost: fc.boolean(),
    });
    const property = fc.asyncProperty(events, fc.array(life, { minLength: 1, maxLength: 6 }), async (told, mortals) => {
      const log = new ListLog();
      for (const [accountId, type, amount] of told) {
        if (type === 'Huge') log.append(event('Put', { accountId, amount: 3_000_000_000 }));
        else if (type === 'Later') log.append(event('Put', { accountId, amount }, 2));
        else log.append(event(type, { accountId, amount }));
      }
      await lives.live(log, IMMORTAL);
      const clean = await outcome();
      for (const one of mortals) await lives.live(log, one);
      await lives.live(log, { ...IMMORTAL, again: 3 });
      expect(await outcome()).toEqual(clean);
    });
    // What the last state of a row conceals from PostgreSQL in one batch is seen by it in three.
    const concealed: [string, string, number][] = [
      ['a', 'Huge', 0],
      ['a', 'Closed', 0],
      ['a', 'Put', 5],
    ];
    await fc.assert(property, { numRuns: 40, examples: [[concealed, [{ ...IMMORTAL, eventsMax: 1 }]]] });
    expect(lives.deaths).toBeGreaterThan(20);
  });
});
