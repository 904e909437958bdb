/** What happens at Stripe while no webhook comes: found by the sweep, on the steered clock. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 180_000;
const PATIENCE = { withinMs: 60_000 };
const MINUTE_MS = 60_000;
/** Longer than the pause between two sweeps and the head start of a webhook. */
const NEXT_SWEEP_MS = 8 * MINUTE_MS;

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;

beforeAll(async () => {
  clock = await startClock();
  world = await startWorld({ clock });
  ledger = await LedgerProcess.start(world);
  buyer = await Buyer.signUp(ledger.url);
  await world.stripeControl('/_control/chaos', { match: '*', do: 'drop' });
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
  await clock?.close();
}, START_MS);

interface Told {
  readonly type: string;
  readonly via?: string;
  readonly object: { readonly id: string };
}
const toldEvents = async (): Promise<Told[]> =>
  (await world.allEvents()).filter(({ type }) => type === 'StripeEventReceived').map(({ data }) => data as unknown as Told);
const typesOf = async (stream: string): Promise<string[]> => (await world.eventsOf(stream)).map(({ type }) => type);
const until = (stream: string, type: string): Promise<unknown> =>
  eventually(async () => (await typesOf(stream)).includes(type), { ...PATIENCE, what: `${type} in ${stream}` });
const asOperator = async <T>(path: string): Promise<T> =>
  (await call<T>(ledger.url, path, { token: await world.operator(ledger.url) })).body;
const faulty = (rule: object): Promise<unknown> => world.stripeControl('/_control/faults', rule);

describe('webhooks that are never delivered', () => {
  it(
    'are found on schedule, recorded once each as they would have been, and told of as critical',
    async () => {
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g', payment: 'subscription' });
      await pay(checkoutUrl);
      clock.advance(MINUTE_MS);
      expect(await toldEvents()).toStrictEqual([]);
      clock.advance(NEXT_SWEEP_MS);
      await until(`order-${orderId}`, 'OrderPaid');
      const found = await eventually(
        async () => {
          const told = await toldEvents();
          return told.length >= 4 && told;
        },
        { ...PATIENCE, what: 'all events of the purchase' },
      );
      expect(found.map(({ type }) => type).toSorted()).toStrictEqual([
        ...['checkout.session.completed', 'customer.subscription.created', 'invoice.paid', 'invoice_payment.paid'],
      ]);
      expect(new Set(found.map(({ via }) => via))).toStrictEqual(new Set(['sweep']));

      const { items } = await eventually(
        async () => {
          const page = await asOperator<{ items: { via: string; outcome: string }[] }>('/api/v1/ops/webhooks');
          return page.items.length === found.length && page.items.every(({ outcome }) => outcome !== 'waiting') && page;
        },
        { ...PATIENCE, what: 'the list of webhooks' },
      );
      expect(new Set(items.map(({ via }) => via))).toStrictEqual(new Set(['sweep']));
      const matter = await eventually(
        async () =>
          (await asOperator<{ items: { code: string; severity: string; details: object }[] }>('/api/v1/ops/attention')).items.find(
            ({ code }) => code === 'WEBHOOK_NOT_DELIVERED',
          ),
        { ...PATIENCE, what: 'the matter' },
      );
      expect(matter).toMatchObject({ severity: 'critical', details: { found: found.length } });
      expect(await (await fetch(`${ledger.url}/metrics`)).text()).toMatch(/^ledger_stripe_sweep_found_events 4$/m);

      // Delivered after all, and compared once more from before: nothing is new.
      const events = await world.stripe.events.list({ type: 'invoice.paid' });
      await world.stripeControl(`/_control/events/${events.data[0]?.id ?? ''}/resend`, {});
      const since = new Date(clock.clock().getTime() - 60 * MINUTE_MS).toISOString();
      const { code, stdout } = await runBuilt('src/ops/cli.js', ['stripe', 'sweep', '--since', since], world.ledgerEnvironment());
      expect([code, stdout.split('\n')[0]]).toStrictEqual([
        0,
        '4 events compared, 0 found that were not delivered, 0 open payments asked about',
      ]);
      expect(await toldEvents()).toHaveLength(found.length);
    },
    START_MS,
  );

  it(
    'are not needed for a checkout that is open: it is asked about, also while Stripe’s list does not answer',
    async () => {
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g' });
      await faulty({ match: 'GET /v1/events', fault: 'error500Before', times: 1_000 });
      await pay(checkoutUrl);
      clock.advance(NEXT_SWEEP_MS);
      await until(`order-${orderId}`, 'OrderPaid');
      await eventually(async () => /^ledger_stripe_sweep_failures [1-9]/m.test(await (await fetch(`${ledger.url}/metrics`)).text()), {
        ...PATIENCE,
        what: 'a recorded failure',
      });
      const known = (await toldEvents()).length;
      await fetch(`${world.stripeUrl}/_control/faults`, { method: 'DELETE' });
      await eventually(async () => (await toldEvents()).length > known, { ...PATIENCE, what: 'the next try' });
      const booked = (await typesOf(`payment-${orderId}`)).filter((type) => type === 'PaymentSucceeded');
      expect(booked).toHaveLength(1);
    },
    START_MS,
  );
});
