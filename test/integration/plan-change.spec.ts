/** Another plan for a running subscription over HTTP: quoted, paid or credited, the server resized, or everything as before; on a steered clock. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 180_000;
const PATIENCE = { withinMs: 60_000 };
const DAY_MS = 86_400_000;
const SMALL = { memory: 4096, disk: 10_240, cpu: 200 };
const LARGE = { memory: 8192, disk: 20_480, cpu: 300 };

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;

beforeAll(async () => {
  clock = await startClock();
  world = await startWorld({ clock });
  ledger = await LedgerProcess.start(world);
  buyer = await Buyer.signUp(ledger.url);
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
  await clock?.close();
}, START_MS);

interface Quote {
  readonly quoteId: string;
  readonly now: { readonly amountMinor: number; readonly currency: string };
  readonly nextRenewal: { readonly amountMinor: number; readonly at: string };
  readonly lines: readonly { readonly amountMinor: number; readonly proration: boolean }[];
  readonly expiresAt: string;
  readonly code?: string;
}

const ask = <T>(path: string, body: unknown, key: string = randomUUID()) =>
  call<T>(ledger.url, `/api/v1/orders/${path}`, { token: buyer.token, body, key });
const quote = (orderId: string, planId: string, key?: string) => ask<Quote>(`${orderId}/plan-change/quote`, { planId }, key);
const confirm = (orderId: string, quoteId: string) => ask<{ status?: string; code: string | null }>(`${orderId}/plan-change`, { quoteId });
const typesOf = async (stream: string): Promise<string[]> => (await world.eventsOf(stream)).map(({ type }) => type);
const newest = async (stream: string, type: string): Promise<Record<string, unknown>> =>
  ((await world.eventsOf(stream)).findLast((event) => event.type === type)?.data ?? {}) as Record<string, unknown>;

/** The clock stands still unless it is moved, also for what the ledger waits for before it tries again. */
const untilTold = (stream: string, type: string, { times = 1, stepMs = 1_000 } = {}): Promise<unknown> =>
  eventually(
    async () => {
      clock.advance(stepMs);
      return (await typesOf(stream)).filter((one) => one === type).length >= times;
    },
    { ...PATIENCE, what: `${type} in ${stream}` },
  );

interface Sold {
  readonly orderId: string;
  readonly nodeId: string;
  readonly subscriptionId: string;
}

/** Ten days after a subscription's server was delivered. */
const served = async (): Promise<Sold> => {
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g', payment: 'subscription' });
  await pay(checkoutUrl);
  await untilTold(`order-${orderId}`, 'OrderDelivered');
  clock.advance(10 * DAY_MS);
  await clock.followed();
  const { hold } = (await newest(`order-${orderId}`, 'OrderPaid')) as { hold: { nodeId: string } };
  const { subscriptionId } = (await newest(`payment-${orderId}`, 'SubscriptionLinked')) as { subscriptionId: string };
  return { orderId, nodeId: hold.nodeId, subscriptionId };
};

const limitsOf = async ({ orderId }: Sold): Promise<unknown> => {
  const rows = (await (await fetch(`${world.panelUrl}/_control/servers`)).json()) as { external_id: string; limits: typeof SMALL }[];
  const { memory, disk, cpu } = rows.find((row) => row.external_id === `order_${orderId}`)?.limits ?? {};
  return { memory, disk, cpu };
};
/** What the node's stream says the order holds, in MiB. */
const roomOf = async ({ orderId, nodeId }: Sold): Promise<number | undefined> =>
  (await world.eventsOf(`node-${nodeId}`))
    .map(({ data }) => data as { orderId?: string; memoryMib?: number })
    .findLast((data) => data.orderId === orderId && data.memoryMib !== undefined)?.memoryMib;
const untilRoom = (sold: Sold, memoryMib: number): Promise<unknown> =>
  eventually(async () => (await roomOf(sold)) === memoryMib, { ...PATIENCE, what: `room of ${memoryMib} MiB` });
const priceOf = async ({ subscriptionId }: Sold): Promise<string | undefined> =>
  (await world.stripe.subscriptions.retrieve(subscriptionId)).items.data[0]?.price.id;
/** What the customer has with Stripe, in minor units; negative: a credit. */
const balanceOf = async ({ subscriptionId }: Sold): Promise<unknown> => {
  const { customer } = await world.stripe.subscriptions.retrieve(subscriptionId, { expand: ['customer'] });
  return (customer as { balance?: number }).balance;
};
const kindsPaid = async ({ orderId }: Sold): Promise<[unknown, number][]> =>
  (await world.eventsOf(`payment-${orderId}`))
    .filter(({ type }) => type === 'PaymentSucceeded')
    .map(({ data }) => data as { kind: string; total: { amountMinor: number } })
    .map(({ kind, total }) => [kind, total.amountMinor]);
const ops = async <T>(path: string): Promise<T> =>
  (await call<T>(ledger.url, `/api/v1/ops/${path}`, { token: await world.operator(ledger.url) })).body;

describe('a change of plan', () => {
  it(
    'upwards is paid for the rest of the period and makes the server larger; downwards it gives credit and room back',
    async () => {
      const sold = await served();
      const { orderId } = sold;
      const key = randomUUID();
      const { body: up } = await quote(orderId, 'minecraft-8g', key);
      expect((await quote(orderId, 'minecraft-8g', key)).body).toStrictEqual(up);
      expect(up).toMatchObject({ now: { currency: 'eur' }, nextRenewal: { amountMinor: 1899 } });
      expect(up.lines.map(({ proration }) => proration)).toStrictEqual([true, true]);
      expect(up.now.amountMinor).toBe(up.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
      expect(up.now.amountMinor).toBeGreaterThan(0);
      const both = await Promise.all([confirm(orderId, up.quoteId), confirm(orderId, up.quoteId)]);
      expect(both.map(({ status }) => status)).toStrictEqual([202, 202]);
      expect((await quote(orderId, 'minecraft-8g')).body.code).toBe('PLAN_CHANGE_UNDER_WAY');
      await untilTold(`order-${orderId}`, 'OrderPlanChanged');
      await untilRoom(sold, 8192);
      expect([await limitsOf(sold), await priceOf(sold)]).toStrictEqual([LARGE, 'price_minecraft_8g_monthly']);
      expect(await kindsPaid(sold)).toStrictEqual([
        ['initial', 999],
        ['change', up.now.amountMinor],
      ]);
      const change = (await typesOf(`order-${orderId}`)).filter((type) => type.startsWith('OrderPlanChange'));
      expect(change.join(' ').replaceAll('OrderPlanChange', '')).toBe('Quoted Confirmed Requested Paid d');
      await eventually(async () => (await buyer.orderView(orderId)).planId === 'minecraft-8g', { ...PATIENCE, what: 'the new plan' });

      const { body: down } = await quote(orderId, 'minecraft-4g');
      expect(down.now.amountMinor).toBeLessThan(0);
      expect(await confirm(orderId, down.quoteId)).toMatchObject({ status: 202 });
      await untilTold(`order-${orderId}`, 'OrderPlanChanged', { times: 2 });
      await untilRoom(sold, 4096);
      expect([await limitsOf(sold), await priceOf(sold)]).toStrictEqual([SMALL, 'price_minecraft_4g_monthly']);
      expect(await balanceOf(sold)).toBe(down.now.amountMinor);
    },
    START_MS,
  );

  it(
    'whose payment is declined leaves everything as it was',
    async () => {
      const sold = await served();
      const { orderId, subscriptionId } = sold;
      const { customer } = await world.stripe.subscriptions.retrieve(subscriptionId);
      const card = { payment_method: 'pm_card_chargeCustomerFail' };
      await world.stripeControl(`/_control/customers/${customer as string}/payment_method`, card);
      const { body } = await quote(orderId, 'minecraft-8g');
      expect(await confirm(orderId, body.quoteId)).toMatchObject({ status: 202 });
      await untilTold(`order-${orderId}`, 'OrderPlanChangeFailed');
      expect(await newest(`order-${orderId}`, 'OrderPlanChangeFailed')).toMatchObject({ code: 'PAYMENT_DECLINED', undo: null });
      await untilRoom(sold, 4096);
      const after = await world.stripe.subscriptions.retrieve(subscriptionId, { expand: ['latest_invoice'] });
      expect([after.pending_update, (after.latest_invoice as { status?: string }).status]).toStrictEqual([null, 'void']);
      expect([await limitsOf(sold), await priceOf(sold)]).toStrictEqual([SMALL, 'price_minecraft_4g_monthly']);
      expect(await typesOf(`provisioning-${orderId}`)).not.toContain('ServerSizeWanted');
    },
    START_MS,
  );

  it(
    'that the panel refuses is undone at Stripe, and a person is told',
    async () => {
      const sold = await served();
      const { orderId } = sold;
      await world.panelControl('/_control/faults', { match: 'PATCH /api/application/servers/*/build', fault: 'refused422', times: 1_000 });
      const { body } = await quote(orderId, 'minecraft-8g');
      expect(await confirm(orderId, body.quoteId)).toMatchObject({ status: 202 });
      await untilTold(`order-${orderId}`, 'OrderPlanChangeFailed');
      expect(await newest(`order-${orderId}`, 'OrderPlanChangeFailed')).toMatchObject({
        code: 'ValidationException',
        undo: { priceId: 'price_minecraft_4g_monthly' },
      });
      await untilRoom(sold, 4096);
      await untilTold(`payment-${orderId}`, 'StripeCallSettled', { times: 2 });
      expect([await limitsOf(sold), await priceOf(sold)]).toStrictEqual([SMALL, 'price_minecraft_4g_monthly']);
      expect(await balanceOf(sold)).toBe(-body.now.amountMinor);
      const attention = await eventually(
        async () => {
          const { items } = await ops<{ items: { kind: string; code: string }[] }>(`attention?orderId=${orderId}`);
          return items.length > 0 && items;
        },
        { ...PATIENCE, what: 'attention' },
      );
      expect(attention.map(({ kind, code }) => [kind, code])).toStrictEqual([['planChange', 'ValidationException']]);
    },
    START_MS,
  );
});
