/** A ledger that is killed with -9 at an exact place and started again, in a world of its own; and what must hold for an order that went through it. */
import { expect } from '@jest/globals';
import type { Buyer } from './buyer.js';
import { LedgerProcess } from './ledger-process.js';
import { startWorld, type World } from './local-world.js';

const ONCE = [
  'OrderPlaced',
  'OrderCapacityHeld',
  'OrderCheckoutOpened',
  'OrderPaid',
  'NodeCapacityHeld',
  'ServerCreated',
  'ServerReady',
  'OrderDelivered',
];

/** Every server of the panel that was made for this order. */
export const serversOf = async (world: World, orderId: string): Promise<unknown[]> =>
  (await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);

/** Waits until the order is ready. It then has one server, one of each fact, and an outcome for every attempt; answers the types of its events. */
export const expectOneServer = async (world: World, buyer: Buyer, orderId: string): Promise<string[]> => {
  await buyer.until(orderId, 'ready');
  expect(await serversOf(world, orderId)).toHaveLength(1);
  const types = (await buyer.timeline(orderId)).map(({ type }) => type);
  const count = (wanted: string): number => types.filter((type) => type === wanted).length;
  expect(ONCE.map((type) => [type, count(type)])).toStrictEqual(ONCE.map((type) => [type, 1]));
  expect(count('ServerCreationStarted')).toBe(count('ProvisioningAttemptFailed') + 1);
  return types;
};

export class KilledLedger {
  private constructor(
    readonly world: World,
    private process: LedgerProcess,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** A new world with a ledger that nothing happens to yet; `env` holds for every start. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<KilledLedger> {
    const world = await startWorld();
    return new KilledLedger(world, await LedgerProcess.start(world, { env }), env);
  }

  get url(): string {
    return this.process.url;
  }

  /** Starts the ledger anew so that it dies at this place (see crash.mjs). */
  async crashAt(place: string): Promise<void> {
    await this.process.stop();
    this.process = await LedgerProcess.start(this.world, { crashAt: place, env: this.env });
  }

  /** Waits for the crash that was asked for and starts the ledger again, unharmed. */
  async revive(): Promise<void> {
    expect(await this.process.died()).toBe('SIGKILL');
    this.process = await LedgerProcess.start(this.world, { env: this.env });
  }

  async close(): Promise<void> {
    await this.process.stop();
    await this.world.close();
  }
}
