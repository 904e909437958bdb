/** Batches that are folded while the one before them is being committed, on a real PostgreSQL. */
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { LeaseLost } from '../../src/platform/readers/errors.js';
import { takeUp } from '../../src/platform/readers/projection-group.js';
import { PARKING_LIMITS } from '../../src/platform/readers/projection-parked.js';
import { BatchWriter, memberOf, type EventsTo, type Member } from '../../src/platform/readers/projection-writer.js';
import { subjectOf, type Kept } from '../../src/platform/readers/rebuild/copies.js';
import type { TestDatabase } from '../support/postgres.js';
import {
  AccountEntity,
  AccountV2Entity,
  ListLog,
  accounts,
  accountsV2,
  connect,
  engineDatabase,
  event,
  positionOf,
  put,
  query,
} from './readers.support.js';

let database: TestDatabase;
let source: DataSource;
let kept: Kept;

beforeAll(async () => {
  database = await engineDatabase();
  source = await connect(database.url, [AccountV2Entity]);
  kept = subjectOf(source, { projection: accounts, entity: AccountEntity }).live;
});
beforeEach(() => kept.table.ensure(poolOf(source)));
afterEach(async () => {
  await query(source, 'drop schema read cascade');
  await query(source, 'truncate engine.checkpoint, engine.projection_parked');
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const log = new ListLog();

interface Started {
  readonly member: Member;
  readonly writer: BatchWriter;
  readonly failures: unknown[];
}

/** @param others read models besides the accounts */
const start = async (others: readonly Kept[] = []): Promise<Started> => {
  log.append(put('first', 0));
  const member = memberOf({ ...kept, epoch: 1 });
  const members = [member, ...others.map((other) => memberOf({ ...other, epoch: 1 }))];
  const writing = await takeUp({ log, pool: poolOf(source), owner: 'writer', parking: PARKING_LIMITS }, members);
  const failures: unknown[] = [];
  const writer = new BatchWriter(writing, members, { written: () => undefined, failed: (error) => failures.push(error) });
  return { member, writer, failures };
};

const batch = (...events: readonly [Recorded, ...Recorded[]]): EventsTo => ({ events, to: (events.at(-1) ?? events[0]).position });
const rows = (): Promise<{ id: string; total: number }[]> =>
  query(source, 'select account_id as id, total from read.test_accounts_v1 order by 1');
const parked = (): Promise<{ key: string; error: string }[]> =>
  query(source, 'select row_key as key, error from engine.projection_parked order by position');

/** Makes commits wait: for `rollback`, after which they go on, or for `commit`, after which somebody else owns the reader. */
const held = async (): Promise<(end: 'rollback' | 'commit') => Promise<void>> => {
  const session = await poolOf(source).connect();
  await session.query('begin; update engine.checkpoint set epoch = 2');
  return async (end) => {
    await session.query(end);
    session.release();
  };
};

/** How often the database was written to meanwhile, by the sessions of its pool. */
const writesDuring = async (work: () => Promise<unknown>): Promise<number> => {
  const spies = new Map<Duplex, { mockRestore: () => void; mock: { calls: unknown[] } }[]>();
  const watch = ({ connection: { stream } }: PoolClient): void => {
    if (!spies.has(stream)) spies.set(stream, [jest.spyOn(stream, '_write'), jest.spyOn(stream as Required<Duplex>, '_writev')]);
  };
  poolOf(source).on('acquire', watch);
  try {
    await work();
    return [...spies.values()].flat().reduce((sum, { mock }) => sum + mock.calls.length, 0);
  } finally {
    poolOf(source).off('acquire', watch);
    for (const spy of [...spies.values()].flat()) spy.mockRestore();
  }
};

/** No column type forbids it, but no index takes it. */
const long = Array.from({ length: 8_000 }, (_none, index) => String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000))).join('');

describe('a batch', () => {
  it('finds its rows through the index, although the table was empty when that was planned', async () => {
    const client = await poolOf(source).connect();
    try {
      expect(await kept.table.load(client, ['a'])).toStrictEqual(new Map());
      await client.query('set plan_cache_mode = force_generic_plan');
      const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(`explain execute "load read.""test_accounts_v1"""('{a}')`);
      const scans = plan.flatMap((line) => /(Seq|Index|Bitmap Heap) Scan .*test_accounts_v1\b/.exec(line['QUERY PLAN'])?.[0] ?? []);
      expect(scans).toStrictEqual(['Index Scan using test_accounts_v1_pkey on test_accounts_v1']);
    } finally {
      client.release(true);
    }
  });

  it('takes three writes to the database, however many read models it feeds: what it loads, what it changes, and its commit', async () => {
    const other = subjectOf(source, { projection: accountsV2, entity: AccountV2Entity }).live;
    await other.table.ensure(poolOf(source));
    const { writer } = await start([other]);
    const writes = await writesDuring(async () => {
      await writer.write(batch(put('a', 1), put('b', 1)));
      await writer.settled();
    });
    expect(writes).toBe(3);
    expect(await rows()).toHaveLength(2);
  });

  it('is folded onto the rows of the batch before, while that one is still being committed', async () => {
    const { writer, member } = await start();
    const end = await held();
    await writer.write(batch(put('a', 1), put('b', 1), put('c', 1)));
    const last = batch(put('a', 10), event('Closed', { accountId: 'b' }), put('d', 10));
    const second = writer.write(last);
    expect(await rows()).toEqual([]);
    await end('rollback');
    await second;
    await writer.settled();
    expect(await rows()).toEqual([
      { id: 'a', total: 11 },
      { id: 'c', total: 1 },
      { id: 'd', total: 10 },
    ]);
    expect(await positionOf(source)).toBe(last.to.commit);
    expect(member.position).toEqual(last.to);
  });

  it('is folded anew when the database refused rows of the batch before', async () => {
    const { writer } = await start();
    await query(source, 'create index on read.test_accounts_v1 (last_at)');
    const refused = put('b', 1);
    const end = await held();
    await writer.write(batch(put('a', 1), { ...refused, metadata: { ...refused.metadata, occurredAt: long } }));
    const second = writer.write(batch(put('b', 5), put('a', 5)));
    await end('rollback');
    await second;
    await writer.settled();
    expect(await rows()).toEqual([{ id: 'a', total: 6 }]);
    expect((await parked()).map(({ key }) => key)).toEqual(['b', 'b']);
  });

  it('loses only the event whose row was refused, although the statements of other read models failed with it', async () => {
    const other = subjectOf(source, { projection: accountsV2, entity: AccountV2Entity }).live;
    await other.table.ensure(poolOf(source));
    await query(source, 'create index on read.test_accounts_v2 (last_at)');
    const { writer } = await start([other]);
    await writer.write(batch(put('a', 1)));
    await writer.settled();
    const refused = put('b', 1);
    await writer.write(batch(event('Closed', { accountId: 'a' }), { ...refused, metadata: { ...refused.metadata, occurredAt: long } }));
    await writer.settled();
    expect(await rows()).toEqual([{ id: 'b', total: 1 }]);
    expect(await query(source, 'select account_id from read.test_accounts_v2')).toEqual([]);
    expect((await parked()).map(({ key }) => key)).toEqual(['b']);
  });

  it('leaves nothing when the one before could not be committed', async () => {
    const { writer, failures } = await start();
    const end = await held();
    await writer.write(batch(put('a', 1)));
    const second = writer.write(batch(put('a', 10), put('b', 10)));
    const refused = expect(second).rejects.toBeInstanceOf(LeaseLost);
    await end('commit');
    await refused;
    await expect(writer.settled()).rejects.toBeInstanceOf(LeaseLost);
    expect(failures).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });
});
