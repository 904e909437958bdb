/** The ledger is killed with -9 between each pair of steps from the payment to the ready server; after the restart there is exactly one server, and every attempt is explained. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { KilledLedger } from '../support/kill.js';

/** A claim that died with its owner may be tried again only after these have passed. */
const PANEL_TIMES = { PANEL_CREATE_TIMEOUT_MS: '6000', PANEL_SETTLE_MS: '3000' };
/** Longer than a restart, so that the revived ledger sees what the panel has not finished; over well before the settle window ends. */
const PANEL_BUSY_MS = 5_000;

const AT_ONCE = { attempts: ['1 started', '1 created'], adopted: false, calls: 1 };
const AT_SECOND_TRY = { attempts: ['1 started', '1 failed: NOT_CREATED, settled', '2 started', '2 created'], adopted: false, calls: 1 };
const ADOPTED = { ...AT_ONCE, adopted: true };

let ledger: KilledLedger;
let buyer: Buyer;

beforeAll(async () => {
  ledger = await KilledLedger.start(PANEL_TIMES);
  buyer = await Buyer.signUp(ledger.url);
}, 240_000);
afterAll(() => ledger.close(), 120_000);

describe('killed while a paid order is delivered', () => {
  it.each([
    ['before:StripeEventReceived', AT_ONCE],
    ['after:StripeEventReceived', AT_ONCE],
    ['after:PaymentSucceeded', AT_ONCE],
    ['after:OrderPaid', AT_ONCE],
    ['after:NodeHoldCommitted', AT_ONCE],
    ['after:ProvisioningStarted', AT_ONCE],
    ['after:ServerCreationStarted', AT_SECOND_TRY],
    // The server's secrets are made and kept by now.
    ['before:panel.createServer', AT_SECOND_TRY],
    ['after:panel.createServer', ADOPTED],
    ['after:ServerCreated', AT_ONCE],
    ['after:ServerReady', AT_ONCE],
    ['after:OrderDelivered', AT_ONCE],
  ])(
    '%s',
    async (place, making) => {
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
      ledger.crashAt(place);
      await pay(checkoutUrl);
      await ledger.revive();
      expect(await ledger.expectOneServer(buyer, orderId)).toStrictEqual(making);
    },
    120_000,
  );

  it('after:SubscriptionLinked, between the link and the money', async () => {
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', payment: 'subscription' });
    ledger.crashAt('after:SubscriptionLinked');
    await pay(checkoutUrl);
    await ledger.revive();
    expect(await ledger.expectOneServer(buyer, orderId)).toStrictEqual(AT_ONCE);
  }, 240_000);
});

describe('killed while the panel is at work', () => {
  it.each([
    ['and finishes', 'timeoutAfterCommit', ADOPTED],
    ['and takes it back', 'timeoutRolledBack', { ...AT_SECOND_TRY, calls: 2 }],
  ])(
    '%s',
    async (_what, fault, making) => {
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
      await ledger.world.panelControl('/_control/faults', { match: 'POST /api/application/servers', fault, delayMs: PANEL_BUSY_MS });
      await pay(checkoutUrl);
      await eventually(async () => (await ledger.world.panelCreations())[`order_${orderId}`] === 1, { withinMs: 30_000, what: 'the call' });
      await ledger.kill();
      expect(await ledger.expectOneServer(buyer, orderId)).toStrictEqual(making);
    },
    120_000,
  );
});
