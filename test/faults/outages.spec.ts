/** PostgreSQL or the event store goes away for a while, or the store comes back empty: nothing is lost, the process stays, and what cannot go on says so. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { startPostgres, type RunningPostgres } from '../../local/postgres/server.js';
import { Buyer, pay } from '../support/buyer.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/eventually.js';
import { expectOneServer } from '../support/kill.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';

let world: World;
let ledger: LedgerProcess;
let postgres: RunningPostgres;
const dir = mkdtempSync(join(tmpdir(), 'order-ledger-outages-'));

// PostgreSQL may run under an account of its own, which must get here.
chmodSync(dir, 0o755);

const startDatabase = (port: number): Promise<RunningPostgres> => startPostgres({ dir: join(dir, 'postgres'), port, fast: true });
const ready = async (): Promise<number> => (await fetch(`${ledger.url}/health/ready`)).status;
const live = async (): Promise<number> => (await fetch(`${ledger.url}/health/live`)).status;

beforeAll(async () => {
  [world, postgres] = await Promise.all([startWorld(), startDatabase(await freePort())]);
  ledger = await LedgerProcess.start(world, { env: { DATABASE_URL: postgres.url } });
}, 240_000);
afterAll(async () => {
  await ledger.stop();
  await world.close();
  await postgres.close();
  rmSync(postgres.dir, { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}, 240_000);

describe('PostgreSQL down for a while', () => {
  it('keeps no webhook from being taken; afterwards everything catches up, in the same process', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    const { pid } = ledger;
    const before = (await world.deliveryStatuses()).length;
    await postgres.close();
    await pay(checkoutUrl);
    const answers = await eventually(
      async () => {
        const since = (await world.deliveryStatuses()).slice(before);
        return since.length > 0 && !since.includes(null) && since;
      },
      { what: 'the webhook to be answered' },
    );
    expect(new Set(answers)).toStrictEqual(new Set([200]));
    await eventually(async () => (await ready()) === 503, { what: 'the ledger to say that it is not ready' });
    expect(await live()).toBe(200);

    postgres = await startDatabase(Number(new URL(postgres.url).port));
    await expectOneServer(world, buyer, orderId);
    await eventually(async () => (await ready()) === 200, { what: 'the ledger to be ready again' });
    expect(process.kill(pid, 0)).toBe(true);
    expect(ledger.pid).toBe(pid);
  }, 240_000);
});

describe('the event store down', () => {
  it('while a webhook arrives: 503, and Stripe delivers again', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await world.stopEventStore();
    await pay(checkoutUrl);
    await eventually(async () => (await world.deliveryStatuses()).includes(503), { what: 'a webhook refused with 503' });
    expect(await live()).toBe(200);
    await world.startEventStore();
    await expectOneServer(world, buyer, orderId);
  }, 240_000);

  it('while an order is placed: refused for now, taken under the same key later', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const key = 'placed-while-the-store-was-away';
    await world.stopEventStore();
    const refused = await buyer.tryToOrder({ planId: 'teeworlds-256m' }, key);
    expect(refused.status).toBe(503);
    await world.startEventStore();
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' }, key);
    await pay(checkoutUrl);
    await expectOneServer(world, buyer, orderId);
  }, 240_000);
});

describe("an event store that came back empty while PostgreSQL's data stayed", () => {
  it('is refused with the way out, and that way leads out', async () => {
    const email = 'before-the-loss@example.com';
    await Buyer.signUp(ledger.url, email);
    await ledger.stop();
    const empty = await startEventStore({ dir: join(dir, 'eventstore'), port: 0 });
    try {
      const env = { DATABASE_URL: postgres.url, EVENTSTORE_URL: empty.url };
      const refusal = String(await LedgerProcess.start(world, { env }).catch((error: unknown) => error));
      expect(refusal).toContain('ended before it was ready (exit code 78)');
      expect(refusal).toContain('LOG_CHANGED');
      expect(refusal).toContain('npm run ledger -- readers reset --all');
      const onlyRequests = LedgerProcess.start(world, { env: { ...env, ROLES: 'http' } });
      await expect(onlyRequests).rejects.toThrow('ended before it was ready (exit code 78)');

      const reset = await runBuilt('src/ops/cli.js', ['readers', 'reset', '--all'], { ...world.ledgerEnvironment(), ...env });
      expect([reset.code, reset.stderr]).toStrictEqual([0, '']);
      ledger = await LedgerProcess.start(world, { env });
      expect(await ready()).toBe(200);

      // Who the customers are was never in the store: they log in as before, are linked to the panel account they had, and buy.
      const buyer = await Buyer.logIn(ledger.url, email);
      expect(await buyer.orders()).toStrictEqual([]);
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
      await pay(checkoutUrl);
      await buyer.until(orderId, 'ready');
      await ledger.stop();
    } finally {
      await empty.close();
    }
  }, 240_000);
});
