/** A change of plan that dies at every step, before and after each thing it records, comes to the same end: the real runners, log, Stripe and panel, and an app that is dropped and built anew. */
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { startStripe } from '../../local/stripe/server.js';
import { ServerNameStore } from '../../src/customers/identity/server-name.store.js';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { ExtendRoomHandler, SettleRoomHandler } from '../../src/nodes/node.handlers.js';
import { orderDecider } from '../../src/orders/order.decider.js';
import { MayServerGoHandler, OrderFactsHandler } from '../../src/orders/order.queries.js';
import { confirmPlanChange, quotePlanChange } from '../../src/orders/plan-change.decider.js';
import { planChangeHandlers } from '../../src/orders/plan-change.handlers.js';
import { PlanChangeProcess } from '../../src/orders/plan-change.process.js';
import { serviceHandlers } from '../../src/orders/service.handlers.js';
import { SERVICE_RULES, ServiceRunner } from '../../src/orders/service.runner.js';
import { SERVICE_RULES_FIXED } from '../../src/orders/service.saga.js';
import { paymentHandlers } from '../../src/payments/payment.handlers.js';
import { paymentQueryHandlers } from '../../src/payments/payment.queries.js';
import { stripeCallHandlers } from '../../src/payments/stripe-call.handlers.js';
import { StripeCallRunner } from '../../src/payments/stripe-call.runner.js';
import { Clock } from '../../src/platform/clock.js';
import { claimOf } from '../../src/platform/commands.js';
import type { Fact } from '../../src/platform/event.js';
import { EventStore, type Append } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { SetServerSizeHandler, SetServerStateHandler } from '../../src/provisioning/provisioning.handlers.js';
import { InstallWatch } from '../../src/provisioning/install-watch.js';
import { ProofOfLife } from '../../src/provisioning/proof-of-life.js';
import { ProvisioningRunner } from '../../src/provisioning/provisioning.runner.js';
import { PANEL_TIMES, ServerChanges } from '../../src/provisioning/server-changes.js';
import { ServerMoves } from '../../src/provisioning/server-moves.js';
import { ServerRequests } from '../../src/provisioning/server-request.js';
import { ServiceProcess } from '../../src/provisioning/service.process.js';
import { DriftReconciler } from '../../src/provisioning/drift-reconciler.js';
import { ServerNames } from '../../src/provisioning/server-names.js';
import { StrayServers } from '../../src/provisioning/stray-servers.js';
import { LivePanel } from '../../src/pterodactyl/live-panel.js';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import { BillingEnd } from '../../src/stripe/billing-end.js';
import { BookCheckoutHandler, MoneyBooks } from '../../src/stripe/money-books.js';
import { AskForMoneyHandler, BookStripeObjectHandler, MoneyQuestions } from '../../src/stripe/money-questions.js';
import { PreviewPlanChangeHandler } from '../../src/stripe/plan-preview.js';
import { BookCheckout, PreviewPlanChange } from '../../src/stripe/stripe.commands.js';
import { StripeCalls } from '../../src/stripe/stripe-calls.js';
import { StripeGateway } from '../../src/stripe/stripe.gateway.js';
import { StripeObjects } from '../../src/stripe/stripe-objects.js';
import { closePanels, localPanel, newServer, newUser, type TestPanel } from '../contract/pterodactyl/support.js';
import { METADATA, sample } from '../support/project.js';
import { held, paid, placed, resources } from '../support/samples.js';

const ROUNDS_MAX = 60;
const TIMES = { createTimeoutMs: 10_000, settleMs: 20_000, pollMs: 1_000 };
const RULES = { ...SERVICE_RULES_FIXED, graceMs: 86_400_000, retentionMs: 86_400_000 };
const ACTOR = { kind: 'customer', id: 'test' } as const;
const SMALL_PRICE = 'price_minecraft_4g_monthly';
const LARGE_PRICE = 'price_minecraft_8g_monthly';
const LARGE = { ...resources, memoryMib: 8192, diskMib: 20_480, cpuPercent: 300 };

class Moved extends Clock {
  private ms = Date.parse('2026-12-01T00:00:00.000Z');
  now(): Date {
    return new Date(this.ms);
  }
  advance(ms: number): void {
    this.ms += ms;
  }
}

class Killed extends Error {}

/** The process ends right before, or right after, this is appended; once. */
class Mortal extends EventStore {
  dies: { readonly place: string; readonly type: string } | undefined;

  override async append(append: Append): Promise<Awaited<ReturnType<EventStore['append']>>> {
    const dies = append.facts.some(({ type }) => type === this.dies?.type) ? this.dies : undefined;
    if (dies) this.dies = undefined;
    if (dies?.place === 'before') throw new Killed();
    const written = await super.append(append);
    if (dies) throw new Killed();
    return written;
  }
}

const clock = new Moved();
let log: Awaited<ReturnType<typeof startEventStore>>;
let stripe: Awaited<ReturnType<typeof startStripe>>;
let store: Mortal;
let panel: TestPanel;
let gateway: StripeGateway;
let app: INestApplicationContext;
let userId: number;

const start = async (): Promise<void> => {
  const client = new PanelClient({ url: panel.url, appKey: panel.appKey, callsMax: 100_000, timeoutMs: 5_000, wingsTimeoutMs: 5_000 });
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...[
        ExtendRoomHandler,
        SettleRoomHandler,
        ...planChangeHandlers,
        PlanChangeProcess,
        ...serviceHandlers,
        ServiceProcess,
        StrayServers,
        DriftReconciler,
        ServerNames,
      ],
      ...[...paymentHandlers, ...paymentQueryHandlers, ...stripeCallHandlers, OrderFactsHandler, MayServerGoHandler],
      ...[BookCheckoutHandler, AskForMoneyHandler, BookStripeObjectHandler, PreviewPlanChangeHandler],
      ...[StripeObjects, MoneyBooks, MoneyQuestions, BillingEnd, StripeCalls],
      ...[SetServerSizeHandler, SetServerStateHandler, ServerChanges, ServerMoves, ProvisioningRunner, InstallWatch, ProofOfLife],
      { provide: StreamRepository, useValue: new StreamRepository(store, clock, new Set(['node'])) },
      { provide: StripeGateway, useValue: gateway },
      { provide: Clock, useValue: clock },
      { provide: PanelClient, useValue: client },
      { provide: LivePanel, useValue: new LivePanel({ url: panel.url, clientKey: undefined, callsMax: 1 }) },
      { provide: PANEL_TIMES, useValue: TIMES },
      { provide: SERVICE_RULES, useValue: RULES },
      { provide: ServerNameStore, useValue: { nameOf: () => Promise.resolve(undefined) } },
      { provide: IdentityStore, useValue: { personOf: () => Promise.resolve(undefined) } },
      { provide: ServerRequests, useValue: {} },
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
};

beforeAll(async () => {
  log = await startEventStore({ inMemory: true, port: 0 });
  stripe = await startStripe({ catalog: 'catalog.yaml', clock: () => clock.now() });
  store = new Mortal(log.url);
  panel = await localPanel({ clock: () => clock.now() });
  gateway = new StripeGateway({ secretKey: 'sk_test_plan', apiUrl: stripe.url, dashboardUrl: 'http://127.0.0.1' });
  userId = await newUser(panel);
  await start();
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await Promise.all([log?.close(), stripe?.close(), closePanels()]);
});

const append = async (stream: string, ...facts: Fact[]): Promise<void> => {
  const expectedRevision = BigInt((await store.read(stream)).length - 1);
  await store.append({ stream, expectedRevision, facts, metadata: { ...METADATA, commandId: newId() } });
};
const bare = (type: Parameters<typeof sample>[0], over: object): Fact => ({ type, data: { ...sample(type).data, ...over } });

interface Sold {
  readonly orderId: string;
  readonly nodeId: string;
  readonly serverId: number;
  readonly subscriptionId: string;
}

/** Its subscription is paid, its server stands on the panel, and a node of its own keeps its room. */
const served = async (): Promise<Sold> => {
  const [orderId, nodeId] = [newId(), newId()];
  const request = { orderId, customerEmail: 'ada@example.com', payment: 'subscription', priceId: SMALL_PRICE } as const;
  const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
  const { sessionId } = await gateway.openCheckout({ ...request, expiresAt, idempotencyKey: newId() });
  const wish = { ...placed.data, orderId, payment: 'subscription', priceId: SMALL_PRICE };
  const hold = { nodeId, allocationIds: [1] };
  await append(
    `order-${orderId}`,
    { type: 'OrderPlaced', data: wish },
    { type: 'OrderCapacityHeld', data: { ...held.data, orderId, hold } },
  );
  await fetch(`${stripe.url}/_control/sessions/${sessionId}/pay`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  const session = await gateway.checkout(sessionId);
  await app.get(CommandBus).execute(new BookCheckout({ orderId, session }, () => claimOf(orderId, ACTOR)));
  const subscriptionId = session.subscription as string;
  const booked = (await store.read(`payment-${orderId}`)).find(({ type }) => type === 'PaymentSucceeded');
  const { paymentId } = booked?.data as { paymentId: string };
  const externalId = `order_${orderId}`;
  const made = await panel.client.createServer(await newServer(panel, { externalId, userId, ...PANEL_SIZE }));
  if (made.ok !== 'done') throw new Error('not created');
  const serverId = made.value.id;
  const ends = new Date(clock.now().getTime() + 30 * 86_400_000).toISOString();
  const order = [
    { type: 'OrderPaid', data: { ...paid.data, orderId, hold, paymentId, paidThrough: ends } },
    bare('OrderDelivered', { orderId, serverId, paidThrough: ends }),
  ];
  await append(`order-${orderId}`, ...order);
  await append(
    `provisioning-${orderId}`,
    bare('ProvisioningStarted', { orderId, panelUserId: userId, externalId, resources, hold }),
    ...[
      bare('ServerCreationStarted', { orderId }),
      bare('ServerCreated', { orderId, serverId }),
      bare('ServerReady', { orderId, serverId }),
    ],
  );
  const room = { memoryMib: resources.memoryMib, diskMib: resources.diskMib, allocationIds: [1] };
  const seen = { memoryMib: 16_384, diskMib: 40_960, foreignMemoryMib: 0, foreignDiskMib: 0, allocations: [{ id: 1, port: 1 }] };
  await append(
    `node-${nodeId}`,
    ...[bare('NodeRegistered', { nodeId, reserveMemoryMib: 0, reserveDiskMib: 0 }), bare('NodeEnabled', { nodeId })],
    ...[bare('NodeCapacityObserved', { nodeId, ...seen }), bare('NodeCapacityHeld', { nodeId, orderId, ...room })],
    bare('NodeHoldCommitted', { nodeId, orderId }),
  );
  return { orderId, nodeId, serverId, subscriptionId };
};
const PANEL_SIZE = {
  limits: { memory: resources.memoryMib, swap: 0, disk: resources.diskMib, io: 500, cpu: resources.cpuPercent },
  featureLimits: { databases: resources.databases, backups: resources.backups, allocations: resources.ports },
};

/** The customer asks for the larger plan and wants it. */
const confirm = async ({ orderId, subscriptionId }: Sold): Promise<string> => {
  const at = clock.iso();
  const change = { subscriptionId, oldPriceId: SMALL_PRICE, newPriceId: LARGE_PRICE, at };
  const { itemId, prorationDate, periodEnd, totalMinor } = await app.get(QueryBus).execute(new PreviewPlanChange(change));
  const inputs = { by: 'stripePreview', subscriptionId, itemId, prorationDate, periodEnd, oldPrice: placed.data.price } as const;
  const price = { amountMinor: 1899, currency: 'eur' };
  const plan = { planId: 'minecraft-8g', gameId: 'minecraft', resources: LARGE, price, priceId: LARGE_PRICE };
  const changeId = newId();
  const quote = { changeId, due: { amountMinor: totalMinor, currency: 'eur' }, inputs, quotedAt: at, validUntil: periodEnd };
  const streams = app.get(StreamRepository);
  for (const decide of [quotePlanChange({ plan, quote }), confirmPlanChange({ changeId, at })])
    await streams.execute({ decider: orderDecider, id: orderId }, claimOf(orderId, ACTOR), decide);
  return changeId;
};

/** As the readers of the log and the runner of due work do, over deaths, until nothing is left; an event counts as read once it was handled. */
class Readers {
  private readonly read = new Map<string, number>();
  deaths = 0;

  constructor(private readonly orderId: string) {}

  async rest(): Promise<void> {
    let quiet = 0;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      try {
        const handled = await this.handleNews();
        const again = await this.runDue();
        if (again) clock.advance(Math.max(again.getTime() - clock.now().getTime(), 1));
        // What the last round recorded is news of the next.
        quiet = handled || again ? 0 : quiet + 1;
        if (quiet === 2) return;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        this.deaths += 1;
        await app.close();
        await start();
        clock.advance(1_000);
      }
    }
    throw new Error('it does not come to rest');
  }

  private async handleNews(): Promise<boolean> {
    let some = false;
    for (const category of ['order', 'payment', 'provisioning']) {
      const stream = `${category}-${this.orderId}`;
      for (const event of await store.read(stream, this.read.get(stream) ?? 0)) {
        for (const reactor of [app.get(ServiceProcess), app.get(PlanChangeProcess)]) await reactor.handle(event);
        this.read.set(stream, event.revision + 1);
        some = true;
      }
    }
    return some;
  }

  private async runDue(): Promise<Date | null> {
    const calls = await app.get(StripeCallRunner).run(this.orderId);
    const server = await app.get(ProvisioningRunner).run(this.orderId);
    await app.get(ServiceRunner).run(this.orderId);
    return calls ?? server;
  }
}

const told = async (stream: string): Promise<{ type: string; data: Record<string, unknown> }[]> =>
  (await store.read(stream)).map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));

/** What Stripe, the panel, the node and the order have in the end, and how often money moved. */
const endOf = async ({ orderId, nodeId, serverId, subscriptionId }: Sold): Promise<object> => {
  const server = await panel.client.getServer(serverId);
  const { items } = await gateway.sdk.subscriptions.retrieve(subscriptionId);
  const changes = (await gateway.sdk.invoices.list({ subscription: subscriptionId, limit: 100 })).data.filter(
    ({ billing_reason: reason }) => reason === 'subscription_update',
  );
  const order = (await told(`order-${orderId}`)).map(({ type }) => type);
  return {
    price: items.data[0]?.price.id,
    invoices: changes.map(({ status }) => status),
    booked: (await told(`payment-${orderId}`)).filter(({ type, data }) => type === 'PaymentSucceeded' && data['kind'] === 'change').length,
    memory: server.ok === 'done' ? server.value.limits.memory : undefined,
    room: (await told(`node-${nodeId}`)).at(-1),
    order: order.slice(order.indexOf('OrderPlanChangeConfirmed')).filter((type) => type.startsWith('OrderPlanChange')),
  };
};

const STEPS = [
  ...['NodeHoldExtended', 'OrderPlanChangeRequested', 'StripeCallIntended', 'StripeCallStarted', 'PaymentSucceeded', 'StripeCallSettled'],
  ...['OrderPlanChangePaid', 'ServerSizeWanted', 'ServerChangeStarted', 'ServerResized', 'OrderPlanChanged', 'NodeHoldSettled'],
];
const REFUSED_STEPS = ['ProvisioningAttemptFailed', 'ServerResizeGivenUp', 'OrderPlanChangeFailed', 'NodeHoldSettled'];
/** What is recorded after Stripe or the panel has done something may also be lost before. */
const AFTER_EFFECTS = ['PaymentSucceeded', 'StripeCallSettled', 'ServerResized', 'ProvisioningAttemptFailed'];
const deathsAt = (types: readonly string[]) =>
  types.flatMap((type) => [...(AFTER_EFFECTS.includes(type) ? [['before', type] as const] : []), ['after', type] as const]);

const settledRoom = ({ nodeId, orderId }: Sold, changeId: string, size: { memoryMib: number; diskMib: number }) => ({
  type: 'NodeHoldSettled',
  data: { nodeId, orderId, changeId, memoryMib: size.memoryMib, diskMib: size.diskMib, settledAt: expect.any(String) },
});

describe('a change of plan', () => {
  it.each(deathsAt(STEPS))('that dies %s %s is carried out once', async (place, type) => {
    const sold = await served();
    const changeId = await confirm(sold);
    store.dies = { place, type };
    const readers = new Readers(sold.orderId);
    await readers.rest();
    expect(readers.deaths).toBe(1);
    expect(await endOf(sold)).toStrictEqual({
      ...{ price: LARGE_PRICE, invoices: ['paid'], booked: 1, memory: LARGE.memoryMib, room: settledRoom(sold, changeId, LARGE) },
      order: ['OrderPlanChangeConfirmed', 'OrderPlanChangeRequested', 'OrderPlanChangePaid', 'OrderPlanChanged'],
    });
  });

  it.each(deathsAt(REFUSED_STEPS))('that the panel refuses, and that dies %s %s, is undone once', async (place, type) => {
    const sold = await served();
    const changeId = await confirm(sold);
    await panel.fault({ match: `PATCH /api/application/servers/${sold.serverId}/build`, fault: 'refused422', times: 2 });
    store.dies = { place, type };
    const readers = new Readers(sold.orderId);
    await readers.rest();
    expect(readers.deaths).toBe(1);
    expect(await endOf(sold)).toStrictEqual({
      ...{ price: SMALL_PRICE, invoices: ['paid', 'paid'], booked: 2, memory: resources.memoryMib },
      room: settledRoom(sold, changeId, resources),
      order: ['OrderPlanChangeConfirmed', 'OrderPlanChangeRequested', 'OrderPlanChangePaid', 'OrderPlanChangeFailed'],
    });
  });

  it.each([
    ['is done and never answered', { fault: 'timeoutAfterCommit', times: 1 }, LARGE],
    ['is put back in silence', { fault: 'timeoutRolledBack', times: 1 }, LARGE],
    ['meets a transfer each time', { fault: 'transfer409', times: 10 }, resources],
  ])('whose resize %s ends where the panel does', async (_what, fault, size) => {
    const sold = await served();
    await confirm(sold);
    await panel.fault({ match: `PATCH /api/application/servers/${sold.serverId}/build`, ...fault });
    await new Readers(sold.orderId).rest();
    const price = size === LARGE ? LARGE_PRICE : SMALL_PRICE;
    expect(await endOf(sold)).toMatchObject({ price, memory: size.memoryMib, room: { data: { memoryMib: size.memoryMib } } });
  });

  it('finds no room where others have taken it: nothing is asked of Stripe', async () => {
    const sold = await served();
    const other = { nodeId: sold.nodeId, orderId: newId(), memoryMib: 10_000, diskMib: 1, allocationIds: [] };
    await append(`node-${sold.nodeId}`, bare('NodeCapacityHeld', other));
    await confirm(sold);
    await new Readers(sold.orderId).rest();
    expect(await endOf(sold)).toMatchObject({ price: SMALL_PRICE, invoices: [], memory: resources.memoryMib });
    expect((await told(`order-${sold.orderId}`)).at(-1)?.data).toMatchObject({ code: 'NO_CAPACITY', undo: null });
  });
});
