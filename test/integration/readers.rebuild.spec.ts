/** Rebuilds on a real PostgreSQL: beside the running projector, through kills and differences, up to the swap and back. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { poolOf } from '../../src/platform/database/data-source.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { newId } from '../../src/platform/ids.js';
import { LeaseLost } from '../../src/platform/readers/errors.js';
import { farewell } from '../../src/platform/readers/pacing.js';
import { takeUp } from '../../src/platform/readers/projection-group.js';
import { PARKING_LIMITS } from '../../src/platform/readers/projection-parked.js';
import { memberOf, writeBatch } from '../../src/platform/readers/projection-writer.js';
import { subjectOf } from '../../src/platform/readers/rebuild/copies.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import { Builder, GatedLog, NAME, SWAP, VERIFY, filled, placeOf } from './readers.rebuild.support.js';
import { AccountEntity, Instance, ListLog, accounts, engineDatabase, event, positionOf, put, query, rowsOf } from './readers.support.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const fresh = async (): Promise<TestDatabase> => {
  const database = await engineDatabase();
  open.push(() => database.drop());
  return database;
};
const live = async (...given: Parameters<typeof Instance.start>): Promise<Instance> => {
  const instance = await Instance.start(...given);
  open.push(() => instance.stop());
  return instance;
};
const builderOn = async (...given: Parameters<typeof Builder.start>): Promise<Builder> => {
  const builder = await Builder.start(...given);
  open.push(() => builder.stop());
  return builder;
};

/** A live table is also built: a rebuild is of one that has its indexes. */
const reaches = ({ database }: Instance, position: bigint, reader: string = NAME): Promise<unknown> => {
  const there = `select 1 from engine.checkpoint where reader = $1 and commit_position >= $2 and (built_at is not null or reader like '%@%')`;
  const asked = async (): Promise<boolean> => (await query(database, there, [reader, String(position)])).length > 0;
  return eventually(asked, { what: `${reader} at ${position}`, withinMs: 20_000 });
};

const namesOf = async ({ database }: Instance, sql: string): Promise<string[]> =>
  (await query<{ name: string }>(database, sql)).map(({ name }) => name);
const tables = (instance: Instance): Promise<string[]> =>
  namesOf(instance, `select tablename as name from pg_tables where tablename like 'test_accounts_v1%' order by 1`);
const indexes = (instance: Instance): Promise<string[]> =>
  namesOf(instance, `select indexname as name from pg_indexes where tablename like 'test_accounts_v1%' order by 1`);
const readers = (instance: Instance): Promise<string[]> => namesOf(instance, 'select reader as name from engine.checkpoint order by 1');

/** What no fold has made. */
const spoil = ({ database }: Instance, accountId: string): Promise<unknown> =>
  query(database, 'update read.test_accounts_v1 set total = total + 1000 where account_id = $1', [accountId]);

describe('a rebuild', () => {
  it('gives the bytes of the live run, keeps the old table and follows it, as often as it is asked for', async () => {
    const { url } = await fresh();
    const log = filled(300);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const before = await rowsOf(instance.database);
    const builder = await builderOn(url, log, { limits: { eventsMax: 20 } });
    const done = await builder.run(SWAP, 'swapped');
    expect(done).toMatchObject({ purpose: 'swap', percent: 100, events: 300, difference: null, lastError: null, requestedBy: 'test' });
    expect(await rowsOf(instance.database)).toEqual(before);
    const again = await builder.run(SWAP, 'swapped');
    expect(again.id).not.toBe(done.id);
    expect(again.events).toBe(300);
    expect(await rowsOf(instance.database)).toEqual(before);
    const [name, old] = ['test_accounts_v1', 'test_accounts_v1_old'];
    expect(await tables(instance)).toEqual([name, old]);
    expect(await indexes(instance)).toEqual([`${name}_index_1`, `${old}_index_1`, `${old}_pkey`, `${name}_pkey`]);
    log.append(put('account-3', 7));
    await Promise.all([reaches(instance, placeOf(log)), reaches(instance, placeOf(log), `${NAME}@old`)]);
    expect(await rowsOf(instance.database)).not.toEqual(before);
    expect(await rowsOf(instance.database, old)).toEqual(await rowsOf(instance.database));
  });

  it('goes on where a process died, with its progress seen by everybody', async () => {
    const { url } = await fresh();
    const log = filled(100);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const dying = await builderOn(url, new GatedLog(log, 40), { limits: { eventsMax: 10 } });
    await dying.desk.request(NAME, SWAP);
    await reaches(instance, placeOf(log, 29), `${NAME}@shadow`);
    const seen = await dying.until('building');
    expect(seen.percent).toBeLessThan(60);
    // As a kill leaves it: sessions cut in whatever they were doing, and nobody left to say so.
    await query(instance.database, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ledger-rebuild'`);
    await dying.stop();
    const [reached, beginnings] = [await positionOf(instance.database, `${NAME}@shadow`), log.begun.length];
    const builder = await builderOn(url, log);
    const done = await builder.until('swapped');
    expect(done.id).toBe(seen.id);
    expect(log.begun[beginnings]).toBe(reached);
    expect(await rowsOf(instance.database)).toEqual(await rowsOf(instance.database, 'test_accounts_v1_old'));
    expect(await rowsOf(instance.database)).toHaveLength(7);
  });

  it('is stopped by a difference, says which rows, and swaps when that is accepted', async () => {
    const { url } = await fresh();
    const log = filled(50);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const right = await rowsOf(instance.database);
    await spoil(instance, 'account-2');
    const builder = await builderOn(url, log);
    const { difference } = await builder.run(SWAP, 'differs');
    expect(difference).toMatchObject({ differentRows: 1, live: { rows: 7 }, rebuilt: { rows: 7 } });
    const total = [2, 9, 16, 23, 30, 37, 44].reduce((sum, amount) => sum + amount);
    expect(difference?.first).toEqual([{ rowKey: 'account-2', live: { total: total + 1000 }, rebuilt: { total } }]);
    expect(await rowsOf(instance.database)).not.toEqual(right);
    await expect(builder.desk.request(NAME, VERIFY)).rejects.toMatchObject({ code: 'REBUILD_WAITING', status: 409 });
    log.append(put('account-1', 1));
    await reaches(instance, placeOf(log));
    const accepted = await builder.run({ ...SWAP, acceptDifferences: true }, 'swapped');
    expect(accepted.events).toBe(51);
    const rows = await query(instance.database, `select account_id, total from read.test_accounts_v1 where account_id = 'account-2'`);
    expect(rows).toEqual([{ account_id: 'account-2', total }]);
    expect(await readers(instance)).toEqual([NAME, `${NAME}@old`]);
  });

  it('is not swapped in by a process that was overtaken, though nothing was left to be written', async () => {
    const { url } = await fresh();
    const log = filled(50);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const session = await poolOf(instance.database).connect();
    await session.query('begin; lock table read.test_accounts_v1 in row exclusive mode');
    const builder = await builderOn(url, log);
    await builder.desk.request(NAME, SWAP);
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%share row exclusive%' and pid <> pg_backend_pid()`;
    await eventually(async () => (await query(instance.database, waiting)).length > 0, { what: 'the comparison' });
    await query(instance.database, `update engine.checkpoint set epoch = epoch + 1 where reader = $1`, [`${NAME}@shadow`]);
    await session.query('commit');
    session.release();
    await eventually(async () => (await builder.desk.last(NAME))?.lastError?.startsWith('a later owner'), { what: 'the loss noticed' });
    expect(await tables(instance)).toEqual(['test_accounts_v1', 'test_accounts_v1_shadow']);
  });

  it('is taken back at once, and its old table is let go when told', async () => {
    const { url } = await fresh();
    const log = filled(50);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    await spoil(instance, 'account-2');
    const spoilt = await rowsOf(instance.database);
    const builder = await builderOn(url, log);
    await expect(builder.desk.rollback(NAME)).rejects.toMatchObject({ code: 'OLD_TABLE_MISSING' });
    await builder.run({ ...SWAP, acceptDifferences: true }, 'swapped');
    const right = await rowsOf(instance.database);
    await builder.desk.rollback(NAME);
    expect(await rowsOf(instance.database)).toEqual(spoilt);
    log.append(put('account-5', 1));
    await Promise.all([reaches(instance, placeOf(log)), reaches(instance, placeOf(log), `${NAME}@old`)]);
    expect(await rowsOf(instance.database)).not.toEqual(spoilt);
    await builder.desk.rollback(NAME);
    const expected = right.length;
    expect(await rowsOf(instance.database)).toHaveLength(expected);
    expect(await query(instance.database, `select total from read.test_accounts_v1 where account_id = 'account-2'`)).toEqual([
      { total: 161 },
    ]);
    expect(await builder.desk.dropOld(NAME)).toEqual(['read.test_accounts_v1_old']);
    await expect(builder.desk.dropOld(NAME)).rejects.toMatchObject({ code: 'OLD_TABLE_MISSING' });
    expect(await tables(instance)).toEqual(['test_accounts_v1']);
    log.append(put('account-6', 1));
    await reaches(instance, placeOf(log));
    await eventually(async () => (await readers(instance)).join() === NAME, { what: 'nobody following the dropped table' });
  });

  it('tells where and why its old table follows no more', async () => {
    const { url } = await fresh();
    const log = filled(50);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const builder = await builderOn(url, log);
    expect(await builder.desk.old(NAME)).toStrictEqual({ kept: false, stopped: null });
    await builder.run(SWAP, 'swapped');
    expect(await builder.desk.old(NAME)).toStrictEqual({ kept: true, stopped: null });
    const position = String(placeOf(log));
    await query(instance.database, 'alter table read.test_accounts_v1_old rename column total to gone');
    log.append(put('account-5', 1));
    const stopped = await eventually(async () => (await builder.desk.old(NAME)).stopped, { what: 'word of it', withinMs: 20_000 });
    expect(stopped).toStrictEqual({ position, error: expect.stringContaining('"total"') });
    await query(instance.database, 'alter table read.test_accounts_v1_old rename column gone to total');
    await eventually(async () => (await builder.desk.old(NAME)).stopped === null, { what: 'it to follow again', withinMs: 20_000 });
  });

  it('fences a projector that folded onto rows of the table before', async () => {
    const { url } = await fresh();
    const log = filled(20);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    await instance.engine.stop();
    const subject = subjectOf(instance.database, { projection: accounts, entity: AccountEntity });
    const member = memberOf({ ...subject.live, epoch: 100 });
    const writing = await takeUp({ log, pool: poolOf(instance.database), owner: 'late', parking: PARKING_LIMITS }, [member]);
    const builder = await builderOn(url, log);
    await builder.run(SWAP, 'swapped');
    const rows = await rowsOf(instance.database);
    const late = put('account-1', 5);
    await expect(writeBatch(writing, [member], { events: [late], to: late.position })).rejects.toBeInstanceOf(LeaseLost);
    expect(await rowsOf(instance.database)).toEqual(rows);
    await takeUp({ log, pool: poolOf(instance.database), owner: 'late', parking: PARKING_LIMITS }, [member]);
    await writeBatch(writing, [member], { events: [late], to: late.position });
    expect(await rowsOf(instance.database)).not.toEqual(rows);
  });

  it('is cancelled without a trace, also while it works', async () => {
    const { url } = await fresh();
    const log = filled(100);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const builder = await builderOn(url, new GatedLog(log, 40), { limits: { eventsMax: 10 } });
    await expect(builder.desk.cancel(NAME)).rejects.toMatchObject({ code: 'REBUILD_NOT_RUNNING' });
    await builder.desk.request(NAME, SWAP);
    await reaches(instance, placeOf(log, 29), `${NAME}@shadow`);
    await expect(builder.desk.request(NAME, VERIFY)).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    await expect(builder.desk.cancel(NAME, 'verify')).rejects.toMatchObject({ code: 'REBUILD_NOT_RUNNING' });
    await builder.desk.cancel(NAME, 'swap');
    expect(await builder.desk.last(NAME)).toMatchObject({ state: 'cancelled' });
    expect(await tables(instance)).toEqual(['test_accounts_v1']);
    await builder.stop();
    expect(await readers(instance)).toEqual([NAME]);
    const next = await builderOn(url, log);
    expect(await next.run(SWAP, 'swapped')).toMatchObject({ events: 100 });
  });

  it('parks what the live run has parked', async () => {
    const { url } = await fresh();
    const log = filled(20);
    log.append(event('Broke', { accountId: 'account-3' }), put('account-3', 9));
    filled(20, log);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const parked = 'select projection, row_key, position, event_id, error from engine.projection_parked order by projection, position';
    const before = await query(instance.database, parked);
    expect(before.length).toBeGreaterThan(2);
    const builder = await builderOn(url, log);
    expect(await builder.run(SWAP, 'swapped')).toMatchObject({ difference: null });
    const after = await query<{ projection: string }>(instance.database, parked);
    expect(after.filter(({ projection }) => projection === NAME)).toEqual(before);
    await builder.desk.dropOld(NAME);
    expect(await query(instance.database, parked)).toEqual(before);
  });

  it('parks the event that PostgreSQL refuses in the middle of it, goes on, and says so', async () => {
    const { url } = await fresh();
    const log = filled(100);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const gated = new GatedLog(log, 40);
    const builder = await builderOn(url, gated, { limits: { eventsMax: 10 } });
    await builder.desk.request(NAME, SWAP);
    await reaches(instance, placeOf(log, 29), `${NAME}@shadow`);
    // The sum of account-3 comes to 279 with the 60th event.
    const modest = `check (account_id <> 'account-3' or total < 279)`;
    await query(instance.database, `alter table read.test_accounts_v1_shadow add constraint modest ${modest}`);
    gated.release();
    const { difference } = await builder.until('differs', 'swapped', 'failed');
    expect(difference).toMatchObject({ differentRows: 1, live: { rows: 7, parked: 0 }, rebuilt: { rows: 7, parked: 6 } });
    expect(difference?.first).toMatchObject([{ rowKey: 'account-3' }]);
    const swapped = await builder.run({ ...SWAP, acceptDifferences: true }, 'swapped');
    expect(swapped).toMatchObject({ events: 100, percent: 100 });
    const parked = await query(
      instance.database,
      'select row_key, error from engine.projection_parked where projection = $1 order by position',
      [NAME],
    );
    expect(parked).toHaveLength(6);
    expect(parked[0]).toMatchObject({ row_key: 'account-3', error: expect.stringContaining('modest') });
    const after = put('account-4', 1);
    log.append(after);
    await reaches(instance, after.position.commit);
  });

  it('fails when its log is another than before, and touches nothing', async () => {
    const { url } = await fresh();
    const log = filled(100);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const rows = await rowsOf(instance.database);
    const dying = await builderOn(url, new GatedLog(log, 40), { limits: { eventsMax: 10 } });
    await dying.desk.request(NAME, SWAP);
    await reaches(instance, placeOf(log, 29), `${NAME}@shadow`);
    await dying.stop();
    await instance.engine.stop();
    log.identity = 'log-two';
    const builder = await builderOn(url, log);
    expect(await builder.until('failed')).toMatchObject({ lastError: expect.stringContaining('LOG_CHANGED') });
    expect(await rowsOf(instance.database)).toEqual(rows);
    expect((await builder.desk.request(NAME, SWAP)).state).toBe('building');
    expect(await builder.until('failed')).toMatchObject({ lastError: expect.stringContaining('LOG_CHANGED') });
  });

  it('of an empty log, and of one nobody has projected yet, is a swap like any other', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    const instance = await live(url, log);
    const builder = await builderOn(url, log);
    expect(await builder.run(SWAP, 'swapped')).toMatchObject({ events: 0, difference: null, percent: 100 });
    expect(await rowsOf(instance.database)).toEqual([]);
    await instance.engine.stop();
    filled(30, log);
    expect(await builder.run(SWAP, 'swapped')).toMatchObject({ events: 30 });
    expect(await rowsOf(instance.database)).toHaveLength(7);
  });

  it('stops where the live table stands when nobody moves that', async () => {
    const { url } = await fresh();
    const log = filled(30);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    await instance.engine.stop();
    const [before, place] = [await rowsOf(instance.database), placeOf(log)];
    filled(30, log);
    const builder = await builderOn(url, log);
    expect(await builder.run(SWAP, 'swapped')).toMatchObject({ events: 30, difference: null });
    expect(await rowsOf(instance.database)).toEqual(before);
    expect(await positionOf(instance.database)).toBe(place);
  });
});

describe('a verification', () => {
  it('says that the bytes are the same, or names the first rows that are not, and leaves nothing behind', async () => {
    const { url } = await fresh();
    const log = filled(50);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const builder = await builderOn(url, log);
    expect(await builder.run(VERIFY, 'verified', 'differs')).toMatchObject({ state: 'verified', difference: null });
    await spoil(instance, 'account-4');
    await query(instance.database, `delete from read.test_accounts_v1 where account_id = 'account-6'`);
    const { difference } = await builder.run(VERIFY, 'verified', 'differs');
    expect(difference).toMatchObject({ differentRows: 2, live: { rows: 6 }, rebuilt: { rows: 7 } });
    expect(difference?.first).toMatchObject([
      { rowKey: 'account-4' },
      { rowKey: 'account-6', live: null, rebuilt: { account_id: 'account-6' } },
    ]);
    expect(await tables(instance)).toEqual(['test_accounts_v1']);
    expect(await readers(instance)).toEqual([NAME]);
    await expect(builder.desk.request('no-such', VERIFY)).rejects.toMatchObject({ code: 'PROJECTION_UNKNOWN', status: 404 });
  });
});

describe('on the real store', () => {
  const metadataOf = (stream: string) => ({
    $correlationId: stream,
    $causationId: 'test',
    commandId: newId(),
    actor: { kind: 'system' as const, id: 'test' },
    occurredAt: new Date().toISOString(),
    schemaVersion: 1,
  });
  const startStore = async (): Promise<EventStore> => {
    const server = await startEventStore({ inMemory: true });
    open.push(() => server.close());
    const store = new EventStore(server.url);
    open.push(() => farewell(store.close()));
    return store;
  };
  const append = (store: EventStore, stream: string, { count = 1 } = {}): Promise<{ position: bigint }> =>
    store.append({
      stream,
      expectedRevision: -1n,
      facts: Array.from({ length: count }, (_, amount) => ({ type: 'Put', data: { accountId: stream.slice('account-'.length), amount } })),
      metadata: metadataOf(stream),
    });

  it('finishes although almost nothing in the log matches', async () => {
    const { url } = await fresh();
    const store = await startStore();
    await append(store, 'account-rare', { count: 2 });
    for (let index = 0; index < 12; index += 1) await append(store, `other-${index}`, { count: 200 });
    const instance = await live(url, store);
    await eventually(() => instance.engine.states().get(NAME)?.caughtUp);
    const builder = await builderOn(url, store);
    expect(await builder.run(SWAP, 'swapped')).toMatchObject({ events: 2, percent: 100, difference: null });
    expect(await instance.database.getRepository(AccountEntity).find()).toMatchObject([{ accountId: 'rare', history: [0, 1] }]);
  });

  it('is done with a store that has no event yet, and what comes first is seen', async () => {
    const { url } = await fresh();
    const store = await startStore();
    const instance = await live(url, store);
    const builder = await builderOn(url, store);
    expect(await builder.run(SWAP, 'swapped')).toMatchObject({ events: 0, difference: null, lastError: null });
    const { position } = await append(store, 'account-first');
    await Promise.all([reaches(instance, position), reaches(instance, position, `${NAME}@old`)]);
    expect(await instance.database.getRepository(AccountEntity).find()).toMatchObject([{ accountId: 'first', history: [0] }]);
    expect(await builder.run(VERIFY, 'verified', 'differs')).toMatchObject({ state: 'verified', events: 1 });
  });
});

describe('a verification', () => {
  it('is made in a schema of its own and leaves nothing behind', async () => {
    const { url } = await fresh();
    const log = filled(60);
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    const schemas = (): Promise<string[]> =>
      namesOf(instance, `select schemaname as name from pg_tables where tablename = 'test_accounts_v1' order by 1`);
    const held = await builderOn(url, new GatedLog(log, 20), { limits: { eventsMax: 10 } });
    await held.desk.request(NAME, VERIFY);
    await reaches(instance, placeOf(log, 9), `${NAME}@scratch`);
    expect([await tables(instance), await schemas()]).toEqual([
      ['test_accounts_v1', 'test_accounts_v1'],
      ['read', 'read_scratch'],
    ]);
    await held.stop();
    const builder = await builderOn(url, log);
    expect(await builder.until('verified')).toMatchObject({ difference: null });
    expect([await tables(instance), await readers(instance)]).toEqual([['test_accounts_v1'], [NAME]]);
  });

  it('finds that other events are parked, though as many', async () => {
    const { url } = await fresh();
    const log = filled(10);
    log.append(event('Broke', { accountId: 'account-1' }));
    const instance = await live(url, log);
    await reaches(instance, placeOf(log));
    await query(instance.database, `update engine.projection_parked set event_id = 'another'`);
    const builder = await builderOn(url, log);
    const { difference } = await builder.run(VERIFY, 'verified', 'differs');
    expect(difference).toMatchObject({ live: { parked: 1 }, rebuilt: { parked: 1 }, differentRows: 0 });
    expect(difference?.live.parkedChecksum).not.toBe(difference?.rebuilt.parkedChecksum);
  });
});
