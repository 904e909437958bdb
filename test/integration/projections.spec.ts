/** Read models in an operator's hands: the command line and the API on a running ledger. */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { ProjectionStatus } from '../../src/ops/projections.js';
import type { Recorded } from '../../src/platform/event.js';
import type { ParkedEvent, ParkedRequest, ParkedRow } from '../../src/platform/readers/parked-projections.js';
import type { Rebuild } from '../../src/platform/readers/rebuild/rebuild-records.js';
import { call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import { sample } from '../support/project.js';
import { ProjectorWorld, tableOfModel } from '../support/projector-world.js';
import { runBuilt, type Ended } from '../support/run-built.js';

const PATIENT_MS = 120_000;

let world: ProjectorWorld;
let ledger: LedgerProcess;
let operator: { accessToken: string; id: string };
beforeAll(async () => {
  world = await ProjectorWorld.start();
  ledger = await world.start({ env: { DEMO_ACCOUNTS: 'true' } });
  const accessToken = await world.operator(ledger);
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  operator = { accessToken, id: claims.sub };
  await world.reaches(await world.write(2_000));
}, PATIENT_MS);
afterAll(() => world.close(), PATIENT_MS);

const command = (...args: string[]): Promise<Ended> => runBuilt('src/ops/cli.js', ['projections', ...args], world.ledgerEnvironment());

const api = <T>(method: 'GET' | 'POST', path: string, body: object = {}) =>
  call<T>(ledger.url, `/api/v1/ops/projections${path}`, { method, token: operator.accessToken, ...(method === 'POST' ? { body } : {}) });

const notesOf = async (name: string): Promise<object[]> => {
  const path = `/api/v1/ops/notes?subjectId=projection-${name}`;
  return (await call<{ items: object[] }>(ledger.url, path, { token: operator.accessToken })).body.items;
};
const shown = async (name: string): Promise<ProjectionStatus> => (await api<ProjectionStatus>('GET', `/${name}`)).body;
const until = (name: string, state: Rebuild['state']): Promise<ProjectionStatus> =>
  eventually(
    async () => {
      const projection = await shown(name);
      return projection.rebuild?.state === state && projection;
    },
    { what: `${name} ${state}`, withinMs: 30_000 },
  );

describe('the command line', () => {
  it(
    'lists, stops a rebuild that would change rows, names them, and swaps when told',
    async () => {
      const listed = JSON.parse((await command('list', '--json')).stdout) as ProjectionStatus[];
      expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['customer-accounts', 'order-list', 'order-timeline']));
      expect(listed.find(({ name }) => name === 'order-list')).toMatchObject({
        version: expect.any(Number),
        position: expect.stringMatching(/^\d+$/),
        parked: 0,
        owner: expect.any(String),
        lastError: null,
        oldKept: false,
        oldStopped: null,
        rebuild: null,
      });
      await world.query(`update ${tableOfModel('customer-accounts')} set panel_user_id = 4711 where panel_user_id = 7`);
      const stopped = await command('rebuild', 'customer-accounts');
      expect(stopped.code).toBe(1);
      expect(stopped.stdout).toMatch(/rows differ[\s\S]*"panel_user_id":4711[\s\S]*Not swapped/);
      expect(stopped.stderr).toMatch(/customer-accounts {2}\[#{24}\] 100\.0 % .* differs/);
      await api('POST', '/customer-accounts/rebuild', { acceptDifferences: true });
      expect((await until('customer-accounts', 'swapped')).rebuild).toMatchObject({ requestedBy: 'command-line', acceptDifferences: true });
    },
    PATIENT_MS,
  );

  it(
    'compares byte for byte, and drops what a rebuild had built when that is cancelled',
    async () => {
      const [same] = await Promise.all([
        command('verify', 'payments'),
        world.query(`update ${tableOfModel('node-capacity')} set memory_mib = 1 where node_id = '7'`),
      ]);
      expect([same.code, same.stdout]).toStrictEqual([0, expect.stringMatching(/^payments is what its events make of it, byte for byte/)]);
      const [other, stopped] = await Promise.all([command('verify', 'server-fleet'), command('rebuild', 'node-capacity')]);
      expect([other.code, stopped.code]).toStrictEqual([0, 1]);
      const cancelled = await command('rebuild', 'node-capacity', '--cancel');
      expect([cancelled.code, cancelled.stdout]).toStrictEqual([0, 'the rebuild of node-capacity is cancelled; nothing has changed\n']);
      expect(await world.query('select to_regclass($1) as shadow', [`${tableOfModel('node-capacity')}_shadow`])).toStrictEqual([
        { shadow: null },
      ]);
      const again = await command('rebuild', 'node-capacity', '--cancel');
      expect([again.code, again.stderr]).toStrictEqual([1, 'No rebuild of node-capacity is running.\n']);
      const differs = await command('verify', 'node-capacity');
      expect([differs.code, differs.stdout]).toStrictEqual([1, expect.stringMatching(/1 rows differ[\s\S]* {2}7\n[\s\S]*"memory_mib":1/)]);
    },
    PATIENT_MS,
  );

  it(
    'takes a rebuild back, and lets the old table go',
    async () => {
      const table = async (): Promise<unknown> =>
        (await world.query('select to_regclass($1)::oid as id', [tableOfModel('stripe-links')]))[0];
      const before = await table();
      const rebuilt = await command('rebuild', 'stripe-links');
      expect([rebuilt.code, rebuilt.stdout]).toStrictEqual([0, expect.stringContaining('swapped in')]);
      expect([null, before]).not.toContainEqual(await table());
      const back = await command('rollback', 'stripe-links', '--reason', 'from a shell');
      expect([back.code, back.stdout]).toStrictEqual([0, 'stripe-links is read from the table before the rebuild again\n']);
      expect(await table()).toStrictEqual(before);
      const dropped = await command('drop-old', 'stripe-links');
      expect([dropped.code, dropped.stdout]).toStrictEqual([0, `gone: ${tableOfModel('stripe-links')}_old\n`]);
      expect(await notesOf('stripe-links')).toMatchObject([{ deed: 'rollback', text: 'from a shell', authorId: 'command-line' }]);
      const [no, unknown] = await Promise.all([command('rollback', 'stripe-links'), command('verify', 'no-such')]);
      expect([no.code, no.stderr]).toStrictEqual([1, 'No table of stripe-links from before a rebuild is kept.\n']);
      expect([unknown.code, unknown.stderr]).toStrictEqual([1, expect.stringMatching(/^There is no projection no-such; there are /)]);
    },
    PATIENT_MS,
  );

  it(
    'is killed while it rebuilds, and the running ledger finishes',
    async () => {
      // Nobody can finish while this is held.
      const holder = new Client({ connectionString: world.ledgerEnvironment()['DATABASE_URL'] });
      await holder.connect();
      await holder.query(`begin; lock table ${tableOfModel('order-timeline')} in share row exclusive mode`);
      const cli = join(resolve(process.env['LEDGER_DIST'] ?? 'dist'), 'src/ops/cli.js');
      const env = { PATH: process.env['PATH'] ?? '', ...world.ledgerEnvironment() };
      const child = spawn(process.execPath, [cli, 'projections', 'rebuild', 'order-timeline'], { env, stdio: 'ignore' });
      const begun = await until('order-timeline', 'verifying');
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await holder.query('rollback').finally(() => holder.end());
      const finished = await until('order-timeline', 'swapped');
      expect(finished.rebuild?.id).toBe(begun.rebuild?.id);
      expect(finished.oldKept).toBe(true);
    },
    PATIENT_MS,
  );
});

describe('the API', () => {
  it('starts what the running ledger then does, and takes it back', async () => {
    expect(await api('POST', '/order-list/rebuild')).toMatchObject({ status: 202, body: { purpose: 'swap', state: 'building' } });
    expect(await until('order-list', 'swapped')).toMatchObject({
      oldKept: true,
      rebuild: { percent: 100, lastError: null, requestedBy: operator.id },
    });
    expect(await api('POST', '/order-list/rollback', { reason: 'the old one was right' })).toMatchObject({
      status: 200,
      body: { name: 'order-list', oldKept: true },
    });
    expect(await api('POST', '/order-list/drop-old')).toMatchObject({ status: 200, body: { oldKept: false } });
    expect(await api('POST', '/order-list/drop-old', { reason: 'refused' })).toMatchObject({
      status: 409,
      body: { code: 'OLD_TABLE_MISSING' },
    });
    expect(await notesOf('order-list')).toMatchObject([{ deed: 'rollback', text: 'the old one was right', authorId: operator.id }]);
    expect(await api('POST', '/order-list/cancel')).toMatchObject({ status: 409, body: { code: 'REBUILD_NOT_RUNNING' } });
    expect(await api('POST', '/order-list/verify')).toMatchObject({ status: 202, body: { purpose: 'verify' } });
    await until('order-list', 'verified');
    expect(await api('GET', '/no-such')).toMatchObject({ status: 404, body: { code: 'PROJECTION_UNKNOWN' } });
    expect(await api('POST', '/order-list/rebuild', { acceptDifferences: 'yes' })).toMatchObject({ status: 422 });
  });
});

describe('parked events', () => {
  const mended = (): Promise<unknown> => world.query(`alter table ${tableOfModel('order-list')} drop constraint if exists no_such_region`);
  afterEach(mended);

  /** Orders that the table refuses until it is mended, each with another event behind the first. */
  const refusedOrders = async (count: number): Promise<Recorded[]> => {
    await world.query(`alter table ${tableOfModel('order-list')} add constraint no_such_region check (region <> 'nowhere') not valid`);
    const placed: Recorded[] = [];
    for (let order = 0; order < count; order += 1) {
      const orderId = randomUUID();
      const [one, held] = [sample('OrderPlaced'), sample('OrderCapacityHeld')];
      placed.push({ ...one, stream: `order-${orderId}`, data: { ...one.data, orderId, region: 'nowhere' } });
      await world.record(`order-${orderId}`, placed.at(-1) as Recorded);
      await world.reaches(await world.record(`order-${orderId}`, { ...held, data: { ...held.data, orderId } }));
    }
    return placed;
  };
  const keyOf = ({ stream }: Recorded | undefined = sample('OrderPlaced')): string => stream.slice('order-'.length);
  const statusOf = (order: Recorded | undefined) =>
    world.query<{ status: string }>(`select status from ${tableOfModel('order-list')} where order_id = $1`, [keyOf(order)]);

  it(
    'are listed, shown, tried again and discarded from a shell, and what was decided is kept',
    async () => {
      const [one, two] = await refusedOrders(2);
      const [table, json] = await Promise.all([command('parked', 'list'), command('parked', 'list', 'order-list', '--json')]);
      expect(table.stdout).toContain(keyOf(one));
      const rows = JSON.parse(json.stdout) as ParkedRow[];
      expect(rows.map(({ rowKey, events, error }) => [rowKey, events, error])).toStrictEqual(
        [one, two].map((order) => [keyOf(order), 2, expect.stringContaining('no_such_region')]),
      );
      const eventId = rows[0]?.eventId ?? '';
      const [shows, retried] = await Promise.all([
        command('parked', 'show', 'order-list', keyOf(one), '--json'),
        command('parked', 'retry', 'order-list', keyOf(two)),
      ]);
      const events = JSON.parse(shows.stdout) as ParkedEvent[];
      expect(events).toMatchObject([
        { eventType: 'OrderPlaced', error: expect.stringContaining('no_such_region'), event: { id: eventId, data: { region: 'nowhere' } } },
        { eventType: 'OrderCapacityHeld', error: 'an earlier event of this row is parked' },
      ]);
      expect(retried.stdout).toMatch(/^0 events folded; the row waits at .*no_such_region/);
      const why = ['--reason', 'placed by hand'];
      const [silent, discarded] = await Promise.all([
        command('parked', 'discard', 'order-list', keyOf(two), eventId),
        command('parked', 'discard', 'order-list', keyOf(one), eventId, ...why),
      ]);
      expect([silent.code, silent.stderr]).toStrictEqual([1, expect.stringContaining('--reason')]);
      expect([discarded.code, discarded.stdout]).toStrictEqual([0, 'discarded; 1 later events folded; the row is free again\n']);
      await mended();
      const all = await command('parked', 'retry-all', 'order-list');
      expect([all.code, all.stdout]).toStrictEqual([0, '1 of 1 rows are free again\n']);
      expect([await statusOf(one), await statusOf(two)]).toStrictEqual([[], [{ status: 'held' }]]);
      const [history, nothing, again] = await Promise.all([
        command('parked', 'history', '--json'),
        command('parked', 'list'),
        command('parked', 'retry', 'order-list', keyOf(one)),
      ]);
      const decided = (JSON.parse(history.stdout) as ParkedRequest[]).map(({ action, rowKey, reason, actorKind, actorId }) => ({
        ...{ action, rowKey, reason, by: `${actorKind} ${actorId}` },
      }));
      expect(decided).toStrictEqual([
        { action: 'retry', rowKey: null, reason: null, by: 'ops command-line' },
        { action: 'discard', rowKey: keyOf(one), reason: 'placed by hand', by: 'ops command-line' },
        { action: 'retry', rowKey: keyOf(two), reason: null, by: 'ops command-line' },
      ]);
      expect(nothing.stdout).toBe('nothing is parked\n');
      expect([again.code, again.stderr]).toStrictEqual([1, 'Nothing is parked there.\n']);
    },
    PATIENT_MS,
  );

  it('are listed, shown, tried again and discarded over HTTP, by an operator whose name is kept', async () => {
    const [one, two] = await refusedOrders(2);
    const { body: rows } = await api<ParkedRow[]>('GET', '/parked?projection=order-list');
    expect(rows.map(({ rowKey, events }) => [rowKey, events])).toStrictEqual([one, two].map((order) => [keyOf(order), 2]));
    const about = { projection: 'order-list', rowKey: keyOf(one) };
    const { body: events } = await api<ParkedEvent[]>('GET', `/parked/events?projection=order-list&rowKey=${keyOf(one)}`);
    expect(events.map(({ eventType }) => eventType)).toStrictEqual(['OrderPlaced', 'OrderCapacityHeld']);
    const eventId = events[0]?.eventId;
    const by = { actorKind: 'ops', actorId: operator.id };
    expect(await api('POST', '/parked/retry', about)).toMatchObject({
      status: 202,
      body: {
        ...about,
        ...by,
        action: 'retry',
        doneAt: expect.any(String),
        outcome: expect.stringMatching(/^0 events folded; the row waits/),
      },
    });
    expect(await api('POST', '/parked/discard', { ...about, eventId })).toMatchObject({ status: 422 });
    expect(await api('POST', '/parked/discard', { ...about, eventId: events[1]?.eventId, reason: 'x' })).toMatchObject({
      status: 404,
      body: { code: 'NOT_PARKED' },
    });
    const reason = 'never meant to be';
    expect(await api('POST', '/parked/discard', { ...about, eventId, reason })).toMatchObject({
      status: 202,
      body: { ...about, ...by, action: 'discard', eventId, reason, outcome: 'discarded; 1 later events folded; the row is free again' },
    });
    await mended();
    expect(await api('POST', '/parked/retry', { projection: 'order-list' })).toMatchObject({
      status: 202,
      body: { ...by, rowKey: null, outcome: '1 of 1 rows are free again' },
    });
    expect([await statusOf(one), await statusOf(two)]).toStrictEqual([[], [{ status: 'held' }]]);
    const { body: requests } = await api<ParkedRequest[]>('GET', '/parked/requests?limit=3');
    expect(requests.map(({ action, actorId }) => [action, actorId])).toStrictEqual(
      ['retry', 'discard', 'retry'].map((action) => [action, operator.id]),
    );
    expect(await api('GET', `/parked/events?projection=order-list&rowKey=${keyOf(one)}`)).toMatchObject({
      status: 404,
      body: { code: 'NOT_PARKED' },
    });
  }, 60_000);
});
