/** What every route that changes something has: a repeat under the same key changes nothing, and the answer says where in the log it stands. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { Buyer, call, type Answer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { METADATA, sample } from '../support/project.js';
import { runningLedger } from '../support/running-ledger.js';

const PASSWORD = 'correct horse battery';
const PLAN = 'teeworlds-256m';
const REUSED = [422, 'IDEMPOTENCY_KEY_REUSED'];

let world: World;
let ledger: LedgerProcess;
let store: EventStore;
runningLedger((started) => ({ world, ledger } = started));
beforeAll(() => {
  store = new EventStore(world.eventStoreUrl);
});
afterAll(() => store.close());

interface Body {
  readonly code?: string;
  readonly customerId?: string;
  readonly accessToken?: string;
  readonly orderId?: string;
  readonly checkoutUrl?: string | null;
}
const send = (path: string, init: Parameters<typeof call>[2]) => call<Body>(ledger.url, path, { method: 'POST', ...init });
const codeOf = ({ status, body }: Answer<Body>) => [status, body.code];
const positionOf = ({ headers }: Answer<unknown>): bigint => BigInt(headers.get('ledger-position') ?? '0');
const fresh = () => ({ email: `key-${randomUUID()}@example.com`, password: PASSWORD, name: 'Ada' });
const signUp = (body: object, key?: string) => send('/api/v1/customers', { body, ...(key ? { key } : {}) });

describe('signing up under a key', () => {
  it('again with the same body is the same customer, and one sign-up in the log', async () => {
    const [body, key] = [fresh(), randomUUID()];
    const first = await signUp(body, key);
    const again = await signUp(body, key);
    expect([first.status, again.status, again.body.customerId]).toStrictEqual([201, 201, first.body.customerId]);
    expect((await call<{ email: string }>(ledger.url, '/api/v1/me', { token: again.body.accessToken ?? '' })).body.email).toBe(body.email);
    const events = await store.read(`customer-${first.body.customerId}`);
    expect(events.filter(({ type }) => type === 'CustomerRegistered')).toHaveLength(1);
    expect(positionOf(first)).toBe(events[0]?.position.commit);
    expect(positionOf(again)).toBeGreaterThanOrEqual(positionOf(first));
  });

  it.each([
    ['password', { password: `${PASSWORD}!` }],
    ['name', { name: 'Eve' }],
  ])('again with another %s hands out nothing', async (_what, over) => {
    const [body, key] = [fresh(), randomUUID()];
    await signUp(body, key);
    const answer = await signUp({ ...body, ...over }, key);
    expect([...codeOf(answer), answer.body.accessToken]).toStrictEqual([...REUSED, undefined]);
  });

  it('that a stranger happens to use as well is signing up as somebody else', async () => {
    const key = randomUUID();
    const [mine, theirs] = [await signUp(fresh(), key), await signUp(fresh(), key)];
    expect([mine.status, theirs.status]).toStrictEqual([201, 201]);
    expect(theirs.body.customerId).not.toBe(mine.body.customerId);
  });

  it('of an address that is taken is refused under whatever key', async () => {
    const body = fresh();
    await signUp(body, randomUUID());
    for (const key of [undefined, randomUUID()]) expect(codeOf(await signUp(body, key))).toStrictEqual([409, 'EMAIL_TAKEN']);
  });

  it('that was refused before anything came of it may be corrected under the same key', async () => {
    const [body, key] = [fresh(), randomUUID()];
    expect(codeOf(await signUp({ ...body, password: 'short' }, key))).toStrictEqual([422, 'VALIDATION_FAILED']);
    expect((await signUp(body, key)).status).toBe(201);
  });
});

describe('logging in under a key', () => {
  it('again is logging in again; with another password it is another request', async () => {
    const [{ email, password, name }, key] = [fresh(), randomUUID()];
    const { body } = await signUp({ email, password, name });
    const logIn = (tried: string) => send('/api/v1/sessions', { body: { email, password: tried }, key });
    for (let times = 0; times < 2; times += 1) {
      const answer = await logIn(password);
      expect([answer.status, answer.body.customerId]).toStrictEqual([200, body.customerId]);
    }
    expect(codeOf(await logIn(`${password}!`))).toStrictEqual(REUSED);
  });
});

describe('a key', () => {
  it.each([
    ['of more than 255 characters', 'k'.repeat(256)],
    ['of two words', 'one two'],
  ])('%s is refused', async (_what, key) => {
    expect(codeOf(await signUp(fresh(), key))).toStrictEqual([422, 'IDEMPOTENCY_KEY_INVALID']);
  });

  it('is needed to place an order', async () => {
    const { body } = await signUp(fresh());
    const wish = { planId: PLAN, region: 'eu-central', term: 'monthly', payment: 'once' };
    const answer = await send('/api/v1/orders', { token: body.accessToken ?? '', body: wish });
    expect(codeOf(answer)).toStrictEqual([422, 'IDEMPOTENCY_KEY_REQUIRED']);
  });
});

describe('an order', () => {
  it('placed again and reopened again stays one, and every answer says where it stands', async () => {
    const [buyer, key] = [await Buyer.signUp(ledger.url), randomUUID()];
    const refused = await buyer.tryToOrder({ planId: 'no-such-plan' }, key);
    expect(refused.body.code).toBe('PLAN_UNKNOWN');
    const placed = await buyer.tryToOrder({ planId: PLAN }, key);
    const { orderId } = placed.body;
    const checkout = (id: string) => send(`/api/v1/orders/${id}/checkout`, { token: buyer.token, key });
    const answers = [placed, await buyer.tryToOrder({ planId: PLAN }, key), await checkout(orderId), await checkout(orderId)];
    expect(answers.map(({ status }) => status)).toStrictEqual([201, 201, 200, 200]);
    for (const { body } of answers) expect([body.orderId, body.checkoutUrl]).toStrictEqual([orderId, placed.body.checkoutUrl]);
    const events = await store.read(`order-${orderId}`);
    const types = ['OrderPlaced', 'OrderCheckoutIntended', 'OrderCapacityHeld', 'OrderCheckoutOpened'];
    expect(events.map(({ type }) => type)).toStrictEqual(types);
    for (const answer of answers) expect(positionOf(answer)).toBe(events.at(-1)?.position.commit);
    const other = await buyer.order({ planId: PLAN });
    expect(codeOf(await checkout(other.orderId))).toStrictEqual(REUSED);
  }, 180_000);

  it('placed again is answered as before when its plan is no longer sold', async () => {
    const [buyer, key, planId] = [await Buyer.signUp(ledger.url), randomUUID(), 'teeworlds-512m'];
    const placed = await buyer.order({ planId }, key);
    const unfit = { type: 'PlanChecked', data: { ...sample('PlanChecked').data, planId } };
    const expectedRevision = BigInt((await store.read(`plan-${planId}`)).length - 1);
    await store.append({ stream: `plan-${planId}`, expectedRevision, facts: [unfit], metadata: METADATA });
    const others = async () => (await buyer.tryToOrder({ planId }, randomUUID())).body.code;
    await eventually(async () => (await others()) === 'PLAN_NOT_SELLABLE', { what: 'the plan to be sold no more' });
    expect(await buyer.order({ planId }, key)).toStrictEqual(placed);
  }, 180_000);

  it('that waits for help is tried again once under one key', async () => {
    const orderId = randomUUID();
    const facts = (['ProvisioningStarted', 'ProvisioningNeedsHuman'] as const).map((type) => {
      const { data } = sample(type);
      return { type, data: { ...data, orderId } };
    });
    await store.append({ stream: `provisioning-${orderId}`, expectedRevision: -1n, facts, metadata: METADATA });
    const [token, key] = [await world.operator(ledger.url), randomUUID()];
    const retry = (under: string) => send(`/api/v1/ops/orders/${orderId}/retry`, { token, key: under });
    const [first, again] = [await retry(key), await retry(key)];
    expect([first.status, again.status]).toStrictEqual([202, 202]);
    const asked = (await store.read(`provisioning-${orderId}`)).filter(({ type }) => type === 'ProvisioningRetryRequested');
    expect(asked).toHaveLength(1);
    expect(positionOf(first)).toBe(asked[0]?.position.commit);
    expect(positionOf(again)).toBeGreaterThanOrEqual(positionOf(first));
    expect(codeOf(await retry(randomUUID()))).toStrictEqual([409, 'PROVISIONING_NOT_WAITING_FOR_HELP']);
  });
});

describe('a node', () => {
  it('set again as it is says where it was set', async () => {
    const token = await world.operator(ledger.url);
    const body = { region: 'eu-central', reserveMemoryMib: 4096, reserveDiskMib: 10_240, enabled: false };
    const set = () => call<Body>(ledger.url, '/api/v1/ops/nodes/999', { method: 'PUT', token, body });
    const [first, again] = [await set(), await set()];
    const [event] = await store.read('node-999');
    expect([first.status, again.status]).toStrictEqual([200, 200]);
    expect([positionOf(first), positionOf(again)]).toStrictEqual([event?.position.commit, event?.position.commit]);
  });
});
