/** Reactors and due work on a real PostgreSQL: in order within a key, nothing lost, nobody blocked by somebody else's failure. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { NotYet } from '../../src/platform/reactor.js';
import { DueWorkRunner, type DueWork, type DueWorkOptions } from '../../src/platform/readers/due-work-runner.js';
import { Leases } from '../../src/platform/readers/leases.js';
import { ReactorEngine } from '../../src/platform/readers/reactor-engine.js';
import type { Patience } from '../../src/platform/readers/reactor-work.js';
import { eventually } from '../support/eventually.js';
import { connect, engineDatabase, FAST, ListLog, positionOf, PREFIXES, put, query } from './readers.support.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
const fresh = async (): Promise<string> => {
  const database = await engineDatabase();
  open.push(() => database.drop());
  return database.url;
};

/** A promise and the means to settle it. */
const gate = (): { opened: Promise<void>; open: () => void } => {
  let release = (): void => undefined;
  return { opened: new Promise<void>((resolve) => (release = resolve)), open: () => release() };
};

interface Running {
  readonly database: DataSource;
  readonly engine: ReactorEngine;
  readonly reports: string[];
  stop(): Promise<void>;
}

type Handle = (event: Recorded) => Promise<void>;

const run = async ({ url, log, patience = {} }: { url: string; log: ListLog; patience?: Patience }, handle: Handle): Promise<Running> => {
  const database = await connect(url);
  const leases = new Leases(poolOf(database), FAST);
  const reports: string[] = [];
  const reactor = {
    name: 'test-reactor',
    prefixes: PREFIXES,
    key: (event: Recorded) => (event.data as { accountId: string }).accountId,
    handle,
  };
  const quick: Patience = { triesMax: 3, firstRetryMs: 1, ...patience };
  const report = (message: string): unknown => reports.push(message);
  const engine = new ReactorEngine({ log, database, leases, reactors: [reactor], patience: quick, parkedEveryMs: 20, report });
  await engine.start();
  leases.start();
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await engine.stop();
    await leases.stop();
    await database.destroy();
  };
  open.push(stop);
  return { database, engine, reports, stop };
};

const reaches = (database: DataSource, event: Recorded | undefined): Promise<unknown> =>
  eventually(async () => (await positionOf(database, 'test-reactor')) === event?.position.commit, {
    what: 'the checkpoint at the end',
    withinMs: 25_000,
  });

const amountOf = ({ data }: Recorded): string => {
  const { accountId, amount } = data as { accountId: string; amount: number };
  return `${accountId}${amount}`;
};

describe('a reactor', () => {
  it('handles one key in order while others overtake, and its checkpoint waits for the slowest', async () => {
    const log = new ListLog();
    log.append(put('a', 1), put('a', 2), put('b', 1), put('b', 2));
    const slow = gate();
    const handled: string[] = [];
    const { database } = await run({ url: await fresh(), log }, async (event) => {
      if (amountOf(event) === 'a1') await slow.opened;
      handled.push(amountOf(event));
    });
    await eventually(() => handled.length === 2, { what: 'the other key' });
    expect(handled).toEqual(['b1', 'b2']);
    expect(await positionOf(database, 'test-reactor')).toBe(-1n);
    slow.open();
    await reaches(database, log.events[3]);
    expect(handled).toEqual(['b1', 'b2', 'a1', 'a2']);
  });

  it('handles no more keys at a time than it may', async () => {
    const log = new ListLog();
    log.append(...Array.from({ length: 12 }, (_none, index) => put(`key-${index}`, 0)));
    const wall = gate();
    let [now, most] = [0, 0];
    const { database } = await run({ url: await fresh(), log, patience: { concurrency: 4 } }, async () => {
      now += 1;
      most = Math.max(most, now);
      await wall.opened;
      now -= 1;
    });
    await eventually(() => now === 4, { what: 'four at a time' });
    wall.open();
    await reaches(database, log.events[11]);
    expect(most).toBe(4);
  });

  it('parks what keeps failing with what follows it, goes on with the rest, and makes it good in order later', async () => {
    const log = new ListLog();
    log.append(put('a', 1), put('a', 2), put('b', 1));
    const handled: string[] = [];
    let broken = true;
    const { database, engine, reports } = await run({ url: await fresh(), log }, (event) => {
      if (broken && amountOf(event) === 'a1') return Promise.reject(new Error('the panel is away'));
      handled.push(amountOf(event));
      return Promise.resolve();
    });
    await reaches(database, log.events[2]);
    const later = put('a', 3);
    log.append(later);
    await reaches(database, later);
    expect(handled).toEqual(['b1']);
    expect((await engine.parked('test-reactor')).map(({ event, error }) => [amountOf(event), error]).sort()).toEqual([
      ['a1', 'the panel is away'],
      ['a2', 'an earlier event of this key is parked'],
      ['a3', 'an earlier event of this key is parked'],
    ]);
    expect(reports.filter((message) => message.includes('is parked: the panel is away'))).toHaveLength(1);
    broken = false;
    await engine.retryParked();
    await eventually(() => handled.length === 4, { what: 'the parked events' });
    await eventually(async () => (await engine.parked()).length === 0);
    log.append(put('a', 4));
    await eventually(() => handled.length === 5);
    expect(handled).toEqual(['b1', 'a1', 'a2', 'a3', 'a4']);
  });

  it('tries parked events again by itself', async () => {
    const log = new ListLog();
    log.append(put('a', 1));
    let tries = 0;
    const { database, engine } = await run({ url: await fresh(), log }, () => {
      tries += 1;
      return tries > 4 ? Promise.resolve() : Promise.reject(new Error('not now'));
    });
    await reaches(database, log.events[0]);
    expect(await engine.parked()).toHaveLength(1);
    await eventually(async () => tries === 5 && (await engine.parked()).length === 0, { withinMs: 20_000 });
  });

  it('keeps parked events over a restart, and handles nothing of their key before them', async () => {
    const url = await fresh();
    const log = new ListLog();
    log.append(put('a', 1));
    const first = await run({ url, log }, () => Promise.reject(new Error('never')));
    await reaches(first.database, log.events[0]);
    await first.stop();
    log.append(put('a', 2), put('b', 1));
    const handled: string[] = [];
    let broken = true;
    const second = await run({ url, log }, (event) => {
      if (broken && amountOf(event) === 'a1') return Promise.reject(new Error('still'));
      handled.push(amountOf(event));
      return Promise.resolve();
    });
    await reaches(second.database, log.events[2]);
    expect(handled).toEqual(['b1']);
    broken = false;
    await second.engine.retryParked('test-reactor');
    await eventually(() => handled.length === 3);
    expect(handled).toEqual(['b1', 'a1', 'a2']);
  });

  it('does not call it an error when something is not there yet', async () => {
    const log = new ListLog();
    log.append(put('a', 1));
    let tries = 0;
    const { database, reports } = await run({ url: await fresh(), log }, () => {
      tries += 1;
      return tries < 3 ? Promise.reject(new NotYet('no order yet')) : Promise.resolve();
    });
    await reaches(database, log.events[0]);
    expect(tries).toBe(3);
    expect(reports).toEqual([]);
  });

  it('repeats after a crash what was not written down, and nothing before it', async () => {
    const url = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), put('b', 1));
    const hanging = gate();
    const seen: string[] = [];
    const first = await run({ url, log }, async (event) => {
      seen.push(amountOf(event));
      if (amountOf(event) === 'b1') await hanging.opened;
    });
    await reaches(first.database, log.events[0]);
    const handled: string[] = [];
    await query(first.database, `update engine.lease set lease_until = clock_timestamp() - interval '1 second'`);
    const second = await run({ url, log }, (event) => Promise.resolve(void handled.push(amountOf(event))));
    await query(second.database, `update engine.lease set lease_until = clock_timestamp() - interval '1 second' where epoch = 1`);
    hanging.open();
    await first.stop();
    log.append(put('a', 2));
    await reaches(second.database, log.events[2]);
    expect(handled.at(-1)).toBe('a2');
    expect(handled).not.toContain('a1');
    expect([...seen, ...handled].filter((what) => what === 'a1')).toHaveLength(1);
  });

  it('catches up after its database sessions were ended under it', async () => {
    const url = await fresh();
    const log = new ListLog();
    const handled = new Set<string>();
    const { database } = await run({ url, log }, (event) => Promise.resolve(void handled.add(event.id)));
    const outside = await connect(url);
    open.push(() => outside.destroy());
    for (let round = 0; round < 5; round += 1) {
      log.append(...Array.from({ length: 20 }, (_none, index) => put(`key-${index % 6}`, index)));
      await query(
        outside,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    }
    await reaches(database, log.events.at(-1));
    expect(handled.size).toBe(100);
  });
});

describe('a lease', () => {
  it('that is given back stays free, also while its renewal is under way', async () => {
    const database = await connect(await fresh());
    const leases = new Leases(poolOf(database), { ...FAST, everyMs: 1 });
    leases.start();
    open.push(async () => {
      await leases.stop();
      await database.destroy();
    });
    for (let round = 0; round < 60; round += 1) {
      await new Promise<void>((acquired) => leases.want('test-lease', { acquired: () => acquired(), lost: () => undefined }));
      // Renewals follow each other without a pause, so that one is nearly always under way.
      await delay(round % 6);
      await leases.giveBack('test-lease');
      await delay(2);
      const [row] = await query<{ free: boolean }>(
        database,
        `select lease_until <= clock_timestamp() as free from engine.lease where name = 'test-lease'`,
      );
      expect([round, row?.free]).toStrictEqual([round, true]);
    }
  });
});

describe('due work', () => {
  /** When work is looked at whatever its handler said; all that this waits for is over long before. */
  const ANYWAY_AFTER_MS = 4_000;
  const runner = async (
    url: string,
    options: Partial<DueWorkOptions>,
  ): Promise<{ database: DataSource; runner: DueWorkRunner; stop: () => Promise<void> }> => {
    const database = await connect(url);
    const leases = new Leases(poolOf(database), FAST);
    const given: DueWorkOptions = {
      database,
      leases,
      now: () => new Date(),
      due: () => Promise.resolve([]),
      handlers: {},
      everyMs: 10,
      firstRetryMs: 10,
      ...options,
    };
    const dueWork = new DueWorkRunner(given);
    dueWork.start();
    leases.start();
    let stopped = false;
    const stop = async (): Promise<void> => {
      if (stopped) return;
      stopped = true;
      await dueWork.stop();
      await leases.stop();
      await database.destroy();
    };
    open.push(stop);
    return { database, runner: dueWork, stop };
  };
  const work = (id: string, kind = 'chore'): DueWork => ({ kind, id, dueAt: new Date(0) });

  it('is done by one process at a time, once for each piece, however often it is listed', async () => {
    const url = await fresh();
    const list = Array.from({ length: 20 }, (_none, index) => work(`id-${index}`));
    const undone = new Set(list);
    const inHand = new Set<string>();
    const clashes: string[] = [];
    let most = 0;
    const full = gate();
    const options: Partial<DueWorkOptions> = {
      due: () => Promise.resolve([...undone]),
      handlers: {
        chore: async (id) => {
          if (inHand.has(id)) clashes.push(id);
          inHand.add(id);
          most = Math.max(most, inHand.size);
          if (inHand.size === 8) full.open();
          await full.opened;
          for (const one of undone) if (one.id === id) undone.delete(one);
          inHand.delete(id);
          return null;
        },
      },
    };
    const [one] = await Promise.all([runner(url, options), runner(url, options)]);
    await eventually(() => undone.size === 0);
    await eventually(async () => (await query(one.database, 'select * from engine.claims')).length === 0);
    expect(clashes).toEqual([]);
    expect(most).toBe(8);
  });

  it('is not taken from somebody who is alive, but from somebody who is gone', async () => {
    const url = await fresh();
    const list = [work('held'), work('free')];
    const done: string[] = [];
    const living = await connect(url);
    const other = new Leases(poolOf(living), FAST);
    other.start();
    open.push(async () => {
      await other.stop();
      await living.destroy();
    });
    const isLiving = `select 1 from pg_locks where locktype = 'advisory' and (classid::bigint << 32 | objid::bigint) = hashtextextended('ledger-owner-' || $1, 0)`;
    await eventually(async () => (await query(living, isLiving, [other.owner])).length === 1);
    const claimed = `insert into engine.claims (kind, id, owner, lease_until) values ('chore', 'held', $1, clock_timestamp() + interval '1 hour')`;
    await query(living, claimed, [other.owner]);
    await runner(url, {
      due: () => Promise.resolve(list),
      handlers: {
        chore: (id) => {
          done.push(id);
          return Promise.resolve(null);
        },
      },
    });
    await eventually(() => done.length > 3);
    expect(done).not.toContain('held');
    await other.stop();
    await eventually(() => done.includes('held'), { what: 'the work of the one who is gone' });
  });

  it('that fails is tried again later, and does not keep others waiting', async () => {
    const list = new Map([work('bad'), work('good'), work('odd', 'unheard-of')].map((one) => [one.id, one]));
    const tries: string[] = [];
    const reports: string[] = [];
    const { database } = await runner(await fresh(), {
      due: () => Promise.resolve([...list.values()]),
      report: (message) => reports.push(message),
      handlers: {
        chore: (id) => {
          tries.push(id);
          if (id === 'bad' && tries.filter((one) => one === 'bad').length < 3) return Promise.reject(new Error('not this time'));
          list.delete(id);
          return Promise.resolve(null);
        },
      },
    });
    await eventually(() => !list.has('bad') && !list.has('good'));
    expect(tries.filter((id) => id === 'bad')).toHaveLength(3);
    expect(tries.filter((id) => id === 'good')).toHaveLength(1);
    expect(reports).toContain('due work chore of bad failed (try 2): not this time');
    const left = await eventually(async () => {
      const rows = await query<{ id: string; last_error: string }>(database, 'select id, last_error from engine.claims');
      return rows.length === 1 && rows;
    });
    expect(left).toEqual([{ id: 'odd', last_error: 'there is no handler for work of the kind unheard-of' }]);
  });

  it('that is no longer due leaves no claim behind, whoever was killed over it', async () => {
    const url = await fresh();
    const { database } = await runner(url, { due: () => Promise.resolve([]), claimMs: 200 });
    const left = async (): Promise<string[]> =>
      (await query<{ id: string }>(database, 'select id from engine.claims order by id')).map(({ id }) => id);
    // Twice, for the first look may come before the rows or after them.
    for (const round of ['first', 'second']) {
      await query(
        database,
        `insert into engine.claims (kind, id, owner, lease_until, not_before)
         select 'chore', id || ' ' || $1, 'gone', clock_timestamp() + held * interval '1 minute', clock_timestamp() + again * interval '1 minute'
         from (values ('killed', -60, null), ('killed just now', -1, null), ('held', 60, null), ('failed', -60, -59), ('to be tried', -60, 1)) as v(id, held, again)`,
        [round],
      );
      await eventually(async () => !(await left()).some((id) => id === `killed ${round}` || id === `failed ${round}`), {
        what: `the claims of the ${round} round to be forgotten`,
      });
    }
    const kept = ['held', 'killed just now', 'to be tried'].flatMap((id) => [`${id} first`, `${id} second`]);
    expect(await left()).toStrictEqual(kept);
  });

  it('is looked at again when its handler says so, not before', async () => {
    const soon = work('soon');
    const looks: string[] = [];
    let answer: Date | null = new Date(Date.now() + 3_600_000);
    let nowMs = Date.now();
    await runner(await fresh(), {
      now: () => new Date(nowMs),
      due: () => Promise.resolve([soon, work('steady')]),
      handlers: {
        chore: (id) => {
          looks.push(id);
          return Promise.resolve(id === 'soon' ? answer : null);
        },
      },
    });
    await eventually(() => looks.filter((id) => id === 'steady').length > 5);
    expect(looks.filter((id) => id === 'soon')).toHaveLength(1);
    const movedMs = performance.now();
    [answer, nowMs] = [null, nowMs + 7_200_000];
    await eventually(() => looks.filter((id) => id === 'soon').length > 1, { withinMs: 20_000 });
    // Because the time has come, and not because nobody has looked for long.
    expect(performance.now() - movedMs).toBeLessThan(ANYWAY_AFTER_MS);
  });

  it('starts at once when it is woken', async () => {
    const list: DueWork[] = [];
    let asked = 0;
    let done = false;
    const { runner: dueWork } = await runner(await fresh(), {
      everyMs: 3_600_000,
      due: () => {
        asked += 1;
        return Promise.resolve(list);
      },
      handlers: {
        chore: () => {
          done = list.splice(0).length > 0;
          return Promise.resolve(null);
        },
      },
    });
    await eventually(() => asked > 0, { what: 'the first look, once the lease is there' });
    list.push(work('now'));
    dueWork.wake();
    await eventually(() => done);
  });
});
