/** When a difference on the panel is believed, and when a server that nobody should have is deleted: the real log and panel, and a clock that the test moves. */
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { attention } from '../../projections/attention/attention.projection.js';
import { SeenDrifts, type SeenDrift } from '../../projections/attention/seen-drifts.query.js';
import { serverFleet, type ServerFleetRow } from '../../projections/server-fleet/server-fleet.projection.js';
import { StandingServers } from '../../projections/server-fleet/server-fleet.query.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import { BelongsToNobodyHandler } from '../../src/orders/stray-server.queries.js';
import { MoneyOfOrderHandler } from '../../src/payments/payment.queries.js';
import { Clock } from '../../src/platform/clock.js';
import type { Fact } from '../../src/platform/event.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { DriftReconciler } from '../../src/provisioning/drift-reconciler.js';
import type { ServerRepairRequested } from '../../src/provisioning/drift.events.js';
import { PANEL_TIMES } from '../../src/provisioning/server-changes.js';
import { StrayServers } from '../../src/provisioning/stray-servers.js';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import type { PanelClaim } from '../../src/pterodactyl/panel.transport.js';
import { closePanels, localPanel, newServer, newUser, type TestPanel } from '../contract/pterodactyl/support.js';
import { METADATA, project, sample } from '../support/project.js';
import { paid, placed } from '../support/samples.js';

const TIMES = { createTimeoutMs: 10_000, settleMs: 20_000, pollMs: 1_000 };
const START = '2026-12-01T00:00:00.000Z';

class Moved extends Clock {
  private ms = Date.parse(START);
  now(): Date {
    return new Date(this.ms);
  }
  advance(ms: number): void {
    this.ms += ms;
  }
}

/** Something may happen right after a server was looked at by its number, or right before one is deleted. */
class Watched extends PanelClient {
  looked: (() => Promise<void>) | undefined;
  deleting: (() => Promise<void>) | undefined;

  override async getServer(id: number) {
    const answer = await super.getServer(id);
    const { looked } = this;
    this.looked = undefined;
    await looked?.();
    return answer;
  }
  override async deleteServer(id: number, options: { force?: boolean; claim?: PanelClaim } = {}) {
    const { deleting } = this;
    this.deleting = undefined;
    await deleting?.();
    return super.deleteServer(id, options);
  }
}

/** What the read models would hold, by the same folds. */
const told: LedgerEvent[] = [];
@QueryHandler(StandingServers)
class FoldedServers implements IQueryHandler<StandingServers> {
  execute(): Promise<ServerFleetRow[]> {
    return Promise.resolve(Object.values(project(serverFleet)(...told)).filter(({ status }) => status !== 'deleted'));
  }
}

@QueryHandler(SeenDrifts)
class FoldedDrifts implements IQueryHandler<SeenDrifts> {
  execute(): Promise<SeenDrift[]> {
    const open = Object.values(project(attention)(...told)).filter(({ kind }) => kind === 'drift');
    return Promise.resolve(open.map(({ subjectId, details }) => ({ orderId: subjectId, drifts: (details as SeenDrift).drifts })));
  }
}

const clock = new Moved();
let log: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
let panel: TestPanel;
let client: Watched;
let app: INestApplicationContext;
let reconciler: DriftReconciler;
let userId: number;

beforeAll(async () => {
  log = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(log.url);
  panel = await localPanel({ clock: () => clock.now() });
  client = new Watched({ url: panel.url, appKey: panel.appKey, callsMax: 100_000, timeoutMs: 5_000, wingsTimeoutMs: 5_000 });
  userId = await newUser(panel);
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...[DriftReconciler, StrayServers, FoldedServers, FoldedDrifts, BelongsToNobodyHandler, MoneyOfOrderHandler],
      { provide: StreamRepository, useValue: new StreamRepository(store, clock) },
      { provide: Clock, useValue: clock },
      { provide: PanelClient, useValue: client },
      { provide: PANEL_TIMES, useValue: TIMES },
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
  reconciler = app.get(DriftReconciler);
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await log?.close();
  await closePanels();
});

const append = async (stream: string, ...facts: Fact[]): Promise<void> => {
  const expectedRevision = BigInt((await store.read(stream)).length - 1);
  await store.append({ stream, expectedRevision, facts, metadata: { ...METADATA, commandId: newId() } });
  told.push(...(facts as LedgerEvent[]));
};
const of = <T extends LedgerEvent['type']>(type: T, orderId: string, more: object = {}): Fact => ({
  type,
  data: { ...sample(type).data, orderId, ...more },
});
const make = async (orderId: string): Promise<number> => {
  const made = await panel.client.createServer(await newServer(panel, { externalId: `order_${orderId}`, userId }));
  if (made.ok !== 'done') throw new Error('not created');
  return made.value.id;
};

/** A server that is ready, as the panel makes it, made just now. */
const served = async (): Promise<{ orderId: string; serverId: number; stream: string }> => {
  const orderId = newId();
  const serverId = await make(orderId);
  const stream = `provisioning-${orderId}`;
  const resources = { ...sample('ProvisioningStarted').data.resources, ports: 0 };
  const started = { panelUserId: userId, externalId: `order_${orderId}`, resources };
  await append(
    stream,
    of('ProvisioningStarted', orderId, { ...started, hold: { nodeId: '1', allocationIds: [] } }),
    of('ServerCreationStarted', orderId),
    of('ServerCreated', orderId, { serverId, nodeId: '1', createdAt: clock.iso() }),
    of('ServerReady', orderId, { serverId }),
  );
  return { orderId, serverId, stream };
};
/** Readings of the panel, one after the other. */
const read = async (times: number): Promise<void> => {
  for (let reading = 0; reading < times; reading += 1) {
    const servers = await panel.client.listServers();
    if (servers.ok === 'done') await reconciler.compare(servers.value);
  }
};
const suspend = (serverId: number) => panel.call(`/servers/${serverId}/suspend`, { method: 'POST' });
const drifts = async (orderId: string): Promise<string[]> =>
  (await store.read<LedgerEvent>(`provisioning-${orderId}`)).flatMap((event) => {
    if (event.type === 'ServerDriftCleared') return ['cleared'];
    return event.type === 'ServerDriftObserved' ? [event.data.drifts.map(({ kind }) => kind).join(' ')] : [];
  });
/** Tells the read model what the log says of an order. */
const tell = async (orderId: string): Promise<void> => {
  const events = await store.read<LedgerEvent>(`provisioning-${orderId}`);
  const last = events.findLast(({ type }) => type.startsWith('ServerDrift'));
  if (last) told.push({ type: last.type, data: last.data } as LedgerEvent);
};

describe('a difference is believed', () => {
  it('after a second reading and not after one, and told once', async () => {
    const { orderId, serverId } = await served();
    clock.advance(TIMES.settleMs);
    await read(2);
    expect(await drifts(orderId)).toStrictEqual([]);
    await suspend(serverId);
    await read(1);
    expect(await drifts(orderId)).toStrictEqual([]);
    await read(3);
    expect(await drifts(orderId)).toStrictEqual(['suspended']);
    await tell(orderId);
    await panel.call(`/servers/${serverId}/unsuspend`, { method: 'POST' });
    await read(2);
    expect(await drifts(orderId)).toStrictEqual(['suspended', 'cleared']);
    await tell(orderId);
  });

  it('of twenty servers at most in one reading; the rest has its turn in the next', async () => {
    const orders = Array.from({ length: 21 }, () => newId());
    for (const orderId of orders) await make(orderId);
    const believed = async (): Promise<number> => (await Promise.all(orders.map(drifts))).flat().length;
    await read(2);
    expect(await believed()).toBe(20);
    await read(1);
    expect(await believed()).toBe(21);
    for (const orderId of orders) await tell(orderId);
  });

  it('only as the server shows it itself, not as a list did', async () => {
    const { orderId, serverId } = await served();
    clock.advance(TIMES.settleMs);
    const all = await panel.client.listServers();
    if (all.ok !== 'done') throw new Error('not read');
    const without = all.value.filter(({ id }) => id !== serverId);
    for (let reading = 0; reading < 3; reading += 1) await reconciler.compare(without);
    expect(await drifts(orderId)).toStrictEqual([]);
  });

  it('not of a server that the panel may still take back', async () => {
    const { orderId, serverId } = await served();
    await panel.client.deleteServer(serverId);
    clock.advance(TIMES.settleMs - 1);
    await read(3);
    expect(await drifts(orderId)).toStrictEqual([]);
    clock.advance(1);
    await read(1);
    expect(await drifts(orderId)).toStrictEqual(['missing']);
  });

  it.each([
    ['by its number', (serverId: number) => `GET /api/application/servers/${serverId}`],
    ['by its name', (_serverId: number, orderId: string) => `GET /api/application/servers/external/order_${orderId}`],
  ])('not when the server could not be read %s', async (_what, match) => {
    const { orderId, serverId } = await served();
    clock.advance(TIMES.settleMs);
    await panel.client.deleteServer(serverId);
    await panel.fault({ match: match(serverId, orderId), fault: 'html502', times: 2 });
    await read(3);
    expect(await drifts(orderId)).toStrictEqual([]);
    await read(1);
    expect(await drifts(orderId)).toStrictEqual(['missing']);
  });

  it('not when something was recorded while it was looked at', async () => {
    const { orderId, serverId, stream } = await served();
    clock.advance(TIMES.settleMs);
    await suspend(serverId);
    await read(1);
    const wanted = of('ServerStateWanted', orderId, { want: 'suspended' });
    client.looked = () =>
      append(stream, wanted, of('ServerChangeStarted', orderId, { serverId }), of('ServerSuspended', orderId, { serverId }));
    await read(3);
    expect(await drifts(orderId)).toStrictEqual([]);
  });
});

describe('a server that nobody should have', () => {
  /** Seen, and asked to be deleted. */
  const asked = async (orderId: string): Promise<{ serverId: number; request: ServerRepairRequested['data'] }> => {
    const serverId = await make(orderId);
    await read(2);
    expect(await drifts(orderId)).toStrictEqual(['unexpected']);
    const request = { ...sample('ServerRepairRequested').data, orderId, serverId, kind: 'unexpected' as const, requestedAt: clock.iso() };
    return { serverId, request };
  };
  const stands = async (serverId: number): Promise<boolean> => (await panel.call(`/servers/${serverId}`)).status === 200;
  const remove = (data: ServerRepairRequested['data']) =>
    app.get(StrayServers).remove({ ...sample('ServerRepairRequested'), id: newId(), data });
  const failures = async (orderId: string): Promise<string[]> =>
    (await store.read<LedgerEvent>(`provisioning-${orderId}`)).flatMap((event) =>
      event.type === 'ServerRepairFailed' ? [event.data.code] : [],
    );
  const ended = async (served = true): Promise<string> => {
    const orderId = newId();
    const mine = (fact: Fact): Fact => ({ ...fact, data: { ...(fact.data as object), orderId } });
    const life = served ? [mine(paid), of('OrderEnding', orderId), of('OrderBillingEnded', orderId)] : [];
    await append(`order-${orderId}`, mine(placed), ...life, of('OrderEnded', orderId, { reason: served ? 'cancelled' : 'abandoned' }));
    return orderId;
  };
  const payment = (orderId: string) => append(`payment-${orderId}`, of('PaymentSucceeded', orderId, { paymentId: 'pi_late' }));

  it.each([
    ['of no order', () => Promise.resolve(newId())],
    ['of an order that was served and has ended', () => ended()],
  ])('is deleted when it is %s', async (_what, order) => {
    const { serverId, request } = await asked(await order());
    await remove(request);
    expect(await stands(serverId)).toBe(false);
    await remove(request);
    expect(await failures(request.orderId)).toStrictEqual([]);
    await tell(request.orderId);
    await read(2);
    expect(await drifts(request.orderId)).toStrictEqual(['unexpected', 'cleared']);
    await tell(request.orderId);
  });

  it('stays while its order may still be paid for', async () => {
    const { serverId, request } = await asked(await ended(false));
    await remove(request);
    expect(await stands(serverId)).toBe(true);
    expect(await failures(request.orderId)).toStrictEqual(['NoLongerWanted']);
  });

  it('stays when money has come that its order has yet to judge, also right before the call', async () => {
    const [orderId, other] = [await ended(), newId()];
    const { serverId, request } = await asked(orderId);
    client.deleting = () => payment(orderId);
    await remove(request);
    expect(await stands(serverId)).toBe(true);
    await remove(request);
    expect(await stands(serverId)).toBe(true);
    const unknown = await asked(other);
    await payment(other);
    await remove(unknown.request);
    expect(await stands(unknown.serverId)).toBe(true);
  });

  it('is said not to be deleted when the panel did not do it', async () => {
    const { serverId, request } = await asked(newId());
    await panel.fault({ match: `DELETE /api/application/servers/${serverId}`, fault: 'wingsDown' });
    await remove(request);
    expect(await stands(serverId)).toBe(true);
    expect(await failures(request.orderId)).toStrictEqual(['DaemonConnectionException']);
    await remove({ ...request, requestedAt: clock.iso() });
    expect(await stands(serverId)).toBe(false);
  });

  it('stays when the call comes too late, or another server has its name by then', async () => {
    const orderId = newId();
    const { serverId, request } = await asked(orderId);
    client.deleting = () => Promise.resolve(clock.advance(TIMES.createTimeoutMs));
    await remove(request);
    expect(await stands(serverId)).toBe(true);
    const body = { name: 'x', user: userId, external_id: 'renamed' };
    await panel.call(`/servers/${serverId}/details`, { method: 'PATCH', body });
    await remove({ ...request, requestedAt: clock.iso() });
    expect(await stands(serverId)).toBe(true);
  });
});
