/** A ledger that stands still at an exact place while another takes over, and then wakes; on a steered clock, in a world of its own. */
import { Buyer, pay } from './buyer.js';
import { eventually } from './eventually.js';
import { KilledLedger } from './kill.js';
import { LedgerProcess } from './ledger-process.js';
import type { PanelServer, World } from './local-world.js';
import { startClock, type SteerableClock } from './steerable-clock.js';

const PATIENCE = { withinMs: 60_000 };
/** Small enough that a call goes out before its claim, of 45 s, is over. */
const STEP_MS = 2_000;

type Told = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };

export class PausedLedger {
  private constructor(
    readonly clock: SteerableClock,
    readonly ledger: KilledLedger,
    readonly buyer: Buyer,
  ) {}

  static async start(): Promise<PausedLedger> {
    const clock = await startClock();
    const ledger = await KilledLedger.start({}, clock);
    return new PausedLedger(clock, ledger, await Buyer.signUp(ledger.url));
  }

  async close(): Promise<void> {
    await this.ledger.close();
    await this.clock.close();
  }

  get world(): World {
    return this.ledger.world;
  }

  whileTimePasses(what: string, stepMs: number, condition: () => Promise<boolean>): Promise<unknown> {
    return eventually(
      () => {
        this.clock.advance(stepMs);
        return condition();
      },
      { ...PATIENCE, what },
    );
  }

  /** What is on record under this type, in a stream such as `order-…`; oldest first. */
  async told(stream: string, type: string): Promise<Told['data'][]> {
    return ((await this.world.eventsOf(stream)) as Told[]).filter((event) => event.type === type).map(({ data }) => data);
  }

  untilTold(stream: string, type: string, times = 1): Promise<unknown> {
    const what = `${type} in ${stream}`;
    return this.whileTimePasses(what, STEP_MS, async () => (await this.told(stream, type)).length === times);
  }

  async serverOf(orderId: string): Promise<PanelServer | undefined> {
    return (await this.world.panelServers()).find(({ externalId }) => externalId === `order_${orderId}`);
  }

  /** Ordered and paid, of the smallest plan; answers the order's id. */
  async paid(payment: 'once' | 'subscription' = 'once'): Promise<string> {
    const { orderId, checkoutUrl } = await this.buyer.order({ planId: 'teeworlds-256m', payment });
    await pay(checkoutUrl);
    return orderId;
  }

  /** The ledger stands still right before this call; what happens meanwhile is seen to by another, and the first one wakes when that is over. */
  async overslept(place: string, comesThere: () => Promise<unknown>, meanwhile: (url: string) => Promise<unknown>): Promise<void> {
    this.ledger.stopAt(`before:${place}`);
    await comesThere();
    await this.ledger.stopped();
    const other = await LedgerProcess.start(this.world, { env: { PORT: '0' } });
    try {
      await meanwhile(other.url);
      await this.ledger.wake();
    } finally {
      await other.stop();
    }
  }
}
