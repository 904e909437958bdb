/** The ledger stands still right before it suspends or deletes a server; another takes over, the server is to stay after all, and then the first one wakes. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { KilledLedger } from '../support/kill.js';
import { LedgerProcess } from '../support/ledger-process.js';
import type { PanelServer } from '../support/local-world.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 240_000;
const PATIENCE = { withinMs: 60_000 };
/** Small enough that a call goes out before its claim, of 45 s, is over. */
const STEP_MS = 2_000;

let clock: SteerableClock;
let ledger: KilledLedger;
let buyer: Buyer;

const whileTimePasses = (what: string, stepMs: number, condition: () => Promise<boolean>): Promise<unknown> =>
  eventually(
    () => {
      clock.advance(stepMs);
      return condition();
    },
    { ...PATIENCE, what },
  );
/** How often this is on record of an order's server. */
const told = async (orderId: string, type: string): Promise<number> =>
  (await ledger.world.eventsOf(`provisioning-${orderId}`)).filter((event) => event.type === type).length;
const untilTold = (orderId: string, type: string, times = 1): Promise<unknown> =>
  whileTimePasses(type, STEP_MS, async () => (await told(orderId, type)) === times);
const serverOf = async (orderId: string): Promise<PanelServer | undefined> =>
  (await ledger.world.panelServers()).find(({ externalId }) => externalId === `order_${orderId}`);
const paid = async (): Promise<string> => {
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
  await pay(checkoutUrl);
  return orderId;
};

/** The ledger stands still right before this call; what happens meanwhile is seen to by another, and the first one wakes when that is over. */
const overslept = async (place: string, comesThere: () => Promise<unknown>, meanwhile: (url: string) => Promise<unknown>) => {
  ledger.stopAt(`before:${place}`);
  await comesThere();
  await ledger.stopped();
  const other = await LedgerProcess.start(ledger.world, { env: { PORT: '0' } });
  try {
    await meanwhile(other.url);
    await ledger.wake();
  } finally {
    await other.stop();
  }
};

beforeAll(async () => {
  clock = await startClock();
  ledger = await KilledLedger.start({}, clock);
  buyer = await Buyer.signUp(ledger.url);
}, START_MS);
afterAll(async () => {
  await ledger?.close();
  await clock?.close();
}, START_MS);

it(
  'a server that runs again meanwhile is not suspended by a ledger that wakes late',
  async () => {
    const orderId = await paid();
    await untilTold(orderId, 'ServerReady');
    const token = await ledger.world.operator(ledger.url);
    const wish = (url: string, path: string): Promise<unknown> =>
      call(url, `/api/v1/ops/orders/${orderId}/${path}`, { token, body: { reason: 'a test' }, key: crypto.randomUUID() });
    const suspends = async (): Promise<void> => {
      expect(await wish(ledger.url, 'suspend')).toMatchObject({ status: 202 });
      await untilTold(orderId, 'ServerChangeStarted');
    };
    await overslept('panel.suspendServer', suspends, async (url) => {
      await untilTold(orderId, 'ServerSuspended');
      await wish(url, 'resume');
      await untilTold(orderId, 'ServerUnsuspended');
      expect(await serverOf(orderId)).toMatchObject({ suspended: false });
    });
    expect(await serverOf(orderId)).toMatchObject({ suspended: false });
    expect(await told(orderId, 'ServerSuspended')).toBe(1);
  },
  START_MS,
);

const createdOf = async (orderId: string) =>
  (await ledger.world.eventsOf(`provisioning-${orderId}`)).find(({ type }) => type === 'ServerCreated')?.data as {
    readonly serverId: number;
    readonly identifier: string;
  };
/** The install that was called failed has ended, somebody starts the game, and that is seen. */
const lives = async (orderId: string): Promise<void> => {
  const { world } = ledger;
  const { serverId, identifier } = await createdOf(orderId);
  await world.panelControl('/_control/statuses', { serverId, status: null });
  const started = await fetch(`${world.panelUrl}/api/client/servers/${identifier}/power`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.ledgerEnvironment()['PTERO_CLIENT_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ signal: 'start' }),
  });
  expect(started.status).toBe(204);
  await untilTold(orderId, 'ServerReady');
};

it(
  'a server whose install ends well after all is not deleted by a ledger that wakes late',
  async () => {
    await ledger.world.panelControl('/_control/settings', { installOutcome: 'failed' });
    const orderId = await paid();
    // Installed anew first, then to be made anew.
    await overslept(
      'panel.deleteServer',
      () => untilTold(orderId, 'ServerChangeStarted', 2),
      () => lives(orderId),
    );
    expect(await serverOf(orderId)).toMatchObject({ id: (await createdOf(orderId)).serverId, suspended: false });
    expect([await told(orderId, 'ServerCreated'), await told(orderId, 'ServerRemoved')]).toStrictEqual([1, 0]);
  },
  START_MS,
);
