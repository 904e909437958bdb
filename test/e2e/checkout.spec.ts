/** What a customer sees in a browser: the checkout page, a declined card, second thoughts, payment, and the way back. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { Buyer } from '../support/buyer.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
/** E2E_SCREENSHOTS names a folder in which the pictures stay. */
const kept = process.env['E2E_SCREENSHOTS'];
const pictures = kept ?? mkdtempSync(join(tmpdir(), 'order-ledger-checkout-'));

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  world = await startWorld();
  [ledger, browser] = await Promise.all([LedgerProcess.start(world), startBrowser()]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
  if (kept === undefined) rmSync(pictures, { recursive: true });
}, 240_000);

const picture = (page: Page, name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
const textOf = (page: Page): Promise<string> => page.locator('body').innerText();
const statusOf = async (session: string | null) => (await world.stripe.checkout.sessions.retrieve(session ?? '')).status;

describe('a checkout in the browser', () => {
  it.each(['once', 'subscription'] as const)(
    'paid %s survives a declined card and second thoughts',
    async (payment) => {
      const buyer = await Buyer.signUp(ledger.url);
      const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', payment });
      const { checkoutSession } = await buyer.until(orderId, 'awaitingPayment');
      const { page, errors } = await browser.newPage();

      await page.goto(checkoutUrl);
      expect(await page.locator('#total').innerText()).toBe('€1.99');
      await picture(page, `${payment}-1-open`);

      await page.click('#decline');
      expect(await page.locator('#declined').innerText()).toContain('declined');
      expect(await statusOf(checkoutSession)).toBe('open');
      await picture(page, `${payment}-2-declined`);

      await page.click('#leave');
      expect(page.url()).toBe(`${ledger.url}/orders/${orderId}`);
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      expect(await textOf(page)).toContain('Nothing was charged');
      expect((await buyer.orderView(orderId)).status).toBe('awaitingPayment');
      await picture(page, `${payment}-3-left`);

      await page.goto(checkoutUrl);
      await page.click('#pay');
      expect(page.url()).toBe(`${ledger.url}/orders/${orderId}?session_id=${checkoutSession}`);
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      expect(await textOf(page)).toContain('Your payment is being confirmed');
      await picture(page, `${payment}-4-paid`);
      await buyer.until(orderId, 'ready');

      await page.goto(checkoutUrl);
      expect(await page.locator('#pay').count()).toBe(0);
      await picture(page, `${payment}-5-closed`);
      expect(errors).toStrictEqual([]);
    },
    120_000,
  );
});

describe('the documentation of the API', () => {
  it('opens without an error', async () => {
    const { page, errors } = await browser.newPage();
    await page.goto(`${ledger.url}/docs`);
    await page.waitForSelector('.opblock');
    expect(await textOf(page)).toContain('/api/v1/orders');
    await picture(page, 'docs');
    expect(errors).toStrictEqual([]);
  }, 240_000);
});
