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
    expect(await becomes(person, 'conflict')).toStrictEqual({ status: 'conflict', panelUserId: null });
    expect(await order(person)).toMatchObject({ status: 409, body: { code: 'PANEL_ACCOUNT_CONFLICT' } });
    expect(await usersWith(email)).toMatchObject([{ external_id: null }]);
    expect((await linkingOf(person)).at(-1)).toBe('PanelAccountConflicted PANEL_EMAIL_TAKEN');
  }, 240_000);
});
