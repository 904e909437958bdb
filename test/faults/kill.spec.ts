/** The ledger is killed with -9 between each pair of steps of a purchase; after the restart there is exactly one server, and every attempt is explained. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';

let world: World;
let ledger: LedgerProcess;

beforeAll(async () => {
  world = await startWorld();
  ledger = await LedgerProcess.start(world);
}, 60_000);
afterAll(async () => {
  await ledger.stop();
  await world.close();
}, 60_000);

const crashingAt = async (place: string): Promise<void> => {
  await ledger.stop();
  ledger = await LedgerProcess.start(world, { crashAt: place });
};

/** Waits for the crash that was asked for and starts the ledger again, unharmed. */
const revive = async (): Promise<void> => {
  await ledger.died();
  ledger = await LedgerProcess.start(world);
};

const serversOf = async (orderId: string): Promise<unknown[]> =>
  (await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);

/** What must hold for a delivered order, however it got there. */
const expectOneServer = async (buyer: Buyer, orderId: string): Promise<string[]> => {
  await buyer.until(orderId, 'ready');
  expect(await serversOf(orderId)).toHaveLength(1);
  const types = (await buyer.timeline(orderId)).map(({ type }) => type);
  const count = (wanted: string): number => types.filter((type) => type === wanted).length;
  for (const once of [
    'OrderPlaced',
    'OrderCapacityHeld',
    'OrderCheckoutOpened',
    'OrderPaid',
    'NodeCapacityHeld',
    'ServerCreated',
    'ServerReady',
    'OrderDelivered',
  ])
    expect([once, count(once)]).toStrictEqual([once, 1]);
  expect(count('ServerCreationStarted')).toBe(count('ProvisioningAttemptFailed') + 1);
  return types;
};

describe('killed while an order is placed', () => {
  it.each([
    'after:OrderPlaced',
    'after:NodeCapacityHeld',
    'after:OrderCapacityHeld',
    'after:OrderCheckoutIntended',
    'after:stripe.openCheckout',
    'after:OrderCheckoutOpened',
  ])(
    '%s',
    async (place) => {
      const buyer = await Buyer.signUp(ledger.url);
      await crashingAt(place);
      const key = randomUUID();
      const again = buyer.at(ledger.url);
      await again.tryToOrder({ planId: 'minecraft-4g' }, key).catch((error: unknown) => expect(String(error)).toContain('fetch failed'));
      await revive();
      const back = buyer.at(ledger.url);
      const { orderId, checkoutUrl } = await back.order({ planId: 'minecraft-4g' }, key);
      await pay(checkoutUrl);
      await expectOneServer(back, orderId);
      expect(await world.openSessionsOf(orderId)).toBe(0);
    },
    60_000,
  );
});

describe('killed while a paid order is delivered', () => {
  it.each([
    'after:StripeEventReceived',
    'after:PaymentSucceeded',
    'after:OrderPaid',
    'after:NodeHoldCommitted',
    'after:ProvisioningStarted',
    'after:ServerCreationStarted',
    'after:panel.createServer',
    'after:ServerCreated',
    'after:ServerReady',
    'after:OrderDelivered',
  ])(
    '%s',
    async (place) => {
      const buyer = await Buyer.signUp(ledger.url);
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
      await crashingAt(place);
      await pay(checkoutUrl);
      await revive();
      const types = await expectOneServer(buyer.at(ledger.url), orderId);
      const created = (await world.eventsOf(`provisioning-${orderId}`)).find(({ type }) => type === 'ServerCreated');
      const adopted = place === 'after:panel.createServer';
      expect((created?.data as { adopted: boolean }).adopted).toBe(adopted);
      expect(types.filter((type) => type === 'ServerCreationStarted')).toHaveLength(place === 'after:ServerCreationStarted' ? 2 : 1);
    },
    60_000,
  );
});

describe('the event store killed while a webhook arrives', () => {
  it('answers 503 and loses nothing: Stripe delivers again', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await world.stopEventStore();
    await pay(checkoutUrl);
    await eventually(async () => (await world.deliveryStatuses()).includes(503), { what: 'a webhook refused with 503' });
    await world.startEventStore();
    await expectOneServer(buyer, orderId);
  }, 60_000);
});
