/** How many subscriptions read models need, and what they survive: as many as there are places in the log at which they stand. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import type { LogMessage } from '../../src/platform/readers/log-reader.js';
import { farewell } from '../../src/platform/readers/pacing.js';
import { ReactorEngine } from '../../src/platform/readers/reactor-engine.js';
import { eventually } from '../support/eventually.js';
import { startScriptedStore } from '../support/scripted-store.js';
import {
  AccountEntity,
  EntryEntity,
  Instance,
  ListLog,
  PREFIXES,
  accounts,
  engineDatabase,
  entries,
  positionOf,
  put,
  query,
  rowsOf,
} from './readers.support.js';

const PATIENCE_MS = 25_000;
const BOTH = [
  { projection: accounts, entity: AccountEntity },
  { projection: entries, entity: EntryEntity },
];

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const fresh = async (): Promise<string> => {
  const { url, drop } = await engineDatabase();
  open.push(drop);
  return url;
};
const start = async (...given: Parameters<typeof Instance.start>): Promise<Instance> => {
  const instance = await Instance.start(...given);
  open.push(() => instance.stop());
  return instance;
};
const reach = (instance: Instance, log: ListLog, readers = ['test-accounts', 'test-entries']): Promise<unknown> =>
  eventually(
    async () => {
      const head = log.events.at(-1)?.position.commit;
      const places = await Promise.all(readers.map((reader) => positionOf(instance.database, reader)));
      return places.every((place) => place === head);
    },
    { what: `${readers.join(' and ')} at the end`, withinMs: PATIENCE_MS },
  );
const together = (log: ListLog): Promise<unknown> =>
  eventually(() => log.open === 1, { what: 'one subscription for all', withinMs: PATIENCE_MS });

describe('read models', () => {
  it('at the same place share one subscription', async () => {
    const log = new ListLog();
    log.append(put('a', 1), put('b', 2));
    const instance = await start(await fresh(), log, { definitions: BOTH });
    await reach(instance, log);
    await together(log);
    const begun = log.begun.length;
    log.append(put('a', 3));
    await reach(instance, log);
    expect([log.open, log.begun.length]).toStrictEqual([1, begun]);
  });

  it('of which one is new have two, until that has caught up; then they share one from where they stand', async () => {
    const url = await fresh();
    const log = new ListLog();
    log.append(put('a', 1), put('b', 2));
    const alone = await Instance.start(url, log);
    await reach(alone, log, ['test-accounts']);
    await alone.stop();
    const head = log.events.at(-1)?.position.commit;
    log.begun.length = 0;
    const instance = await start(url, log, { definitions: BOTH });
    await reach(instance, log);
    await together(log);
    await eventually(() => log.begun.length === 3, { what: 'the third subscription, of both', withinMs: PATIENCE_MS });
    // Each began where it stood; both together at the head.
    expect(log.begun.slice(0, 2).sort()).toStrictEqual([head, undefined]);
    expect(log.begun[2]).toBe(head);
    log.append(put('a', 3));
    await reach(instance, log);
    expect(await rowsOf(instance.database, 'test_entries_v1')).toHaveLength(3);
    expect(await query(instance.database, `select history from read.test_accounts_v1 where account_id = 'a'`)).toStrictEqual([
      { history: [1, 3] },
    ]);
  });
});

/** Its first subscriptions go to a real server, which ends them as ABORTED. */
class AbortingLog extends ListLog {
  aborted = 0;

  constructor(
    private readonly server: EventStore,
    private readonly times: number,
  ) {
    super();
  }

  override async *subscribe(options: Parameters<ListLog['subscribe']>[0]): AsyncGenerator<LogMessage, void, void> {
    if (this.aborted >= this.times) return yield* super.subscribe(options);
    this.aborted += 1;
    yield* this.server.subscribe(options);
  }
}

describe('a subscription that is ABORTED', () => {
  it('is begun again by every reader, from where it stood, until it lasts', async () => {
    const server = await startScriptedStore({ read: (call) => call.emit('error', { code: status.ABORTED, details: 'on purpose' }) });
    open.push(() => Promise.resolve(server.close()));
    const store = new EventStore(server.url);
    open.push(() => farewell(store.close()));
    const log = new AbortingLog(store, 4);
    log.append(put('a', 1), put('a', 2));
    const instance = await start(await fresh(), log);
    const handled: unknown[] = [];
    const reactor = {
      name: 'test-reactor',
      prefixes: PREFIXES,
      key: ({ stream }: { stream: string }) => stream,
      handle: ({ data }: { data: unknown }) => Promise.resolve(void handled.push(data)),
    };
    const reactors = new ReactorEngine({ log, database: instance.database, leases: instance.leases, reactors: [reactor] });
    await reactors.start();
    open.push(() => reactors.stop());
    await reach(instance, log, ['test-accounts', 'test-reactor']);
    expect(log.aborted).toBe(4);
    log.append(put('a', 3));
    await reach(instance, log, ['test-accounts', 'test-reactor']);
    expect(handled).toMatchObject([{ amount: 1 }, { amount: 2 }, { amount: 3 }]);
    expect(await query(instance.database, 'select history from read.test_accounts_v1')).toStrictEqual([{ history: [1, 2, 3] }]);
  });
});
