/** What customers are told, by mail, on real parts: once each, whoever dies or reads the log anew, and never lost while the mail server refuses. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';

const START_MS = 180_000;
const PATIENCE = { withinMs: 60_000 };

let world: World;
let ledger: LedgerProcess;
let token: string;

beforeAll(async () => {
  world = await startWorld();
  ledger = await LedgerProcess.start(world);
  token = await world.operator(ledger.url);
}, START_MS);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
}, START_MS);

interface Told {
  readonly notificationId: string;
  readonly kind: string;
  readonly status: string;
  readonly code: string | null;
  readonly attempts: number;
}
const toldOf = async (orderId: string): Promise<Told[]> => {
  const { body } = await call<{ items: Told[] }>(ledger.url, `/api/v1/ops/notifications?orderId=${orderId}`, { token });
  return body.items;
};
const untilTold = (orderId: string, expected: readonly string[]): Promise<unknown> =>
  eventually(
    async () => {
      const told = (await toldOf(orderId)).map(({ kind, status }) => `${kind} ${status}`).sort();
      if (JSON.stringify(told) === JSON.stringify([...expected].sort())) return true;
      throw new Error(`told: ${told.join(', ')}`);
    },
    { ...PATIENCE, what: expected.join(', ') },
  );
const subjectsTo = async (email: string): Promise<string[]> =>
  (await world.mails()).filter(({ to }) => to.includes(email)).map(({ subject }) => subject);
const ask = (path: string, body: unknown = { reason: 'because' }) =>
  call(ledger.url, `/api/v1/ops/${path}`, { token, body, key: randomUUID() });

const bought = async (email: string): Promise<string> => {
  const buyer = await Buyer.signUp(ledger.url, email);
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
  await pay(checkoutUrl);
  await buyer.until(orderId, 'ready');
  return orderId;
};

it(
  'each step of an order is told once, also after a kill and after the log was read anew',
  async () => {
    const email = `ada-${randomUUID()}@example.com`;
    const orderId = await bought(email);
    await untilTold(orderId, ['late due', 'ready sent']);
    const [mail] = (await world.mails()).filter(({ to }) => to.includes(email));
    const created = (await world.eventsOf(`provisioning-${orderId}`)).find(({ type }) => type === 'ServerCreated');
    const { identifier } = created?.data as { identifier: string };
    expect(mail?.text).toContain(`${world.panelUrl}/server/${identifier}`);
    await ask(`orders/${orderId}/suspend`);
    await ask(`orders/${orderId}/resume`);
    await untilTold(orderId, ['late due', 'ready sent', 'suspended sent', 'resumed sent']);
    await ledger.kill9();
    const reset = await runBuilt('src/ops/cli.js', ['readers', 'reset', '--all'], world.ledgerEnvironment());
    expect(reset).toMatchObject({ code: 0 });
    ledger = await LedgerProcess.start(world);
    await ask(`orders/${orderId}/refund`);
    await untilTold(orderId, ['late due', 'ready sent', 'suspended sent', 'resumed sent', 'refunded sent', 'ended sent']);
    const product = 'Teeworlds 256 MB';
    expect((await subjectsTo(email)).sort()).toStrictEqual(
      [
        `Your ${product} server is ready`,
        `Your ${product} server is suspended`,
        `Your ${product} server runs again`,
        expect.stringMatching(/^A refund of \d+[.]\d\d EUR$/),
        `Your ${product} server has ended`,
      ].sort(),
    );
    expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain(email);
  },
  START_MS,
);

it(
  'an address that the mail server refuses is shown to operators, who may have it tried again; one that it cannot take now is tried by itself',
  async () => {
    const [never, later] = await Promise.all([bought(`refuse-550@${randomUUID()}.example`), bought(`refuse-451@${randomUUID()}.example`)]);
    await untilTold(never, ['late due', 'ready failed']);
    const [ready] = (await toldOf(never)).filter(({ kind }) => kind === 'ready');
    expect(ready).toMatchObject({ code: 'SMTP_550', attempts: 1 });
    const { body } = await call<{ items: { kind: string }[] }>(ledger.url, '/api/v1/ops/attention', { token });
    expect(body.items.filter(({ kind }) => kind === 'notification')).toMatchObject([
      { subjectId: ready?.notificationId, orderId: never, code: 'SMTP_550' },
    ]);
    expect((await ask(`notifications/${ready?.notificationId}/retry`)).status).toBe(202);
    await eventually(
      async () => {
        const types = (await world.eventsOf(`notification-${ready?.notificationId}`)).map(({ type }) => type);
        return types.filter((type) => type === 'NotificationFailed').length === 2;
      },
      { ...PATIENCE, what: 'another try' },
    );
    await eventually(async () => (await toldOf(later)).some(({ code, status }) => code === 'SMTP_451' && status === 'due'), {
      ...PATIENCE,
      what: 'a message that waits',
    });
    expect((await ask(`notifications/${randomUUID()}/retry`)).status).toBe(404);
  },
  START_MS,
);
