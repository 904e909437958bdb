/** The table of a new version is filled first and indexed when it is level with the log, on a real PostgreSQL. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Entity, Index } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import { GatedLog, NAME, filled, placeOf } from './readers.rebuild.support.js';
import { AccountEntity, Instance, accounts, connect, engineDatabase, positionOf, put, query } from './readers.support.js';

const HELD = 'test-held';
const DATED = 'test-dated';
const LOCK = 78;

/** Its second index takes a lock for each row, so that a test can make PostgreSQL stop in the middle of building it. */
@Entity({ schema: 'read', name: 'test_held_v1' })
@Index(['total', 'lastAt'], { where: 'held(total)' })
class HeldEntity extends AccountEntity {}

@Entity({ schema: 'read', name: 'test_dated_v1' })
@Index(['lastAt'])
class DatedEntity extends AccountEntity {}

const held = [{ projection: { ...accounts, name: HELD }, entity: HeldEntity }];
const dated = [{ projection: { ...accounts, name: DATED }, entity: DatedEntity }];

let database: TestDatabase;
const open: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  database = await engineDatabase();
  open.push(() => database.drop());
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const start = async (
  ...[log, options]: [Parameters<typeof Instance.start>[1], Parameters<typeof Instance.start>[2]?]
): Promise<Instance> => {
  const instance = await Instance.start(database.url, log, options);
  open.push(() => instance.stop());
  return instance;
};
const built = async (instance: Instance, reader = NAME): Promise<boolean> =>
  (await query(instance.database, 'select 1 from engine.checkpoint where built_at is not null and reader = $1', [reader])).length > 0;
const indexes = async (instance: Instance): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    instance.database,
    `select indexname as name from pg_indexes where schemaname = 'read' order by 1`,
  );
  return rows.map(({ name }) => name);
};

describe('a first build', () => {
  it('makes the indexes when it is level with the log, and is not over before', async () => {
    const log = filled(60);
    const gated = new GatedLog(log, 40);
    const instance = await start(gated, { limits: { eventsMax: 10 } });
    await eventually(async () => (await positionOf(instance.database)) >= placeOf(log, 29), { what: 'a part of it' });
    expect([await indexes(instance), await built(instance)]).toEqual([['test_accounts_v1_pkey'], false]);
    gated.release();
    await eventually(() => built(instance), { what: 'its end' });
    expect(await indexes(instance)).toEqual(['test_accounts_v1_index_1', 'test_accounts_v1_pkey']);
  });

  it('begins anew with its indexes when one of them cannot take a row, and parks that', async () => {
    const log = filled(20);
    const long = Array.from({ length: 8_000 }, (_none, index) => String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000))).join('');
    const refused = put('account-3', 1);
    log.append({ ...refused, metadata: { ...refused.metadata, occurredAt: long } }, put('account-4', 1));
    const instance = await start(log, { definitions: dated });
    await eventually(() => built(instance, DATED), { what: 'its end' });
    expect(await query(instance.database, 'select row_key, event_id from engine.projection_parked')).toEqual([
      { row_key: 'account-3', event_id: refused.id },
    ]);
    const rows = await query(
      instance.database,
      `select account_id, jsonb_array_length(history)::int as events from read.test_dated_v1 order by 1`,
    );
    expect(rows).toEqual([3, 3, 3, 3, 4, 3, 2].map((events, index) => ({ account_id: `account-${index}`, events })));
    expect(await indexes(instance)).toEqual(['test_dated_v1_index_1', 'test_dated_v1_index_2', 'test_dated_v1_pkey']);
    expect(await query(instance.database, 'select events::int as events from engine.checkpoint')).toEqual([{ events: 22 }]);
  });

  it('is left at once in the midst of an index, and goes on with the next process', async () => {
    const log = filled(20);
    const other = await connect(database.url);
    open.push(() => other.destroy());
    const slow = `create function held(integer) returns boolean language plpgsql immutable as
      $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return true; end $$`;
    await query(other, slow);
    const holder = await poolOf(other).connect();
    await holder.query(`select pg_advisory_lock(${LOCK})`);
    const first = await start(log, { definitions: held });
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%create index%'`;
    await eventually(async () => (await query(other, waiting)).length > 0, { what: 'an index being built' });
    await first.stop();
    holder.release(true);
    open.splice(open.length - 1);
    const next = await start(log, { definitions: held });
    await eventually(() => built(next, HELD), { what: 'its end' });
    expect(await indexes(next)).toEqual(['test_held_v1_index_1', 'test_held_v1_index_2', 'test_held_v1_pkey']);
  });
});
