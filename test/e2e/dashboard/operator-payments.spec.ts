/** The operators' list of payments in the browser: narrowed, sorted, empty, refused, behind, and from there to the order. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { faultsOf, toOperations, toSection } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';
import { operations, type Operations } from '../../support/operations.js';

const WAIT_MS = 60_000;
const PAYMENTS = /\/api\/v1\/ops\/payments/;

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
let seen: Operations;
let page: Page;
let errors: readonly string[];

beforeAll(async () => {
  world = await startWorld({ installMs: 300 });
  [ledger, browser] = await Promise.all([LedgerProcess.start(world), startBrowser()]);
  seen = await operations(world, ledger);
  ({ page, errors } = await browser.newPage());
  page.setDefaultTimeout(WAIT_MS);
  await toOperations(page, ledger.url);
  await toSection(page, 'Payments');
}, 240_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
}, 240_000);

const first = () => page.getByRole('cell', { name: 'First payment' });
const stray = () => page.getByRole('cell', { name: /^Unmatched money/ });

describe('the list of payments', () => {
  it('is narrowed and sorted by the address, and leads to the order', async () => {
    await first().waitFor();
    await stray().waitFor();
    const top = page.getByRole('row').nth(1);
    const [newest, oldest] = [await top.innerText(), await page.getByRole('row').last().innerText()];
    expect(newest).not.toBe(oldest);
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('oldest');
    await eventually(async () => (await top.innerText()) === oldest, { withinMs: WAIT_MS, what: 'the oldest first' });
    await page.getByRole('combobox', { name: 'What' }).selectOption('payment');
    await stray().waitFor({ state: 'detached' });
    await page.getByRole('combobox', { name: 'Status' }).selectOption('succeeded');
    await page.getByRole('searchbox', { name: 'Currency' }).fill('EUR');
    await page.getByRole('searchbox', { name: 'Order id' }).fill(seen.readyId);
    await page.reload();
    await first().waitFor();
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toStrictEqual({
      ...{ kind: 'payment', status: 'succeeded', sort: 'oldest', currency: 'EUR', orderId: seen.readyId },
    });
    expect(await page.getByRole('cell', { name: '€9.99' }).count()).toBe(1);
    // A stand-in for Stripe has no pages of its own to lead to.
    expect(await page.locator('a[href*="stripe.com"]').count()).toBe(0);
    await page.getByRole('table').getByRole('link').click();
    await page.waitForURL(`**/ops/orders/${seen.readyId}`);
  }, 120_000);

  it('says when nothing fits, when an id is not whole, when it is behind, and when it cannot be read', async () => {
    const faults: string[] = [];
    await page.goto(`${ledger.url}/ops/payments?orderId=${seen.unpaidId}`);
    await page.getByText('No payment fits.').waitFor();
    faults.push(...(await faultsOf(page, 'payments-none')));
    await page.getByRole('searchbox', { name: 'Order id' }).fill(seen.readyId.slice(0, 8));
    await page.getByText('Give the whole id of the order').waitFor();
    await page.getByRole('searchbox', { name: 'Order id' }).fill('');
    await first().waitFor();
    expect(errors).toStrictEqual([]);
    await page.route(PAYMENTS, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, status: 202, headers: { ...answer.headers(), 'ledger-stale': 'true' } });
    });
    await page.reload();
    await page.getByText('The ledger is catching up').waitFor();
    await first().waitFor();
    await page.unroute(PAYMENTS);
    await page.route(PAYMENTS, (route) => route.fulfill({ status: 503, json: { code: 'DATABASE_UNAVAILABLE', detail: 'Away.' } }));
    await page.reload();
    await page.getByText('Code: DATABASE_UNAVAILABLE').waitFor();
    faults.push(...(await faultsOf(page, 'payments-unread')));
    await page.unroute(PAYMENTS);
    await page.getByRole('button', { name: 'Try again' }).click();
    await first().waitFor();
    expect(faults).toStrictEqual([]);
  }, 180_000);

  it('leads to Stripe where Stripe has the pages', async () => {
    await page.route('**/api/v1/plans*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...((await answer.json()) as object), stripeDashboard: 'https://dashboard.stripe.com/test' },
      });
    });
    await page.goto(`${ledger.url}/ops/payments?orderId=${seen.readyId}`);
    await first().waitFor();
    const link = page.getByRole('table').getByRole('link', { name: /^At Stripe/ });
    expect(await link.getAttribute('href')).toBe(`https://dashboard.stripe.com/test/payments/${seen.paymentIntent}`);
  }, 120_000);
});
