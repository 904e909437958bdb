/** A rebuild is to end while PostgreSQL is busy with a statement that takes as long as it takes: its process drains, or somebody cancels it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';
import { Entity, Index } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import { RebuildDesk } from '../../src/platform/readers/rebuild/rebuild-desk.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import { Builder, GatedLog, NAME, SWAP, VERIFY, filled } from './readers.rebuild.support.js';
import { AccountEntity, Instance, accounts, engineDatabase, positionOf, query, type ListLog } from './readers.support.js';

const HELD = 'test-held';
const LOCK = 77;

/** Its index takes a lock for each row, so that a test can make PostgreSQL stop in the middle of building it. */
@Entity({ schema: 'read', name: 'test_held_v1' })
@Index(['total', 'lastAt'], { where: 'held(total)' })
class HeldEntity extends AccountEntity {}

const held = [{ projection: { ...accounts, name: HELD }, entity: HeldEntity }];

let database: TestDatabase;
let log: ListLog;
const open: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  database = await engineDatabase();
  open.push(() => database.drop());
  log = filled(60);
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** With every event projected and every index made. */
const live = async (options: Parameters<typeof Instance.start>[2] = {}, name = NAME): Promise<Instance> => {
  const instance = await Instance.start(database.url, log, options);
  open.push(() => instance.stop());
  const built = `select 1 from engine.checkpoint where built_at is not null and reader = $1`;
  await eventually(async () => (await query(instance.database, built, [name])).length > 0, { what: 'the live table', withinMs: 20_000 });
  return instance;
};
const builderOn = async (...given: Parameters<typeof Builder.start>): Promise<Builder> => {
  const builder = await Builder.start(...given);
  open.push(() => builder.stop());
  return builder;
};
/** Somebody else's transaction; it ends with the test. */
const other = async (instance: Instance, sql: string): Promise<PoolClient> => {
  const session = await poolOf(instance.database).connect();
  open.push(() => Promise.resolve(session.release(true)));
  await session.query(`set idle_in_transaction_session_timeout = 0; ${sql}`);
  return session;
};
/** What the rebuild's sessions are waiting for a lock with. */
const waiting = async (instance: Instance, statement: string): Promise<void> => {
  const sql = `select 1 from pg_stat_activity where application_name = 'ledger-rebuild' and wait_event_type = 'Lock' and query ilike $1`;
  const found = async (): Promise<boolean> => (await query(instance.database, sql, [`%${statement}%`])).length > 0;
  await eventually(found, { what: `a session that waits with ${statement}`, withinMs: 20_000 });
};
const tables = async (instance: Instance): Promise<string[]> => {
  const sql = `select schemaname || '.' || tablename as name from pg_tables where tablename like 'test_%' order by 1`;
  return (await query<{ name: string }>(instance.database, sql)).map(({ name }) => name);
};

describe('a process that is told to stop', () => {
  it('ends although an index is being built, and the next one goes on', async () => {
    const instance = await live();
    const gated = new GatedLog(log, 40);
    const builder = await builderOn(database.url, gated, { limits: { eventsMax: 10 } });
    await builder.desk.request(NAME, SWAP);
    await eventually(async () => (await positionOf(instance.database, `${NAME}@shadow`)) > 0n, { what: 'a shadow' });
    const writer = await other(instance, 'begin; lock table read.test_accounts_v1_shadow in row exclusive mode');
    gated.release();
    await waiting(instance, 'create index');
    await builder.stop();
    await writer.query('commit');
    const next = await builderOn(database.url, log);
    expect(await next.until('swapped')).toMatchObject({ difference: null });
  });

  it('ends although tables are being compared, and the next one goes on', async () => {
    const instance = await live();
    const gated = new GatedLog(log, 40);
    const builder = await builderOn(database.url, gated, { limits: { eventsMax: 10 } });
    await builder.desk.request(NAME, VERIFY);
    await eventually(async () => (await positionOf(instance.database, `${NAME}@scratch`)) > 0n, { what: 'a scratch table' });
    const holder = await other(instance, 'begin; lock table engine.projection_parked in access exclusive mode');
    gated.release();
    await waiting(instance, 'hashtextextended');
    await builder.stop();
    await holder.query('commit');
    const next = await builderOn(database.url, log);
    expect(await next.until('verified')).toMatchObject({ difference: null });
  });
});

describe('a cancellation', () => {
  it('is answered although an index is being built, and says nothing of what it interrupted', async () => {
    const before = await live();
    const slow = `create function held(integer) returns boolean language plpgsql immutable as
      $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return true; end $$`;
    await query(before.database, slow);
    const instance = await live({ definitions: held }, HELD);
    const holder = await other(instance, `select pg_advisory_lock(${LOCK})`);
    const reports: string[] = [];
    const builder = await builderOn(database.url, log, { definitions: held, report: (message) => reports.push(message) });
    await builder.desk.request(HELD, SWAP);
    await waiting(instance, 'create index');
    const desk = new RebuildDesk(instance.database, held);
    await desk.cancel(HELD);
    const left = [await tables(instance), (await desk.last(HELD))?.state];
    await holder.query(`select pg_advisory_unlock(${LOCK})`);
    await builder.stop();
    expect(left).toEqual([['read.test_accounts_v1', 'read.test_held_v1'], 'cancelled']);
    expect([await tables(instance), reports]).toEqual([left[0], []]);
    expect(await desk.last(HELD)).toMatchObject({ state: 'cancelled', lastError: null });
  });

  it('leaves no table, also when a process is just about to make it', async () => {
    const instance = await live();
    const desk = new RebuildDesk(instance.database, [{ projection: accounts, entity: AccountEntity }]);
    await desk.request(NAME, SWAP);
    const cancelling = await other(instance, `begin; update engine.rebuild set state = 'cancelled'`);
    const builder = await builderOn(database.url, log);
    const blocked = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%engine.rebuild%for share%'`;
    await eventually(async () => (await query(instance.database, blocked)).length > 0, { what: 'a run that begins' });
    await cancelling.query('commit');
    await eventually(async () => (await query(instance.database, blocked)).length === 0, { what: 'the run going on' });
    await builder.stop();
    expect(await tables(instance)).toEqual(['read.test_accounts_v1']);
  });
});
