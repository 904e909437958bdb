/** The ledger stands still right before it suspends or deletes a server; another takes over, the server is to stay after all, and then the first one wakes. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { call } from '../support/buyer.js';
import { PausedLedger } from '../support/paused-ledger.js';

const START_MS = 240_000;

let paused: PausedLedger;
beforeAll(async () => {
  paused = await PausedLedger.start();
}, START_MS);
afterAll(() => paused?.close(), START_MS);

const made = (orderId: string): string => `provisioning-${orderId}`;

it(
  'a server that runs again meanwhile is not suspended by a ledger that wakes late',
  async () => {
    const { ledger, world } = paused;
    const orderId = await paused.paid();
    await paused.untilTold(made(orderId), 'ServerReady');
    const token = await world.operator(ledger.url);
    const wish = (url: string, path: string): Promise<unknown> =>
      call(url, `/api/v1/ops/orders/${orderId}/${path}`, { token, body: { reason: 'a test' }, key: crypto.randomUUID() });
    const suspends = async (): Promise<void> => {
      expect(await wish(ledger.url, 'suspend')).toMatchObject({ status: 202 });
      await paused.untilTold(made(orderId), 'ServerChangeStarted');
    };
    await paused.overslept('panel.suspendServer', suspends, async (url) => {
      await paused.untilTold(made(orderId), 'ServerSuspended');
      await wish(url, 'resume');
      await paused.untilTold(made(orderId), 'ServerUnsuspended');
      expect(await paused.serverOf(orderId)).toMatchObject({ suspended: false });
    });
    expect(await paused.serverOf(orderId)).toMatchObject({ suspended: false });
    expect(await paused.told(made(orderId), 'ServerSuspended')).toHaveLength(1);
  },
  START_MS,
);

const createdOf = async (orderId: string) =>
  (await paused.told(made(orderId), 'ServerCreated'))[0] as { readonly serverId: number; readonly identifier: string };
/** The install that was called failed has ended, somebody starts the game, and that is seen. */
const lives = async (orderId: string): Promise<void> => {
  const { world } = paused;
  const { serverId, identifier } = await createdOf(orderId);
  await world.panelControl('/_control/statuses', { serverId, status: null });
  const started = await fetch(`${world.panelUrl}/api/client/servers/${identifier}/power`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.ledgerEnvironment()['PTERO_CLIENT_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ signal: 'start' }),
  });
  expect(started.status).toBe(204);
  await paused.untilTold(made(orderId), 'ServerReady');
};

it(
  'a server whose install ends well after all is not deleted by a ledger that wakes late',
  async () => {
    await paused.world.panelControl('/_control/settings', { installOutcome: 'failed' });
    const orderId = await paused.paid();
    // Installed anew first, then to be made anew.
    await paused.overslept(
      'panel.deleteServer',
      () => paused.untilTold(made(orderId), 'ServerChangeStarted', 2),
      () => lives(orderId),
    );
    expect(await paused.serverOf(orderId)).toMatchObject({ id: (await createdOf(orderId)).serverId, suspended: false });
    const counts = await Promise.all(['ServerCreated', 'ServerRemoved'].map((type) => paused.told(made(orderId), type)));
    expect(counts.map(({ length }) => length)).toStrictEqual([1, 0]);
  },
  START_MS,
);
