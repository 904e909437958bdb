/** A table takes another's place while somebody is at work on either: each step by hand, on a real PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { LeaseLost } from '../../src/platform/readers/errors.js';
import { ParkedProjections } from '../../src/platform/readers/parked-projections.js';
import { settleRequests } from '../../src/platform/readers/parked-settling.js';
import { takeUp } from '../../src/platform/readers/projection-group.js';
import { PARKING_LIMITS } from '../../src/platform/readers/projection-parked.js';
import { memberOf, writeBatch, type Member, type Writing } from '../../src/platform/readers/projection-writer.js';
import { subjectOf, type Subject } from '../../src/platform/readers/rebuild/copies.js';
import { swapBack, swapIn } from '../../src/platform/readers/rebuild/exchange.js';
import { RebuildDesk } from '../../src/platform/readers/rebuild/rebuild-desk.js';
import { inTransaction } from '../../src/platform/readers/sessions.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import { AccountEntity, ListLog, accounts, connect, engineDatabase, event, put, query } from './readers.support.js';

const ADA = { kind: 'ops' as const, id: 'operator-ada' };

let database: TestDatabase;
let source: DataSource;
let subject: Subject;

beforeAll(async () => {
  database = await engineDatabase();
  source = await connect(database.url);
  subject = subjectOf(source, { projection: accounts, entity: AccountEntity });
});
beforeEach(async () => {
  for (const copy of ['live', 'shadow'] as const) await subject[copy].table.ensure(poolOf(source));
});
afterEach(async () => {
  await query(source, 'drop schema read cascade');
  await query(source, 'truncate engine.checkpoint, engine.projection_parked');
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const log = new ListLog();
const owned = async (copy: 'live' | 'shadow'): Promise<{ member: Member; writing: Writing }> => {
  const member = memberOf({ ...subject[copy], epoch: 1 });
  return { member, writing: await takeUp({ log, pool: poolOf(source), owner: copy, parking: PARKING_LIMITS }, [member]) };
};
const write = async (copy: 'live' | 'shadow', events: readonly Recorded[], to: Recorded): ReturnType<typeof owned> => {
  const { member, writing } = await owned(copy);
  await writeBatch(writing, [member], { events, to: to.position });
  return { member, writing };
};
const exchanged = (how: typeof swapIn): Promise<void> => inTransaction(poolOf(source), { owner: 'test' }, (client) => how(client, subject));

describe('a request for all parked rows', () => {
  it('stays open until its projector has taken up the table that was swapped in or back', async () => {
    const events = [put('a', 1), event('Broke', { accountId: 'b' })] as const;
    log.append(...events);
    const { member, writing } = await write('live', [events[0]], events[1]);
    await write('shadow', events, events[1]);
    const parked = new ParkedProjections(poolOf(source), [subject.key]);
    const openUntilTakenUp = async (): Promise<void> => {
      await expect(settleRequests(writing, [member])).rejects.toBeInstanceOf(LeaseLost);
      expect((await parked.requests(1))[0]).toMatchObject({ doneAt: null, outcome: null });
      await takeUp({ log, pool: poolOf(source), owner: 'live', parking: PARKING_LIMITS }, [member]);
      await settleRequests(writing, [member]);
    };
    await exchanged(swapIn);
    const brought = await parked.retry({ projection: subject.key.reader }, ADA);
    await openUntilTakenUp();
    expect(await parked.settled(brought, 0)).toMatchObject({ outcome: '0 of 1 rows are free again' });
    const gone = await parked.retry({ projection: subject.key.reader }, ADA);
    await exchanged(swapBack);
    await openUntilTakenUp();
    expect(await parked.settled(gone, 0)).toMatchObject({ outcome: '0 of 0 rows are free again' });
    expect(await parked.list()).toEqual([]);
  });
});

describe('a swap', () => {
  it('does not hold the checkpoint that the follower of the old table needs to let it go', async () => {
    const last = put('a', 1);
    await write('live', [last], last);
    await write('shadow', [last], last);
    await exchanged(swapIn);
    await subject.shadow.table.ensure(poolOf(source));
    await write('shadow', [last], last);
    const follower = await poolOf(source).connect();
    try {
      await follower.query(`begin; update ${subject.old.table.name} set total = total`);
      const swapping = exchanged(swapIn).catch((error: unknown) => error);
      const waiting = `select 1 from pg_locks where not granted and relation = '${subject.old.table.name}'::regclass`;
      await eventually(async () => (await query(source, waiting)).length > 0, { what: 'a swap that waits' });
      const moved = `select reader from engine.checkpoint where reader = '${subject.old.fold.key.reader}' for update nowait`;
      expect((await follower.query(moved)).rows).toHaveLength(1);
      await follower.query('commit');
      // A follower that was slow has made it give up.
      if (await swapping) await exchanged(swapIn);
    } finally {
      follower.release(true);
    }
    expect(await query(source, `select to_regclass('${subject.shadow.table.name}') as shadow`)).toEqual([{ shadow: null }]);
  });
});

describe('a rollback', () => {
  it('is refused while a long read holds the table, and done once that is over', async () => {
    const last = put('a', 1);
    await write('live', [last], last);
    await write('shadow', [last], last);
    await exchanged(swapIn);
    const desk = new RebuildDesk(source, [{ projection: accounts, entity: AccountEntity }]);
    const reader = await poolOf(source).connect();
    try {
      await reader.query(`begin; lock table ${subject.live.table.name} in access share mode`);
      await expect(desk.rollback(subject.key.reader)).rejects.toMatchObject({ code: 'TABLE_BUSY', status: 409 });
      const rollback = desk.rollback(subject.key.reader);
      const waiting = `select 1 from pg_locks where not granted and relation = '${subject.live.table.name}'::regclass`;
      await eventually(async () => (await query(source, waiting)).length > 0, { what: 'a rollback that waits' });
      await reader.query('commit');
      await rollback;
    } finally {
      reader.release(true);
    }
  });
});
