/** The ledger is killed with -9 between each pair of steps of placing an order; the same request, sent again, leads to one order, one session and one server. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { expectOneServer, KilledLedger } from '../support/kill.js';

let ledger: KilledLedger;

beforeAll(async () => {
  ledger = await KilledLedger.start();
}, 60_000);
afterAll(() => ledger.close(), 60_000);

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
      await ledger.crashAt(place);
      const key = randomUUID();
      const again = buyer.at(ledger.url);
      await again.tryToOrder({ planId: 'minecraft-4g' }, key).catch((error: unknown) => expect(String(error)).toContain('fetch failed'));
      await ledger.revive();
      const back = buyer.at(ledger.url);
      const { orderId, checkoutUrl } = await back.order({ planId: 'minecraft-4g' }, key);
      await pay(checkoutUrl);
      await expectOneServer(ledger.world, back, orderId);
      expect(await ledger.world.openSessionsOf(orderId)).toBe(0);
    },
    60_000,
  );
});
