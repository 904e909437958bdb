/** Customers change their e-mail address, over HTTP with a real mailbox and a panel that follows, or cannot. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const START_MS = 180_000;
const TEST_MS = 120_000;
const PASSWORD = 'correct horse battery';
const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
const PATIENCE = { withinMs: 60_000 };

interface Session {
  readonly customerId: string;
  readonly accessToken: string;
}
interface Person extends Session {
  readonly email: string;
}
interface Refused {
  readonly code?: string;
}
interface PanelUser {
  readonly id: number;
  readonly external_id: string | null;
  readonly username: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
}

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;

beforeAll(async () => {
  clock = await startClock();
  world = await startWorld({ clock });
  ledger = await LedgerProcess.start(world);
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
  await clock?.close();
}, START_MS);
beforeEach(() => fetch(`${world.panelUrl}/_control/faults`, { method: 'DELETE' }));

const freshEmail = (): string => `${randomUUID()}@example.com`;
const logIn = (email: string, password = PASSWORD) =>
  call<Session & Refused>(ledger.url, '/api/v1/sessions', { body: { email, password } });
const signUp = async (email = freshEmail(), name = 'Ada Lovelace'): Promise<Person> => {
  const body = { email, password: PASSWORD, name };
  return { ...(await call<Session>(ledger.url, '/api/v1/customers', { body })).body, email };
};
const me = async ({ accessToken: token }: Session) =>
  (await call<{ email: string; panelAccount: { status: string; panelUserId: number | null } }>(ledger.url, '/api/v1/me', { token })).body;
const becomes = (person: Person, status: string) =>
  eventually(async () => (await me(person)).panelAccount.status === status, { ...PATIENCE, what: status });
const linked = async (email?: string): Promise<Person> => {
  const person = await signUp(email);
  await becomes(person, 'linked');
  return person;
};

const ask = ({ accessToken: token }: Session, email: string, password = PASSWORD) =>
  call<Refused>(ledger.url, '/api/v1/me/email', { token, body: { email, password } });
const confirm = ({ accessToken: token }: Session, code: string, key: string = randomUUID()) =>
  call<Refused>(ledger.url, '/api/v1/me/email/confirm', { token, body: { code }, key });
const mailsTo = async (email: string) => (await world.mails()).filter(({ to }) => to.includes(email));
const codeFor = async (email: string): Promise<string> => /confirm it: (\w+)/.exec((await mailsTo(email)).at(-1)?.text ?? '')?.[1] ?? '';
/** Asked and confirmed; answers the status of the confirmation. */
const change = async (person: Person, email: string): Promise<number> => {
  expect((await ask(person, email)).status).toBe(202);
  return (await confirm(person, await codeFor(email))).status;
};

const panelApi = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
  const authorization = `Bearer ${world.ledgerEnvironment()['PTERO_APP_KEY']}`;
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
  const text = await (await fetch(`${world.panelUrl}/api/application${path}`, { ...init, headers })).text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
};
const panelUserOf = async ({ customerId }: Session): Promise<PanelUser> =>
  (await panelApi<{ attributes: PanelUser }>(`/users/external/${customerId}`)).attributes;
const onPanel = async (email: string): Promise<number> => {
  const body = JSON.stringify({ email, username: email.slice(0, 8), first_name: 'A', last_name: 'Stranger' });
  return (await panelApi<{ attributes: PanelUser }>('/users', { method: 'POST', body })).attributes.id;
};
const follows = (person: Person, expected: Partial<PanelUser>) =>
  eventually(
    async () => {
      expect(await panelUserOf(person)).toMatchObject(expected);
      return true;
    },
    { ...PATIENCE, what: 'the panel account to follow' },
  );

/** What is on record since the account was linked, with codes. */
const historyOf = async ({ customerId }: Session): Promise<string[]> => {
  const all = (await world.eventsOf(`customer-${customerId}`)).map(({ type, data }) =>
    [type, (data as { code?: string }).code ?? ''].join(' ').trim(),
  );
  return all.slice(all.findIndex((line) => line === 'PanelAccountLinked') + 1);
};
const recorded = (person: Person, last: string) =>
  eventually(async () => (await historyOf(person)).at(-1) === last, { ...PATIENCE, what: last });
const attentionOf = async ({ customerId }: Session): Promise<string[]> => {
  const token = await world.operator(ledger.url);
  const { body } = await call<{ items: { subjectId: string; code: string }[] }>(ledger.url, '/api/v1/ops/attention', { token });
  return body.items.filter(({ subjectId }) => subjectId === customerId).map(({ code }) => code);
};

/** The read model follows the log a moment later. */
const needsAttention = (person: Session, codes: readonly string[]) =>
  eventually(async () => (await attentionOf(person)).join() === codes.join(), { ...PATIENCE, what: `attention to ${codes.join()}` });

describe('a new e-mail address', () => {
  it(
    'is theirs once the code that was mailed there is shown: here, at the next login and on the panel; the old one is told',
    async () => {
      const person = await linked();
      const elsewhere = (await logIn(person.email)).body;
      const email = freshEmail();
      expect((await ask(person, email, `${PASSWORD}!`)).body.code).toBe('PASSWORD_WRONG');
      expect((await ask(person, 'nobody')).body.code).toBe('VALIDATION_FAILED');
      expect((await ask(person, person.email.toUpperCase())).body.code).toBe('EMAIL_UNCHANGED');
      expect(await mailsTo(email)).toStrictEqual([]);

      expect((await ask(person, email)).status).toBe(202);
      expect((await ask(person, email)).body.code).toBe('CODE_SENT_ALREADY');
      expect((await confirm(person, 'ABCDEFGH')).body.code).toBe('CODE_WRONG');
      expect((await me(person)).email).toBe(person.email);
      const [code, key] = [await codeFor(email), randomUUID()];
      expect((await confirm(elsewhere, 'ABCDEFGH')).body.code).toBe('CODE_WRONG');
      expect((await confirm(person, code, key)).status).toBe(200);
      expect((await confirm(person, code, key)).status).toBe(200);
      expect((await confirm(person, code)).body.code).toBe('CODE_WRONG');

      expect((await me(person)).email).toBe(email);
      expect([(await logIn(person.email)).status, (await logIn(email.toUpperCase())).status]).toStrictEqual([401, 200]);
      await follows(person, { email, first_name: 'Ada', last_name: 'Lovelace' });
      await recorded(person, 'PanelAccountUpdated');
      expect(await historyOf(person)).toStrictEqual(['CustomerEmailChanged', 'PanelAccountUpdateIntended', 'PanelAccountUpdated']);
      await eventually(async () => (await mailsTo(person.email)).length > 0, { ...PATIENCE, what: 'the mail to the old address' });
      const told = await mailsTo(person.email);
      expect(told.map(({ subject }) => subject)).toStrictEqual(['Your e-mail address was changed']);
      expect(told[0]?.text).not.toContain(email);
    },
    TEST_MS,
  );

  it(
    'ends the logins elsewhere, and not the one that confirmed it',
    async () => {
      const person = await linked();
      await logIn(person.email);
      const sessions = async () =>
        (await call<{ items: { current: boolean }[] }>(ledger.url, '/api/v1/account/sessions', { token: person.accessToken })).body.items;
      expect(await sessions()).toHaveLength(2);
      expect(await change(person, freshEmail())).toBe(200);
      expect((await sessions()).map(({ current }) => current)).toStrictEqual([true]);
    },
    TEST_MS,
  );

  it(
    'is not taken with a code that is a quarter of an hour old, and may be asked for again',
    async () => {
      const person = await linked();
      const email = freshEmail();
      expect((await ask(person, email)).status).toBe(202);
      const code = await codeFor(email);
      clock.advance(15 * MINUTE_MS);
      await clock.followed();
      expect((await confirm(person, code)).body.code).toBe('CODE_WRONG');
      expect((await me(person)).email).toBe(person.email);
      expect(await change(person, email)).toBe(200);
    },
    TEST_MS,
  );

  it(
    'that somebody else took meanwhile is refused, and everybody keeps what is theirs',
    async () => {
      const [person, email] = [await linked(), freshEmail()];
      expect((await ask(person, email)).status).toBe(202);
      const code = await codeFor(email);
      const other = await signUp(email);
      expect(await confirm(person, code)).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });
      expect([(await me(person)).email, (await me(other)).email]).toStrictEqual([person.email, email]);
      expect(await historyOf(person)).toStrictEqual([]);
    },
    TEST_MS,
  );

  it(
    "that is a stranger's is answered like any other; the stranger is told, without a code and without who it was",
    async () => {
      const [person, other] = [await linked(), await linked()];
      const stranger = await signUp(freshEmail(), 'Grace Hopper');
      const [taken, free] = [await ask(person, stranger.email.toUpperCase()), await ask(other, freshEmail())];
      expect([taken.status, taken.body]).toStrictEqual([free.status, { ...free.body, customerId: person.customerId }]);
      const told = await mailsTo(stranger.email);
      expect(told.map(({ subject }) => subject)).toStrictEqual(['Your e-mail address was asked for']);
      expect(told[0]?.text).not.toMatch(/Ada|[A-Z2-9]{8}/);
      expect((await confirm(person, 'ABCDEFGH')).body.code).toBe('CODE_WRONG');
    },
    TEST_MS,
  );

  it(
    'is on record although the event store was away when it was confirmed',
    async () => {
      const [person, email] = [await linked(), freshEmail()];
      expect((await ask(person, email)).status).toBe(202);
      const code = await codeFor(email);
      await world.stopEventStore();
      expect((await confirm(person, code)).status).toBe(503);
      await world.startEventStore();
      await eventually(async () => (await historyOf(person)).includes('CustomerEmailChanged'), { ...PATIENCE, what: 'the sweep' });
      await follows(person, { email });
      expect((await historyOf(person)).filter((type) => type === 'CustomerEmailChanged')).toHaveLength(1);
      await eventually(async () => (await mailsTo(person.email)).length === 1, { ...PATIENCE, what: 'the mail to the old address' });
    },
    TEST_MS,
  );
});

describe('the panel account', () => {
  it(
    'follows once the panel is back',
    async () => {
      const [person, email] = [await linked(), freshEmail()];
      await world.panelControl('/_control/faults', { match: 'GET /api/application/users/*', fault: 'down', times: 1 });
      expect(await change(person, email)).toBe(200);
      await recorded(person, 'PanelAccountUpdateFailed UND_ERR_SOCKET');
      await needsAttention(person, ['UND_ERR_SOCKET']);
      clock.advance(MINUTE_MS);
      await follows(person, { email });
      await recorded(person, 'PanelAccountUpdated');
      await needsAttention(person, []);
    },
    TEST_MS,
  );

  it(
    'is changed once when the panel does it without an answer',
    async () => {
      const [person, email] = [await linked(), freshEmail()];
      await world.panelControl('/_control/faults', { match: 'PATCH /api/application/users/*', fault: 'timeoutAfterCommit' });
      expect(await change(person, email)).toBe(200);
      await recorded(person, 'PanelAccountUpdateFailed UND_ERR_SOCKET');
      expect(await panelUserOf(person)).toMatchObject({ email });
      await world.panelControl('/_control/faults', { match: 'PATCH /api/application/users/*', fault: 'down' });
      clock.advance(MINUTE_MS);
      await recorded(person, 'PanelAccountUpdated');
      expect((await historyOf(person)).filter((line) => line.startsWith('PanelAccountUpdateFailed'))).toHaveLength(1);
    },
    TEST_MS,
  );

  it(
    'stays as it is while another has the address, which is never taken over; an operator is told, and it follows when the address is free',
    async () => {
      const [person, email] = [await linked(), freshEmail()];
      const other = await onPanel(email);
      expect(await change(person, email)).toBe(200);
      await recorded(person, 'PanelAccountUpdateFailed PANEL_EMAIL_TAKEN');
      expect((await logIn(email)).status).toBe(200);
      expect(await panelUserOf(person)).toMatchObject({ email: person.email });
      expect(await panelApi(`/users/${other}`)).toMatchObject({ attributes: { email, external_id: null } });
      await needsAttention(person, ['PANEL_EMAIL_TAKEN']);
      await panelApi(`/users/${other}`, { method: 'DELETE' });
      clock.advance(HOUR_MS);
      await follows(person, { email });
      await recorded(person, 'PanelAccountUpdated');
      await needsAttention(person, []);
    },
    TEST_MS,
  );

  it(
    'is not changed when it is an administrator’s by now',
    async () => {
      const [person, email] = [await linked(), freshEmail()];
      const { id, external_id: _id, ...user } = await panelUserOf(person);
      await panelApi(`/users/${id}`, { method: 'PATCH', body: JSON.stringify({ ...user, root_admin: true }) });
      expect(await change(person, email)).toBe(200);
      await recorded(person, 'PanelAccountUpdateFailed AccountIsAdministrator');
      expect(await panelUserOf(person)).toMatchObject({ email: person.email });
      await needsAttention(person, ['AccountIsAdministrator']);
    },
    TEST_MS,
  );

  it(
    'is made after all when a new address ends the conflict over the old one, whose account stays a stranger’s',
    async () => {
      const [old, email] = [freshEmail(), freshEmail()];
      const strangers = await onPanel(old);
      const person = await signUp(old);
      await becomes(person, 'conflict');
      expect(await change(person, email)).toBe(200);
      await becomes(person, 'linked');
      expect(await panelUserOf(person)).toMatchObject({ email });
      expect(await panelApi(`/users/${strangers}`)).toMatchObject({ attributes: { email: old, external_id: null } });
      await needsAttention(person, []);
    },
    TEST_MS,
  );

  it(
    'follows a new name, and says nothing of the same name again',
    async () => {
      const person = await linked();
      const rename = (name: string) => call(ledger.url, '/api/v1/me/name', { method: 'PUT', token: person.accessToken, body: { name } });
      expect((await rename('Ada of the North')).status).toBe(200);
      await follows(person, { email: person.email, first_name: 'Ada', last_name: 'of the North' });
      await recorded(person, 'PanelAccountUpdated');
      expect((await rename('Ada of the North')).status).toBe(200);
      expect(await historyOf(person)).toStrictEqual(['CustomerRenamed', 'PanelAccountUpdateIntended', 'PanelAccountUpdated']);
    },
    TEST_MS,
  );
});
