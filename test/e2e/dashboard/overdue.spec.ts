/** A customer whose time is over, on a steered clock: the order's page says why, what comes next and when. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { Buyer, pay } from '../../support/buyer.js';
import { enter, faultsOf } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';
import { startClock, type SteerableClock } from '../../support/steerable-clock.js';

const WAIT_MS = 60_000;
const DAY_MS = 86_400_000;

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;

beforeAll(async () => {
  clock = await startClock();
  world = await startWorld({ clock });
  [ledger, browser] = await Promise.all([LedgerProcess.start(world), startBrowser()]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
  await clock.close();
}, 240_000);

it('is told in grace, and once suspended, what was not paid and the day of the next step', async () => {
  const email = `late-${randomUUID()}@example.com`;
  const buyer = await Buyer.signUp(ledger.url, email);
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
  await pay(checkoutUrl);
  await eventually(
    async () => {
      clock.advance(1_000);
      return (await buyer.orderView(orderId)).status === 'ready';
    },
    { withinMs: WAIT_MS, what: 'the server' },
  );
  const { page, errors } = await browser.newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(`${ledger.url}/login?next=/orders/${orderId}`);
  await enter(page, email);
  await page.getByRole('heading', { name: 'Your server is ready' }).waitFor();
  const paidThrough = Date.parse((await buyer.orderView(orderId)).paidThrough ?? '');

  clock.advance(paidThrough - clock.clock().getTime() + DAY_MS);
  await page.getByRole('heading', { name: 'A payment is overdue' }).waitFor();
  await page.getByText('The time that was paid for is over. The service goes on for now').waitFor();
  const next = page.getByText('It is suspended on').locator('time');
  expect(Date.parse((await next.getAttribute('datetime')) ?? '')).toBe(paidThrough + 3 * DAY_MS);
  await page.getByRole('button', { name: 'Pay for another term' }).first().waitFor();
  expect(await faultsOf(page, 'order-grace')).toStrictEqual([]);

  clock.advance(3 * DAY_MS);
  await page.getByRole('heading', { name: 'Your service is suspended' }).waitFor();
  await page.getByText('A payment is missing. Pay it and the service comes back by itself.').waitFor();
  const last = page.getByText('It is deleted, with all its files, on').locator('time');
  expect(Date.parse((await last.getAttribute('datetime')) ?? '')).toBeGreaterThanOrEqual(paidThrough + 10 * DAY_MS);
  expect(errors).toStrictEqual([]);
}, 240_000);
