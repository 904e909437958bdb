/** A customer in the browser: buys, is declined, buys again, closes the tab, comes back, uses the server. Every page is looked at on the way. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { chooseGame, enter, faultsOf, originsOf, toPayment } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';

const INSTALL_MS = 1_500;
const READY_MS = 60_000;
const PASSWORD = 'correct horse battery';

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;

beforeAll(async () => {
  world = await startWorld({ installMs: INSTALL_MS });
  const env = { SUPPORT_EMAIL: 'help@example.com', SUPPORT_URL: 'https://help.example.com/' };
  [ledger, browser] = await Promise.all([LedgerProcess.start(world, { env }), startBrowser()]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await ledger.stop();
  await world.close();
}, 240_000);

const headline = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor({ timeout: READY_MS });
const serversOf = async (orderId: string) => (await world.panelServers()).filter(({ externalId }) => externalId?.includes(orderId));
const orderIdIn = (page: Page): string => /\/(?:orders|servers)\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';

const field = (page: Page, name: string) => page.getByRole('textbox', { name });

/** What the egg would not take is said at the field, and nobody is sent on with it. */
const fillIn = async (page: Page): Promise<void> => {
  await field(page, 'Server name').fill('n'.repeat(61));
  await field(page, 'Most players').fill('many');
  await page.getByText('This must have at most 60 characters.').waitFor();
  await field(page, 'Server name').fill('The long night');
  await page.getByRole('button', { name: 'Sign up to continue' }).click();
  await page.getByText('This must be a whole number.').waitFor();
  expect(await page.evaluate('document.activeElement.labels[0].textContent')).toBe('Most players');
  await field(page, 'Most players').fill('60');
  await page.getByRole('combobox', { name: 'Mods' }).selectOption('oxide');
};

/** A page that knows older rules of the egg: the API refuses, and the page says so where it is to be mended. */
const refusedByTheApi = async (page: Page): Promise<void> => {
  await page.route('**/api/v1/plans*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('"max":60', '"max":200') });
  });
  await page.reload();
  await field(page, 'Server name').fill('n'.repeat(61));
  await page.getByRole('combobox', { name: 'Mods' }).selectOption('oxide');
  await field(page, 'Most players').fill('60');
  await page.getByRole('button', { name: 'Continue to payment' }).waitFor();
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByText('Code: CONFIGURATION_INVALID').waitFor();
  await page.getByText('This must have at most 60 characters.').waitFor();
  await field(page, 'Server name').fill('The long night');
};

describe('a customer', () => {
  it('finds, pays for and uses a server without being lost on the way', async () => {
    const { page, errors, context } = await browser.newPage();
    const origins = originsOf(page);
    const faults: string[] = [];
    const look = async (name: string) => faults.push(...(await faultsOf(page, name)));
    const email = `ada-${randomUUID()}@example.com`;

    await chooseGame(page, ledger.url, 'Teeworlds');
    await page.getByRole('radio', { name: /North America/ }).click();
    await look('configure');
    await page.getByRole('button', { name: 'Sign up to continue' }).click();
    await look('sign-up');
    await enter(page, email, 'Ada Example');
    // What was chosen is still chosen.
    await page.getByRole('button', { name: 'Continue to payment' }).waitFor();
    expect(await page.getByRole('radio', { name: /North America/ }).getAttribute('aria-checked')).toBe('true');

    await toPayment(page);
    await page.click('#decline');
    await page.locator('#declined').waitFor();
    await page.click('#leave');
    await headline(page, 'Your place is held. It is yours once you pay');
    // Of a subscription Stripe does not tell whose card it declined.
    await page.getByText('If your card was declined, nothing was charged; you can try another one.').waitFor();
    await look('order-unpaid');
    const orderId = orderIdIn(page);
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.click('#pay');
    // Back from Stripe's page it is still the same customer, though the token was in memory only.
    await page.locator('[data-step=paid][data-state=done]').waitFor({ timeout: READY_MS });
    await look('order-progress');
    await headline(page, 'Your server is ready');
    await look('order-ready');
    expect(await serversOf(orderId)).toHaveLength(1);

    await page.getByRole('link', { name: 'Open your server' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.getByRole('textbox', { name: 'Command' }).fill('say hello');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('log').getByText('say hello').first().waitFor();
    const [port] = Object.values((await serversOf(orderId))[0]?.ports ?? {});
    await page.locator('code', { hasText: `:${port}` }).waitFor();
    await look('server');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByText('Offline').waitFor({ timeout: READY_MS });

    await page.getByRole('navigation').getByRole('link', { name: 'My servers' }).click();
    await page.getByRole('link', { name: 'Teeworlds' }).waitFor();
    await look('servers');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Account' }).click();
    await page.getByText(email).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Ada of the North');
    await page.getByRole('button', { name: 'Save the name' }).click();
    await page.getByText('Saved.').waitFor();
    await look('account');
    expect(faults).toStrictEqual([]);
    expect(errors).toStrictEqual([]);
    expect([...origins].sort()).toStrictEqual([ledger.url, world.stripeUrl].map((url) => new URL(url).origin).sort());
    expect(JSON.stringify(await context.storageState({ indexedDB: true }).then(({ origins: kept }) => kept))).not.toMatch(/eyJ/);
  }, 240_000);

  it('changes the e-mail address with the code from the mail, and logs in with the new one', async () => {
    const { page, errors } = await browser.newPage();
    const faults: string[] = [];
    const [old, email] = [`bea-${randomUUID()}@example.com`, `bea-new-${randomUUID()}@example.com`];
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await page.goto(`${ledger.url}/signup`);
    await enter(page, old, 'Bea Example');
    await page.getByRole('button', { name: 'Your account' }).waitFor();
    await page.goto(`${ledger.url}/account`);
    await page.getByText(old).waitFor();

    await field(page, 'New e-mail address').fill(email);
    await page.getByLabel('Your password').fill('not the password');
    await press('Mail a code to it');
    await page.getByText('The current password is wrong').waitFor();
    await page.getByLabel('Your password').fill(PASSWORD);
    // By keyboard, as a form is sent.
    await page.getByLabel('Your password').press('Enter');
    await page.getByText(`If ${email} can be yours`).waitFor();
    await field(page, 'Code from the mail').fill('ABCDEFGH');
    await press('Confirm the new address');
    await page.getByText('This code is not the right one').waitFor();
    faults.push(...(await faultsOf(page, 'account-email')));
    const mail = (await world.mails()).findLast(({ to }) => to.includes(email));
    await field(page, 'Code from the mail').fill(/confirm it: (\w+)/.exec(mail?.text ?? '')?.[1] ?? '');
    await field(page, 'Code from the mail').press('Enter');
    await page.getByText('Changed. Log in with it from now on').waitFor();
    await page.getByText(email).waitFor();
    faults.push(...(await faultsOf(page, 'account-email-changed')));

    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.goto(`${ledger.url}/login`);
    await enter(page, email);
    await page.getByRole('button', { name: 'Your account' }).waitFor();
    await page.goto(`${ledger.url}/account`);
    await page.getByText(email).waitFor();
    expect(faults).toStrictEqual([]);
    // The browser tells of the two answers that were a no.
    expect(errors.filter((error) => !error.includes('422'))).toStrictEqual([]);
  }, 120_000);

  it('closes the tab after paying for a game with four ports, and finds it ready later', async () => {
    const { page, errors, context } = await browser.newPage();
    await chooseGame(page, ledger.url, 'Rust');
    await page.getByRole('radio', { name: /Pay once/ }).click();
    await fillIn(page);
    await page.getByRole('button', { name: 'Sign up to continue' }).click();
    await enter(page, `bob-${randomUUID()}@example.com`, 'Bob Example');
    await page.getByRole('button', { name: 'Continue to payment' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Server name' }).inputValue()).toBe('The long night');
    await refusedByTheApi(page);
    await toPayment(page);
    await page.click('#decline');
    await page.locator('#declined').waitFor();
    await page.click('#leave');
    await page.getByText('Your card was declined. Nothing was charged; try again or with another card.').waitFor();
    expect(await faultsOf(page, 'order-declined')).toStrictEqual([]);
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.click('#pay');
    await page.waitForURL(/\/orders\//);
    const orderId = orderIdIn(page);
    await page.close();

    const later = await context.newPage();
    await later.goto(`${ledger.url}/servers`);
    await later.getByText('Ready', { exact: true }).waitFor({ timeout: READY_MS });
    const [server] = await serversOf(orderId);
    expect(Object.keys(server?.ports ?? {})).toHaveLength(4);
    expect(server?.environment).toMatchObject({ HOSTNAME: 'The long night', MAX_PLAYERS: '60', FRAMEWORK: 'oxide' });
    await later.getByRole('link', { name: 'Rust' }).click();
    await later.getByRole('button', { name: 'Stop' }).waitFor();
    expect(errors.filter((error) => !error.includes('422'))).toStrictEqual([]);
  }, 240_000);

  it('is told that another customer’s order does not exist', async () => {
    const { page } = await browser.newPage();
    await page.goto(`${ledger.url}/signup`);
    await enter(page, `eve-${randomUUID()}@example.com`, 'Eve Example');
    await page.getByText('No servers yet').waitFor();
    const [order] = (await world.allEvents()).filter(({ type }) => type === 'OrderPlaced');
    await page.goto(`${ledger.url}/orders/${String(order?.data['orderId'])}`);
    await page.getByText('There is nothing here').first().waitFor();
    expect(await faultsOf(page, 'not-found')).toStrictEqual([]);
  }, 120_000);
});

describe('what is shown', () => {
  it('says that it is old while the read models are behind, and no longer', async () => {
    const { page, errors } = await browser.newPage();
    await page.goto(`${ledger.url}/signup`);
    await enter(page, `zoe-${randomUUID()}@example.com`, 'Zoe Example');
    await page.getByText('No servers yet').waitFor();
    const note = page.getByText('The ledger is catching up');
    expect(await note.count()).toBe(0);
    const orders = /\/api\/v1\/orders[?]/;
    await page.route(orders, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, status: 202, headers: { ...answer.headers(), 'ledger-stale': 'true' } });
    });
    await page.reload();
    await note.waitFor();
    await page.getByText('No servers yet').waitFor();
    await page.unroute(orders);
    await note.waitFor({ state: 'detached', timeout: READY_MS });
    expect(errors).toStrictEqual([]);
  }, 240_000);
});

describe('a stranger', () => {
  it('reads the public pages', async () => {
    const { page, errors } = await browser.newPage();
    const faults: string[] = [];
    await page.goto(ledger.url);
    await page.getByRole('link', { name: 'Minecraft' }).waitFor();
    faults.push(...(await faultsOf(page, 'catalog')));
    await chooseGame(page, ledger.url, 'Palworld');
    await field(page, 'Password to join').fill('two words');
    await field(page, 'Most players').fill('33');
    await field(page, 'Server name').focus();
    await page.getByText('Letters, digits, - and _ only, without spaces.').waitFor();
    await page.getByText('This must be a number: from 1 to 32.').waitFor();
    faults.push(...(await faultsOf(page, 'settings')));
    await chooseGame(page, ledger.url, 'ARK: Survival Evolved');
    const guard = page.getByRole('switch', { name: 'Guard against cheats' });
    expect(await guard.isChecked()).toBe(true);
    await guard.press(' ');
    expect(await guard.isChecked()).toBe(false);
    await page.getByRole('link', { name: 'Help' }).click();
    await page.getByText('How do I reach the panel?').click();
    await page.getByText('It has a login of its own').waitFor();
    faults.push(...(await faultsOf(page, 'help')));
    await page.goto(`${ledger.url}/support?order=01a1ffd1-3527-7713-b3da-512608e419fb`);
    const mail = page.getByRole('link', { name: 'Write a mail' });
    expect(await mail.getAttribute('href')).toBe('mailto:help@example.com?subject=Order%2001a1ffd1-3527-7713-b3da-512608e419fb');
    faults.push(...(await faultsOf(page, 'support')));
    await page.goto(`${ledger.url}/login`);
    await page.getByRole('textbox', { name: 'E-mail' }).waitFor();
    faults.push(...(await faultsOf(page, 'login')));
    expect(faults).toStrictEqual([]);
    expect(errors).toStrictEqual([]);
  }, 120_000);

  it('is shown the login in the place of a page, and then the page', async () => {
    const { page } = await browser.newPage();
    await page.goto(`${ledger.url}/account`);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.getByRole('textbox', { name: 'E-mail' }).fill('demo@example.com');
    await page.locator('input[name=password]').fill('demo-password-1');
    await page.locator('form button[type=submit]').click();
    await eventually(async () => (await page.locator('main').innerText()).includes('demo@example.com'), {
      withinMs: 30_000,
      what: 'the account',
    });
    expect(new URL(page.url()).pathname).toBe('/account');
  }, 120_000);

  it('gets the page for its addresses only: what the API lacks is missing, and nothing outside is read', async () => {
    const statusOf = async (path: string): Promise<number> => (await fetch(`${ledger.url}${path}`)).status;
    expect(await Promise.all(['/', '/servers', '/orders/x', '/any/where'].map(statusOf))).toStrictEqual([200, 200, 200, 200]);
    const missing = [
      '/api/v1/nothing',
      '/health/nothing',
      '/webhooks/nothing',
      '/assets/nothing.js',
      '/nothing.png',
      '/..%2f..%2fpackage.json',
    ];
    expect(await Promise.all(missing.map(statusOf))).toStrictEqual([404, 404, 404, 404, 404, 404]);
    const page = await fetch(ledger.url);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [script] = /\/assets\/[^"]+[.]js/.exec(await page.text()) ?? [];
    const asset = await fetch(`${ledger.url}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-encoding')).toBe('br');
  }, 60_000);
});
