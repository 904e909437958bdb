/** Read models in an operator's hands: the command line and the API on a running ledger. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import type { ProjectionStatus } from '../../src/ops/projections.js';
import type { Rebuild } from '../../src/platform/readers/rebuild/rebuild-records.js';
import { Buyer, call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt, type Ended } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

let world: World;
let ledger: LedgerProcess;
let operator: string;
runningLedger((started) => ({ world, ledger } = started));
beforeAll(async () => {
  operator = await world.operator(ledger.url);
  // Somebody signs up, so that there are rows.
  await Buyer.signUp(ledger.url);
});

const command = (...args: string[]): Promise<Ended> => runBuilt('src/ops/cli.js', ['projections', ...args], world.ledgerEnvironment());

const api = <T>(method: 'GET' | 'POST', path: string, { token = operator, body = {} }: { token?: string; body?: unknown } = {}) =>
  call<T>(ledger.url, `/api/v1/ops/projections${path}`, { method, token, ...(method === 'POST' ? { body } : {}) });

const shown = async (name: string): Promise<ProjectionStatus> => (await api<ProjectionStatus>('GET', `/${name}`)).body;
const until = (name: string, state: Rebuild['state']): Promise<ProjectionStatus> =>
  eventually(
    async () => {
      const projection = await shown(name);
      return projection.rebuild?.state === state && projection;
    },
    { what: `${name} ${state}`, withinMs: 30_000 },
  );

const sql = async (text: string): Promise<void> => {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query(text).finally(() => client.end());
};

const PATIENT_MS = 90_000;

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
        rebuild: null,
      });
      await sql(`update read.customer_accounts_v1 set panel_user_id = 4711 where panel_user_id is not null`);
      const stopped = await command('rebuild', 'customer-accounts');
      expect(stopped.code).toBe(1);
      expect(stopped.stdout).toMatch(/rows differ[\s\S]*"panel_user_id":4711[\s\S]*Not swapped/);
      expect(stopped.stderr).toMatch(/customer-accounts {2}\[#{24}\] 100\.0 % .* differs/);
      await api('POST', '/customer-accounts/rebuild', { body: { acceptDifferences: true } });
      expect((await until('customer-accounts', 'swapped')).rebuild).toMatchObject({ requestedBy: 'command-line', acceptDifferences: true });
      await api('POST', '/customer-accounts/verify');
      await until('customer-accounts', 'verified');
    },
    PATIENT_MS,
  );

  it(
    'is killed while it rebuilds, and the running ledger finishes',
    async () => {
      // Nobody can finish while this is held.
      const holder = new Client({ connectionString: world.databaseUrl });
      await holder.connect();
      await holder.query('begin; lock table read.order_timeline_v1 in share row exclusive mode');
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
  it('is for operators', async () => {
    const customer = await Buyer.signUp(ledger.url);
    expect((await api('GET', '', { token: customer.token })).status).toBe(403);
    expect((await api('POST', '/order-list/rebuild', { token: customer.token })).status).toBe(403);
  });

  it('starts what the running ledger then does, and takes it back', async () => {
    expect(await api('POST', '/order-list/rebuild')).toMatchObject({ status: 202, body: { purpose: 'swap', state: 'building' } });
    expect(await until('order-list', 'swapped')).toMatchObject({ oldKept: true, rebuild: { percent: 100, lastError: null } });
    expect(await api('POST', '/order-list/rollback')).toMatchObject({ status: 200, body: { name: 'order-list', oldKept: true } });
    expect(await api('POST', '/order-list/drop-old')).toMatchObject({ status: 200, body: { oldKept: false } });
    expect(await api('POST', '/order-list/drop-old')).toMatchObject({ status: 409, body: { code: 'OLD_TABLE_MISSING' } });
    expect(await api('POST', '/order-list/cancel')).toMatchObject({ status: 409, body: { code: 'REBUILD_NOT_RUNNING' } });
    expect(await api('POST', '/order-list/verify')).toMatchObject({ status: 202, body: { purpose: 'verify' } });
    await until('order-list', 'verified');
    expect(await api('GET', '/no-such')).toMatchObject({ status: 404, body: { code: 'PROJECTION_UNKNOWN' } });
    expect(await api('POST', '/order-list/rebuild', { body: { acceptDifferences: 'yes' } })).toMatchObject({ status: 422 });
  });
});
