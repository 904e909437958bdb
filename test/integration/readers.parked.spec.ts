/** Events that a read model cannot take: they wait in order, an operator decides, and nothing else waits with them. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { ParkedProjections } from '../../src/platform/readers/parked-projections.js';
import type { ProjectionEngineOptions } from '../../src/platform/readers/projection-engine.js';
import { eventually } from '../support/eventually.js';
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
} from './readers.support.js';

const PATIENCE_MS = 25_000;
const ADA = { kind: 'ops' as const, id: 'operator-ada' };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** The accounts, whose defect with `Broke` can be mended, beside the entries, which have none. */
class Case {
  readonly log = new ListLog();
  broken = true;
  instance!: Instance;
  parked!: ParkedProjections;

  static async start(events: readonly Recorded[], options: Partial<ProjectionEngineOptions> = {}): Promise<Case> {
    const one = new Case();
    const database = await engineDatabase();
    open.push(() => database.drop());
    one.log.append(...events);
    const Broke: typeof accounts.on.Broke = (row) => {
      if (one.broken) throw new Error('this fold has a defect');
      return row;
    };
    // No such row can be stored.
    const Noticed: typeof accounts.on.Noticed = (_row, { data }) => ({
      accountId: data.accountId,
      total: 0,
      history: [10n as unknown as number],
      lastAt: null,
    });
    const definitions = [
      { projection: { ...accounts, on: { ...accounts.on, Broke, Noticed } }, entity: AccountEntity },
      { projection: entries, entity: EntryEntity },
    ];
    one.instance = await Instance.start(database.url, one.log, { definitions, requestsEveryMs: 50, ...options });
    open.push(() => one.instance.stop());
    one.parked = new ParkedProjections(poolOf(one.instance.database), one.instance.engine.keys);
    return one;
  }

  async reaches(at: Recorded | undefined, reader = 'test-accounts'): Promise<void> {
    await eventually(async () => (await positionOf(this.instance.database, reader)) === at?.position.commit, {
      what: `${reader} there`,
      withinMs: PATIENCE_MS,
    });
  }

  /** Appends and waits. */
  async goesOnWith(...events: readonly Recorded[]): Promise<void> {
    this.log.append(...events);
    await this.reaches(events.at(-1));
  }

  async histories(): Promise<Record<string, unknown>> {
    const rows = await this.instance.database.getRepository(AccountEntity).find({ order: { accountId: 'ASC' } });
    return Object.fromEntries(rows.map(({ accountId, history }) => [accountId, history]));
  }

  async waiting(): Promise<[string, number, string][]> {
    return (await this.parked.list('test-accounts')).map(({ rowKey, events, error }) => [rowKey, events, error]);
  }
}

describe('a parked row', () => {
  it('is folded again in order once its fold is mended, and who asked for it is kept', async () => {
    const one = await Case.start([put('a', 1), event('Broke', { accountId: 'a' }), put('a', 2), put('b', 1)]);
    await one.reaches(one.log.events[3]);
    expect(await one.waiting()).toEqual([['a', 2, 'this fold has a defect']]);
    one.broken = false;
    const done = await one.parked.settled(await one.parked.retry({ projection: 'test-accounts', rowKey: 'a' }, ADA), PATIENCE_MS);
    expect(done).toMatchObject({
      action: 'retry',
      rowKey: 'a',
      actorKind: 'ops',
      actorId: 'operator-ada',
      outcome: '2 events folded; the row is free again',
    });
    await one.goesOnWith(put('a', 3));
    expect(await one.histories()).toEqual({ a: [1, 2, 3], b: [1] });
    expect(await one.waiting()).toEqual([]);
    expect(await one.parked.requests(10)).toEqual([done]);
  });

  it('goes on waiting, at the event that now stands in the way, when it cannot be folded again', async () => {
    const one = await Case.start([put('a', 1), event('Broke', { accountId: 'a' }), put('a', 3_000_000_000), put('a', 4)]);
    await one.reaches(one.log.events[3]);
    const retry = async (): Promise<string | null> =>
      (await one.parked.settled(await one.parked.retry({ projection: 'test-accounts', rowKey: 'a' }, ADA), PATIENCE_MS)).outcome;
    expect(await retry()).toBe(`0 events folded; the row waits at ${one.log.events[1]?.id}: this fold has a defect`);
    one.broken = false;
    expect(await retry()).toMatch(new RegExp(`^1 events folded; the row waits at ${one.log.events[2]?.id}: .*out of range`));
    expect(await one.parked.list()).toMatchObject([
      { rowKey: 'a', events: 2, eventId: one.log.events[2]?.id, error: expect.stringContaining('out of range') },
    ]);
    // It has waited since before anybody tried it again.
    const [parked, [first]] = [await one.parked.list(), (await one.parked.requests(10)).toReversed()];
    expect(parked[0]?.parkedAt.getTime()).toBeLessThanOrEqual(first?.requestedAt.getTime() ?? 0);
    await one.goesOnWith(put('a', 5));
    expect(await one.waiting()).toMatchObject([['a', 3, expect.anything()]]);
    expect(await one.histories()).toEqual({ a: [1] });
  });

  it('goes on without its first event when an operator says so, for a reason that is kept', async () => {
    const one = await Case.start([put('a', 1), event('Broke', { accountId: 'a' }), put('a', 2)]);
    await one.reaches(one.log.events[2]);
    const [first, second] = one.log.events.slice(1).map(({ id }) => id);
    const what = { projection: 'test-accounts', rowKey: 'a', reason: 'recorded twice by hand' };
    await expect(one.parked.discard({ ...what, eventId: second ?? '' }, ADA)).rejects.toMatchObject({ code: 'NOT_PARKED', status: 404 });
    const done = await one.parked.settled(await one.parked.discard({ ...what, eventId: first ?? '' }, ADA), PATIENCE_MS);
    expect(done).toMatchObject({
      action: 'discard',
      eventId: first,
      eventType: 'Broke',
      reason: 'recorded twice by hand',
      actorId: 'operator-ada',
    });
    expect(done.outcome).toBe('discarded; 1 later events folded; the row is free again');
    expect(await one.histories()).toEqual({ a: [1, 2] });
  });

  it('is not discarded twice by two operators at once', async () => {
    const one = await Case.start([event('Broke', { accountId: 'a' }), event('Broke', { accountId: 'a' })]);
    await one.reaches(one.log.events[1]);
    const what = { projection: 'test-accounts', rowKey: 'a', eventId: one.log.events[0]?.id ?? '', reason: 'test' };
    const both = [await one.parked.discard(what, ADA), await one.parked.discard(what, ADA)];
    const outcomes = [];
    for (const request of both) outcomes.push((await one.parked.settled(request, PATIENCE_MS)).outcome);
    expect(outcomes[0]).toMatch(/^discarded; 0 later events folded; the row waits/);
    expect(outcomes[1]).toBe(`refused: ${what.eventId} is not the first parked event of the row`);
    expect(await one.waiting()).toMatchObject([['a', 1, 'this fold has a defect']]);
  });

  it('is freed with all others of its projection when all are asked for, except what still fails', async () => {
    const late = event('Put', { accountId: 'c', amount: 1 }, 2);
    const one = await Case.start([event('Broke', { accountId: 'a' }), event('Broke', { accountId: 'b' }), put('b', 1), late]);
    await one.reaches(late);
    one.broken = false;
    const done = await one.parked.settled(await one.parked.retry({ projection: 'test-accounts' }, ADA), PATIENCE_MS);
    expect(done).toMatchObject({ rowKey: null, outcome: '2 of 3 rows are free again' });
    expect(await one.waiting()).toEqual([['c', 1, 'unknown schema version 2 of Put']]);
    expect(await one.histories()).toEqual({ b: [1] });
  });

  it('cannot be asked for where nothing is parked, or of a projection that is not there', async () => {
    const one = await Case.start([put('a', 1)]);
    await one.reaches(one.log.events[0]);
    await expect(one.parked.retry({ projection: 'test-accounts', rowKey: 'a' }, ADA)).rejects.toMatchObject({ code: 'NOT_PARKED' });
    await expect(one.parked.list('nowhere')).rejects.toMatchObject({ code: 'PROJECTION_UNKNOWN', status: 404 });
    expect(await one.parked.requests(10)).toEqual([]);
  });
});

describe('what no row can take', () => {
  it('is parked and stops nothing: a key with a zero character, one that is too long, a value without JSON', async () => {
    const strange = [
      put('zero \u0000 character', 1),
      put('half of a pair \ud800', 1),
      put('long '.repeat(2_000), 1),
      event('Noticed', { accountId: 'd' }),
    ];
    const one = await Case.start([...strange, put('a', 1)]);
    await one.reaches(one.log.events[4]);
    expect(await one.histories()).toEqual({ a: [1] });
    const parked = await one.parked.list('test-accounts');
    expect(parked.map(({ eventId }) => eventId).sort()).toEqual(strange.map(({ id }) => id));
    const zero = parked.find(({ eventId }) => eventId === strange[0]?.id);
    await one.parked.settled(await one.parked.retry({ projection: 'test-accounts' }, ADA), PATIENCE_MS);
    expect(await one.waiting()).toHaveLength(4);
    expect(zero?.rowKey).toBe('stream:account-zero \ufffd character');
  });
});

describe('what only the table refuses', () => {
  it('is parked from the very event on; rows beside it in the batch are written', async () => {
    const one = await Case.start([put('a', 1)]);
    await one.reaches(one.log.events[0]);
    await query(one.instance.database, 'alter table read.test_accounts_v1 add constraint modest check (total < 10)');
    await one.goesOnWith(put('a', 2), put('a', 20), put('b', 1), put('a', 3));
    expect(await one.histories()).toEqual({ a: [1, 2], b: [1] });
    expect(await one.waiting()).toEqual([['a', 2, expect.stringContaining('modest')]]);
  });
});

describe('one projection that cannot go on', () => {
  it.each([
    ['rows', () => [event('Broke', { accountId: 'c' }), put('a', 1)]],
    ['events', () => [put('a', 1), put('a', 2)]],
  ])('stops at too many parked %s, and goes on when there is room; the others never wait', async (what, beyond) => {
    const parking = { keysMax: 2, eventsPerKeyMax: 2 };
    const one = await Case.start([event('Broke', { accountId: 'a' }), event('Broke', { accountId: 'b' })], { parking });
    await one.reaches(one.log.events[1]);
    one.log.append(...beyond(), event('Closed', { accountId: 'z' }));
    const last = one.log.events.at(-1);
    await one.reaches(last, 'test-entries');
    const stopped = await eventually(() => one.instance.engine.states().get('test-accounts')?.lastError, { what: 'word of it' });
    expect(stopped).toMatch(new RegExp(`^test-accounts: more than 2 ${what}`));
    expect(await positionOf(one.instance.database)).toBe(one.log.events[1]?.position.commit);
    expect(await one.waiting()).toHaveLength(2);
    one.broken = false;
    await one.parked.retry({ projection: 'test-accounts' }, ADA);
    await one.reaches(last);
    expect((await one.histories())['a']).toEqual(what === 'rows' ? [1] : [1, 2]);
  });

  it('keeps no other back when its table is at fault, and catches up when that is mended', async () => {
    const one = await Case.start([put('a', 1)]);
    await one.reaches(one.log.events[0]);
    await query(one.instance.database, 'alter table read.test_accounts_v1 rename column total to sum');
    one.log.append(put('a', 2), put('b', 1));
    await one.reaches(one.log.events[2], 'test-entries');
    const [row] = await eventually(async () => {
      const found = await query<{ last_error: string }>(
        one.instance.database,
        `select last_error from engine.checkpoint where reader = 'test-accounts' and last_error is not null`,
      );
      return found.length > 0 && found;
    });
    expect(row?.last_error).toContain('does not exist');
    await query(one.instance.database, 'alter table read.test_accounts_v1 rename column sum to total');
    await one.reaches(one.log.events[2]);
    expect(await one.histories()).toEqual({ a: [1, 2], b: [1] });
    await one.goesOnWith(put('b', 2));
    await one.reaches(one.log.events[3], 'test-entries');
    expect(await query(one.instance.database, 'select 1 from engine.checkpoint where last_error is not null')).toEqual([]);
  });
});
