/** Whose room it is when money, ends and other orders race: the handlers of orders and nodes on a real log, without readers. */
import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { NodesOfRegion } from '../../projections/node-capacity/node-capacity.query.js';
import { CommitRoom, HoldRoom } from '../../src/nodes/node.commands.js';
import {
  enableNode,
  holdCapacity,
  nodeDecider,
  observeCapacity,
  registerNode,
  releaseHold,
  type Node,
} from '../../src/nodes/node.decider.js';
import type { NodeEvent } from '../../src/nodes/node.events.js';
import { CommitRoomHandler, HoldRoomHandler, ReleaseRoomHandler } from '../../src/nodes/node.handlers.js';
import { AcceptPayment } from '../../src/orders/order.commands.js';
import { endUnpaidOrder, orderDecider, type Order } from '../../src/orders/order.decider.js';
import type { OrderEvent } from '../../src/orders/order.events.js';
import { AcceptPaymentHandler } from '../../src/orders/order.handlers.js';
import { RoomOfPaidOrderHandler } from '../../src/orders/order.queries.js';
import { Clock, SystemClock } from '../../src/platform/clock.js';
import { claimOf } from '../../src/platform/commands.js';
import type { Decider, Decision } from '../../src/platform/decider.js';
import type { Fact, Recorded } from '../../src/platform/event.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository, type CommandContext, type Outcome } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { PurchaseProcess } from '../../src/provisioning/purchase.process.js';
import { METADATA, recorded } from '../support/project.js';
import { AT, held, intended, opened, placed, resources } from '../support/samples.js';

const ACTOR = METADATA.actor;
const NEED = { memoryMib: resources.memoryMib, diskMib: resources.diskMib, ports: resources.ports };

/** Nodes that the read model knows, by id. */
const known = new Set<string>();

@QueryHandler(NodesOfRegion)
class KnownNodes implements IQueryHandler<NodesOfRegion> {
  execute(): Promise<string[]> {
    return Promise.resolve([...known]);
  }
}

/** Lets something happen between reading a stream and writing it, as another process may. */
@Injectable()
class Interrupted extends StreamRepository {
  readonly before: { category: string; happens: (id: string) => Promise<unknown> }[] = [];

  override async execute<S, E extends Fact>(
    target: { decider: Decider<S, E>; id: string },
    context: CommandContext,
    decide: (state: S) => Decision<E>,
  ): Promise<Outcome<S, E>> {
    const next = this.before[0]?.category === target.decider.category ? this.before.shift() : undefined;
    await next?.happens(target.id);
    return super.execute(target, context, decide);
  }
}

let local: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
let streams: Interrupted;
let app: INestApplicationContext;
let commands: CommandBus;
let purchase: PurchaseProcess;

beforeAll(async () => {
  local = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(local.url);
  streams = new Interrupted(store, new SystemClock(), new Set(['node']));
  const handlers = [HoldRoomHandler, ReleaseRoomHandler, CommitRoomHandler, AcceptPaymentHandler, RoomOfPaidOrderHandler, KnownNodes];
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: StreamRepository, useValue: streams },
      { provide: Clock, useClass: SystemClock },
      ...[...handlers, PurchaseProcess],
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
  commands = app.get(CommandBus);
  purchase = app.get(PurchaseProcess);
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await local?.close();
});
beforeEach(() => {
  known.clear();
  streams.before.length = 0;
});

const onNode = (id: string, decide: Parameters<typeof streams.execute<never, NodeEvent>>[2]) =>
  streams.execute({ decider: nodeDecider as unknown as Decider<never, NodeEvent>, id }, claimOf(id, ACTOR), decide);

/** A node with room for so many orders of the sample's size. */
const nodeFor = async (orders: number): Promise<string> => {
  const nodeId = newId();
  const settings = { region: placed.data.region, reserveMemoryMib: 0, reserveDiskMib: 0 };
  const foreign = { foreignMemoryMib: 0, foreignDiskMib: 0, observedAt: AT };
  const allocations = Array.from({ length: 20 }, (_, index) => ({ id: index + 1, port: 25_000 + index }));
  await onNode(nodeId, registerNode({ nodeId, settings, at: AT }));
  await onNode(nodeId, enableNode({ at: AT }));
  await onNode(nodeId, observeCapacity({ nodeId, memoryMib: orders * NEED.memoryMib, diskMib: 1_000_000, ...foreign, allocations }));
  known.add(nodeId);
  return nodeId;
};

const holdersOf = async (nodeId: string): Promise<string[]> => {
  const { state } = await streams.load(nodeDecider, nodeId);
  return state.status === 'none' ? [] : Object.keys(state.holds);
};

/** An order with this past, its room being on the node. */
const orderWith = async (past: readonly OrderEvent[], nodeId: string): Promise<string> => {
  const orderId = newId();
  const facts = past.map((fact) => ({
    ...fact,
    data: { ...fact.data, orderId, ...('hold' in fact.data && fact.data.hold ? { hold: { nodeId, allocationIds: [1] } } : {}) },
  }));
  const metadata = { ...METADATA, commandId: newId() };
  await store.append({ stream: `order-${orderId}`, expectedRevision: -1n, facts, metadata });
  return orderId;
};
const expired: OrderEvent = { type: 'OrderCheckoutExpired', data: { orderId: '', sessionId: 'cs_1', expiredAt: AT } };
const EXPIRED = [placed, held, intended, opened, expired];
const end = (orderId: string) =>
  streams.execute({ decider: orderDecider, id: orderId }, claimOf(orderId, ACTOR), endUnpaidOrder({ reason: 'abandoned', at: AT }));

const money = (orderId: string, paymentId: string, amountMinor = placed.data.price.amountMinor) => {
  const total = { amountMinor, currency: 'eur' };
  return { orderId, paymentId, subtotal: total, total, paidThrough: null, receivedAt: AT };
};
const accept = (payment: ReturnType<typeof money>) => commands.execute(new AcceptPayment(payment, claimOf(payment.orderId, ACTOR)));
const stateOf = async (orderId: string): Promise<Order> => (await streams.load(orderDecider, orderId)).state;
const lastOf = async (orderId: string): Promise<Recorded | undefined> => (await store.read(`order-${orderId}`)).at(-1);

describe('late money for an order that ended', () => {
  it('takes no room when it cannot match, however often it is told', async () => {
    const nodeId = await nodeFor(1);
    const orderId = await orderWith(EXPIRED, nodeId);
    await end(orderId);
    const before = await store.read(`node-${nodeId}`);
    for (let told = 0; told < 3; told += 1) await accept(money(orderId, 'pi_1', 1));
    expect(await lastOf(orderId)).toMatchObject({ type: 'OrderPaymentNotAccepted', data: { reason: 'amountMismatch' } });
    expect(await store.read(`node-${nodeId}`)).toStrictEqual(before);
  });

  it('takes no room for a payment that was seen, also when there is room by now', async () => {
    const nodeId = await nodeFor(0);
    const orderId = await orderWith(EXPIRED, nodeId);
    await end(orderId);
    await accept(money(orderId, 'pi_1'));
    expect(await lastOf(orderId)).toMatchObject({ type: 'OrderPaymentNotAccepted', data: { reason: 'noCapacity' } });
    const roomy = await nodeFor(1);
    await accept(money(orderId, 'pi_1'));
    expect(await holdersOf(roomy)).toStrictEqual([]);
  });

  it('gives back what it took in vain', async () => {
    const [nodeId, elsewhere] = [await nodeFor(0), await nodeFor(3)];
    const orderId = await orderWith([placed], nodeId);
    // Another walker finds room on another node while the money looks for some.
    const hold = { nodeId, allocationIds: [1] };
    const facts = [{ ...held, data: { ...held.data, orderId, hold } }];
    const takes = () => store.append({ stream: `order-${orderId}`, expectedRevision: 0n, facts, metadata: METADATA });
    streams.before.push({ category: 'order', happens: takes });
    await accept(money(orderId, 'pi_1'));
    expect(await stateOf(orderId)).toMatchObject({ status: 'paid', paid: { hold } });
    expect((await store.read(`node-${elsewhere}`)).map(({ type }) => type).slice(-2)).toStrictEqual([
      'NodeCapacityHeld',
      'NodeHoldReleased',
    ]);
  });
});

describe('an order that ends while it is paid', () => {
  it('keeps its room when its end is heard of after the money', async () => {
    const nodeId = await nodeFor(1);
    const orderId = await orderWith(EXPIRED, nodeId);
    await onNode(nodeId, holdCapacity({ orderId, need: NEED, at: AT }));
    const [ended] = (await end(orderId)).events;
    const paid = { ...money(orderId, 'pi_1'), kind: 'initial' as const };
    await purchase.handle(recorded({ type: 'PaymentSucceeded', data: paid }, 1));
    expect(await stateOf(orderId)).toMatchObject({ status: 'paid', paid: { hold: { nodeId } } });
    if (ended) await purchase.handle(recorded(ended, 2));
    expect(await holdersOf(nodeId)).toStrictEqual([orderId]);
  });

  it('gives its room back when nobody paid, and when it is paid on another node', async () => {
    const [nodeId, elsewhere] = [await nodeFor(2), await nodeFor(3)];
    const orders = [await orderWith(EXPIRED, nodeId), await orderWith(EXPIRED, nodeId)];
    for (const [index, orderId] of orders.entries()) {
      await onNode(nodeId, holdCapacity({ orderId, need: NEED, at: AT }));
      const [ended] = (await end(orderId)).events;
      if (index === 1) {
        await onNode(nodeId, releaseHold({ orderId, reason: 'test', at: AT }));
        await accept(money(orderId, 'pi_1'));
        await onNode(nodeId, holdCapacity({ orderId, need: NEED, at: AT }));
      }
      if (ended) await purchase.handle(recorded(ended, 10 + index));
    }
    expect(await holdersOf(nodeId)).toStrictEqual([]);
    expect(await holdersOf(elsewhere)).toStrictEqual([orders[1]]);
  });

  it('is judged as it is when the money is taken, not as it was when it was read', async () => {
    const nodeId = await nodeFor(1);
    const orderId = await orderWith(EXPIRED, nodeId);
    streams.before.push({ category: 'order', happens: () => end(orderId) });
    await accept(money(orderId, 'pi_1'));
    expect(await stateOf(orderId)).toMatchObject({ status: 'paid', paid: { hold: { nodeId } } });
    expect(await holdersOf(nodeId)).toStrictEqual([orderId]);
  });
});

describe('room', () => {
  const hold = (orderId: string, hasNone = false) =>
    commands.execute(new HoldRoom({ orderId, region: placed.data.region, need: NEED, actor: ACTOR, hasNone }));

  it('cannot be committed where none is held', async () => {
    const nodeId = await nodeFor(1);
    await expect(commands.execute(new CommitRoom({ nodeId, orderId: newId() }, claimOf('c', ACTOR)))).rejects.toMatchObject({
      code: 'ROOM_NOT_HELD',
    });
  });

  it('is sold out where nodes are known and none fits', async () => {
    await nodeFor(0);
    expect(await hold(newId())).toMatchObject({ hold: null, candidates: [{ rejected: 'memory' }] });
  });

  it('is not sold out while no node is known: that says nothing', async () => {
    await expect(hold(newId())).rejects.toMatchObject({ code: 'CAPACITY_UNKNOWN', status: 503 });
  });

  it('is not sold out for one who lost every race', async () => {
    for (let nodes = 0; nodes < 6; nodes += 1) await nodeFor(1);
    const others = new StreamRepository(store, new SystemClock());
    const takeAway = (id: string) =>
      others.execute({ decider: nodeDecider, id }, claimOf(id, ACTOR), holdCapacity({ orderId: newId(), need: NEED, at: AT }));
    for (let lost = 0; lost < 5; lost += 1) streams.before.push({ category: 'node', happens: takeAway });
    await expect(hold(newId())).rejects.toMatchObject({ code: 'TOO_MANY_CONFLICTS', status: 503 });
  });

  it('is found for a new order where this process remembers none, and not where it remembers some', async () => {
    await nodeFor(1);
    await nodeFor(1);
    const full = (await hold(newId())).hold?.nodeId;
    const other = [...known].find((nodeId) => nodeId !== full) ?? '';
    const others = new StreamRepository(store, new SystemClock());
    const happens = (decide: (node: Node) => Decision<NodeEvent>) =>
      others.execute({ decider: nodeDecider, id: other }, claimOf(other, ACTOR), decide);
    const [theirs, ours] = [newId(), newId()];
    await happens(holdCapacity({ orderId: theirs, need: NEED, at: AT }));
    // Both are full, of which this process knows one; and after that, one is full, of which it knows both.
    expect(await hold(newId(), true)).toMatchObject({ hold: null });
    await happens(releaseHold({ orderId: theirs, reason: 'abandoned', at: AT }));
    expect(await hold(ours, true)).toMatchObject({ hold: { nodeId: other } });
    expect(await holdersOf(other)).toStrictEqual([ours]);
  });

  it('is found again by who has some, whatever this process remembers', async () => {
    await nodeFor(2);
    await nodeFor(2);
    const nodeId = (await hold(newId())).hold?.nodeId ?? '';
    const orderId = newId();
    const others = new StreamRepository(store, new SystemClock());
    await others.execute({ decider: nodeDecider, id: nodeId }, claimOf('c', ACTOR), holdCapacity({ orderId, need: NEED, at: AT }));
    // By what is remembered the other node is the better one.
    expect((await hold(orderId)).hold).toMatchObject({ nodeId });
  });
});
