/** The smoke test itself: it ends with 0 after a purchase, and says why and what happened when there is none. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt, type Ended } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

const STEPS = ['sign-up', 'panel account', 'checkout', 'payment', 'webhook', 'order', 'provisioning'];

let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));

const smoke = (url: string, ...args: readonly string[]): Promise<Ended> => runBuilt('src/ops/smoke.js', ['--url', url, ...args], {});
const stepsIn = (stdout: string): string[] => STEPS.filter((step) => new RegExp(`^  ${step} +\\d+\\.\\d\\d s`, 'm').test(stdout));

/** How many people the ledger knows. */
const people = async (): Promise<number> => {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    return Number((await client.query<{ count: string }>('select count(*) from identity.people')).rows[0]?.count);
  } finally {
    await client.end();
  }
};

describe('npm run smoke', () => {
  it('buys a server, although the event store was away in the middle of the sign-up', async () => {
    const before = await people();
    await world.stopEventStore();
    const running = smoke(ledger.url, '--game', 'teeworlds', '--payment', 'subscription');
    await eventually(async () => (await people()) > before, { withinMs: 30_000, what: 'the sign-up' });
    await world.startEventStore();
    const { code, stdout, stderr } = await running;
    expect([code, stderr]).toStrictEqual([0, '']);
    expect(stepsIn(stdout)).toStrictEqual(STEPS);
    expect(stdout).toContain('1 of 1 games bought');
  }, 240_000);

  it('ends with 1, the reason and the timeline when no server comes of it', async () => {
    await world.panelControl('/_control/settings', { installOutcome: 'failed' });
    const { code, stdout, stderr } = await smoke(ledger.url, '--game', 'teeworlds');
    expect([code, stepsIn(stdout)]).toStrictEqual([1, STEPS.slice(0, -1)]);
    expect(stderr).toContain('FAILED at provisioning: the order is in attention: INSTALL_FAILED');
    for (const type of ['OrderPlaced', 'PaymentSucceeded', 'OrderPaid', 'ServerCreated', 'ProvisioningNeedsHuman'])
      expect(stderr).toMatch(new RegExp(`^ {4}\\S+Z  ${type} `, 'm'));
    expect(stdout).toContain('0 of 1 games bought');
  }, 240_000);

  it('orders nothing where real money would move', async () => {
    const asked: string[] = [];
    const live = createServer((request, reply) => {
      asked.push(`${request.method} ${request.url}`);
      reply.end(JSON.stringify({ payments: 'live', games: [{ id: 'rust', name: 'Rust' }], plans: [] }));
    });
    await new Promise<void>((done) => live.listen(0, '127.0.0.1', done));
    try {
      const { code, stderr } = await smoke(`http://127.0.0.1:${(live.address() as AddressInfo).port}`);
      expect([code, asked]).toStrictEqual([1, ['GET /api/v1/plans']]);
      expect(stderr).toContain('a smoke test must not move real money');
    } finally {
      live.close();
    }
  }, 180_000);
});
