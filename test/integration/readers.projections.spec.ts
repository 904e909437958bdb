/** The projection engine on a real PostgreSQL: same rows however the log is cut, and nothing written by whoever does not own the reader. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { projectionLease } from '../../src/platform/readers/projection-engine.js';
import { writerName } from '../../src/platform/readers/sessions.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import {
  AccountEntity,
  EntryEntity,
  Instance,
  ListLog,
  accounts,
  engineDatabase,
  entries,
  event,
  positionOf,
  put,
  query,
  rowsOf,
} from './readers.support.js';

const open: (() => Promise<void>)[] = [];
const start = async (...given: Parameters<typeof Instance.start>): Promise<Instance> => {
  const instance = await Instance.start(...given);
  open.push(() => instance.stop());
  return instance;
};
const fresh = async (): Promise<TestDatabase> => {
  const database = await engineDatabase();
  open.push(() => database.drop());
  return database;
};
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const reaches = (instance: Instance, at: Recorded | undefined, reader?: string): Promise<unknown> =>
  eventually(async () => (await positionOf(instance.database, reader)) === at?.position.commit, {
    what: `${reader ?? 'the reader'} at the end`,
    withinMs: 20_000,
  });

const leaseOf = async ({ database }: Instance): Promise<{ epoch: number; owner: string }> => {
  const name = projectionLease({ reader: 'test-accounts', version: 1 });
  const [lease] = await query<{ epoch: number; owner: string }>(database, 'select epoch, owner from engine.lease where name = $1', [name]);
  return lease ?? { epoch: 0, owner: '' };
};

describe('a projection', () => {
  it('puts each event into its row, and a row that is closed away', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 5), put('b', 7), event('Noticed', { accountId: 'c' }), put('a', 1), event('Closed', { accountId: 'b' }));
    const instance = await start(url, log);
    await reaches(instance, log.events.at(-1));
    expect(await instance.database.getRepository(AccountEntity).find()).toEqual([
      { accountId: 'a', total: 6, history: [5, 1], lastAt: log.events[3]?.metadata.occurredAt },
    ]);
    const live = put('b', 2);
    log.append(live);
    await reaches(instance, live);
    expect(await instance.database.getRepository(AccountEntity).findOneBy({ accountId: 'b' })).toMatchObject({ total: 2, history: [2] });
  });

  it('continues after a restart from where it was, without reading again', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), put('a', 2));
    const first = await Instance.start(url, log);
    await reaches(first, log.events[1]);
    await first.stop();
    log.append(put('a', 3));
    const second = await start(url, log);
    await reaches(second, log.events[2]);
    expect(log.begun).toEqual([undefined, log.events[1]?.position.commit]);
    expect(await second.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1, 2, 3] });
  });

  it('writes rows and checkpoint together or not at all', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    const instance = await start(url, log);
    await reaches(instance, log.events[0]);
    // The checkpoint cannot be moved while this stands, so the rows must not be either.
    await query(instance.database, 'alter table engine.checkpoint add constraint stuck check (commit_position <= 0) not valid');
    const stuck = put('a', 2);
    log.append(stuck);
    const failing = await eventually(() => instance.engine.states().get('test-accounts')?.lastError, { what: 'an error' });
    expect(failing).toContain('stuck');
    expect(await instance.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1] });
    await query(instance.database, 'alter table engine.checkpoint drop constraint stuck');
    await reaches(instance, stuck);
    expect(await instance.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1, 2] });
  });

  it('parks an event its fold cannot take, and what follows in that row, while other rows go on', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), event('Broke', { accountId: 'a' }), put('b', 1), put('a', 2));
    const unknown = event('Put', { accountId: 'c', amount: 1 }, 2);
    log.append(unknown);
    const instance = await start(url, log);
    await reaches(instance, unknown);
    const later = [put('a', 3), put('b', 2)];
    log.append(...later);
    await reaches(instance, later[1]);
    expect(await instance.database.getRepository(AccountEntity).find({ order: { accountId: 'ASC' } })).toMatchObject([
      { accountId: 'a', history: [1] },
      { accountId: 'b', history: [1, 2] },
    ]);
    expect(await query(instance.database, 'select row_key, event_id, error from engine.projection_parked order by position')).toEqual([
      { row_key: 'a', event_id: log.events[1]?.id, error: 'this fold has a defect' },
      { row_key: 'a', event_id: log.events[3]?.id, error: 'an earlier event of this row is parked' },
      { row_key: 'c', event_id: unknown.id, error: 'unknown schema version 2 of Put' },
      { row_key: 'a', event_id: later[0]?.id, error: 'an earlier event of this row is parked' },
    ]);
  });

  it('finds the very event whose row PostgreSQL cannot store', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), put('a', 3_000_000_000), put('a', 2), put('b', 'text with \u0000 in it'), put('c', 4));
    const instance = await start(url, log);
    await reaches(instance, log.events.at(-1));
    expect(await instance.database.getRepository(AccountEntity).find({ order: { accountId: 'ASC' } })).toMatchObject([
      { accountId: 'a', history: [1] },
      { accountId: 'c', history: [4] },
    ]);
    const parked = await query<{ event_id: string }>(instance.database, 'select event_id from engine.projection_parked order by position');
    expect(parked.map(({ event_id }) => event_id)).toEqual(log.events.slice(1, 4).map(({ id }) => id));
  });

  it('catches up after its database sessions were ended under it', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    const instance = await start(url, log, { limits: { eventsMax: 3, lingerMs: 1 } });
    await reaches(instance, log.events[0]);
    const outside = await start(url, new ListLog(), { definitions: [] });
    const end = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    for (let round = 0; round < 5; round += 1) {
      log.append(...Array.from({ length: 40 }, (_none, index) => put(`account-${index % 7}`, index)));
      await query(outside.database, end);
    }
    await reaches(instance, log.events.at(-1));
    const reference = await fresh();
    const clean = await start(reference.url, log);
    await reaches(clean, log.events.at(-1));
    expect(await rowsOf(instance.database)).toEqual(await rowsOf(clean.database));
  });

  it('subscribes again when the subscription breaks, and when it is silent although the log moves', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    const instance = await start(url, log, { silenceMs: 100 });
    await reaches(instance, log.events[0]);
    log.cut();
    const afterCut = put('a', 2);
    log.append(afterCut);
    await reaches(instance, afterCut);
    await eventually(() => instance.engine.states().get('test-accounts')?.caughtUp);
    log.deaf = true;
    const unheard = put('a', 3);
    log.append(unheard);
    await reaches(instance, unheard);
    expect(await instance.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1, 2, 3] });
  });

  it('starts a new read model from the beginning beside one that is at the head', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), put('b', 2));
    const old = await Instance.start(url, log);
    await reaches(old, log.events[1]);
    await old.stop();
    const both = await start(url, log, {
      definitions: [
        { projection: accounts, entity: AccountEntity },
        { projection: entries, entity: EntryEntity },
      ],
    });
    await reaches(both, log.events[1], 'test-entries');
    const live = put('a', 3);
    log.append(live);
    await reaches(both, live, 'test-entries');
    await reaches(both, live);
    expect(await rowsOf(both.database, 'test_entries_v1')).toHaveLength(3);
    expect(await both.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1, 3] });
  });

  it('refuses a log that is not the one it has read, naming the way out', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), put('a', 2));
    const instance = await Instance.start(url, log);
    await reaches(instance, log.events[1]);
    await instance.stop();
    const other = new ListLog();
    other.identity = 'log-two';
    other.append(...log.events);
    await expect(Instance.start(url, other)).rejects.toMatchObject({
      code: 'LOG_CHANGED',
      message: expect.stringContaining('npm run ledger -- readers reset --all'),
    });
    const shorter = new ListLog();
    shorter.append(...log.events.slice(0, 1));
    await expect(Instance.start(url, shorter)).rejects.toMatchObject({ code: 'LOG_CHANGED' });
  });
});

describe('an owner', () => {
  it('is followed by another when its process is gone, and at once when it has stopped', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    const patient = { ttlMs: 60_000, everyMs: 50 };
    const first = await start(url, log, { lease: { ttlMs: 600_000, everyMs: 600_000 } });
    await reaches(first, log.events[0]);
    const second = await start(url, log, { lease: patient });
    // What kill -9 leaves behind: a lease that has long to run, of an owner whose session is gone.
    const ended = await query(
      first.database,
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
       and (classid::bigint << 32 | objid::bigint) = hashtextextended('ledger-owner-' || $1, 0)`,
      [first.leases.owner],
    );
    expect(ended).toHaveLength(1);
    await eventually(async () => (await leaseOf(second)).owner === second.leases.owner, { what: 'the second owner' });
    log.append(put('a', 2));
    await reaches(second, log.events[1]);
    const third = await start(url, log, { lease: patient });
    await second.engine.stop();
    log.append(put('a', 3));
    await reaches(third, log.events[2]);
    expect(await leaseOf(third)).toEqual({ epoch: 3, owner: third.leases.owner });
    expect(await third.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1, 2, 3] });
  });

  it('that was overtaken while it stood still cannot write any more', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    // Renews so rarely that it believes in its lease long after another has taken it.
    const sleeper = await start(url, log, { lease: { ttlMs: 600_000, everyMs: 600_000 } });
    await reaches(sleeper, log.events[0]);
    await query(sleeper.database, `update engine.lease set lease_until = clock_timestamp() - interval '1 second'`);
    const takersLog = new ListLog();
    takersLog.append(...log.events);
    const taker = await start(url, takersLog);
    const name = projectionLease({ reader: 'test-accounts', version: 1 });
    await eventually(async () => {
      const [row] = await query<{ epoch: number }>(taker.database, `select epoch from engine.checkpoint where reader = 'test-accounts'`);
      return row?.epoch === 2;
    });
    expect(sleeper.leases.holds(name, 1)).toBe(true);
    log.append(put('a', 2));
    await eventually(() => sleeper.engine.states().get('test-accounts')?.lastError?.includes('another'), { what: 'the refusal' });
    expect(await taker.database.getRepository(AccountEntity).findOneBy({ accountId: 'a' })).toMatchObject({ history: [1] });
    expect(await positionOf(taker.database)).toBe(log.events[0]?.position.commit);
  });

  it('that stands still in the middle of writing does not keep whoever takes over waiting', async () => {
    const { url } = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    const sleeper = await start(url, log, { lease: { ttlMs: 600_000, everyMs: 600_000 } });
    await reaches(sleeper, log.events[0]);
    // What it leaves open when it is stopped there: everything locked, and no time-out in sight.
    const stopped = await poolOf(sleeper.database).connect();
    open.push(() => Promise.resolve(stopped.release(true)));
    await stopped.query(
      `begin; set local application_name = '${writerName(sleeper.leases.owner)}'; set local idle_in_transaction_session_timeout = 0;
       lock table read.test_accounts_v1; update engine.checkpoint set epoch = epoch`,
    );
    await query(sleeper.database, `update engine.lease set lease_until = clock_timestamp() - interval '1 second'`);
    const takersLog = new ListLog();
    takersLog.append(...log.events, put('a', 2));
    const taker = await start(url, takersLog);
    await reaches(taker, takersLog.events[1]);
    expect(await taker.database.getRepository(AccountEntity).find()).toMatchObject([{ accountId: 'a', history: [1, 2] }]);
    await expect(stopped.query('commit')).rejects.toThrow();
  });
});
