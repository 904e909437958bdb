/** What operators do by clicking, on one world: read models made anew and taken back, money assigned, panel accounts, messages, nodes, and every act on an order. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Page } from 'playwright-core';
import { notifications } from '../../../projections/notifications/notifications.projection.js';
import { tableNameOf } from '../../../src/platform/projection.js';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { Buyer, call, pay } from '../../support/buyer.js';
import { enter, toOperations, toSection } from '../../support/dashboard.js';
import { eventually } from '../../support/eventually.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';
import { strayPayment } from '../../support/operations.js';

const WAIT_MS = 60_000;
const PLAN = 'teeworlds-256m';

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
let page: Page;
let errors: readonly string[];
let token: string;
let buyer: Buyer;
let servedId: string;

/** Asks the panel as its administrators do. */
const panelApi = async <T>(path: string, body?: object): Promise<T> => {
  const headers = { authorization: `Bearer ${world.ledgerEnvironment()['PTERO_APP_KEY']}`, 'content-type': 'application/json' };
  const answer = await fetch(`${world.panelUrl}/api/application${path}`, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (answer.status === 204 ? {} : await answer.json()) as T;
};

beforeAll(async () => {
  world = await startWorld({ installMs: 300 });
  const env = { PANEL_OBSERVE_SECONDS: '1', PANEL_SETTLE_MS: '1' };
  [ledger, browser] = await Promise.all([LedgerProcess.start(world, { env }), startBrowser()]);
  buyer = await Buyer.signUp(ledger.url, `refuse-550@${randomUUID()}.example`);
  const { orderId, checkoutUrl } = await buyer.order({ planId: PLAN });
  servedId = orderId;
  await pay(checkoutUrl);
  await buyer.until(orderId, 'ready', WAIT_MS);
  token = await world.operator(ledger.url);
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
const dialog = () => page.getByRole('dialog');
/** The dialog closes only when the API has taken the act. */
const confirm = async (name: string): Promise<void> => {
  const button = dialog().getByRole('button', { name, exact: true });
  await button.waitFor();
  const reason = dialog().getByRole('textbox', { name: 'Reason' });
  if ((await reason.count()) > 0 && (await reason.inputValue()) === '') await reason.fill('Seen in a test.');
  await button.click();
  await dialog().waitFor({ state: 'detached' });
};

const TABLE = tableNameOf(notifications);
const inDatabase = async (work: (database: Client) => Promise<void>): Promise<void> => {
  const database = new Client({ connectionString: world.databaseUrl });
  await database.connect();
  try {
    await work(database);
  } finally {
    await database.end();
  }
};
const statuses = async (): Promise<string[]> => {
  const { body } = await call<{ items: { status: string }[] }>(ledger.url, '/api/v1/ops/notifications', { token });
  return body.items.map(({ status }) => status);
};

describe('a read model', () => {
  const model = () => page.locator('li', { has: page.getByRole('heading', { name: /^notifications / }) });
  const act = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'Actions for notifications' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
    await confirm(name);
  };

  it('is made anew, taken back, and its old table forgotten', async () => {
    await section('Projections');
    await act('Rebuild');
    await model().getByText('Rebuild: swapped in').waitFor();
    await model().getByText('kept', { exact: true }).waitFor();
    // The table made anew is spoiled, so that it shows which one is read.
    await inDatabase(async (database) => void (await database.query(`update ${TABLE} set status = 'dropped'`)));
    await eventually(async () => (await statuses()).every((status) => status === 'dropped'), { what: 'the table made anew' });
    await act('Roll back');
    await eventually(async () => !(await statuses()).includes('dropped'), { what: 'the table from before' });
    await act('Drop the old table');
    await model().getByText('kept', { exact: true }).waitFor({ state: 'detached' });
    await eventually(
      async () => (await model().locator('section small code:first-child').allInnerTexts()).join() === 'drop-old,rollback,rebuild',
      {
        what: 'why each was done',
      },
    );
  }, 180_000);

  it('is no longer made anew once that is cancelled, while it goes on', async () => {
    await inDatabase(async (database) => {
      // Whoever reads it keeps the table made anew from taking its place.
      await database.query('begin');
      await database.query(`lock table ${TABLE} in access share mode`);
      await act('Rebuild');
      await model().getByText('Rebuild: comparing').waitFor();
      await act('Cancel the rebuild');
      await model().getByText('Rebuild: cancelled').waitFor();
      await database.query('rollback');
    });
    await model().getByText('Caught up').waitFor();
    expect(await model().getByText('kept', { exact: true }).count()).toBe(0);
  }, 180_000);
});

describe('money that names no order', () => {
  it('is given to the order it was meant for, whose server is made', async () => {
    const { orderId } = await buyer.order({ planId: PLAN });
    await strayPayment(world, ledger.url);
    await section('Unmatched money');
    await page.getByRole('button', { name: 'Assign' }).click();
    await dialog().getByRole('textbox', { name: 'Order id' }).fill(orderId);
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('named-in-a-mail');
    await confirm('Assign');
    await page.getByRole('cell', { name: 'Assigned', exact: true }).waitFor();
    await buyer.until(orderId, 'ready', WAIT_MS);
  }, 180_000);
});

describe('a customer', () => {
  it('whose address the panel knew is linked and given a password by an operator, and sees it once', async () => {
    const email = `known-${randomUUID()}@example.com`;
    const { attributes } = await panelApi<{ attributes: { id: number } }>('/users', {
      ...{ email, username: `known${Date.now()}`, first_name: 'Known', last_name: 'Before' },
    });
    await call(ledger.url, '/api/v1/customers', { body: { email, password: 'correct horse battery', name: 'Kim Known' } });
    await section('Customers');
    await page.getByRole('combobox', { name: 'Panel account' }).selectOption('conflict');
    const found = page.getByRole('button', { name: /^Show customer/ });
    await eventually(async () => (await found.count()) === 1, { withinMs: WAIT_MS, what: 'the one in conflict' });
    await found.click();
    await page.getByRole('button', { name: 'Link a panel account' }).click();
    await dialog().getByRole('spinbutton', { name: 'Number of the panel account' }).fill(String(attributes.id));
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('They proved it by mail.');
    await confirm('Link');
    await page.getByRole('button', { name: 'Reset panel password' }).click();
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('They asked for it.');
    await confirm('Set a new password');

    const { page: own, errors: faults } = await browser.newPage();
    own.setDefaultTimeout(WAIT_MS);
    const shown = own.getByRole('dialog').locator('dd').last();
    await own.goto(`${ledger.url}/login?next=/account`);
    await enter(own, email);
    await own.getByRole('button', { name: 'Show the one that support set' }).click();
    await own.getByRole('button', { name: 'Show it' }).click();
    await own.getByText('Copy it now: it is shown this one time only.').waitFor();
    const given = await shown.innerText();
    await own.getByRole('button', { name: 'I have copied it' }).click();
    await own.getByRole('button', { name: 'Set a new panel password' }).click();
    await own.getByRole('button', { name: 'Set it' }).click();
    await own.getByText('Copy it now: it is shown this one time only.').waitFor();
    const fresh = await shown.innerText();
    expect(fresh).toMatch(/^[\w-]{16,}$/);
    expect(given).toMatch(/^[\w-]{16,}$/);
    expect(given).not.toBe(fresh);
    await own.getByRole('button', { name: 'I have copied it' }).click();
    await own.getByRole('button', { name: 'Show the one that support set' }).click();
    await own.getByRole('button', { name: 'Show it' }).click();
    await own.getByText('There is no password to show').waitFor();
    await own.keyboard.press('Escape');
    await own.getByRole('textbox', { name: 'Current password' }).fill('correct horse battery');
    await own.locator('input[autocomplete=new-password]').fill('a better horse battery');
    await own.getByRole('button', { name: 'Change password' }).click();
    await own.getByText('Changed. You are logged out everywhere else.').waitFor();
    expect((await call(ledger.url, '/api/v1/sessions', { body: { email, password: 'a better horse battery' } })).status).toBe(200);
    expect(faults.filter((fault) => !fault.includes('409'))).toStrictEqual([]);
  }, 180_000);
});

describe('a message that could not be sent', () => {
  it('is tried again', async () => {
    const failures = async () => (await world.allEvents()).filter(({ type }) => type === 'NotificationFailed').length;
    await section('Customers');
    await page.getByRole('button', { name: 'Send again' }).first().waitFor();
    const before = await failures();
    await page.getByRole('button', { name: 'Send again' }).first().click();
    await confirm('Send again');
    await eventually(async () => (await failures()) > before, { withinMs: WAIT_MS, what: 'another try' });
  }, 120_000);
});

describe('a node', () => {
  it('keeps as much back as its settings say', async () => {
    const node = page.locator('section', { has: page.getByRole('heading', { name: 'Node 1', exact: true }) });
    await section('Nodes');
    await node.getByRole('button', { name: 'Settings' }).click();
    await dialog().getByRole('spinbutton').first().fill('512');
    await confirm('Save');
    const { body } = await call<{ nodeId: string; reserveMemoryMib: number }[]>(ledger.url, '/api/v1/ops/nodes', { token });
    expect(body.find(({ nodeId }) => nodeId === '1')?.reserveMemoryMib).toBe(512);
    await node.getByRole('button', { name: 'Settings' }).click();
    await eventually(async () => (await dialog().getByRole('spinbutton').first().inputValue()) === '512', { what: 'the setting' });
    await page.keyboard.press('Escape');
  }, 120_000);
});

describe('an order', () => {
  const told = (type: string) => page.locator(`[data-type=${type}]`);
  /** @param then the event that it has come to */
  const act = async (name: string, then: string): Promise<void> => {
    const before = await told(then).count();
    await page.getByRole('button', { name, exact: true }).click();
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('Seen in a test.');
    const loss = dialog().getByRole('checkbox', { name: /what the server has saved is lost/ });
    if (await loss.isVisible()) await loss.check();
    await confirm(name);
    await told(then).nth(before).waitFor();
  };

  it('is suspended, resumed, installed anew, moved, repaired, paid back in part and ended', async () => {
    await page.goto(`${ledger.url}/ops/orders/${servedId}`);
    const { pteroServerId: before } = await buyer.orderView(servedId);
    await act('Suspend', 'OrderSuspended');
    await act('Resume', 'OrderResumed');
    await act('Reinstall', 'ServerReinstalled');
    await act('Move', 'ServerMovePlaced');
    await buyer.until(servedId, 'ready', WAIT_MS);
    // It is at the panel anew, under another number, and runs.
    const pteroServerId = await eventually(
      async () => {
        const made = (await world.eventsOf(`provisioning-${servedId}`)).filter(({ type }) =>
          ['ServerCreated', 'ServerReady'].includes(type),
        );
        const { pteroServerId: now } = await buyer.orderView(servedId);
        return made.at(-1)?.type === 'ServerReady' && now !== before && now;
      },
      { withinMs: WAIT_MS, what: 'the moved server' },
    );
    await panelApi(`/servers/${pteroServerId}/suspend`);
    await told('ServerDriftObserved').first().waitFor();
    await act('Repair', 'ServerRepairRequested');
    await told('ServerDriftCleared').first().waitFor();
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    await dialog()
      .getByRole('textbox', { name: /^Amount/ })
      .fill('1');
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('A late start.');
    await confirm('Refund');
    await told('StripeCallSettled').first().waitFor();
    await act('End service', 'OrderEnding');
    await buyer.until(servedId, 'ended', WAIT_MS);
    expect((await world.panelServers()).filter(({ externalId }) => externalId?.includes(servedId))).toStrictEqual([]);
    // While there is no server, asking for its state is answered with 409.
    expect(errors.filter((error) => !error.includes('409'))).toStrictEqual([]);
  }, 240_000);
});
