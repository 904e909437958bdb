/** What keeps an order from being taken once it was placed, as its customer is told; an operator made on the command line closes and opens the region. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Catalog } from '../../src/catalog/catalog.js';
import { Buyer, call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

const PLAN = 'teeworlds-256m';
const REGION = 'eu-central';
const operator = { email: 'shell@example.com', password: 'made-in-a-shell' };

let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));
let buyer: Buyer;
beforeAll(async () => {
  buyer = await Buyer.signUp(ledger.url);
}, 240_000);

/** The answer to an order and to its repeat under the same key. */
const refusals = async (): Promise<(readonly [number, string | undefined])[]> => {
  const key = randomUUID();
  const answers = [await buyer.tryToOrder({ planId: PLAN }, key), await buyer.tryToOrder({ planId: PLAN }, key)];
  return answers.map(({ status, body }) => [status, body.code] as const);
};

const logIn = () => call<{ accessToken: string; role: string }>(ledger.url, '/api/v1/sessions', { body: operator });

describe('ledger operator create', () => {
  it('makes somebody who may log in as an operator, once, and not with a short password', async () => {
    const create = (password: string) =>
      runBuilt(
        'src/ops/cli.js',
        ['operator', 'create', '--email', operator.email, '--name', 'Shell', '--password', password],
        world.ledgerEnvironment(),
      );
    const short = await create('short');
    expect([short.code, short.stderr]).toStrictEqual([1, 'the password needs at least 10 characters\n']);
    expect((await logIn()).status).toBe(401);
    const { code, stdout, stderr } = await create(operator.password);
    expect([code, stdout, stderr]).toStrictEqual([0, expect.stringContaining(`may log in as ${operator.email}`), '']);
    expect(await logIn()).toMatchObject({ status: 200, body: { role: 'operator' } });
    expect((await create(operator.password)).code).toBe(1);
  }, 240_000);
});

describe('an order', () => {
  it('is refused with NO_CAPACITY while no node of its region takes any, and taken when one does again', async () => {
    const token = (await logIn()).body.accessToken;
    const nodes = (await call<{ nodeId: string; region: string }[]>(ledger.url, '/api/v1/ops/nodes', { token })).body;
    const ofRegion = nodes.filter(({ region }) => region === REGION);
    const setAll = async (enabled: boolean): Promise<void> => {
      const body = { region: REGION, reserveMemoryMib: 1024, reserveDiskMib: 10_240, enabled };
      for (const { nodeId } of ofRegion) {
        const set = await call(ledger.url, `/api/v1/ops/nodes/${nodeId}`, { method: 'PUT', token, body });
        expect(set.status).toBe(200);
      }
      const available = enabled ? 'room' : 'none';
      await eventually(async () => (await room()) === available, { withinMs: 30_000, what: `${available} in ${REGION}` });
    };
    await setAll(false);
    const before = (await world.allEvents()).length;
    expect(await refusals()).toStrictEqual([
      [409, 'NO_CAPACITY'],
      [409, 'NO_CAPACITY'],
    ]);
    const since = (await world.allEvents()).slice(before).filter(({ stream }) => stream.startsWith('order-'));
    expect(since.map(({ type, data }) => [type, data['reason']])).toStrictEqual([
      ['OrderPlaced', undefined],
      ['OrderCheckoutIntended', undefined],
      ['OrderEnded', 'noCapacity'],
    ]);
    await setAll(true);
    expect((await buyer.order({ planId: PLAN })).checkoutUrl).toContain('http');
  }, 240_000);

  it('keeps the room it was given while Stripe does not answer, and the same wish leads to the checkout once Stripe does', async () => {
    const key = randomUUID();
    await world.stripeControl('/_control/faults', { match: 'POST /v1/checkout/sessions', fault: 'resetBefore', times: 100 });
    const before = (await world.allEvents()).length;
    expect((await buyer.tryToOrder({ planId: PLAN }, key)).status).toBe(503);
    const told = async (): Promise<string[]> =>
      (await world.allEvents())
        .slice(before)
        .filter(({ stream }) => stream.startsWith('order-') || stream.startsWith('node-'))
        .map(({ type }) => type);
    expect(await told()).toStrictEqual(['OrderPlaced', 'OrderCheckoutIntended', 'NodeCapacityHeld', 'OrderCapacityHeld']);
    expect((await fetch(`${world.stripeUrl}/_control/faults`, { method: 'DELETE' })).ok).toBe(true);
    expect((await buyer.order({ planId: PLAN }, key)).checkoutUrl).toContain('http');
    expect((await told()).slice(4)).toStrictEqual(['OrderCheckoutOpened']);
  }, 240_000);

  it('is refused with CHECKOUT_REFUSED when Stripe will not open a checkout for it', async () => {
    const price = Catalog.load('catalog.yaml').plan(PLAN)?.plan.terms.monthly.oneTimePriceId ?? '';
    await world.stripe.prices.update(price, { active: false });
    expect(await refusals()).toStrictEqual([
      [409, 'CHECKOUT_REFUSED'],
      [409, 'CHECKOUT_REFUSED'],
    ]);
    const ended = (await world.allEvents()).findLast(({ type }) => type === 'OrderEnded');
    expect(ended?.data).toMatchObject({ reason: 'checkoutRefused', hold: { nodeId: expect.any(String) } });
    const orderId = ended?.data['orderId'];
    // Its room goes back, though order and refusal were recorded in one go with it.
    const room = async (): Promise<string[]> =>
      (await world.allEvents())
        .filter(({ stream, data }) => stream.startsWith('node-') && data['orderId'] === orderId)
        .map(({ type }) => type);
    await eventually(async () => (await room()).join() === 'NodeCapacityHeld,NodeHoldReleased', { what: 'the room to be free' });
  }, 240_000);
});

interface Offered {
  readonly plans: readonly {
    readonly planId: string;
    readonly regions: readonly { readonly region: string; readonly available: number }[];
  }[];
}

/** Whether the plans show any room for this one in the region. */
const room = async (): Promise<'room' | 'none'> => {
  const { plans } = (await call<Offered>(ledger.url, '/api/v1/plans')).body;
  const stock = plans.find(({ planId }) => planId === PLAN)?.regions.find(({ region }) => region === REGION);
  return (stock?.available ?? 0) > 0 ? 'room' : 'none';
};
