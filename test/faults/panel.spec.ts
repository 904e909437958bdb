/** The panel fails in every way it can while a server is made; each order ends with exactly one server, and each failed attempt stays on record. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { expectOneServer } from '../support/kill.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

/** Short for the test's sake; a silent creation must be over well before the settle window ends, as with the real panel's 30 of 60 s. */
const PANEL_TIMES = { PANEL_CREATE_TIMEOUT_MS: '1500', PANEL_SETTLE_MS: '2000' };
const SILENT_MS = 1_700;
const CREATE = 'POST /api/application/servers';
const LOOK_UP = 'GET /api/application/servers/external/*';

let world: World;
let ledger: LedgerProcess;
runningLedger(
  (started) => ({ world, ledger } = started),
  () => PANEL_TIMES,
);

interface Outcome {
  readonly codes: readonly string[];
  readonly adopted: boolean;
  readonly started: number;
  /** How often the panel was asked to create this server. */
  readonly calls: number;
}

/** Buys a server while these faults wait on the panel; what is on record about it once it is ready. */
const buyWith = async (...faults: { match: string; fault: string; times?: number; delayMs?: number }[]): Promise<Outcome> => {
  const buyer = await Buyer.signUp(ledger.url);
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
  await world.panelControl('/_control/faults', faults);
  await pay(checkoutUrl);
  await expectOneServer(world, buyer, orderId);
  const events = await world.eventsOf(`provisioning-${orderId}`);
  const dataOf = <T>(type: string): T[] => events.filter((event) => event.type === type).map(({ data }) => data as T);
  return {
    codes: dataOf<{ code: string }>('ProvisioningAttemptFailed').map(({ code }) => code),
    adopted: dataOf<{ adopted: boolean }>('ServerCreated')[0]?.adopted ?? false,
    started: dataOf('ServerCreationStarted').length,
    calls: (await world.panelCreations())[`order_${orderId}`] ?? 0,
  };
};

describe('a panel', () => {
  it('that is down is asked again; every attempt is on record and makes no call', async () => {
    const outcome = await buyWith({ match: LOOK_UP, fault: 'down', times: 2 });
    expect(outcome).toStrictEqual({ codes: ['UND_ERR_SOCKET', 'UND_ERR_SOCKET'], adopted: false, started: 3, calls: 1 });
  }, 60_000);

  it('behind a proxy that answers with a page is asked again', async () => {
    const outcome = await buyWith({ match: LOOK_UP, fault: 'html502' });
    expect(outcome).toStrictEqual({ codes: ['Http502'], adopted: false, started: 2, calls: 1 });
  }, 60_000);

  it.each(['timeoutAfterCommit', 'error500AfterCommit'])(
    'that made the server but could not say so (%s) is not asked for another: the server is adopted',
    async (fault) => {
      const outcome = await buyWith({ match: CREATE, fault, delayMs: SILENT_MS });
      expect(outcome).toStrictEqual({ codes: [], adopted: true, started: 1, calls: 1 });
    },
    60_000,
  );

  it.each([
    ['timeoutRolledBack', 2],
    ['lostRace500', 2],
    // A proxy's page: the call never reached the panel.
    ['html502', 1],
  ])(
    'that made nothing (%s) is believed only after the settle window, then asked again',
    async (fault, calls) => {
      const outcome = await buyWith({ match: CREATE, fault, delayMs: SILENT_MS });
      expect(outcome).toStrictEqual({ codes: ['NOT_CREATED'], adopted: false, started: 2, calls });
    },
    60_000,
  );
});

describe('an install that fails', () => {
  afterAll(() => world.panelControl('/_control/settings', { installOutcome: 'ok' }));

  it('asks for a person, on the list and in the chat; asked to try again, it looks again and says so again', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await world.panelControl('/_control/settings', { installOutcome: 'failed' });
    await pay(checkoutUrl);
    expect((await buyer.until(orderId, 'attention')).statusReason).toBe('INSTALL_FAILED');
    const token = await world.operator(ledger.url);
    const matter = await eventually(async () => {
      const { body } = await call<{ kind: string; orderId: string }[]>(ledger.url, '/api/v1/ops/attention', { token });
      return body.find((one) => one.kind === 'provisioning' && one.orderId === orderId);
    });
    expect(matter).toMatchObject({ code: 'INSTALL_FAILED', severity: 'critical' });
    await eventually(async () => (await world.messages()).some(({ text }) => text.includes(`INSTALL_FAILED: order ${orderId}`)), {
      what: 'the message',
    });
    const retry = await call(ledger.url, `/api/v1/ops/orders/${orderId}/retry`, { method: 'POST', token });
    expect(retry.status).toBe(202);
    await eventually(async () => (await buyer.timeline(orderId)).filter(({ type }) => type === 'ProvisioningNeedsHuman').length === 2, {
      what: 'the second call for help',
    });
    expect((await world.panelCreations())[`order_${orderId}`]).toBe(1);
  }, 60_000);
});
