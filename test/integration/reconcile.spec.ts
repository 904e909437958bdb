/** The built command line about Stripe: `ledger reconcile`, where agreement is 0 and every difference is named with its order and is 2, and `ledger stripe setup`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('ledger stripe setup', () => {
  it('says with --dry-run what it would do, and then makes it and writes the ids back into the catalog', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'order-ledger-setup-'));
    const path = join(dir, 'catalog.yaml');
    const lost = readFileSync('catalog.yaml', 'utf8').replace('price_teeworlds_256m_monthly_once', 'price_lost');
    writeFileSync(path, lost);
    const env = { ...world.ledgerEnvironment(), CATALOG_PATH: path, PUBLIC_URL: 'http://127.0.0.1:9' };
    const setup = (...args: readonly string[]): Promise<Ended> => runBuilt('src/ops/cli.js', ['stripe', 'setup', ...args], env);
    const dry = await setup('--dry-run');
    expect([dry.code, dry.stderr]).toStrictEqual([0, '']);
    expect(dry.stdout).toMatch(/^dry run: 2 of \d+ would be made or matched$/m);
    expect(readFileSync(path, 'utf8')).toBe(lost);
    const made = await setup();
    expect([made.code, made.stderr]).toStrictEqual([0, '']);
    expect(made.stdout).toMatch(/^1 price ids written to /m);
    expect(made.stdout).toMatch(/^STRIPE_WEBHOOK_SECRET=whsec_/m);
    const written = /oneTimePriceId: (\S+)/.exec(readFileSync(path, 'utf8').split('- id: teeworlds-256m')[1] ?? '')?.[1]?.replace(',', '');
    expect(written).not.toBe('price_lost');
    expect(await world.stripe.prices.retrieve(written ?? '')).toMatchObject({ unit_amount: 199, currency: 'eur', recurring: null });
    rmSync(dir, { recursive: true });
  });
});
