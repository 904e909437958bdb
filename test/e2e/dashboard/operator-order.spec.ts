/** An operator and a troubled order in the browser: its install fails and is begun anew, a person is asked, looks through its history, and acts. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { Buyer, call, click, pay } from '../../support/buyer.js';
import { faultsOf } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';
import { EventStore } from '../../../src/platform/event-store/event-store.js';
import { newId } from '../../../src/platform/ids.js';
import { METADATA } from '../../support/project.js';
import type { Replay } from '../../../src/ops/replay/replay.js';

const WAIT_MS = 60_000;
const ROWS_MAX = 150;
const STATES = ['order', 'payment', 'provisioning'] as const;

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
let orderId: string;
let token: string;
let page: Page;
let errors: readonly string[];
const faults: string[] = [];

const look = async (name: string) => faults.push(...(await faultsOf(page, `operator-order-${name}`)));
const replayed = async (at?: string): Promise<Replay> => {
  const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
  return (await call<Replay>(ledger.url, `/api/v1/ops/orders/${orderId}/replay${query}`, { token })).body;
};

beforeAll(async () => {
  world = await startWorld();
  [ledger, browser] = await Promise.all([LedgerProcess.start(world), startBrowser()]);
  await world.panelControl('/_control/settings', { installOutcome: 'failed' });
  const buyer = await Buyer.signUp(ledger.url);
  const order = await buyer.order({ planId: 'teeworlds-256m' });
  orderId = order.orderId;
  await click(order.checkoutUrl, 'decline');
  await pay(order.checkoutUrl);
  await buyer.until(orderId, 'attention', WAIT_MS);
  token = await world.operator(ledger.url);
  await eventually(async () => (await replayed()).steps.some(({ event }) => event.type === 'StripeEventReceived'), {
    what: 'the webhooks',
    withinMs: WAIT_MS,
  });
  ({ page, errors } = await browser.newPage());
  page.setDefaultTimeout(WAIT_MS);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
}, 240_000);

/** Every value shown of the states, with its place. */
const shown = (): Promise<Record<string, string>> =>
  page.evaluate<Record<string, string>>(`Object.fromEntries([...document.querySelectorAll('[data-state] tr')].map((row) => [
    row.closest('[data-state]').dataset.state + ' ' + row.dataset.path, row.querySelector('td').textContent]))`);

const leavesOf = (value: unknown, path: string): [string, string][] => {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0)
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path.endsWith(' ') ? path + name : `${path}.${name}`));
};
const expected = ({ states }: Replay): Record<string, string> =>
  Object.fromEntries(STATES.flatMap((name) => leavesOf(states[name], `${name} `)));

/** As a person sees them, apart from how often lines are broken. */
const textOf = async (selector: string): Promise<string> => ((await page.locator(selector).first().textContent()) ?? '').trim();
/** Whether the timeline shows what is recorded, which may have grown a moment ago. */
const tells = (isShown: (stream: string) => boolean = () => true) =>
  eventually(
    async () => {
      const types = await page.evaluate<string[]>(`[...document.querySelectorAll('[data-step]')].map((row) => row.dataset.type)`);
      const { steps } = await replayed();
      expect(types).toStrictEqual(steps.filter(({ event }) => isShown(event.stream)).map(({ event }) => event.type));
      return true;
    },
    { withinMs: WAIT_MS, what: 'the timeline' },
  );

/** So many more events of the order. */
const looks = async (serverId: number, count: number): Promise<void> => {
  const stream = `provisioning-${orderId}`;
  const store = new EventStore(world.eventStoreUrl);
  const facts = Array.from({ length: count }, (_none, n) => ({
    type: 'ServerConsoleOpened' as const,
    data: { orderId, serverId, noteId: `note-${n}`, openedAt: METADATA.occurredAt },
  }));
  const expectedRevision = BigInt((await world.eventsOf(stream)).length - 1);
  await store.append({ stream, expectedRevision, facts, metadata: { ...METADATA, commandId: newId() } });
  await store.close();
};

describe('an operator', () => {
  it('finds the order with its reason and what to do', async () => {
    await page.goto(`${ledger.url}/ops/orders/${orderId}`);
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ops@example.com');
    await page.locator('input[name=password]').fill('ops-password-1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Order ${orderId.slice(0, 8)}` }).waitFor();
    const { next } = await replayed();
    expect(await textOf('[data-why]')).toBe(next.why);
    expect(next.why).toContain('An operator is needed');
    await page.getByText('Provisioning stopped').waitFor();
    await tells();
    await look('attention');
  }, 120_000);

  it('moves through its history: at every event exactly the fold of the prefix is shown', async () => {
    await page.getByRole('tab', { name: 'State' }).click();
    const { steps } = await replayed();
    const slider = page.getByRole('slider', { name: 'Point in the history of the order' });
    await slider.focus();
    await page.keyboard.press('Home');
    for (const { number, event } of steps) {
      const then = await replayed(`${event.stream}@${event.revision}`);
      expect(await textOf('[data-place] strong')).toMatch(new RegExp(`^Step ${number} of \\d+$`));
      expect(await shown()).toStrictEqual(expected(then));
      expect(await textOf('[data-then]')).toBe(then.next.why);
      await page.keyboard.press('ArrowRight');
    }
    await page.keyboard.press('End');
    expect(await textOf('[data-place] strong')).toBe('Now');
    expect(await shown()).toStrictEqual(expected(await replayed()));
    // A moment is typed in to the second, and all that happened in it belongs to it.
    const [first] = steps;
    const second = first?.event.occurredAt.slice(0, 19) ?? '';
    // The field itself leaves out seconds that are none.
    await page.getByLabel('Go to a time').fill(second.replace(/:00$/, ''));
    await page.keyboard.press('Enter');
    const count = steps.filter(({ event }) => event.occurredAt <= `${second}.999Z`).length;
    expect(await textOf('[data-place] strong')).toMatch(new RegExp(`^Step ${count} of \\d+$`));
  }, 120_000);

  it('shares a point by its address, and sees there what every read model showed', async () => {
    const { steps } = await replayed();
    const failed = steps.find(({ event }) => event.type === 'ServerInstallFailed');
    const at = `provisioning@${failed?.event.revision}`;
    await page.locator('[data-type=ServerInstallFailed]').first().click();
    await eventually(() => Promise.resolve(new URL(page.url()).searchParams.get('at') === at), { what: 'the address' });
    await page.reload();
    await page.getByRole('tab', { name: 'Changes' }).waitFor();
    await page.evaluate('scrollTo(0, 640)');
    await look('changes');
    await page.getByRole('tab', { name: 'Read models' }).click();
    const then = await replayed(at);
    for (const name of ['order-list', 'server-fleet', 'attention']) {
      const rows = then.rows.filter(({ projection }) => projection === name);
      const texts = await page.evaluate<string[]>(
        `[...document.querySelectorAll('[data-projection="${name}"] tr')].map((row) => row.dataset.path + ' ' + row.querySelector('td').textContent)`,
      );
      expect(texts).toStrictEqual(rows.flatMap(({ row }) => leavesOf(row, ' ').map(([path, text]) => `${path.trim()} ${text}`)));
    }
    await look('read-models');
    // A time between two events is no event: whose turn it was depends on it.
    const between = new Date(Date.parse(failed?.event.occurredAt ?? '') + 1).toISOString();
    await page.goto(`${ledger.url}/ops/orders/${orderId}?at=${between}`);
    const told = await replayed(between);
    await page
      .getByText(new RegExp(`^Step ${told.at.step} of \\d+$`))
      .first()
      .waitFor();
    await eventually(async () => (await textOf('[data-then]')) === told.next.why, { what: 'whose turn it was', withinMs: WAIT_MS });
  }, 120_000);

  it('reads an event as it is recorded, with its cause, and hides kinds that are of no interest', async () => {
    await page.getByRole('tab', { name: 'Event' }).click();
    await page.locator('[data-type=OrderPaid]').click();
    const { steps } = await replayed();
    const paid = steps.find(({ event }) => event.type === 'OrderPaid');
    expect(JSON.parse(await textOf('pre'))).toStrictEqual(paid?.event.data);
    await look('event');
    await page.getByRole('button', { name: `#${paid?.causedBy} PaymentSucceeded` }).click();
    expect(await textOf('[data-place] span')).toBe('PaymentSucceeded');
    await page
      .getByRole('group', { name: 'Filter by kind' })
      .getByRole('button', { name: /Server/ })
      .click();
    await tells((stream) => !stream.startsWith('provisioning-'));
    await page
      .getByRole('group', { name: 'Filter by kind' })
      .getByRole('button', { name: /Server/ })
      .click();
  }, 120_000);

  it('tries again with a reason, by keyboard alone, and sees it happen without reloading', async () => {
    await page.getByRole('button', { name: 'Back to now' }).click();
    await world.panelControl('/_control/settings', { installOutcome: 'ok' });
    await page.getByRole('button', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('ProvisioningRetryRequested').waitFor();
    await look('retry');
    await page.getByRole('textbox', { name: 'Reason' }).focus();
    await page.keyboard.type('The image was mended.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('[data-type=ProvisioningRetryRequested]').waitFor();
    await page.locator('[data-type=OrderDelivered]').waitFor();
    await page
      .getByText(/All is well/)
      .first()
      .waitFor();
    const { steps } = await replayed();
    expect(steps.find(({ event }) => event.type === 'ProvisioningRetryRequested')?.event.actor?.kind).toBe('ops');
    expect(await textOf('[data-place] strong')).toBe('Now');
    await page.getByRole('listitem').getByText('The image was mended.').waitFor();
    const power = page.getByRole('group', { name: 'Power' });
    await power.waitFor();
    await look('ready');
    // Whoever looks at the past is left there, also by what he does himself.
    await page.locator('[data-type=OrderPlaced]').click();
    // The panel tells a new server's state late; something can be done in any.
    await power.locator('button:not([disabled])').first().click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('It was asked for.');
    await page.locator('form button[type=submit]').click();
    await page.locator('[data-type=ServerActionEnded]').waitFor();
    expect(await textOf('[data-place] strong')).toMatch(/^Step 1 of \d+$/);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByRole('button', { name: 'Console' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('Is it well?');
    await page.getByRole('button', { name: 'Look' }).click();
    // The reason was given once; it goes with what the game is told, too.
    await page.getByRole('textbox', { name: 'Command' }).fill('say hello');
    await page.keyboard.press('Enter');
    await page.getByRole('log').getByText('say hello').first().waitFor();
    await look('console');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.locator('[data-type=ServerConsoleOpened]').waitFor();
    const told = (await replayed()).steps
      .map(({ event }) => ({ ...event, data: event.data as { action?: string; noteId?: string | null } }))
      .filter(({ type, data }) => type === 'ServerConsoleOpened' || (type === 'ServerActionStarted' && data.action === 'command'));
    expect(told.map(({ type, actor, data }) => [type, actor?.kind, typeof data.noteId])).toStrictEqual([
      ['ServerConsoleOpened', 'ops', 'string'],
      ['ServerActionStarted', 'ops', 'string'],
    ]);
    await page.getByRole('button', { name: 'Refund' }).click();
    await page.getByText(/so the service ends: billing first/).waitFor();
    // A stand-in for Stripe has no pages of its own to lead to.
    expect(await page.locator('a[href*="stripe.com"]').count()).toBe(0);
    expect(faults).toStrictEqual([]);
    expect(errors).toStrictEqual([]);
  }, 120_000);

  it('has only the rows in view of a very long timeline drawn, and goes through all of it by keyboard', async () => {
    const { steps } = await replayed();
    const serverId = (steps.find(({ event }) => event.type === 'ServerConsoleOpened')?.event.data as { serverId: number }).serverId;
    await looks(serverId, 400);
    await page.reload();
    const total = steps.length + 400;
    await page.locator(`[data-step][aria-setsize="${total}"]`).first().waitFor();
    expect(await page.locator('[data-step]').count()).toBeLessThanOrEqual(ROWS_MAX);
    await page.getByRole('listbox').focus();
    for (const [key, number] of [
      ['End', total],
      ['PageUp', total - 10],
      ['Home', 1],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator(`[data-step="${number}"][aria-selected=true]`).waitFor();
      expect(await page.locator('[data-step]').count()).toBeLessThanOrEqual(ROWS_MAX);
    }
  }, 120_000);
});
