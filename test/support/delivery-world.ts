/** Orders whose stories are told in between each other, with the ledger killed in the midst, and the promise of delivery judged at rest. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { nodeDecider, type Node } from '../../src/nodes/node.decider.js';
import type { NodeEvent } from '../../src/nodes/node.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { AtRest } from './at-rest.js';
import { Buyer, call } from './buyer.js';
import { StoryOfOrder, type DeliveryStory, type Happening } from './delivery-stories.js';
import { PlansAtRest } from './delivery-plans.js';
import { eventually } from './eventually.js';
import { LedgerProcess } from './ledger-process.js';
import { startWorld, type PanelServer, type World } from './local-world.js';
import { tableOfModel } from './projector-world.js';
import type { Random } from './random.js';
import { startClock, type SteerableClock } from './steerable-clock.js';

const KILL_AFTER_MS_MAX = 250;
const MENDINGS_MAX = 6;
/** Differences are believed after two readings, which go by the machine's own clock. */
const SEEN_WITHIN_MS = 20_000;

interface Standing {
  readonly orderId: string;
  readonly owed: boolean;
  /** Why it is suspended by the order's own word. */
  readonly suspendedFor: readonly string[];
  /** Why it is not served, by any read model. */
  readonly reason: string | null;
  readonly matters: readonly { readonly kind: string; readonly code: string }[];
}

/** How the panel stands to one order. */
const whyNotServed = ({ owed, suspendedFor }: Standing, servers: readonly PanelServer[]): string | null => {
  if (servers.length > 1) return `${servers.length} servers`;
  const [server] = servers;
  if (!owed) return server ? 'a server that nobody is owed' : null;
  if (!server) return 'no server';
  if (suspendedFor.length > 0) return server.suspended ? null : `runs, although ${suspendedFor.join()}`;
  return server.status === null ? null : `its server is ${server.status}`;
};

const RETRY = ['retry', {}] as const;
/** What an operator asks for who is told this; what is missing is made anew by one who knows that its data is lost. */
const asksAbout = (kind: string, code: string): readonly (readonly [path: string, body: object])[] => {
  if (code === 'missing' || code === 'SERVER_GONE') return [['move', { acceptDataLoss: true }], RETRY];
  return [kind === 'provisioning' ? RETRY : ['repair', { kind: code }]];
};

export class DeliveryWorld {
  private readonly rested: AtRest;
  private readonly orders: StoryOfOrder[] = [];
  /** What happened, in order, for the message of a failure. */
  readonly told: string[] = [];
  kills = 0;

  private constructor(
    private readonly world: World,
    private readonly clock: SteerableClock,
    private readonly ledger: LedgerProcess,
    private readonly database: Client,
  ) {
    this.rested = new AtRest({ world, clock, ledger, database });
  }

  static async start(): Promise<DeliveryWorld> {
    const clock = await startClock();
    const world = await startWorld({ clock, installMs: 0 });
    const ledger = await LedgerProcess.start(world, {
      env: { STRIPE_SWEEP_SECONDS: '0', PANEL_POLL_MS: '10000', PANEL_OBSERVE_SECONDS: '1' },
    });
    const database = new Client({ connectionString: world.databaseUrl });
    await database.connect();
    return new DeliveryWorld(world, clock, ledger, database);
  }

  async close(): Promise<void> {
    await this.ledger.stop();
    await this.database.end();
    await this.world.close();
    await this.clock.close();
  }

  /** New orders, each with its story. */
  async place(stories: readonly DeliveryStory[]): Promise<readonly StoryOfOrder[]> {
    const { world } = this;
    // Tokens go by the machine's clock and last for less than a run of many rounds.
    const operator = await world.operator(this.ledger.url);
    const buyer = await Buyer.signUp(this.ledger.url);
    const placed: StoryOfOrder[] = [];
    for (const story of stories) {
      const { orderId, checkoutUrl } = await buyer.order({ planId: story.planId, payment: story.payment });
      placed.push(new StoryOfOrder(story, orderId, checkoutUrl, { world, buyer, operator }));
    }
    this.orders.push(...placed);
    return placed;
  }

  /** All stories at once, each in its own order, and the ledger killed with -9 this often. */
  async tell(orders: readonly StoryOfOrder[], random: Random, kills: number): Promise<void> {
    const queues = orders.map((order) => ({ order, left: [...order.story.happenings] }));
    const total = queues.reduce((sum, { left }) => sum + left.length, 0);
    const killedAt = Array.from({ length: kills }, () => random.below(total));
    for (let at = 0; at < total; at += 1) {
      const waiting = queues.filter(({ left }) => left.length > 0);
      const next = waiting[random.below(waiting.length)];
      const happening = next?.left.shift();
      if (next && happening) await this.happen(next.order, happening);
      for (const _kill of killedAt.filter((place) => place === at)) await this.kill(random.below(KILL_AFTER_MS_MAX));
    }
  }

  private async happen(order: StoryOfOrder, happening: Happening): Promise<unknown> {
    this.told.push(`${order.orderId.slice(-6)} ${JSON.stringify(happening)}`);
    if ('deed' in happening) return order.perform(happening.deed);
    if ('awaited' in happening) return this.rest(() => order.has(happening.awaited));
    if ('trouble' in happening) return order.makeTrouble(happening.trouble);
    if ('installs' in happening) return this.world.panelControl('/_control/settings', happening.installs);
    this.clock.advance(happening.passMs);
    // Stripe does what is due whenever it is asked for anything.
    await this.world.stripe.subscriptions.list({ limit: 1 });
  }

  private async kill(afterMs: number): Promise<void> {
    this.told.push(`killed after ${afterMs} ms`);
    await delay(afterMs);
    await this.ledger.kill9();
    await this.ledger.restart();
    this.kills += 1;
  }

  /** Nothing is left to do, and whatever is not as it should be is explained. */
  async judge(): Promise<void> {
    await this.rest();
    await this.keeps(async () => [...(await this.unexplained()), ...(await this.roomsAndPlans())]);
  }

  /** Of all orders so far: how many are owed a server, and for how many something is amiss, with its reason. */
  async counts(): Promise<{ orders: number; owed: number; amiss: number }> {
    const all = await this.served();
    return { orders: all.length, owed: all.filter(({ owed }) => owed).length, amiss: all.filter(({ trouble }) => trouble !== null).length };
  }

  /** The panel does all that it is asked, and operators do what they are asked for, until nobody is asked any more: every order is served. */
  async mend(): Promise<void> {
    await fetch(`${this.world.panelUrl}/_control/faults`, { method: 'DELETE' });
    await this.world.panelControl('/_control/settings', { installMs: 0, installOutcome: 'ok' });
    for (let round = 0; round < MENDINGS_MAX; round += 1) {
      await this.rest();
      const asked = (await this.standings()).filter(({ matters }) =>
        matters.some(({ kind }) => kind === 'provisioning' || kind === 'drift'),
      );
      if (asked.length === 0) break;
      const operator = await this.world.operator(this.ledger.url);
      for (const standing of asked) await this.mendOne(standing, operator);
    }
    await this.keeps(async () => [...(await this.unserved()), ...(await this.roomsAndPlans())]);
  }

  private async mendOne({ orderId, matters }: Standing, token: string): Promise<void> {
    for (const { kind, code } of matters) {
      const asks = asksAbout(kind, code);
      for (const [path, body] of asks) {
        const asked = { token, body: { ...body, reason: 'mending' } };
        const { status } = await call(this.ledger.url, `/api/v1/ops/orders/${orderId}/${path}`, asked);
        assert.notEqual(status, 401);
      }
    }
  }

  /** At most until this is so. */
  private async rest(isSo = (): Promise<boolean> => Promise.resolve(false)): Promise<void> {
    let isOver = await this.rested.until(isSo);
    // What the ledger could not be told is told again in a while.
    for (let round = 0; round < 20 && !isOver && (await this.world.deliveryStatuses()).some((status) => status !== 200); round += 1)
      isOver = await this.rested.until(isSo);
  }

  private async keeps(broken: () => Promise<readonly string[]>): Promise<void> {
    let last: readonly string[] = [];
    await eventually(
      async () => {
        last = await broken();
        return last.length === 0;
      },
      { withinMs: SEEN_WITHIN_MS / 3, what: 'every promise to be kept' },
    ).catch((error: unknown) => {
      assert.deepEqual(last, [], this.told.join('\n'));
      // Nothing could be looked at.
      throw error;
    });
  }

  private async standings(): Promise<readonly Standing[]> {
    const { rows } = await this.database.query<Standing>(
      `select o.order_id as "orderId", coalesce(d.servers_owed, 0) > 0 as owed, coalesce(o.status_reason, o.failing_code, d.reason) as reason,
         (select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements_text(coalesce(d.excuses, '[]')) x where x not in ('grace', 'ending')) as "suspendedFor",
         (select coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'code', a.code)), '[]') from ${tableOfModel('attention')} a where a.order_id = o.order_id) as matters
       from ${tableOfModel('order-list')} o left join ${tableOfModel('delivery-invariant')} d on d.order_id = o.order_id`,
    );
    return rows;
  }

  private async served(): Promise<readonly (Standing & { readonly trouble: string | null })[]> {
    const servers = await this.world.panelServers();
    return (await this.standings()).map((standing) => {
      const own = servers.filter(({ externalId }) => externalId === `order_${standing.orderId}`);
      return { ...standing, trouble: whyNotServed(standing, own) };
    });
  }

  private async unserved(): Promise<readonly string[]> {
    return (await this.served()).flatMap(({ orderId, trouble, matters }) =>
      trouble === null ? [] : [`${orderId}: ${trouble}; attention: ${JSON.stringify(matters)}`],
    );
  }

  private async unexplained(): Promise<readonly string[]> {
    return (await this.served()).flatMap(({ orderId, trouble, matters, reason }) => {
      if (trouble === null) return [];
      const isExplained = matters.some(({ kind }) => kind === 'provisioning' || kind === 'drift' || kind === 'stripeCall');
      return isExplained && !trouble.endsWith('servers')
        ? []
        : [`${orderId}: ${trouble}; reason ${reason}; attention: ${JSON.stringify(matters)}`];
    });
  }

  /** How often changes of plan came to an end, by what they were: see `PlansAtRest.ended`. */
  async plansEnded(): Promise<Record<string, number>> {
    return (await PlansAtRest.of(this.world, await this.world.allEvents())).ended(this.orders);
  }

  private async roomsAndPlans(): Promise<readonly string[]> {
    const events = await this.world.allEvents();
    const [standings, plans] = [await this.standings(), await PlansAtRest.of(this.world, events)];
    const asks = new Map(standings.map(({ orderId, matters }) => [orderId, matters.map(({ kind }) => kind)]));
    return [...(await this.rooms({ standings, plans, events })), ...(await plans.broken((orderId) => asks.get(orderId) ?? []))];
  }

  /** Whether each node keeps room for exactly the servers that stand there, and for those that are to come. */
  private async rooms({ standings, plans, events }: AtOneMoment): Promise<readonly string[]> {
    const [servers, nodes] = [await this.world.panelServers(), nodesIn(events)];
    const owed = standings.filter((one) => one.owed).map(({ orderId }) => orderId);
    const mayWait = new Set([...owed, ...(await this.unpaid())]);
    const onTwo = owed.filter((orderId) => [...nodes.values()].filter((node) => heldFor(node, orderId)).length !== 1);
    return [
      ...servers.flatMap((server) => whyNotInItsRoom(server, nodes.get(server.nodeId), plans.roomWhileUndecided(orderOf(server)))),
      ...[...nodes].flatMap(([nodeId, node]) => roomForNobody({ nodeId, node, servers, mayWait })),
      ...onTwo.map((orderId) => `${orderId} is owed a server and has room on no node, or on several`),
    ];
  }

  private async unpaid(): Promise<ReadonlySet<string>> {
    const sql = `select order_id as id from ${tableOfModel('order-list')} where status in ('placed', 'held', 'awaitingPayment', 'paymentPending')`;
    return new Set((await this.database.query<{ id: string }>(sql)).rows.map(({ id }) => id));
  }
}

/** At rest the log and what is read of it agree. */
interface AtOneMoment {
  readonly standings: readonly Standing[];
  readonly plans: PlansAtRest;
  readonly events: Awaited<ReturnType<World['allEvents']>>;
}

const nodesIn = (events: AtOneMoment['events']): ReadonlyMap<string, Node> => {
  const nodes = new Map<string, Node>();
  for (const event of events) {
    if (!event.stream.startsWith('node-')) continue;
    const nodeId = event.stream.slice('node-'.length);
    nodes.set(nodeId, nodeDecider.evolve(nodes.get(nodeId) ?? nodeDecider.initial, event as unknown as Recorded<NodeEvent>));
  }
  return nodes;
};

const orderOf = ({ externalId }: PanelServer): string => externalId?.slice('order_'.length) ?? '';
const heldFor = (node: Node | undefined, orderId: string) => (node && node.status !== 'none' ? node.holds[orderId] : undefined);

/** @param undecided what is kept while its plan may yet change, in MiB; undefined: as much as it has */
const whyNotInItsRoom = (
  server: PanelServer,
  node: Node | undefined,
  undecided: { readonly memoryMib: number; readonly diskMib: number } | undefined,
): string[] => {
  const { limits, allocationIds, nodeId } = server;
  const { memoryMib, diskMib } = undecided ?? { memoryMib: limits.memory, diskMib: limits.disk };
  const hold = heldFor(node, orderOf(server));
  const needs = JSON.stringify([memoryMib, diskMib, allocationIds.toSorted()]);
  const kept = hold && JSON.stringify([hold.memoryMib, hold.diskMib, hold.allocationIds.toSorted()]);
  return needs === kept ? [] : [`${orderOf(server)} needs ${needs} on node ${nodeId}, where ${kept} is kept for it`];
};

interface RoomsOfNode {
  readonly nodeId: string;
  readonly node: Node;
  readonly servers: readonly PanelServer[];
  /** Orders that may have room without a server. */
  readonly mayWait: ReadonlySet<string>;
}

const roomForNobody = ({ nodeId, node, servers, mayWait }: RoomsOfNode): string[] => {
  const held = node.status === 'none' ? [] : Object.keys(node.holds);
  const stands = (orderId: string): boolean => servers.some((server) => server.nodeId === nodeId && orderOf(server) === orderId);
  const idle = held.filter((orderId) => !stands(orderId) && !mayWait.has(orderId));
  return idle.map((orderId) => `node ${nodeId} keeps room for ${orderId}, which needs none`);
};
