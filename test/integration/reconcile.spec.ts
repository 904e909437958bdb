/** `ledger reconcile` on the built command line: agreement is 0, every difference is named with its order and is 2. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt, type Ended } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;
let intent: string;
runningLedger((started) => ({ world, ledger } = started));
const orders: Record<'once' | 'subscription', string> = { once: '', subscription: '' };

const factsOf = (orderId: string, type: string) =>
  eventually(
    async () => {
      const found = (await world.eventsOf(`payment-${orderId}`)).filter((event) => event.type === type);
      return found.length > 0 && found;
    },
    { withinMs: 60_000, what: type },
  );
const reconcile = (...args: readonly string[]): Promise<Ended> =>
  runBuilt('src/ops/cli.js', ['reconcile', ...args], world.ledgerEnvironment());
/** The read model of payments may lag for a moment, and what was just told is not listed before the next second. */
const eventuallyPrints = (expected: RegExp): Promise<Ended> =>
  eventually(
    async () => {
      const ended = await reconcile('--from', '2020-01-01', '--to', '2100-01-01');
      if (!expected.test(ended.stdout)) throw new Error(ended.stdout + ended.stderr);
      return ended;
    },
    { withinMs: 60_000, what: String(expected) },
  );

beforeAll(async () => {
  buyer = await Buyer.signUp(ledger.url);
  for (const payment of ['once', 'subscription'] as const) {
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', payment });
    await pay(checkoutUrl);
    const [paid] = await factsOf(orderId, 'PaymentSucceeded');
    if (payment === 'once') intent = (paid?.data as { paymentId: string }).paymentId;
    orders[payment] = orderId;
  }
}, 240_000);

describe('ledger reconcile', () => {
  it('agrees after purchases, a refund in part and a dispute that took the money', async () => {
    await world.stripe.refunds.create({ payment_intent: intent, amount: 100 });
    await factsOf(orders.once, 'RefundSettled');
    const { data: paid } = await world.stripe.invoicePayments.list({ status: 'paid', limit: 1 });
    await world.stripeControl(`/_control/charges/${paid[0]?.payment.payment_intent as string}/dispute`, {});
    await factsOf(orders.subscription, 'DisputeFundsMoved');
    const { code, stdout } = await eventuallyPrints(/^4 objects compared, 0 differ$/m);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^apart: fee /m);
    expect(stdout).toMatch(/^eur +(\d+\.\d\d EUR) +\1$/m);
  });

  it('names what Stripe has and the ledger was never told', async () => {
    await world.stripeControl('/_control/webhooks', { paused: true });
    const refund = await world.stripe.refunds.create({ payment_intent: intent, amount: 50 });
    const { code, stdout } = await eventuallyPrints(/^5 objects compared, 1 differ$/m);
    expect(code).toBe(2);
    expect(stdout).toMatch(new RegExp(`^missingInLedger +refund +${refund.id} +${orders.once} +- +-0\\.50 EUR$`, 'm'));

    await world.stripeControl('/_control/webhooks', { paused: false });
    expect((await eventuallyPrints(/^5 objects compared, 0 differ$/m)).code).toBe(0);
  });

  it('compares nothing in a time without money, and refuses one that ends before it begins', async () => {
    expect(await reconcile('--from', '2001-01-01', '--to', '2001-02-01')).toMatchObject({
      stdout: expect.stringContaining('0 objects compared, 0 differ') as unknown,
      stderr: '',
    });
    const { code, stderr } = await reconcile('--from', '2001-02-01', '--to', '2001-01-01');
    expect([code, stderr]).toStrictEqual([1, '--from must lie before --to\n']);
  });
});
