/** The panel fails while somebody signs up: everybody ends with the one panel account that is theirs, or is told why not. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const LOOK_UP = 'GET /api/application/users/external/*';
const CREATE = 'POST /api/application/users';

interface Person {
  readonly customerId: string;
  readonly accessToken: string;
}
interface PanelAccount {
  readonly status: string;
  readonly panelUserId: number | null;
}

let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));

// The demo customer is linked at start, too, and must not meet the faults.
beforeAll(
  () =>
    eventually(async () => (await world.allEvents()).some(({ type }) => type === 'PanelAccountLinked'), {
      withinMs: 60_000,
      what: 'the demo customer',
    }),
  90_000,
);

const fault = (match: string, kind: string, more: { times?: number; containing?: string } = {}): Promise<unknown> =>
  world.panelControl('/_control/faults', { match, fault: kind, ...more });

const signUp = async (email: string): Promise<Person> => {
  const body = { email, password: 'correct horse battery', name: 'Panel Person' };
  return (await call<Person>(ledger.url, '/api/v1/customers', { body })).body;
};

const accountOf = async ({ accessToken }: Person): Promise<PanelAccount> =>
  (await call<{ panelAccount: PanelAccount }>(ledger.url, '/api/v1/me', { token: accessToken })).body.panelAccount;

const becomes = (person: Person, status: string): Promise<PanelAccount> =>
  eventually(
    async () => {
      const account = await accountOf(person);
      return account.status === status && account;
    },
    { withinMs: 60_000, what: `the panel account to be ${status}` },
  );

const order = ({ accessToken }: Person) => {
  const body = { planId: 'teeworlds-256m', region: 'eu-central', term: 'monthly', payment: 'once' };
  return call<{ code?: string }>(ledger.url, '/api/v1/orders', { token: accessToken, body, key: randomUUID() });
};

/** What is on record after the sign-up, with how it ended. */
const linkingOf = async ({ customerId }: Person): Promise<string[]> =>
  (await world.eventsOf(`customer-${customerId}`)).map(({ type, data }) => {
    const { how, code } = data as { how?: string; code?: string };
    return [type, how ?? code ?? ''].join(' ').trim();
  });

interface PanelUsers {
  readonly data: readonly { readonly attributes: { readonly id: number; readonly external_id: string | null } }[];
}
const panelApi = async (path: string, init: RequestInit = {}): Promise<unknown> => {
  const headers = {
    authorization: `Bearer ${world.ledgerEnvironment()['PTERO_APP_KEY']}`,
    accept: 'application/json',
    'content-type': 'application/json',
  };
  return (await fetch(`${world.panelUrl}/api/application${path}`, { ...init, headers })).json();
};
const usersWith = async (email: string): Promise<PanelUsers['data'][number]['attributes'][]> =>
  ((await panelApi(`/users?filter[email]=${email}`)) as PanelUsers).data.map(({ attributes }) => attributes);

/** An account that was on the panel before; answers its number. */
const onPanel = async (email: string, more: object = {}): Promise<number> => {
  const [username] = email.split('@');
  const body = JSON.stringify({ email, username, first_name: 'A', last_name: 'Stranger', ...more });
  return ((await panelApi('/users', { method: 'POST', body })) as { attributes: { id: number } }).attributes.id;
};
const inConflict = async (email: string): Promise<Person> => {
  const person = await signUp(email);
  await becomes(person, 'conflict');
  return person;
};
const ask = ({ accessToken }: Person, what: 'code' | 'proof', body: object = {}) =>
  call<{ code?: string }>(ledger.url, `/api/v1/me/panel-account/${what}`, { token: accessToken, body });
const codeFor = async (email: string): Promise<string> => {
  const mail = (await world.mails()).findLast(({ to }) => to.includes(email));
  return /use it: (\w+)/.exec(mail?.text ?? '')?.[1] ?? '';
};
const proven = async (person: Person, email: string): Promise<number> => {
  expect((await ask(person, 'code')).status).toBe(202);
  return (await ask(person, 'proof', { code: await codeFor(email) })).status;
};
/** In conflict again, for this reason. */
const refused = (person: Person, code: string) =>
  eventually(async () => (await linkingOf(person)).at(-1) === `PanelAccountConflicted ${code}`, { withinMs: 60_000, what: code });

describe('a sign-up', () => {
  it('while the panel is down is linked later; an order before that is refused as pending', async () => {
    await fault(LOOK_UP, 'down', { times: 3 });
    const person = await signUp('down@example.com');
    expect(await order(person)).toMatchObject({ status: 409, body: { code: 'PANEL_ACCOUNT_PENDING' } });
    await becomes(person, 'linked');
    const failed = ['PanelAccountLinkIntended', 'PanelAccountLinkFailed UND_ERR_SOCKET'];
    expect(await linkingOf(person)).toStrictEqual([
      ...['CustomerRegistered', ...failed, ...failed, ...failed],
      ...['PanelAccountLinkIntended', 'PanelAccountLinked created'],
    ]);
    expect((await order(person)).status).toBe(201);
  }, 240_000);

  it.each([
    ['is adopted', 'answerless@example.com', 0],
    ['is adopted also when only the refusal to make another shows it', 'hidden@example.com', 2],
  ])(
    'whose account the panel made without an answer %s',
    async (_what, email, lookUpsMissed) => {
      await fault(CREATE, 'timeoutAfterCommit', { containing: email });
      if (lookUpsMissed > 0) await fault(LOOK_UP, 'absent404', { times: lookUpsMissed });
      const person = await signUp(email);
      const { panelUserId } = await becomes(person, 'linked');
      expect(await usersWith(email)).toMatchObject([{ id: panelUserId, external_id: person.customerId }]);
      const attempts = ['PanelAccountLinkIntended', 'PanelAccountLinkFailed UND_ERR_SOCKET', 'PanelAccountLinkIntended'];
      expect(await linkingOf(person)).toStrictEqual(['CustomerRegistered', ...attempts, 'PanelAccountLinked found']);
    },
    120_000,
  );

  it("with a stranger's e-mail address is in conflict, and so is an order; the stranger's account stays as it is", async () => {
    const email = 'stranger@example.com';
    const stranger = { email, username: 'stranger', first_name: 'A', last_name: 'Stranger' };
    await panelApi('/users', { method: 'POST', body: JSON.stringify(stranger) });
    const person = await signUp(email);
    expect(await becomes(person, 'conflict')).toStrictEqual({ status: 'conflict', panelUserId: null, username: null });
    expect(await order(person)).toMatchObject({ status: 409, body: { code: 'PANEL_ACCOUNT_CONFLICT' } });
    expect(await usersWith(email)).toMatchObject([{ external_id: null }]);
    expect((await linkingOf(person)).at(-1)).toBe('PanelAccountConflicted PANEL_EMAIL_TAKEN');
  }, 240_000);
});

describe('a conflict over a panel account', () => {
  it('ends when the customer shows the code mailed to the address, and the account with exactly that address is theirs', async () => {
    const email = 'bob@example.com';
    const other = await onPanel('jimbob@example.com');
    const own = await onPanel(email);
    const person = await inConflict(email);
    expect(await proven(person, email)).toBe(202);
    expect(await becomes(person, 'linked')).toStrictEqual({ status: 'linked', panelUserId: own, username: 'bob' });
    expect((await linkingOf(person)).slice(-3)).toStrictEqual([
      ...['PanelAccountClaimed proven', 'PanelAccountLinkIntended', 'PanelAccountLinked proven'],
    ]);
    expect(await usersWith(email)).toMatchObject([
      { id: other, external_id: null },
      { id: own, external_id: person.customerId },
    ]);
    expect((await order(person)).status).toBe(201);
    expect((await ask(person, 'code')).body.code).toBe('PANEL_ACCOUNT_NOT_IN_CONFLICT');
  }, 240_000);

  it('stays for a code that is wrong, and for the right one after five tries', async () => {
    const email = 'guessed@example.com';
    await onPanel(email);
    const person = await inConflict(email);
    expect((await ask(person, 'proof', { code: 'ABCDEFGH' })).body.code).toBe('CODE_WRONG');
    expect((await ask(person, 'code')).status).toBe(202);
    expect((await ask(person, 'code')).body.code).toBe('CODE_SENT_ALREADY');
    for (let tries = 0; tries < 5; tries += 1) expect((await ask(person, 'proof', { code: 'ABCDEFGH' })).body.code).toBe('CODE_WRONG');
    expect((await ask(person, 'proof', { code: await codeFor(email) })).body.code).toBe('CODE_WRONG');
    expect((await accountOf(person)).status).toBe('conflict');
  }, 240_000);

  it("is found where an administrator's account carries the customer's own id, and that account is nobody's by it", async () => {
    await fault(LOOK_UP, 'html502', { times: 50 });
    const person = await signUp('first@example.com');
    const email = 'head@example.com';
    const admin = await onPanel(email, { root_admin: true, external_id: person.customerId });
    await fetch(`${world.panelUrl}/_control/faults`, { method: 'DELETE' });
    expect(await becomes(person, 'conflict')).toMatchObject({ panelUserId: null });
    expect((await linkingOf(person)).at(-1)).toBe('PanelAccountConflicted PANEL_USER_IS_ADMIN');
    expect(await usersWith(email)).toMatchObject([{ id: admin }]);
  }, 240_000);

  it("stays when the account is an administrator's, whoever proves or says what", async () => {
    const email = 'root@example.com';
    const admin = await onPanel(email, { root_admin: true });
    const person = await inConflict(email);
    expect(await proven(person, email)).toBe(202);
    await refused(person, 'PANEL_USER_IS_ADMIN');
    expect(await usersWith(email)).toMatchObject([{ id: admin, external_id: null }]);
  }, 240_000);

  it('ends when an operator says which account it is, and stays for one that is not there, or is another customer’s or an administrator’s', async () => {
    const operator = await world.operator(ledger.url);
    const [email, otherEmail] = ['named@example.com', 'taken@example.com'];
    const own = await onPanel(email);
    const taken = await onPanel(otherEmail, { external_id: 'another-customer' });
    const person = await inConflict(email);
    const path = `/api/v1/ops/customers/${person.customerId}/panel-account`;
    const assign = (panelUserId: number, token = operator) =>
      call<{ code?: string }>(ledger.url, path, { token, body: { panelUserId, reason: 'called and said so' } });
    expect((await assign(own, person.accessToken)).status).toBe(403);
    for (const [panelUserId, code] of [
      [999_999, 'PANEL_USER_UNKNOWN'],
      [taken, 'PANEL_USER_TAKEN'],
      [1, 'PANEL_USER_IS_ADMIN'],
    ] as const) {
      expect((await assign(panelUserId)).status).toBe(202);
      await refused(person, code);
    }
    expect((await assign(own)).status).toBe(202);
    expect(await becomes(person, 'linked')).toMatchObject({ status: 'linked', panelUserId: own });
    expect((await linkingOf(person)).at(-1)).toBe('PanelAccountLinked operator');
    expect((await assign(own)).body.code).toBe('PANEL_ACCOUNT_NOT_IN_CONFLICT');
    expect(await usersWith(otherEmail)).toMatchObject([{ external_id: 'another-customer' }]);
  }, 240_000);
});
