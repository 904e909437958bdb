/** What customers are told over the life of a service, as it arrives at the mail server: each message once, with the dates on which things then really happen. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { AtRest } from '../support/at-rest.js';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 240_000;
const PATIENCE = { withinMs: 60_000 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const PLAN = { id: 'teeworlds-256m', name: 'Teeworlds 256 MB', price: '1.99 EUR' };
/** As `npm start` has them. */
const [GRACE_MS, RETENTION_MS] = [3 * DAY_MS, 7 * DAY_MS];

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let database: Client;

beforeAll(async () => {
  clock = await startClock();
  world = await startWorld({ clock });
  ledger = await LedgerProcess.start(world, { env: { STRIPE_SWEEP_SECONDS: '0' } });
  database = new Client({ connectionString: world.databaseUrl });
  await database.connect();
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await database?.end();
  await world?.close();
  await clock?.close();
}, START_MS);

/** As people write it in a mail, by the minute. */
const inTime = (time: string | number): string => {
  const [, day, month, year, minute] = /^\w+, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(time).toUTCString()) ?? [];
  const long = new Date(time).toLocaleString('en-GB', { month: 'long', timeZone: 'UTC' });
  expect(long.slice(0, 3)).toBe(month);
  return `${Number(day)} ${long} ${year}, ${minute} UTC`;
};

/** The newest event of a type. */
const newest = async <T = Record<string, string>>(stream: string, type: string): Promise<T> =>
  ((await world.eventsOf(stream)).findLast((event) => event.type === type)?.data ?? {}) as T;
const untilTold = (stream: string, type: string): Promise<unknown> =>
  eventually(async () => (await world.eventsOf(stream)).some((event) => event.type === type), {
    ...PATIENCE,
    what: `${type} in ${stream}`,
  });
const whileTimePasses = (what: string, condition: () => Promise<boolean>): Promise<unknown> =>
  eventually(
    () => {
      clock.advance(1_000);
      return condition();
    },
    { ...PATIENCE, what },
  );
const atRest = (): Promise<void> => new AtRest({ world, clock, ledger, database }).reach();
const standing = async (orderId: string): Promise<string> => {
  const server = (await world.panelServers()).find(({ externalId }) => externalId === `order_${orderId}`);
  if (!server) return 'gone';
  return server.suspended ? 'suspended' : 'running';
};

/** A customer with one order, and what the mail server took for them. */
class Reader {
  private constructor(
    readonly buyer: Buyer,
    readonly email: string,
    readonly orderId: string,
  ) {}

  static async buys(payment: 'once' | 'subscription'): Promise<Reader> {
    const email = `${payment}-${randomUUID()}@example.com`;
    const buyer = await Buyer.signUp(ledger.url, email);
    const { orderId, checkoutUrl } = await buyer.order({ planId: PLAN.id, payment });
    await pay(checkoutUrl);
    await untilTold(`order-${orderId}`, 'OrderPaid');
    return new Reader(buyer, email, orderId);
  }

  /** Subject and what is said, without greeting and order number, oldest first. */
  async mails(): Promise<string[][]> {
    const own = (await world.mails()).filter(({ to }) => to.includes(this.email));
    return own.map(({ subject, text }) => {
      const [greeting, ...said] = text.trim().split(/\r?\n\r?\n/);
      expect([greeting, said.at(-1)]).toStrictEqual(['Hello Test Buyer,', `Order number: ${this.orderId}`]);
      return [subject, ...said.slice(0, -2)];
    });
  }

  /** Each of these and no other; what is told at the same moment may come in any order. */
  async expectMails(expected: readonly string[][]): Promise<void> {
    await eventually(async () => (await this.mails()).length >= expected.length, {
      ...PATIENCE,
      what: `mail ${expected.length}, "${expected.at(-1)?.[0]}",`,
    });
    const inOrder = (mails: readonly string[][]): string[] => mails.map((mail) => JSON.stringify(mail)).sort();
    expect(inOrder(await this.mails())).toStrictEqual(inOrder(expected));
  }
}

const delivered = async ({ orderId }: Reader): Promise<{ identifier: string; paidThrough: string }> => {
  await whileTimePasses('delivery', async () => (await world.eventsOf(`order-${orderId}`)).some(({ type }) => type === 'OrderDelivered'));
  return newest(`order-${orderId}`, 'OrderDelivered');
};
const readyMail = ({ identifier, paidThrough }: { identifier: string; paidThrough: string }): string[] => [
  `Your ${PLAN.name} server is ready`,
  `Your server runs. Manage it on the panel: ${world.panelUrl}/server/${identifier}`,
  `It is paid until ${inTime(paidThrough)}.`,
];
const graceMail = (graceUntil: number): string[] => [
  `Your ${PLAN.name} server is not paid for`,
  `It runs on until ${inTime(graceUntil)} and is suspended then, unless it is paid before.`,
];
const suspendedMail = (deleteAt: number): string[] => [
  `Your ${PLAN.name} server is suspended`,
  'Your server has been stopped because it is not paid for. All of its files are kept.',
  `It runs again as soon as you pay. Without a payment it will be deleted on ${inTime(deleteAt)}.`,
];
const endedMail = [`Your ${PLAN.name} server has ended`, 'The server and its files are deleted, and nothing more will be charged for it.'];

/** Not a minute before it was said, and in the minute that was said. */
const expectDeletedAt = async ({ orderId }: Reader, deleteAtMs: number): Promise<void> => {
  clock.set(new Date(deleteAtMs - HOUR_MS));
  await atRest();
  expect(await standing(orderId)).toBe('suspended');
  clock.set(new Date(deleteAtMs));
  await eventually(async () => (await standing(orderId)) === 'gone', { ...PATIENCE, what: 'the deletion' });
  await untilTold(`provisioning-${orderId}`, 'ServerDeleted');
  const { deletedAt } = await newest(`provisioning-${orderId}`, 'ServerDeleted');
  expect(inTime(deletedAt ?? '')).toBe(inTime(deleteAtMs));
};

it(
  'who pays once is told that we are late, that the server is ready, thrice of the end, of grace, of the suspension and the deletion to come, and of the end',
  async () => {
    await world.panelControl('/_control/settings', { installMs: 5 * MINUTE_MS });
    const reader = await Reader.buys('once');
    const { orderId } = reader;
    const order = `order-${orderId}`;
    await untilTold(`provisioning-${orderId}`, 'ServerCreated');
    const { paidAt } = await newest(order, 'OrderPaid');
    clock.advance(5 * MINUTE_MS);
    const late = [
      `Your ${PLAN.name} server is late`,
      `You paid on ${inTime(paidAt ?? '')} and your server is not ready yet. That is our fault, and we are looking into it. You need not do anything: we owe you a server or your money back.`,
    ];
    await reader.expectMails([late]);
    const delivery = await delivered(reader);
    const mails = [late, readyMail(delivery)];
    await reader.expectMails(mails);

    const endsAt = Date.parse(delivery.paidThrough);
    for (const days of [7, 3, 1]) {
      clock.set(new Date(endsAt - days * DAY_MS));
      mails.push([
        `Your ${PLAN.name} server is paid for ${days} more ${days === 1 ? 'day' : 'days'}`,
        `It is paid until ${inTime(endsAt)}. Pay for another term to keep it.`,
      ]);
      await reader.expectMails(mails);
    }
    clock.set(new Date(endsAt));
    mails.push(graceMail(endsAt + GRACE_MS));
    await reader.expectMails(mails);
    clock.set(new Date(endsAt + GRACE_MS));
    mails.push(suspendedMail(endsAt + GRACE_MS + RETENTION_MS));
    await reader.expectMails(mails);
    await expectDeletedAt(reader, endsAt + GRACE_MS + RETENTION_MS);
    mails.push(endedMail);
    await reader.expectMails(mails);
  },
  START_MS,
);

it(
  'who subscribes is told of each attempt that failed, of grace, of the suspension, that it runs again, and once only when the log is read anew',
  async () => {
    await world.panelControl('/_control/settings', { installMs: 0 });
    const reader = await Reader.buys('subscription');
    const { orderId } = reader;
    const mails = [readyMail(await delivered(reader))];
    await reader.expectMails(mails);
    const { subscriptionId } = await newest<{ subscriptionId: string }>(`payment-${orderId}`, 'SubscriptionLinked');
    const { customer, items } = await world.stripe.subscriptions.retrieve(subscriptionId);
    const payer = customer as string;
    const card = (method: string) => world.stripeControl(`/_control/customers/${payer}/payment_method`, { payment_method: method });
    const invoice = async () =>
      world.stripe.invoices.retrieve((await world.stripe.subscriptions.retrieve(subscriptionId)).latest_invoice as string);
    /** Stripe does what is due whenever it is asked for anything. */
    const at = async (timeMs: number): Promise<void> => {
      clock.set(new Date(timeMs));
      await world.stripe.subscriptions.list({ limit: 1 });
    };
    const failedMail = async (): Promise<string[]> => [
      `The payment for your ${PLAN.name} server failed`,
      `${PLAN.price} could not be collected.`,
      `It will be tried again on ${inTime(((await invoice()).next_payment_attempt ?? 0) * 1_000)}.`,
      'Please check your way to pay.',
    ];

    await card('pm_card_chargeCustomerFail');
    await at((items.data[0]?.current_period_end ?? 0) * 1_000 + 2 * HOUR_MS);
    await untilTold(`order-${orderId}`, 'OrderGraceStarted');
    const { failedAt } = await newest(`payment-${orderId}`, 'InvoicePaymentFailed');
    const graceUntil = Date.parse(failedAt ?? '') + GRACE_MS;
    mails.push(await failedMail(), graceMail(graceUntil));
    await reader.expectMails(mails);
    await at(((await invoice()).next_payment_attempt ?? 0) * 1_000);
    mails.push(await failedMail());
    await reader.expectMails(mails);
    await at(graceUntil);
    mails.push(suspendedMail(graceUntil + RETENTION_MS));
    await reader.expectMails(mails);

    await ledger.kill9();
    const reset = await runBuilt('src/ops/cli.js', ['readers', 'reset', '--all'], world.ledgerEnvironment());
    expect(reset).toMatchObject({ code: 0 });
    await ledger.restart();
    await atRest();
    await card('pm_card_visa');
    await world.stripe.invoices.pay((await invoice()).id ?? '');
    mails.push([`Your ${PLAN.name} server runs again`, 'Nothing was lost. Thank you.']);
    await reader.expectMails(mails);
  },
  START_MS,
);

it(
  'who cancels is told when it ends, and of the end',
  async () => {
    const reader = await Reader.buys('once');
    const delivery = await delivered(reader);
    const mails = [readyMail(delivery)];
    await reader.expectMails(mails);
    const asked = { token: reader.buyer.token, body: {}, key: randomUUID() };
    expect((await call(ledger.url, `/api/v1/orders/${reader.orderId}/cancel`, asked)).status).toBe(202);
    mails.push([
      `Your ${PLAN.name} server ends on ${inTime(delivery.paidThrough)}`,
      'You have cancelled it. Until then it runs, and you can take the cancellation back.',
    ]);
    await reader.expectMails(mails);
    clock.set(new Date(delivery.paidThrough));
    mails.push(endedMail);
    await whileTimePasses('the end', async () => (await standing(reader.orderId)) === 'gone');
    await reader.expectMails(mails);
  },
  START_MS,
);
