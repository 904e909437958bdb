/** The ledger is killed with -9 between each pair of steps of placing an order, and of ending one that nobody paid; afterwards there is one order, one session and one server, or free room. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { countsOf, KilledLedger } from '../support/kill.js';

const WISH = { planId: 'teeworlds-256m' };
const ENDED = ['OrderPlaced', 'NodeCapacityHeld', 'OrderCheckoutExpired', 'OrderEnded', 'NodeHoldReleased'];

let ledger: KilledLedger;
let buyer: Buyer;

beforeAll(async () => {
  ledger = await KilledLedger.start();
  buyer = await Buyer.signUp(ledger.url);
}, 240_000);
afterAll(() => ledger.close(), 120_000);

/** Asks for a server while the ledger dies at this place. */
const orderAndDie = async (place: string, key: string): Promise<void> => {
  ledger.crashAt(place);
  await expect(buyer.tryToOrder(WISH, key)).rejects.toThrow('fetch failed');
  await ledger.revive();
};

describe('killed while an order is placed', () => {
  it.each([
    'before:OrderPlaced',
    'after:OrderPlaced',
    'after:NodeCapacityHeld',
    'after:OrderCapacityHeld',
    'after:OrderCheckoutIntended',
    'after:stripe.openCheckout',
    'after:OrderCheckoutOpened',
  ])(
    '%s: the same request, sent again, leads to the end',
    async (place) => {
      const key = randomUUID();
      const before = (await buyer.orders()).length;
      await orderAndDie(place, key);
      const { orderId, checkoutUrl } = await buyer.order(WISH, key);
      await pay(checkoutUrl);
      await ledger.expectOneServer(buyer, orderId);
      expect(await ledger.world.openSessionsOf(orderId)).toBe(0);
      expect(await buyer.orders()).toHaveLength(before + 1);
    },
    120_000,
  );

  it.each(['after:OrderPlaced', 'after:stripe.openCheckout'])(
    '%s: it goes on by itself, though nobody asks again',
    async (place) => {
      const before = new Set((await buyer.orders()).map(({ orderId }) => orderId));
      await orderAndDie(place, randomUUID());
      const orderId = await eventually(async () => (await buyer.orders()).find((order) => !before.has(order.orderId))?.orderId, {
        withinMs: 30_000,
        what: 'the order',
      });
      const { checkoutSession } = await buyer.until(orderId, 'awaitingPayment');
      expect(await ledger.world.openSessionsOf(orderId)).toBe(1);
      await ledger.world.stripeControl(`/_control/sessions/${checkoutSession}/pay`, {});
      await ledger.expectOneServer(buyer, orderId);
    },
    120_000,
  );
});

describe('killed while an order that nobody paid is ended', () => {
  it.each(['before:OrderCheckoutExpired', 'after:OrderCheckoutExpired', 'after:OrderEnded', 'after:NodeHoldReleased'])(
    '%s',
    async (place) => {
      const { orderId } = await buyer.order(WISH);
      const { checkoutSession } = await buyer.until(orderId, 'awaitingPayment');
      ledger.crashAt(place);
      await ledger.world.stripeControl(`/_control/sessions/${checkoutSession}/expire`, {});
      await ledger.revive();
      await eventually(async () => (await buyer.timeline(orderId)).some(({ type }) => type === 'NodeHoldReleased'), {
        withinMs: 40_000,
        what: 'the room to be free',
      });
      expect((await buyer.until(orderId, 'ended')).statusReason).toBe('abandoned');
      await ledger.atRest();
      expect(await countsOf(ledger.world, orderId, ENDED)).toStrictEqual(ENDED.map((type) => [type, 1]));
    },
    120_000,
  );
});
