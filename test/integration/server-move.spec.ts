/** A server whose install fails, and one that an operator moves, wherever the ledger dies on the way: the real runner, processes, nodes, log and panel, a clock that the test moves, and an app that is dropped and built anew. */
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startEventStore } from '../../local/eventstore/server.js';
import { AllNodes, NodesOfRegion } from '../../projections/node-capacity/node-capacity.query.js';
import { Catalog } from '../../src/catalog/catalog.js';
import { ServerNameStore } from '../../src/customers/identity/server-name.store.js';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { moveHandlers } from '../../src/nodes/move-room.handlers.js';
import { nodeDecider } from '../../src/nodes/node.decider.js';
import { CommitRoomHandler, ReleaseRoomHandler } from '../../src/nodes/node.handlers.js';
import { RecordDeliveryHandler } from '../../src/orders/delivery.handler.js';
import { orderDecider } from '../../src/orders/order.decider.js';
import { IsPlanChangingHandler, MayServerGoHandler, OrderFactsHandler, RoomOfPaidOrderHandler } from '../../src/orders/order.queries.js';
import { RecordMoveHandler, RecordServiceEndedHandler } from '../../src/orders/service.handlers.js';
import { MoneyOfOrderHandler } from '../../src/payments/payment.queries.js';
import { Clock } from '../../src/platform/clock.js';
import { claimOf } from '../../src/platform/commands.js';
import type { Decision } from '../../src/platform/decider.js';
import type { PowerSignal } from '../../src/pterodactyl/panel.types.js';
import type { Fact } from '../../src/platform/event.js';
import { EventStore, type Append } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { Refusal } from '../../src/platform/refusal.js';
import { EggShelf } from '../../src/provisioning/egg-shelf.js';
import { PortShelf } from '../../src/provisioning/port-shelf.js';
import {
  provisioningDecider,
  recordReady,
  requestRetry,
  wantServerState,
  type Provisioning,
} from '../../src/provisioning/provisioning.decider.js';
import type { ProvisioningEvent } from '../../src/provisioning/provisioning.events.js';
import { StartProvisioningHandler } from '../../src/provisioning/provisioning.handlers.js';
import { InstallWatch } from '../../src/provisioning/install-watch.js';
import { ProofOfLife } from '../../src/provisioning/proof-of-life.js';
import { ProvisioningRunner } from '../../src/provisioning/provisioning.runner.js';
import { PurchaseProcess } from '../../src/provisioning/purchase.process.js';
import { wantServerSize } from '../../src/provisioning/server-change.decider.js';
import { wantMove, wantReinstall } from '../../src/provisioning/server-move.decider.js';
import type { MoveTarget } from '../../src/provisioning/server-move.events.js';
import { PANEL_TIMES, ServerChanges } from '../../src/provisioning/server-changes.js';
import { ServerMoves } from '../../src/provisioning/server-moves.js';
import { ServerRequests } from '../../src/provisioning/server-request.js';
import { ServiceProcess } from '../../src/provisioning/service.process.js';
import { recordDrift } from '../../src/provisioning/drift.decider.js';
import { DriftReconciler } from '../../src/provisioning/drift-reconciler.js';
import { ServerNames } from '../../src/provisioning/server-names.js';
import { StrayServers } from '../../src/provisioning/stray-servers.js';
import { LivePanel } from '../../src/pterodactyl/live-panel.js';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import { closePanels, localPanel, newUser, type TestPanel } from '../contract/pterodactyl/support.js';
import { METADATA, sample } from '../support/project.js';
import { held, paid, placed, resources } from '../support/samples.js';

const TIMES = { createTimeoutMs: 10_000, settleMs: 20_000, pollMs: 30_000 };
const ROUNDS_MAX = 300;
const NODES = ['1', '2'];
const CLIENT_KEY = `ptlc_${'1'.repeat(43)}`;
const ACTOR = { kind: 'ops', id: 'test' } as const;

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

/** The process ends right before, or right after, this is appended; once. Something else may happen right after, once. */
class Mortal extends EventStore {
  dies: { readonly place: string; readonly type: string } | undefined;
  meanwhile: { readonly type: string; readonly happens: () => Promise<unknown> } | undefined;

  override async append(append: Append): Promise<Awaited<ReturnType<EventStore['append']>>> {
    const dies = this.take('dies', append);
    if (dies?.place === 'before') throw new Killed();
    const written = await super.append(append);
    await this.take('meanwhile', append)?.happens();
    if (dies) throw new Killed();
    return written;
  }

  private take<K extends 'dies' | 'meanwhile'>(what: K, { facts }: Append): this[K] | undefined {
    const found = this[what];
    if (!facts.some(({ type }) => type === found?.type)) return undefined;
    this[what] = undefined;
    return found;
  }
}

@QueryHandler(NodesOfRegion)
class KnownNodes implements IQueryHandler<NodesOfRegion> {
  execute(): Promise<string[]> {
    return Promise.resolve(NODES);
  }
}
@QueryHandler(AllNodes)
class EveryNode implements IQueryHandler<AllNodes> {
  execute(): Promise<never> {
    return Promise.resolve(NODES.map((nodeId) => ({ nodeId }))) as Promise<never>;
  }
}

/** What customers call their servers, by order. */
const names = new Map<string, string>();

const clock = new Moved();
let log: Awaited<ReturnType<typeof startEventStore>>;
let store: Mortal;
let panel: TestPanel;
let app: INestApplicationContext;
let userId: number;

const start = async (): Promise<void> => {
  const client = new PanelClient({ url: panel.url, appKey: panel.appKey, callsMax: 100_000, timeoutMs: 5_000, wingsTimeoutMs: 5_000 });
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...[...moveHandlers, CommitRoomHandler, ReleaseRoomHandler, KnownNodes, EveryNode],
      ...[RecordDeliveryHandler, RecordMoveHandler, RecordServiceEndedHandler, MoneyOfOrderHandler],
      ...[IsPlanChangingHandler, MayServerGoHandler, OrderFactsHandler, RoomOfPaidOrderHandler],
      ...[
        StartProvisioningHandler,
        ProvisioningRunner,
        ServerChanges,
        ServerMoves,
        InstallWatch,
        ProofOfLife,
        ServerRequests,
        EggShelf,
        PortShelf,
      ],
      ...[PurchaseProcess, ServiceProcess, StrayServers, DriftReconciler, ServerNames],
      { provide: StreamRepository, useValue: new StreamRepository(store, clock, new Set(['node'])) },
      { provide: Clock, useValue: clock },
      { provide: PanelClient, useValue: client },
      { provide: LivePanel, useValue: new LivePanel({ url: panel.url, clientKey: CLIENT_KEY, callsMax: 100_000 }) },
      { provide: PANEL_TIMES, useValue: TIMES },
      { provide: Catalog, useValue: Catalog.load('catalog.yaml') },
      { provide: ServerNameStore, useValue: { nameOf: (orderId: string) => Promise.resolve(names.get(orderId)) } },
      { provide: IdentityStore, useValue: { mergeSecrets: () => Promise.resolve({}), configuration: () => Promise.resolve({}) } },
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
};

const append = async (stream: string, ...facts: Fact[]): Promise<void> => {
  const expectedRevision = BigInt((await store.read(stream)).length - 1);
  await store.append({ stream, expectedRevision, facts, metadata: { ...METADATA, commandId: newId() } });
};
const bare = (type: Parameters<typeof sample>[0], over: object): Fact => ({ type, data: { ...sample(type).data, ...over } });

beforeAll(async () => {
  log = await startEventStore({ inMemory: true, port: 0 });
  store = new Mortal(log.url);
  panel = await localPanel({ clock: () => clock.now() });
  userId = await newUser(panel);
  for (const nodeId of NODES) {
    const free = await panel.client.listAllocations(Number(nodeId), { free: true });
    const allocations = free.ok === 'done' ? free.value.map(({ id, port }) => ({ id, port })) : [];
    const seen = { memoryMib: 4_000_000, diskMib: 40_000_000, foreignMemoryMib: 0, foreignDiskMib: 0, allocations };
    const settings = { nodeId, region: placed.data.region, reserveMemoryMib: 0, reserveDiskMib: 0 };
    await append(
      `node-${nodeId}`,
      ...[bare('NodeRegistered', settings), bare('NodeEnabled', { nodeId }), bare('NodeCapacityObserved', { nodeId, ...seen })],
    );
  }
  await start();
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await Promise.all([log?.close(), closePanels()]);
});
beforeEach(async () => {
  await panel.control('/settings', { installOutcome: 'ok', installMs: 0 });
});

/** As the readers of the log and the runner of due work do, over deaths, until nothing is left; an event counts as read once it was handled. */
class Order {
  readonly orderId = newId();
  private readonly read = new Map<string, number>();
  deaths = 0;
  private ended = false;

  /** Paid, with room on node 1. */
  async buy(): Promise<this> {
    const { orderId } = this;
    const node = await this.node('1');
    const taken = Object.values(node.holds).flatMap(({ allocationIds }) => allocationIds);
    const allocationIds = (node.observed?.allocations ?? []).map(({ id }) => id).filter((id) => !taken.includes(id));
    const hold = { nodeId: '1', allocationIds: allocationIds.slice(0, 1) };
    const room = { memoryMib: resources.memoryMib, diskMib: resources.diskMib, allocationIds: hold.allocationIds };
    await append('node-1', bare('NodeCapacityHeld', { nodeId: '1', orderId, ...room }));
    const facts = [placed, held, paid].map((fact) => ({ ...fact, data: { ...fact.data, orderId, panelUserId: userId, hold } }));
    const { panelUserId: _panelUser, hold: _hold, ...plain } = facts[0]?.data ?? {};
    await append(`order-${orderId}`, { type: 'OrderPlaced', data: { ...plain, panelUserId: userId } }, ...facts.slice(1));
    return this;
  }

  async node(nodeId: string): Promise<Exclude<Awaited<ReturnType<typeof nodeState>>, { status: 'none' }>> {
    const node = await nodeState(nodeId);
    if (node.status === 'none') throw new Error('no node');
    return node;
  }

  async decide(rule: (saga: Provisioning) => Decision<ProvisioningEvent>): Promise<void> {
    const context = claimOf(this.orderId, ACTOR);
    await app.get(StreamRepository).execute({ decider: provisioningDecider, id: this.orderId }, context, rule);
  }

  async move(target: MoveTarget, nodeId: string | null = null): Promise<void> {
    const wish = { orderId: this.orderId, moveId: newId(), target, nodeId, reason: 'operator', dataLossAccepted: true, noteId: 'n' };
    await this.decide(wantMove({ ...wish, wantedAt: clock.iso() }));
  }

  async serverId(): Promise<number> {
    const servers = await panel.control<{ id: number; external_id: string }[]>('/servers');
    return servers.find(({ external_id: name }) => name === `order_${this.orderId}`)?.id ?? 0;
  }

  /** Somebody deletes its server on the panel's own pages. */
  async vanish(): Promise<{ serverId: number }> {
    const serverId = await this.serverId();
    expect((await panel.client.deleteServer(serverId)).ok).toBe('done');
    return { serverId };
  }

  /** Its service ends, and Stripe has confirmed that nothing more is collected. */
  async end(): Promise<void> {
    const { orderId } = this;
    if (this.ended) return;
    this.ended = true;
    await append(`order-${orderId}`, bare('OrderEnding', { orderId }), bare('OrderBillingEnded', { orderId }));
    await this.decide(wantServerState({ orderId, want: 'gone', reason: 'serviceEnded', wantedAt: clock.iso() }));
  }

  async rest(): Promise<this> {
    let quiet = 0;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      try {
        const handled = await this.handleNews();
        const again = await app.get(ProvisioningRunner).run(this.orderId);
        if (again) clock.advance(Math.max(again.getTime() - clock.now().getTime(), 1));
        const waits = again !== null && !(await this.isHelped());
        quiet = handled || waits ? 0 : quiet + 1;
        if (quiet === 2) return this;
      } catch (error) {
        // Who finds that another was faster looks again.
        if (error instanceof Refusal) continue;
        await this.revive(error);
      }
    }
    throw new Error('it does not come to rest');
  }

  /** One look of the readers and of the runner, or of whoever comes after they died of it. */
  async step(): Promise<void> {
    await this.dared(async () => {
      await this.handleNews();
      await app.get(ProvisioningRunner).run(this.orderId);
    });
    clock.advance(1_000);
  }

  /** What is refused has not happened, and nobody survives a death. */
  async dared(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) await this.revive(error);
    }
  }

  /** The process is gone with all it had in memory, and another takes over. */
  private async revive(error: unknown): Promise<void> {
    if (!(error instanceof Killed)) throw error;
    this.deaths += 1;
    await app.close();
    await start();
    clock.advance(1_000);
  }

  /** An install that a person was asked about is watched for ever. */
  private async isHelped(): Promise<boolean> {
    return (await app.get(StreamRepository).load(provisioningDecider, this.orderId)).state.status === 'needsHuman';
  }

  private async handleNews(): Promise<boolean> {
    let some = false;
    for (const category of ['order', 'provisioning']) {
      const stream = `${category}-${this.orderId}`;
      for (const event of await store.read(stream, this.read.get(stream) ?? 0)) {
        await app.get(PurchaseProcess).handle(event);
        // What it does with an order's own facts is about money.
        if (category === 'provisioning') await app.get(ServiceProcess).handle(event);
        this.read.set(stream, event.revision + 1);
        some = true;
      }
    }
    return some;
  }

  /** What is on record about its server, in short. */
  async story(): Promise<string[]> {
    const events = (await store.read<ProvisioningEvent>(`provisioning-${this.orderId}`)) as readonly ProvisioningEvent[];
    return events.map(shortly).filter((line) => line !== '');
  }

  /** What stands on the panel for it, and whether each keeper of the truth says the same of where. */
  async standing(): Promise<{ servers: string[]; agree: boolean; rooms: string[] }> {
    const { orderId } = this;
    const all =
      await panel.control<{ external_id: string; node: number; status: string | null; allocations: { id: number }[] }[]>('/servers');
    const servers = all.filter(({ external_id: name }) => name === `order_${orderId}`);
    const rooms: string[] = [];
    for (const nodeId of NODES) {
      const hold = (await this.node(nodeId)).holds[orderId];
      if (hold)
        rooms.push(`${nodeId}: ${hold.memoryMib} MiB, ${hold.allocationIds.length} ports${hold.committed ? '' : ', not committed'}`);
    }
    const { state } = await app.get(StreamRepository).load(orderDecider, orderId);
    const hold = 'paid' in state ? state.paid.hold : null;
    const node = hold ? await this.node(hold.nodeId) : null;
    const agree = servers.every(
      (server) =>
        String(server.node) === hold?.nodeId &&
        server.allocations.map(({ id }) => id).join() === hold.allocationIds.join() &&
        node?.holds[orderId]?.allocationIds.join() === hold.allocationIds.join(),
    );
    return { servers: servers.map(({ node: at, status }) => `${status ?? 'normal'} on ${at}`), agree, rooms };
  }
}

/** By somebody else, with the client API. */
const power = (identifier: string | undefined, signal: PowerSignal) =>
  app.get(LivePanel).power(identifier ?? '', signal, { remainingMs: () => 20_000 });

const nodeState = async (nodeId: string) => (await app.get(StreamRepository).load(nodeDecider, nodeId)).state;

const shortly = (event: ProvisioningEvent): string => {
  switch (event.type) {
    case 'ServerCreationStarted':
      return `create ${event.data.attempt} on ${event.data.nodeId}`;
    case 'ServerChangeStarted':
      return `${event.data.change} ${event.data.attempt}`;
    case 'ProvisioningAttemptFailed':
      return `failed: ${event.data.code}`;
    case 'ProvisioningNeedsHuman':
      return `help: ${event.data.code}`;
    case 'ServerInstallFailed':
      return event.data.code;
    case 'ServerMoveGivenUp':
      return `stays: ${event.data.code}`;
    case 'ServerActionStarted':
      return event.data.action;
    case 'ServerMoveWanted':
      return `move: ${event.data.reason}`;
    case 'ServerReinstalled':
    case 'ServerRemoved':
    case 'ServerDeleted':
    case 'ServerReady':
      return event.type.slice(6).toLowerCase();
    case 'ProvisioningStarted':
    case 'ServerCreated':
    case 'ServerMovePlaced':
    case 'ServerReinstallWanted':
    case 'ServerStateWanted':
    case 'ServerSizeWanted':
    case 'ServerSuspended':
    case 'ServerUnsuspended':
    case 'ServerResized':
    case 'ServerResizeGivenUp':
    case 'ProvisioningRetryRequested':
    case 'ServerDriftObserved':
    case 'ServerDriftCleared':
    case 'ServerRepairRequested':
    case 'ServerRepairFailed':
    case 'ServerSyncRequested':
    case 'ServerSynced':
    case 'ServerActionEnded':
    case 'ServerConsoleOpened':
    case 'ServerRenameRequested':
    case 'ServerRenamed':
    case 'ServerRenameFailed':
      return '';
  }
};

const ROOM = `${resources.memoryMib} MiB, 1 ports`;
const on = (nodeId: string, status = 'normal') => ({ servers: [`${status} on ${nodeId}`], agree: true, rooms: [`${nodeId}: ${ROOM}`] });
const NOWHERE = { servers: [], agree: true, rooms: [] };
const bought = (): Promise<Order> => new Order().buy();
const served = async (): Promise<Order> => (await bought()).rest();

const RUNGS = [
  ...['create 1 on 1', 'INSTALL_FAILED', 'reinstall 1', 'reinstalled', 'INSTALL_FAILED'],
  ...['move: INSTALL_FAILED', 'remove 2', 'removed', 'create 2 on 2'],
];

describe('an install', () => {
  it('that ends well needs none of this', async () => {
    const order = await served();
    expect([await order.story(), await order.standing()]).toStrictEqual([['create 1 on 1', 'ready'], on('1')]);
  });

  it('that fails is begun anew, and is ready then', async () => {
    await panel.control('/settings', { installOutcome: 'failed' });
    store.meanwhile = { type: 'ServerInstallFailed', happens: () => panel.control('/settings', { installOutcome: 'ok' }) };
    const order = await served();
    expect(await order.story()).toStrictEqual(['create 1 on 1', 'INSTALL_FAILED', 'reinstall 1', 'reinstalled', 'ready']);
    expect(await order.standing()).toStrictEqual(on('1'));
  });

  it('that never ends counts as failed at its deadline, and again at the next', async () => {
    await panel.control('/settings', { installOutcome: 'stuck' });
    store.meanwhile = { type: 'ServerMoveWanted', happens: () => panel.control('/settings', { installOutcome: 'ok' }) };
    const order = await served();
    expect(await order.story()).toStrictEqual([...RUNGS.map((line) => line.replace('FAILED', 'OVERDUE')), 'ready']);
    expect(await order.standing()).toStrictEqual(on('2'));
  });

  it('that fails everywhere comes to a person, who may have it tried again', async () => {
    await panel.control('/settings', { installOutcome: 'failed' });
    const order = await served();
    expect(await order.story()).toStrictEqual([...RUNGS, 'INSTALL_FAILED', 'help: INSTALL_FAILED']);
    expect(await order.standing()).toStrictEqual(on('2', 'install_failed'));
    await panel.control('/settings', { installOutcome: 'ok' });
    await order.decide(requestRetry({ at: clock.iso() }));
    await order.rest();
    expect((await order.story()).slice(-4)).toStrictEqual(['INSTALL_FAILED', 'reinstall 3', 'reinstalled', 'ready']);
    expect(await order.standing()).toStrictEqual(on('2'));
  });

  it('that fails is made anew in the same place when no other node fits', async () => {
    await append('node-2', bare('NodeDisabled', { nodeId: '2' }));
    await panel.control('/settings', { installOutcome: 'failed' });
    store.meanwhile = { type: 'ServerMoveWanted', happens: () => panel.control('/settings', { installOutcome: 'ok' }) };
    const order = await served();
    await append('node-2', bare('NodeEnabled', { nodeId: '2' }));
    expect(await order.story()).toStrictEqual([...RUNGS.slice(0, -1), 'create 2 on 1', 'ready']);
    expect(await order.standing()).toStrictEqual(on('1'));
  });

  it('that ends well while it is given up is left alone, and the room for another goes back', async () => {
    await panel.control('/settings', { installOutcome: 'stuck' });
    store.meanwhile = {
      type: 'ServerMovePlaced',
      happens: async () => {
        const servers = await panel.control<{ id: number; identifier: string; status: string }[]>('/servers');
        const stuck = servers.find(({ status }) => status === 'installing');
        for (const action of ['suspend', 'unsuspend']) await panel.call(`/servers/${stuck?.id}/${action}`, { method: 'POST' });
        await power(stuck?.identifier, 'start');
      },
    };
    const order = await served();
    expect((await order.story()).slice(-3)).toStrictEqual(['move: INSTALL_OVERDUE', 'ready', 'stays: READY_MEANWHILE']);
    expect(await order.standing()).toStrictEqual(on('1'));
  });

  describe('that the panel calls over because Wings was started anew in the midst of it', () => {
    const cutOff = (minutes: number) => {
      store.meanwhile = { type: 'ServerCreated', happens: () => panel.control('/wings/restart', {}) };
      return panel.control('/settings', { installMs: minutes * 60_000 });
    };

    it('is not taken for a game that runs: it is tried, and installed anew', async () => {
      await cutOff(5);
      const order = await served();
      expect(await order.story()).toStrictEqual(['create 1 on 1', 'start', 'INSTALL_UNPROVEN', 'reinstall 1', 'reinstalled', 'ready']);
      expect(await order.standing()).toStrictEqual(on('1'));
    });

    it.each(['before', 'after'])('is tried once, also when the ledger dies %s the start is on record', async (place) => {
      await cutOff(5);
      store.dies = { place, type: 'ServerActionStarted' };
      const order = await served();
      expect(order.deaths).toBe(1);
      expect((await order.story()).slice(-6)).toStrictEqual([
        'create 1 on 1',
        'start',
        'INSTALL_UNPROVEN',
        'reinstall 1',
        'reinstalled',
        'ready',
      ]);
    });

    it('is installed anew also when it was late already, and when a proxy answers that', async () => {
      await panel.control('/settings', { installOutcome: 'stuck' });
      store.meanwhile = {
        type: 'ServerInstallFailed',
        happens: async () => {
          await panel.control('/wings/restart', {});
          await panel.control('/settings', { installOutcome: 'ok' });
          await panel.fault({ match: 'POST /api/application/servers/*/reinstall', fault: 'html502' });
        },
      };
      const order = await served();
      // What the panel says of a game is up to 20 s old, so that this one is started although it runs.
      const tries = ['reinstall 1', 'failed: NOT_REINSTALLED', 'reinstall 2'];
      expect(await order.story()).toStrictEqual(['create 1 on 1', 'INSTALL_OVERDUE', ...tries, 'reinstalled', 'start', 'ready']);
    });

    it('is believed where nobody can be asked', async () => {
      await cutOff(5);
      await panel.fault({ match: 'GET /api/client/servers/*/resources', fault: 'html502', times: 1_000 });
      const order = await served();
      await fetch(`${panel.url}/_control/faults`, { method: 'DELETE' });
      expect(await order.story()).toStrictEqual(['create 1 on 1', 'ready']);
    });
  });

  it('is proven by a game that is starting, or by one that somebody must start first', async () => {
    const order = await bought();
    store.meanwhile = {
      type: 'ServerCreated',
      happens: async () => {
        const servers = await panel.control<{ identifier: string; external_id: string }[]>('/servers');
        await power(servers.find(({ external_id: name }) => name === `order_${order.orderId}`)?.identifier, 'kill');
      },
    };
    await order.rest();
    expect(await order.story()).toStrictEqual(['create 1 on 1', 'start', 'ready']);
  });

  const DEATHS = [
    ...['ServerInstallFailed', 'ServerChangeStarted', 'ServerReinstalled', 'ServerMoveWanted', 'NodeHoldCommitted', 'ServerMovePlaced'],
    ...['ServerRemoved', 'OrderMoved', 'NodeHoldReleased'],
  ].flatMap((type) => [['before', type] as const, ['after', type] as const]);
  it.each(DEATHS)('that fails comes to one server wherever the ledger dies: %s %s', async (place, type) => {
    await panel.control('/settings', { installOutcome: 'failed' });
    store.meanwhile = { type: 'ServerRemoved', happens: () => panel.control('/settings', { installOutcome: 'ok' }) };
    const order = await bought();
    // The first commit is that of the purchase.
    if (type === 'NodeHoldCommitted')
      store.meanwhile = { type: 'ServerMoveWanted', happens: () => Promise.resolve((store.dies = { place, type })) };
    else store.dies = { place, type };
    await order.rest();
    await panel.control('/settings', { installOutcome: 'ok' });
    if (type === 'NodeHoldCommitted') {
      await order.decide(requestRetry({ at: clock.iso() }));
      await order.rest();
    }
    expect(order.deaths).toBe(1);
    expect((await order.story()).filter((line) => line === 'removed' || line === 'ready')).toStrictEqual(['removed', 'ready']);
    expect(await order.standing()).toStrictEqual(on('2'));
  });
});

describe('a move', () => {
  it.each(
    [
      ...['NodeHoldCommitted', 'ServerMovePlaced', 'ServerChangeStarted', 'ServerRemoved', 'OrderMoved', 'NodeHoldReleased'],
      ...['ServerCreationStarted', 'ServerCreated', 'ServerReady'],
    ].flatMap((type) => [['before', type] as const, ['after', type] as const]),
  )('that dies %s %s ends with one server there', async (place, type) => {
    const order = await served();
    await order.move('node', '2');
    store.dies = { place, type };
    await order.rest();
    expect(order.deaths).toBe(1);
    expect((await order.story()).filter((line) => line === 'removed' || line === 'ready')).toStrictEqual(['ready', 'removed', 'ready']);
    expect(await order.standing()).toStrictEqual(on('2'));
  });

  it('takes along what its customer calls the server', async () => {
    const order = await served();
    names.set(order.orderId, 'Friday night');
    await order.move('node', '2');
    await order.rest();
    const servers = await panel.control<{ external_id: string; name: string }[]>('/servers');
    expect(servers.filter(({ external_id: id }) => id === `order_${order.orderId}`).map(({ name }) => name)).toStrictEqual([
      'Friday night',
    ]);
  });

  it('to other ports keeps the node', async () => {
    const order = await served();
    const before = (await order.node('1')).holds[order.orderId]?.allocationIds;
    await order.move('otherPorts');
    store.dies = { place: 'after', type: 'NodePortsChanged' };
    await order.rest();
    expect(await order.standing()).toStrictEqual(on('1'));
    expect((await order.node('1')).holds[order.orderId]?.allocationIds).not.toStrictEqual(before);
  });

  it('to where there is no room comes to nothing', async () => {
    const order = await served();
    await append('node-2', bare('NodeDisabled', { nodeId: '2' }));
    await order.move('node', '2');
    await order.rest();
    await append('node-2', bare('NodeEnabled', { nodeId: '2' }));
    expect((await order.story()).slice(-2)).toStrictEqual(['move: operator', 'stays: NO_CAPACITY']);
    expect(await order.standing()).toStrictEqual(on('1'));
  });

  it.each([
    ['on the only node of its region ends there, in the room it had', true, '1'],
    ['goes to another node where there is one', false, '2'],
  ])('of a server that somebody has deleted on the panel %s', async (_what, alone, nodeId) => {
    const order = await served();
    const { serverId } = await order.vanish();
    const drifts = [{ kind: 'missing', serverId, expected: String(serverId), found: null }] as const;
    await order.decide(recordDrift({ orderId: order.orderId, drifts, at: clock.iso() }));
    if (alone) await append('node-2', bare('NodeDisabled', { nodeId: '2' }));
    await order.move('node');
    await order.rest();
    if (alone) await append('node-2', bare('NodeEnabled', { nodeId: '2' }));
    expect((await order.story()).slice(-4)).toStrictEqual(['move: operator', 'removed', `create 2 on ${nodeId}`, 'ready']);
    expect(await order.standing()).toStrictEqual(on(nodeId));
  });

  it('of a server that was deleted on the panel while it was installed answers the call for help', async () => {
    await panel.control('/settings', { installOutcome: 'stuck' });
    store.meanwhile = { type: 'ServerCreated', happens: () => order.vanish() };
    const order = await bought();
    await order.rest();
    expect(await order.story()).toStrictEqual(['create 1 on 1', 'help: SERVER_GONE']);
    await panel.control('/settings', { installOutcome: 'ok' });
    await append('node-2', bare('NodeDisabled', { nodeId: '2' }));
    await order.move('node');
    await order.rest();
    await append('node-2', bare('NodeEnabled', { nodeId: '2' }));
    expect((await order.story()).slice(-3)).toStrictEqual(['removed', 'create 2 on 1', 'ready']);
    expect(await order.standing()).toStrictEqual(on('1'));
  });

  it.each([
    [null, ['remove 1', 'removed', 'create 2 on 2', 'ready']],
    ['installing', ['remove 1', 'removed', 'create 2 on 2', 'ready']],
    ['install_failed', ['remove 1', 'removed', 'create 2 on 2', 'ready']],
    ['reinstall_failed', ['remove 1', 'removed', 'create 2 on 2', 'ready']],
    ['suspended', ['remove 1', 'removed', 'create 2 on 2', 'ready']],
    ['restoring_backup', ['remove 1', 'removed', 'create 2 on 2', 'ready']],
    ['gone', ['removed', 'create 2 on 2', 'ready']],
    ['unreachable', ['remove 1', 'failed: Http502', 'remove 2', 'removed', 'create 2 on 2', 'ready']],
  ])('of a server that the panel shows as %s ends with one that runs there', async (state, told) => {
    const order = await served();
    const id = await order.serverId();
    if (state === 'gone') await order.vanish();
    else if (state === 'unreachable') await panel.fault({ match: `GET /api/application/servers/${id}`, fault: 'html502' });
    else await panel.control('/statuses', { serverId: id, status: state });
    await order.move('node', '2');
    await order.rest();
    expect((await order.story()).slice(3)).toStrictEqual(told);
    expect(await order.standing()).toStrictEqual(on('2'));
  });

  it('from a node that does not let go is forced after three tries', async () => {
    const order = await served();
    const id = await order.serverId();
    await panel.fault({ match: `DELETE /api/application/servers/${id}`, fault: 'wingsDown', times: 10 });
    await order.move('node', '2');
    await order.rest();
    expect((await order.story()).filter((line) => line.startsWith('failed'))).toHaveLength(3);
    expect(await order.standing()).toStrictEqual(on('2'));
  });

  it('of an order that ends while nobody has recorded the room for it leaves no room', async () => {
    const order = await served();
    await order.move('node', '2');
    store.meanwhile = { type: 'NodeHoldCommitted', happens: () => order.end() };
    store.dies = { place: 'after', type: 'NodeHoldCommitted' };
    await order.rest();
    expect(order.deaths).toBe(1);
    expect(await order.standing()).toStrictEqual(NOWHERE);
  });

  it('finds the room again that was kept before a death, though its node takes nobody else by then', async () => {
    const order = await served();
    await order.move('node');
    store.meanwhile = { type: 'NodeHoldCommitted', happens: () => append('node-2', bare('NodeDisabled', { nodeId: '2' })) };
    store.dies = { place: 'after', type: 'NodeHoldCommitted' };
    await order.rest();
    await append('node-2', bare('NodeEnabled', { nodeId: '2' }));
    expect([order.deaths, (await order.story()).slice(-3)]).toStrictEqual([1, ['removed', 'create 2 on 2', 'ready']]);
    expect(await order.standing()).toStrictEqual(on('2'));
  });

  it('leaves the room that it has just found when the server becomes ready meanwhile', async () => {
    await panel.control('/settings', { installOutcome: 'failed' });
    const order = await bought();
    const becomesReady = () => order.decide(recordReady({ at: clock.iso() }));
    // The first commit is that of the purchase.
    const kept = { type: 'NodeHoldCommitted', happens: becomesReady };
    store.meanwhile = { type: 'ServerMoveWanted', happens: () => Promise.resolve((store.meanwhile = kept)) };
    await order.rest();
    expect((await order.story()).slice(-3)).toStrictEqual(['move: INSTALL_FAILED', 'ready', 'stays: READY_MEANWHILE']);
    expect((await order.standing()).rooms).toStrictEqual([`1: ${ROOM}`]);
  });

  it.each(['ServerMoveWanted', 'ServerMovePlaced', 'ServerRemoved', 'ServerCreated'])(
    'of an order that ends at %s leaves neither server nor room',
    async (type) => {
      const order = await served();
      store.meanwhile = { type, happens: () => order.end() };
      await order.move('node', '2');
      await order.rest();
      expect(await order.standing()).toStrictEqual(NOWHERE);
      expect((await order.story()).at(-1)).toBe('deleted');
    },
  );
});

describe('a reinstall that an operator wants', () => {
  it.each([
    ['goes well', undefined, ['reinstall 1', 'reinstalled']],
    ['fails at Wings', 'wingsDown', ['reinstall 1', 'failed: DaemonConnectionException', 'reinstall 2', 'reinstalled']],
    ['was answered by a proxy', 'html502', ['reinstall 1', 'failed: NOT_REINSTALLED', 'reinstall 2', 'reinstalled']],
  ])('and that %s is done and watched until the server is ready again', async (_what, fault, told) => {
    const order = await served();
    await panel.control('/settings', { installMs: 60_000 });
    if (fault) await panel.fault({ match: 'POST /api/application/servers/*/reinstall', fault });
    await order.decide(
      wantReinstall({ orderId: order.orderId, reinstallId: newId(), dataLossAccepted: true, noteId: 'n', wantedAt: clock.iso() }),
    );
    await order.rest();
    expect((await order.story()).slice(2)).toStrictEqual([...told, 'ready']);
    expect(await order.standing()).toStrictEqual(on('1'));
  });
});

describe('whatever is done to a server, whatever the panel makes of it and wherever the ledger dies', () => {
  const DEEDS = ['move', 'otherPorts', 'reinstall', 'retry', 'suspend', 'run', 'resize', 'end', 'wings', 'step', 'step', 'step'] as const;
  const FACTS = [
    ...['ServerCreationStarted', 'ServerCreated', 'ServerReady', 'ServerInstallFailed', 'ServerChangeStarted', 'ServerReinstalled'],
    ...['ServerMoveWanted', 'NodeHoldCommitted', 'ServerMovePlaced', 'ServerRemoved', 'OrderMoved', 'NodeHoldReleased', 'NodePortsChanged'],
    ...['ServerSuspended', 'ServerUnsuspended', 'ServerResized', 'ServerActionStarted', 'ProvisioningAttemptFailed'],
  ];
  const CALLS = ['POST /api/application/servers', 'GET /api/application/servers/*', 'DELETE /api/application/servers/*'];
  const CHANGES = ['suspend', 'unsuspend', 'reinstall'].map((verb) => `POST /api/application/servers/*/${verb}`);
  const FAULTS = ['down', 'html502', '429', 'maintenance503', 'timeoutAfterCommit', 'wingsDown', 'wings500', 'timeoutRolledBack'];
  type Command =
    | { readonly deed: (typeof DEEDS)[number] }
    | { readonly match: string; readonly fault: string; readonly times: number }
    | { readonly installOutcome: 'ok' | 'failed' | 'stuck' }
    | { readonly dies: { readonly place: string; readonly type: string } };
  const command: fc.Arbitrary<Command> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ deed: fc.constantFrom(...DEEDS) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        ...{ match: fc.constantFrom(...CALLS, ...CHANGES), fault: fc.constantFrom(...FAULTS), times: fc.integer({ min: 1, max: 3 }) },
      }),
    },
    fc.record({ installOutcome: fc.constantFrom('ok' as const, 'failed' as const, 'stuck' as const) }),
    {
      weight: 3,
      arbitrary: fc.record({ dies: fc.record({ place: fc.constantFrom('before', 'after'), type: fc.constantFrom(...FACTS) }) }),
    },
  );

  const perform = async (order: Order, deed: (typeof DEEDS)[number]): Promise<unknown> => {
    const { orderId } = order;
    const wantedAt = clock.iso();
    const state = (want: 'suspended' | 'running') => order.decide(wantServerState({ orderId, want, reason: 'operator', wantedAt }));
    const size = { ...resources, memoryMib: resources.memoryMib / 2 };
    const { planId } = sample('OrderPaid').data;
    const { state: saga } = await app.get(StreamRepository).load(provisioningDecider, orderId);
    const nodeId = 'started' in saga ? saga.started.hold.nodeId : '1';
    const deeds: Readonly<Record<typeof deed, () => Promise<unknown>>> = {
      move: () => order.move('node'),
      otherPorts: () => order.move('otherPorts'),
      reinstall: () => order.decide(wantReinstall({ orderId, reinstallId: newId(), dataLossAccepted: true, noteId: 'n', wantedAt })),
      retry: () => order.decide(requestRetry({ at: wantedAt })),
      suspend: () => state('suspended'),
      run: () => state('running'),
      resize: () => order.decide(wantServerSize({ orderId, changeId: newId(), planId, resources: size, nodeId, wantedAt })),
      end: () => order.end(),
      wings: () => panel.control('/wings/restart', {}),
      step: () => order.step(),
    };
    return deeds[deed]();
  };
  const tell = async (order: Order, one: Command): Promise<void> => {
    if ('dies' in one) store.dies = one.dies;
    else if ('installOutcome' in one) await panel.control('/settings', one);
    else if ('match' in one) await panel.fault(one);
    else await order.dared(() => perform(order, one.deed));
  };
  const heal = async (): Promise<void> => {
    store.dies = undefined;
    await fetch(`${panel.url}/_control/faults`, { method: 'DELETE' });
    await panel.control('/settings', { installOutcome: 'ok', installMs: 0 });
  };
  /** What is amiss with an order at rest; empty also where a person is asked, who has it in hand. */
  const amiss = async (order: Order): Promise<readonly unknown[]> => {
    const { state } = await app.get(StreamRepository).load(provisioningDecider, order.orderId);
    const { servers, agree, rooms } = await order.standing();
    const isFine =
      state.status === 'deleted'
        ? servers.length + rooms.length === 0
        : state.status === 'needsHuman'
          ? servers.length <= 1 && rooms.length > 0
          : isDone(state) && agree && rooms.length === 1 && servers.length === 1 && isLike(state.status, servers[0]);
    return isFine ? [] : [{ status: state.status, servers, agree, rooms, story: await order.story() }];
  };
  const isDone = ({ answered, sized, move }: Provisioning): boolean => answered && sized && move === null;
  const isLike = (status: Provisioning['status'], server = ''): boolean =>
    server.startsWith(status === 'suspended' ? 'suspended' : 'normal');

  it('there is one server at rest where one is owed, in the one room that is kept for it, or a person is asked; and none at the end', async () => {
    const story = fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
      await heal();
      const order = await bought();
      for (const one of commands) await tell(order, one);
      await order.rest();
      expect(await amiss(order)).toStrictEqual([]);
      await heal();
      await order.dared(() => order.decide(requestRetry({ at: clock.iso() })));
      await order.rest();
      expect(await amiss(order)).toStrictEqual([]);
      await order.end();
      await order.rest();
      expect(await order.standing()).toStrictEqual(NOWHERE);
    });
    await fc.assert(story, { seed: 20_261_121, numRuns: 15 });
  }, 240_000);
});
