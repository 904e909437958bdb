/** Time travel against the real parts: what the live read models held then, over the operator API, and on the command line without PostgreSQL. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { startEventStore } from '../../local/eventstore/server.js';
import { readModels } from '../../projections/index.js';
import { streamsOfOrder } from '../../projections/order-timeline/order-timeline.query.js';
import { LEDGER_PREFIXES } from '../../src/ledger.events.js';
import { OrderReplays } from '../../src/ops/order-replays.js';
import type { OrderAction } from '../../src/ops/replay/actions.js';
import type { Replay } from '../../src/ops/replay/replay.js';
import { SystemClock } from '../../src/platform/clock.js';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import type { Recorded } from '../../src/platform/event.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { Leases } from '../../src/platform/readers/leases.js';
import { ProjectionEngine } from '../../src/platform/readers/projection-engine.js';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { historyOf, moves, orderIdOf } from '../support/histories.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { createDatabase } from '../support/postgres.js';
import { expectSameRows, heldBy } from '../support/replayed-rows.js';
import { runBuilt } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

const entities = readModels.map(({ entity }) => entity);

/** A store, a database and a running engine of their own. */
const withEngine = async (work: (parts: { store: EventStore; database: DataSource }) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'order-ledger-replay-'));
  const [log, { url, drop }] = await Promise.all([startEventStore({ dir, port: 0 }), createDatabase()]);
  const store = new EventStore(log.url);
  const database = await createDataSource({ url, entities });
  const leases = new Leases(poolOf(database), { everyMs: 50 });
  const engine = new ProjectionEngine({ log: store, database, leases, definitions: readModels, prefixes: LEDGER_PREFIXES });
  try {
    await engine.start();
    leases.start();
    await work({ store, database });
  } finally {
    await engine.stop();
    await leases.stop();
    await database.destroy();
    await store.close();
    await log.close();
    await drop();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Waits until every read model has passed this place. */
const caughtUp = (database: DataSource, position: bigint): Promise<unknown> =>
  eventually(
    async () => {
      const { rows } = await poolOf(database).query<{ behind: number; all: number }>(
        'select count(*) filter (where commit_position < $1 or commit_position is null)::int as behind, count(*)::int as all from engine.checkpoint',
        [String(position)],
      );
      return rows[0]?.all === readModels.length && rows[0].behind === 0;
    },
    { withinMs: 60_000, what: `the read models to pass ${position}` },
  );

/** Writes events as they are, one by one; the place of the last. */
const write = async (store: EventStore, events: readonly Recorded[]): Promise<bigint> => {
  let last = 0n;
  for (const { stream, revision, type, data, metadata } of events)
    last = (await store.append({ stream, expectedRevision: BigInt(revision - 1), facts: [{ type, data }], metadata })).position;
  return last;
};

/** Written by a later release, so that the rows they belong to stand still from there on. */
const ofTomorrow = (events: readonly Recorded[]): Recorded[] =>
  events.map((event, index) => (index % 23 === 22 ? { ...event, metadata: { ...event.metadata, schemaVersion: 2 } } : event));

describe('the rows of a replay', () => {
  it('are what the live read models held then and hold now, for any history', async () => {
    const history = moves(120).filter((made) => made.length > 40);
    const property = fc.asyncProperty(history, (made) =>
      withEngine(async ({ store, database }) => {
        const log = ofTomorrow(historyOf(made));
        const seen: { position: bigint; held: Awaited<ReturnType<typeof heldBy>> }[] = [];
        const third = Math.ceil(log.length / 3);
        for (let from = 0; from < log.length; from += third) {
          const position = await write(store, log.slice(from, from + third));
          await caughtUp(database, position);
          seen.push({ position, held: await heldBy(database) });
        }
        const replays = new OrderReplays({
          eventsOf: (stream) => store.read(stream),
          head: async () => (await store.head())?.commit,
          seenIn: (orderId) => streamsOfOrder(database, orderId),
          clock: new SystemClock(),
          readModels,
        });
        for (const { position, held } of seen)
          for (const order of [0, 1])
            if (log.some(({ stream }) => stream === `order-${orderIdOf(order)}`))
              expectSameRows(await replays.of(orderIdOf(order), `position:${position}`), held);
      }),
    );
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
  }, 240_000);
});

describe('an order that was bought', () => {
  let world: World;
  let ledger: LedgerProcess;
  let orderId: string;
  let operator: string;
  let buyer: Buyer;
  runningLedger((started) => ({ world, ledger } = started));

  const replayed = async (at?: string): Promise<Replay> => {
    const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
    const { status, body } = await call<Replay>(ledger.url, `/api/v1/ops/orders/${orderId}/replay${query}`, { token: operator });
    expect(status).toBe(200);
    return body;
  };
  const typesOf = ({ steps }: Replay): string[] => steps.map(({ event }) => event.type);

  it('is told over the API in full, webhooks after which nothing was recorded included', async () => {
    buyer = await Buyer.signUp(ledger.url);
    operator = await world.operator(ledger.url);
    const order = await buyer.order({ planId: 'teeworlds-256m', payment: 'subscription' });
    orderId = order.orderId;
    await pay(order.checkoutUrl);
    await buyer.until(orderId, 'ready');
    const told = await eventually(
      async () => {
        const answer = await replayed();
        const isTold = typesOf(answer).includes('NotificationSent');
        return isTold && typesOf(answer).filter((type) => type === 'StripeEventReceived').length >= 3 && answer;
      },
      { what: 'three webhooks and the mail to the customer', withinMs: 30_000 },
    );
    expect([told.states.order.status, told.states.provisioning.status, told.next.by]).toStrictEqual(['delivered', 'ready', 'nobody']);
    expect(told.next.why).toMatch(/^All is well: server \d+ on node \d+ is ready since .* and paid through/);
    expect([told.notes, told.steps.filter(({ problem }) => problem !== null)]).toStrictEqual([[], []]);
    const { body } = await call<{ entries: { eventId: string }[] }>(ledger.url, `/api/v1/ops/orders/${orderId}/timeline`, {
      token: operator,
    });
    expect(told.steps.map(({ event }) => event.id)).toStrictEqual(body.entries.map(({ eventId }) => eventId));
  }, 180_000);

  it('has the rows that the read models hold', async () => {
    const database = await createDataSource({ url: world.databaseUrl, entities });
    try {
      expectSameRows(await replayed(), await heldBy(database));
    } finally {
      await database.destroy();
    }
  });

  it('says what may be done to it now, to operators only, and that nobody placed another', async () => {
    const path = `/api/v1/ops/orders/${orderId}/actions`;
    const { status, body } = await call<OrderAction[]>(ledger.url, path, { token: operator });
    expect(status).toBe(200);
    expect(body.map(({ action, refusal }) => [action, refusal?.code ?? null])).toStrictEqual([
      ...[
        ['retry', 'PROVISIONING_NOT_WAITING_FOR_HELP'],
        ['move', null],
        ['reinstall', null],
        ['repair', 'DRIFT_NOT_SEEN'],
      ],
      ...[
        ['suspend', null],
        ['resume', 'NOTHING_TO_DO'],
        ['refund', null],
        ['end', null],
      ],
    ]);
    expect(body.find(({ action }) => action === 'refund')?.choices).toMatchObject([
      { amountMinor: 199, currency: 'eur', endsService: true },
    ]);
    expect(body.find(({ action }) => action === 'move')?.choices.map(({ value }) => value)).toContain('otherPorts');
    const own = await call<{ code: string }>(ledger.url, path, { token: buyer.token });
    expect([own.status, own.body.code]).toStrictEqual([403, 'FORBIDDEN']);
    const other = await call<{ code: string }>(ledger.url, path.replace(orderId, '0199f000-0000-7000-8000-00000000dead'), {
      token: operator,
    });
    expect([other.status, other.body.code]).toStrictEqual([404, 'NOT_FOUND']);
  });

  it('can be seen as it was at a revision, a place in the log and a time', async () => {
    const then = await replayed('order@3');
    expect([typesOf(then).at(-1), then.states.order.status, then.next.by]).toStrictEqual([
      'OrderCheckoutOpened',
      'awaitingPayment',
      'customer',
    ]);
    expect(then.rows.find(({ projection }) => projection === 'order-list')?.row).toMatchObject({ status: 'awaitingPayment' });
    expect(then.at.laterSteps).toBeGreaterThan(5);
    const { event } = then.steps.at(-1) ?? { event: undefined };
    expect(await replayed(`position:${event?.position}`)).toStrictEqual(then);
    const byTime = await replayed(event?.occurredAt);
    expect(typesOf(byTime)).toStrictEqual(typesOf(then));
    expect(byTime.at.time).toBe(event?.occurredAt);
  });

  it.each([
    ['yesterday', 422, 'REPLAY_AT_INVALID'],
    ['payment@99', 422, 'REPLAY_AT_UNKNOWN'],
    ['node-77@0', 422, 'REPLAY_AT_UNKNOWN'],
    ['x'.repeat(200), 422, 'VALIDATION_FAILED'],
  ])('cannot be seen at what is no point of it (%#)', async (at, status, code) => {
    const path = `/api/v1/ops/orders/${orderId}/replay?at=${at}`;
    const answer = await call<{ code: string; title: string }>(ledger.url, path, { token: operator });
    expect([answer.status, answer.body.code]).toStrictEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('is nothing for customers, its own neither, and unknown under another id', async () => {
    const own = await call<{ code: string }>(ledger.url, `/api/v1/ops/orders/${orderId}/replay`, { token: buyer.token });
    expect([own.status, own.body.code]).toStrictEqual([403, 'FORBIDDEN']);
    const other = '0199f000-0000-7000-8000-00000000dead';
    const unknown = await call<{ code: string }>(ledger.url, `/api/v1/ops/orders/${other}/replay`, { token: operator });
    expect([unknown.status, unknown.body.code]).toStrictEqual([404, 'NOT_FOUND']);
  });

  describe('from a shell', () => {
    const order = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      runBuilt('src/ops/cli.js', ['order', ...args], { ...world.ledgerEnvironment(), ...env });

    it('is shown with whose turn it is and why', async () => {
      const { code, stdout, stderr } = await order(['show', orderId]);
      expect([code, stderr]).toStrictEqual([0, '']);
      expect(stdout).toMatch(/^Order [-0-9a-f]{36}\n\nAll is well: server \d+ on node \d+ is ready/);
      expect(stdout).toMatch(/\n {2}plan +teeworlds-256m \(teeworlds\) in eu-central, monthly\n/);
      expect(stdout).toMatch(/\n {2}next +nobody: nothing\n/);
    });

    it('is told event by event, and again while PostgreSQL is away', async () => {
      const lines = (stdout: string): string[] => stdout.trim().split('\n');
      const nowhere = { DATABASE_URL: `postgres://ledger:none@127.0.0.1:${await freePort()}/ledger` };
      const [{ code, stdout }, away] = await Promise.all([order(['timeline', orderId]), order(['timeline', orderId], nowhere)]);
      const { steps } = await replayed();
      expect(code).toBe(0);
      expect(lines(stdout)[0]).toMatch(/^# +time \(UTC\) +after +event +what +at +by +cause$/);
      expect(
        lines(stdout)
          .slice(1, steps.length + 1)
          .map((line) => line.split(/ {2,}/)[3]),
      ).toStrictEqual(steps.map(({ event }) => event.type));
      expect([away.code, away.stderr]).toStrictEqual([0, '']);
      expect(away.stdout).toContain('OrderDelivered');
      expect(away.stdout).toContain('! The read model order-timeline could not be asked');
    }, 180_000);

    it('is replayed to a point, for people and for programs', async () => {
      const [people, programs] = await Promise.all([
        order(['replay', orderId, '--at', '3']),
        order(['replay', orderId, '--at', 'order@3', '--json']),
      ]);
      expect(people.stdout).toMatch(/\n {4}~ order[.]status {2}checkoutIntended → awaitingPayment\n/);
      expect(people.stdout).toMatch(
        /\nAfter step 5 \(\d+ more came after\), as of .*:\nThe customer has yet to pay 1[.]99 EUR; the checkout is open until/,
      );
      expect(JSON.parse(programs.stdout)).toStrictEqual(await replayed('3'));
    }, 180_000);

    it.each([
      [['replay', 'ORDER', '--at', '99'], /has the revisions 0 to \d+/],
      [['show', 'nonsense'], /nonsense is not the id of an order/],
    ])('says what is wrong with %j', async (args, why) => {
      const { code, stdout, stderr } = await order(args.map((arg) => arg.replace('ORDER', orderId)));
      expect([code, stdout]).toStrictEqual([1, '']);
      expect(stderr).toMatch(why);
    });
  });
});
