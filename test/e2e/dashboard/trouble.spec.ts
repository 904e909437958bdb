/** What goes wrong or changes while somebody looks at a page: the page says so, and goes on by itself. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { Buyer, call, pay } from '../../support/buyer.js';
import { chooseGame, enter, faultsOf } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';

const WAIT_MS = 90_000;
/** Gone with the next load of the page. */
const UNRELOADED = 'unreloaded';
const OPERATOR = 'ops@example.com';

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
let operator: string;

beforeAll(async () => {
  world = await startWorld();
  [ledger, browser] = await Promise.all([LedgerProcess.start(world), startBrowser()]);
  operator = await world.operator(ledger.url);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
}, 240_000);

const mend = () => fetch(`${world.panelUrl}/_control/faults`, { method: 'DELETE' });
afterEach(mend);

interface Customer {
  readonly buyer: Buyer;
  readonly email: string;
}

const customer = async (): Promise<Customer> => {
  const email = `mia-${randomUUID()}@example.com`;
  return { email, buyer: await Buyer.signUp(ledger.url, email) };
};

const enterAsOperator = async (page: Page): Promise<void> => {
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OPERATOR);
  await page.locator('input[name=password]').fill('ops-password-1');
  await page.locator('form button[type=submit]').click();
};

/** Logs in and opens a page that will be noticed if it is loaded again; what it asks of the stream of events is kept. */
const pageOf = async (
  email: string,
  path: string,
): Promise<{ page: Page; streams: Record<string, string>[]; errors: readonly string[] }> => {
  const { page, errors } = await browser.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const streams: Record<string, string>[] = [];
  page.on('request', (request) => request.url().endsWith('/api/v1/events') && streams.push(request.headers()));
  await page.goto(`${ledger.url}/login?next=${encodeURIComponent(path)}`);
  await (email === OPERATOR ? enterAsOperator(page) : enter(page, email));
  await page.waitForURL(`**${path}`);
  await page.evaluate(`globalThis.${UNRELOADED} = true`);
  return { page, streams, errors };
};

const headline = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();
const ops = async (path: string, body?: object): Promise<unknown> => {
  const answer = await call<unknown>(ledger.url, `/api/v1/ops/${path}`, { token: operator, ...(body && { body, key: randomUUID() }) });
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};

describe('a panel that is down after the payment', () => {
  it('is owned up to on the page, which goes on by itself when the panel is back', async () => {
    await world.panelControl('/_control/faults', { match: 'GET /api/application/servers/external/*', fault: 'down', times: 100_000 });
    const { buyer, email } = await customer();
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    const { page, errors } = await pageOf(email, `/orders/${orderId}`);
    await headline(page, 'Your place is held');
    await pay(checkoutUrl);
    await page.getByText('Something did not work at this step').waitFor();
    await page.getByText('You can close this page. Nothing is lost').waitFor();
    expect(await faultsOf(page, 'order-trouble')).toStrictEqual([]);
    expect(await world.panelServers()).toStrictEqual([]);
    await mend();
    await headline(page, 'Your server is ready');
    expect(await page.getByText('Something did not work').count()).toBe(0);
    expect(await page.evaluate(`globalThis.${UNRELOADED}`)).toBe(true);
    expect(errors).toStrictEqual([]);
    expect((await world.panelServers()).map(({ externalId }) => externalId)).toStrictEqual([expect.stringContaining(orderId)]);
  }, 240_000);
});

describe('the last room, taken while somebody looks at the page', () => {
  const drainAll = async (drain: boolean): Promise<void> => {
    for (const { nodeId } of (await ops('nodes')) as { nodeId: string }[]) await ops(`nodes/${nodeId}/drain`, { drain });
  };

  it('is refused before payment, in plain words, and shown as sold out; room that comes back is offered again', async () => {
    const { page } = await pageOf((await customer()).email, '/servers');
    await chooseGame(page, ledger.url, 'Teeworlds');
    const buy = page.getByRole('complementary').getByRole('button');
    await page.getByRole('button', { name: 'Continue to payment' }).waitFor();
    // The page learns of it too late.
    const late = page.waitForEvent('request', (request) => request.url().includes('/api/v1/plans'));
    await page.route('**/api/v1/plans*', () => undefined);
    await drainAll(true);
    await late;
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByText('The last one was just taken; nothing was charged').waitFor();
    await page.getByText('Code: NO_CAPACITY').waitFor();
    await page.unrouteAll();
    await eventually(async () => (await buy.innerText()) === 'Sold out' && (await buy.isDisabled()), {
      withinMs: WAIT_MS,
      what: 'sold out',
    });
    expect(await faultsOf(page, 'sold-out')).toStrictEqual([]);
    await drainAll(false);
    await page.getByRole('button', { name: 'Continue to payment' }).waitFor();
  }, 180_000);
});

describe('two customers and an operator at once', () => {
  it('each see what is theirs as it happens, and after the stream was cut what happened meanwhile', async () => {
    const [mia, noa] = [await customer(), await customer()];
    const [mias, noas] = [await mia.buyer.order({ planId: 'teeworlds-256m' }), await noa.buyer.order({ planId: 'teeworlds-256m' })];
    const one = await pageOf(mia.email, `/orders/${mias.orderId}`);
    const other = await pageOf(noa.email, `/orders/${noas.orderId}`);
    const watching = await pageOf(OPERATOR, `/ops/orders?q=${mias.orderId}`);
    const found = watching.page.getByLabel('Orders found');
    await found.getByText('Awaiting payment').waitFor();
    await Promise.all([pay(mias.checkoutUrl), pay(noas.checkoutUrl)]);
    await Promise.all([headline(one.page, 'Your server is ready'), headline(other.page, 'Your server is ready')]);
    await found.getByText('Ready', { exact: true }).waitFor();
    await ledger.restart();
    await ops(`orders/${mias.orderId}/suspend`, { reason: 'complaint' });
    await headline(one.page, 'Your service is suspended');
    await one.page.getByText('We have suspended it').waitFor();
    await found.getByText('Suspended', { exact: true }).waitFor();
    for (const { page, streams } of [one, watching]) {
      expect(await page.evaluate(`globalThis.${UNRELOADED}`)).toBe(true);
      expect(streams.length).toBeGreaterThanOrEqual(2);
      expect(streams.at(-1)?.['last-event-id']).toMatch(/^\d+$/);
    }
    expect(await other.page.getByRole('heading', { name: 'Your server is ready' }).count()).toBe(1);
    expect(await faultsOf(one.page, 'order-suspended')).toStrictEqual([]);
  }, 300_000);
});

describe('a subscription', () => {
  it('changes its plan, is cancelled and kept after all, by clicking', async () => {
    const { buyer, email } = await customer();
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g', payment: 'subscription' });
    await pay(checkoutUrl);
    await buyer.until(orderId, 'ready', WAIT_MS);
    const { page, errors } = await pageOf(email, `/orders/${orderId}`);
    await page.getByRole('button', { name: 'Change plan' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /^Minecraft 8 GB/ }).click();
    await dialog.getByText('Due now').waitFor();
    await dialog.getByRole('button', { name: 'Change now' }).click();
    await dialog.getByText('Asked for.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: /^Minecraft 8 GB/ }).waitFor();
    await eventually(
      async () => (await world.panelServers()).some((server) => server.externalId?.includes(orderId) && server.limits.memory > 4_096),
      {
        withinMs: WAIT_MS,
        what: 'the larger server',
      },
    );
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByText('It ends with the period that is paid for.').waitFor();
    expect(await faultsOf(page, 'order-cancelled')).toStrictEqual([]);
    await page.getByRole('button', { name: 'Keep it after all' }).click();
    await page.getByRole('button', { name: 'Change plan' }).waitFor();
    expect(errors).toStrictEqual([]);
  }, 240_000);
});
