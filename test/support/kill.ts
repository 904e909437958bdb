/** A ledger that is killed with -9 at an exact place and started again, in a world of its own; and what must hold for an order that went through it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { Client } from 'pg';
import type { Buyer } from './buyer.js';
import { eventually } from './eventually.js';
import { LedgerProcess } from './ledger-process.js';
import { startWorld, type World } from './local-world.js';
import type { SteerableClock } from './steerable-clock.js';

const ONCE = [
  'OrderPlaced',
  'OrderCapacityHeld',
  'OrderCheckoutIntended',
  'OrderCheckoutOpened',
  'OrderPaid',
  'OrderDelivered',
  'NodeCapacityHeld',
  'NodeHoldCommitted',
  'PaymentSucceeded',
  'ProvisioningStarted',
  'ServerCreated',
  'ServerReady',
];

/** How often the log tells each of these of an order. */
export const countsOf = async (world: World, orderId: string, types: readonly string[]): Promise<[string, number][]> => {
  const told = (await world.allEvents()).filter(({ data }) => data['orderId'] === orderId);
  return types.map((wanted) => [wanted, told.filter(({ type }) => type === wanted).length]);
};

/** What each reactor reads. */
const REACTORS = { purchase: /^(order|payment|provisioning)-/, 'stripe-intake': /^stripeEvent-/ };

interface AttemptData {
  readonly attempt: number;
  readonly code: string;
  readonly failedAt: string;
  readonly settledAt: string;
}

/** Every attempt at creating: its number and how it ended; "settled" when that was said only after the window in which the panel may still change its mind. */
const attemptsOf = async (world: World, orderId: string): Promise<string[]> => {
  const events = (await world.eventsOf(`provisioning-${orderId}`)).map(({ type, data }) => ({ type, ...(data as AttemptData) }));
  const settledAt = new Map(events.filter(({ type }) => type === 'ServerCreationStarted').map((claim) => [claim.attempt, claim.settledAt]));
  return events.flatMap(({ type, attempt, code, failedAt }) => {
    if (type === 'ServerCreationStarted') return [`${attempt} started`];
    if (type !== 'ProvisioningAttemptFailed') return type === 'ServerCreated' ? [`${attempt} created`] : [];
    return [`${attempt} failed: ${code}${failedAt >= (settledAt.get(attempt) ?? '') ? ', settled' : ''}`];
  });
};

/** What is on record about the making of an order's server. */
export interface Making {
  /** In order, for example `1 started`, `1 failed: NOT_CREATED, settled`, `2 started`, `2 created`. */
  readonly attempts: readonly string[];
  readonly adopted: boolean;
  /** How often the panel was asked to create it. */
  readonly calls: number;
}

/** Waits until the order is ready. It then has one server, in the room held for it, and one of each fact; answers how the server was made. */
export const expectOneServer = async (world: World, buyer: Buyer, orderId: string): Promise<Making> => {
  await buyer.until(orderId, 'ready');
  expect(await countsOf(world, orderId, ONCE)).toStrictEqual(ONCE.map((type) => [type, 1]));
  const paid = (await world.eventsOf(`order-${orderId}`)).find(({ type }) => type === 'OrderPaid');
  const { hold } = paid?.data as { hold: { nodeId: string; allocationIds: number[] } };
  const servers = (await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);
  expect(servers.map(({ nodeId, allocationIds }) => ({ nodeId, allocationIds }))).toStrictEqual([hold]);
  const created = (await world.eventsOf(`provisioning-${orderId}`)).find(({ type }) => type === 'ServerCreated');
  const { adopted, serverId } = created?.data as { adopted: boolean; serverId: number };
  expect(serverId).toBe(servers[0]?.id);
  return { attempts: await attemptsOf(world, orderId), adopted, calls: (await world.panelCreations())[`order_${orderId}`] ?? 0 };
};

export class KilledLedger {
  private constructor(
    readonly world: World,
    private readonly process: LedgerProcess,
    private readonly dir: string,
  ) {}

  /** A new world with a ledger that nothing happens to yet; `env` holds for every start. Without a clock time is real. */
  static async start(env: Readonly<Record<string, string>> = {}, clock?: SteerableClock): Promise<KilledLedger> {
    const world = await startWorld(clock ? { clock } : {});
    const dir = mkdtempSync(join(tmpdir(), 'order-ledger-kill-'));
    return new KilledLedger(world, await LedgerProcess.start(world, { env, crashFile: join(dir, 'place') }), dir);
  }

  /** The same over every restart. */
  get url(): string {
    return this.process.url;
  }

  /** From now on the ledger dies when it comes to this place (see crash.mjs), once. */
  crashAt(place: string): void {
    writeFileSync(join(this.dir, 'place'), place);
  }

  /** From now on the ledger stands still when it comes to this place, once, as on a machine that is paused. */
  stopAt(place: string): void {
    writeFileSync(join(this.dir, 'place'), `stop ${place}`);
  }

  /** Waits until it stands still. */
  async stopped(): Promise<void> {
    const state = (): string => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))?.[1] ?? '';
    await eventually(() => Promise.resolve(state() === 'T'), { withinMs: 60_000, what: 'the ledger to stand still' });
  }

  /** Lets it go on as if nothing had been, until it has done, or left, what it was about to do. */
  async wake(): Promise<void> {
    process.kill(this.process.pid, 'SIGCONT');
    await eventually(() => !existsSync(join(this.dir, 'place')), { withinMs: 60_000, what: 'the end of what the ledger was about to do' });
  }

  /** Waits for the crash that was asked for and starts the ledger again, unharmed. */
  async revive(): Promise<void> {
    expect(await this.process.died()).toBe('SIGKILL');
    await this.process.restart();
  }

  /** Kills the ledger now and starts it again. */
  async kill(): Promise<void> {
    await this.process.kill9();
    await this.process.restart();
  }

  /** Waits until the reactors have handled everything that the log tells by now, so that what is there once stays so. */
  async atRest(): Promise<void> {
    const events = await this.world.allEvents();
    const client = new Client({ connectionString: this.world.databaseUrl });
    await client.connect();
    try {
      for (const [reader, streams] of Object.entries(REACTORS)) {
        const last = events.findLast(({ stream }) => streams.test(stream))?.position ?? 0n;
        const what = `${reader} to be at ${last}`;
        const sql = 'select commit_position::text as at from engine.checkpoint where reader = $1';
        await eventually(async () => BigInt((await client.query<{ at: string }>(sql, [reader])).rows[0]?.at ?? 0) >= last, { what });
      }
    } finally {
      await client.end();
    }
  }

  /** What `expectOneServer` says, at rest. */
  async expectOneServer(buyer: Buyer, orderId: string): Promise<Making> {
    await buyer.until(orderId, 'ready');
    await this.atRest();
    return expectOneServer(this.world, buyer, orderId);
  }

  async close(): Promise<void> {
    await this.process.stop();
    await this.world.close();
    rmSync(this.dir, { recursive: true });
  }
}
