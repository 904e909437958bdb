/** Many buy the last room at once: as many are accepted as there is room for, everybody else is told before paying, and only once it is true. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { call, type Buyer } from '../support/buyer.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { manyBuyers } from '../support/many-buyers.js';
import { runningLedger } from '../support/running-ledger.js';

const START_MS = 240_000;
const PLAN = { id: 'among-us-512m', memoryMib: 512 };
const PANEL_NODE_MIB = 256 * 1024;
/** Of each node of the region, how many more servers of the plan it takes. */
const SLOTS: Readonly<Record<string, number>> = { '1': 30, '2': 20 };
const CUSTOMERS = 200;

let world: World;
let ledger: LedgerProcess;
runningLedger(
  (started) => ({ world, ledger } = started),
  () => ({ RATE_LIMIT: '1000000' }),
);

let customers: Buyer[];
beforeAll(async () => {
  customers = await manyBuyers(world, ledger.url, CUSTOMERS);
  const token = await world.operator(ledger.url);
  for (const [nodeId, slots] of Object.entries(SLOTS)) {
    const reserveMemoryMib = PANEL_NODE_MIB - slots * PLAN.memoryMib;
    const body = { region: 'eu-central', reserveMemoryMib, reserveDiskMib: 0, enabled: true };
    expect((await call(ledger.url, `/api/v1/ops/nodes/${nodeId}`, { method: 'PUT', token, body })).status).toBe(200);
  }
}, START_MS);

/** As a browser does: who is told that many come at once asks again, and it is the same wish. */
const answerTo = async (buyer: Buyer): Promise<string> => {
  for (const key = randomUUID(); ;) {
    const { status, body } = await buyer.tryToOrder({ planId: PLAN.id }, key);
    if (status !== 503) return `${status} ${body.code ?? body.status}`;
  }
};

describe('two hundred customers for the last fifty places', () => {
  it(
    'come to fifty checkouts and a hundred and fifty refusals, none before the room was gone, and no node has promised more than it has',
    async () => {
      expect(new Set(customers.map(({ customerId }) => customerId)).size).toBe(CUSTOMERS);
      const answers = await Promise.all(customers.map(answerTo));
      expect(answers.toSorted()).toStrictEqual([
        ...Array.from({ length: 50 }, () => '201 awaitingPayment'),
        ...Array.from({ length: 150 }, () => '409 NO_CAPACITY'),
      ]);
      const held = await Promise.all(
        Object.keys(SLOTS).map(async (nodeId) => {
          const events = await world.eventsOf(`node-${nodeId}`);
          const count = (type: string): number => events.filter((event) => event.type === type).length;
          return [nodeId, count('NodeCapacityHeld') - count('NodeHoldReleased')];
        }),
      );
      expect(Object.fromEntries(held)).toStrictEqual(SLOTS);
      const told = (await world.allEvents()).filter(({ type }) => type === 'NodeCapacityHeld' || type === 'OrderEnded');
      const firstRefusal = told.findIndex(({ type }) => type === 'OrderEnded');
      expect(told.slice(0, firstRefusal).filter(({ type }) => type === 'NodeCapacityHeld')).toHaveLength(50);
      const { data: sessions } = await world.stripe.checkout.sessions.list({ limit: 100 });
      expect(sessions).toHaveLength(50);
    },
    START_MS,
  );
});
