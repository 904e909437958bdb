/** An operator in the browser: every page, the list of orders with very many of them, what changes by itself; and that nobody else comes in. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { call, pay } from '../../support/buyer.js';
import { enter, faultsOf, toOperations, toSection } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';
import { manyOrders, misread, operations, refuseTimeline, type Operations } from '../../support/operations.js';

const INSTALL_MS = 1_500;
const WAIT_MS = 60_000;
const MANY = 2_000;
const ROWS_MAX = 150;

type Row = Readonly<
  Record<
    'customerId' | 'createdAt' | 'paidAt' | 'readyAt' | 'paidThrough' | 'nodeId' | 'pteroServerId' | 'pteroIdentifier' | 'checkoutSession',
    string
  >
>;

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
let seen: Operations;
let page: Page;
let errors: readonly string[];

beforeAll(async () => {
  world = await startWorld({ installMs: INSTALL_MS });
  [ledger, browser] = await Promise.all([LedgerProcess.start(world), startBrowser()]);
  seen = await operations(world, ledger);
  await manyOrders(world, MANY);
  ({ page, errors } = await browser.newPage());
  page.setDefaultTimeout(WAIT_MS);
  await toOperations(page, ledger.url);
}, 300_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
}, 240_000);

const section = (name: string) => toSection(page, name);
const rows = () => page.locator('[data-row]');
const idsShown = () => page.evaluate<string[]>("[...document.querySelectorAll('[data-row] code')].map((code) => code.title)");
const scrollTo = (top: string) => page.evaluate(`document.querySelector('[role=table]').scrollTo(0, ${top})`);
const shows = (ids: readonly (string | null)[]) =>
  eventually(async () => JSON.stringify(await idsShown()) === JSON.stringify(ids), { withinMs: WAIT_MS, what: `the orders ${ids.join()}` });
const searched = (what: string) => page.getByRole('searchbox', { name: 'Search orders' }).fill(what);

describe('every page of operations', () => {
  it('shows what there is, to everybody’s eyes and in both themes', async () => {
    const faults: string[] = [];
    const look = async (name: string) => faults.push(...(await faultsOf(page, `operations-${name}`)));
    await page.getByRole('cell', { name: 'Money without an order' }).waitFor();
    await page.getByText('eu-central · 1').waitFor();
    await page.getByRole('img', { name: /^Orders a day[.]/ }).waitFor();
    await page.getByRole('cell', { name: 'Minecraft 4 GB' }).waitFor();
    await look('overview');
    await section('Orders');
    await rows().nth(9).waitFor();
    await look('orders');
    await section('Webhooks');
    await page.getByText('checkout.session.completed').first().waitFor();
    await page.getByText('Translated').nth(1).waitFor();
    await look('webhooks');
    await section('Nodes');
    await page.getByRole('button', { name: '1 order holds room' }).first().click();
    await page.getByText('paid for').nth(1).waitFor();
    await look('nodes');
    await section('Projections');
    await page.getByRole('heading', { name: /^order-list/ }).waitFor();
    await look('projections');
    await section('Customers');
    await page.getByText('Linked').nth(1).waitFor();
    await look('customers');
    await section('Payments');
    await page.getByRole('cell', { name: 'First payment' }).waitFor();
    await look('payments');
    await section('Unmatched money');
    await page.getByRole('button', { name: 'Assign' }).waitFor();
    await look('money');
    expect(faults).toStrictEqual([]);
    expect(errors).toStrictEqual([]);
  }, 240_000);
});

describe('the list of orders', () => {
  it('draws few of very many rows, asks for more as one scrolls, and is gone through by keyboard', async () => {
    await section('Orders');
    await page.getByText('The first 100; more as you scroll').waitFor();
    expect(await rows().count()).toBeLessThanOrEqual(ROWS_MAX);
    await eventually(
      async () => {
        await scrollTo('1e9');
        expect(await rows().count()).toBeLessThanOrEqual(ROWS_MAX);
        return (await rows().last().getAttribute('data-row')) === String(MANY + 1);
      },
      { withinMs: WAIT_MS, what: 'the last order' },
    );
    await page.getByText(`${new Intl.NumberFormat('en-GB').format(MANY + 2)} found`).waitFor();
    await scrollTo('0');
    await page.locator('[data-row="0"]').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('k');
    expect(await page.evaluate('document.activeElement.querySelector("code").title')).toBe(seen.readyId);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/ops/orders/${seen.readyId}`);
    await page.goBack();
    await rows().first().waitFor();
  }, 120_000);

  it('finds an order by e-mail and by Stripe’s id, keeps its filters over a reload, and says when nothing fits', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type(seen.email);
    await shows([seen.unpaidId, seen.readyId]);
    await searched(seen.paymentIntent);
    await shows([seen.readyId]);
    await searched('cs_many_7');
    await eventually(async () => (await idsShown()).length === 1, { withinMs: WAIT_MS, what: 'the one order' });
    await searched('pi_nowhere');
    await page.getByText('No order fits').waitFor();
    await searched(seen.email);
    await page.getByRole('combobox', { name: 'Status' }).selectOption('ready');
    await shows([seen.readyId]);
    await page.reload();
    await shows([seen.readyId]);
    expect(new URL(page.url()).searchParams.toString()).toBe(`q=${encodeURIComponent(seen.email)}&status=ready`);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('The first 100; more as you scroll').waitFor();
    await page.getByRole('button', { name: /^Placed/ }).click();
    await eventually(async () => !(await idsShown()).includes(seen.unpaidId), { withinMs: WAIT_MS, what: 'the oldest' });
    expect(new URL(page.url()).search).toBe('?sort=oldest');
  }, 120_000);

  it('goes to a file: exactly what is found, and nothing that a spreadsheet would run', async () => {
    await misread(world, seen.unpaidId, '=HYPERLINK("x")');
    await searched(seen.email);
    await shows([seen.readyId, seen.unpaidId]);
    const token = await world.operator(ledger.url);
    const order = async (orderId: string) => (await call<Row>(ledger.url, `/api/v1/ops/orders/${orderId}`, { token })).body;
    const [ready, unpaid] = [await order(seen.readyId), await order(seen.unpaidId)];
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()]);
    expect(file.suggestedFilename()).toMatch(/^orders-\d{4}-\d\d-\d\d[.]csv$/);
    const { customerId, createdAt, paidAt, readyAt, paidThrough, nodeId, pteroServerId, pteroIdentifier, checkoutSession } = ready;
    expect((await readFile(await file.path(), 'utf8')).split('\r\n')).toStrictEqual([
      'orderId,status,customerId,gameId,planId,region,term,payment,amountMinor,currency,createdAt,paidAt,readyAt,paidThrough,nodeId,pteroServerId,pteroIdentifier,checkoutSession,paymentIntent,subscription,failingStep,failingCode',
      `${seen.readyId},ready,${customerId},minecraft,minecraft-4g,eu-central,monthly,once,999,eur,${createdAt},${paidAt},${readyAt},${paidThrough},${nodeId},${pteroServerId},${pteroIdentifier},${checkoutSession},${seen.paymentIntent},,,`,
      `${seen.unpaidId},awaitingPayment,${customerId},terraria,terraria-2g,eu-central,monthly,once,799,eur,${unpaid.createdAt},,,,${unpaid.nodeId},,,${unpaid.checkoutSession},,,,"'=HYPERLINK(""x"")"`,
      '',
    ]);
    await page.getByText('2 orders are in the file.').waitFor();
  }, 120_000);

  it('changes by itself as things happen', async () => {
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate('document.title = "not reloaded"');
    await pay(seen.checkoutUrl);
    await eventually(async () => (await rows().getByText('Ready', { exact: true }).count()) === 2, {
      withinMs: WAIT_MS,
      what: 'two ready orders',
    });
    expect(await page.title()).toBe('not reloaded');
  }, 120_000);
});

describe('an act of an operator', () => {
  const dialog = () => page.getByRole('dialog');

  it('verifies a read model, drains a node and uses it again, gives money back, and finds a customer', async () => {
    await section('Projections');
    await page.getByRole('button', { name: 'Actions for notifications' }).click();
    await page.getByRole('menuitem', { name: 'Verify' }).click();
    await dialog().getByRole('button', { name: 'Verify' }).click();
    await page.getByText('Verification: the same, byte for byte').waitFor();
    await section('Nodes');
    for (const [act, then] of [
      ['Drain', 'Draining'],
      ['Use again', 'In use'],
    ] as const) {
      const node = page.locator('section', { has: page.getByRole('heading', { name: 'Node 4' }) });
      await node.getByRole('button', { name: act }).click();
      await dialog().getByRole('textbox', { name: 'Reason' }).fill(`because of ${act}`);
      await dialog().getByRole('button', { name: /it/ }).click();
      await node.getByText(then, { exact: true }).waitFor();
      await node.getByText(`because of ${act}`).waitFor();
    }
    await section('Unmatched money');
    await page.getByRole('button', { name: 'Refund' }).click();
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('paid by mistake');
    await dialog().getByRole('button', { name: 'Refund' }).click();
    await dialog().getByText('Code: VALIDATION_FAILED').waitFor();
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('paid-by-mistake');
    await dialog().getByRole('button', { name: 'Refund' }).click();
    await page.getByRole('cell', { name: 'Refunded' }).waitFor();
    await section('Customers');
    await page.getByRole('searchbox', { name: 'Find by e-mail' }).fill(seen.email);
    await eventually(async () => (await page.getByRole('button', { name: /^Show customer/ }).count()) === 1, { withinMs: WAIT_MS });
    await page.getByRole('button', { name: /^Show customer/ }).click();
    await page.getByText('Test Buyer').waitFor();
    expect(errors.filter((error) => !error.includes('422'))).toStrictEqual([]);
  }, 180_000);
});

describe('parked events', () => {
  const dialog = () => page.getByRole('dialog');
  const parked = () => page.locator('section', { has: page.getByRole('heading', { name: 'Parked events' }) });

  it('are shown, left out with a reason, and folded again', async () => {
    await section('Projections');
    await page.getByText('No event waits for a decision.').waitFor();
    await refuseTimeline(world, true);
    await seen.buyer.order({ planId: 'terraria-2g' });
    await parked().getByRole('button', { name: 'Discard' }).nth(1).waitFor();
    await parked().getByRole('button', { name: 'Show' }).first().click();
    await parked().getByText('"eventType"').waitFor();
    const faults = await faultsOf(page, 'operations-parked');
    await parked().getByRole('button', { name: 'Discard' }).first().click();
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('seen in a test');
    await dialog().getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('cell', { name: 'seen in a test' }).waitFor();
    await parked().getByRole('button', { name: 'Retry all of order-timeline' }).click();
    await refuseTimeline(world, false);
    await dialog().getByRole('button', { name: 'Retry all' }).click();
    await page.getByText('No event waits for a decision.').waitFor();
    expect(faults).toStrictEqual([]);
  }, 120_000);
});

describe('a customer', () => {
  it('finds no operations', async () => {
    const { page: other } = await browser.newPage();
    const asked: string[] = [];
    other.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await other.goto(`${ledger.url}/ops/orders`);
    await enter(other, seen.email);
    await other.getByRole('heading', { name: 'There is nothing here' }).first().waitFor();
    expect(await other.getByRole('link', { name: 'Operations' }).count()).toBe(0);
    expect(asked.filter((path) => path.includes('/ops'))).toStrictEqual(['/ops/orders']);
  }, 120_000);
});
