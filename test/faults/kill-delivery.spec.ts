/** The ledger is killed with -9 between each pair of steps from the payment to the ready server; after the restart there is exactly one server, and every attempt is explained. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { expectOneServer, KilledLedger } from '../support/kill.js';

/** A claim that died with its owner may be tried again only after these have passed. */
const PANEL_TIMES = { PANEL_CREATE_TIMEOUT_MS: '3000', PANEL_SETTLE_MS: '2000' };

let ledger: KilledLedger;

beforeAll(async () => {
  ledger = await KilledLedger.start(PANEL_TIMES);
}, 60_000);
afterAll(() => ledger.close(), 60_000);

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
      await ledger.crashAt(place);
      await pay(checkoutUrl);
      await ledger.revive();
      const types = await expectOneServer(ledger.world, buyer.at(ledger.url), orderId);
      const created = (await ledger.world.eventsOf(`provisioning-${orderId}`)).find(({ type }) => type === 'ServerCreated');
      const adopted = place === 'after:panel.createServer';
      expect((created?.data as { adopted: boolean }).adopted).toBe(adopted);
      expect(types.filter((type) => type === 'ServerCreationStarted')).toHaveLength(place === 'after:ServerCreationStarted' ? 2 : 1);
    },
    60_000,
  );
});
