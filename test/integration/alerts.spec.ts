/** What needs a human, as it is asked for and posted: each matter once for each severity, the critical ones first. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryBus } from '@nestjs/cqrs';
import type { DataSource } from 'typeorm';
import { startMailbox } from '../../local/mailbox/server.js';
import { AttentionEntity } from '../../projections/attention/attention.entity.js';
import { OpenMattersHandler } from '../../projections/attention/attention.query.js';
import { DeliveryInvariantEntity } from '../../projections/delivery-invariant/delivery-invariant.entity.js';
import { readModels } from '../../projections/index.js';
import { NodeCapacityEntity } from '../../projections/node-capacity/node-capacity.entity.js';
import { OrderListEntity } from '../../projections/order-list/order-list.entity.js';
import { Alerts } from '../../src/ops/alerts.js';
import { Clock } from '../../src/platform/clock.js';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import { foldOf } from '../../src/platform/readers/projection-definition.js';
import { ProjectionTable } from '../../src/platform/readers/projection-table.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

class StoppedClock extends Clock {
  constructor(public at: string) {
    super();
  }

  now(): Date {
    return new Date(this.at);
  }
}

/** The engine sets a row's position; these rows are written without it. */
const makeTable = async (table: ProjectionTable): Promise<void> => {
  await table.ensure(poolOf(database));
  await database.query(`alter table ${table.name} alter column ledger_position set default 0`);
};

const PAID_AT = '2026-11-21T10:00:00.000Z';
const clock = new StoppedClock(PAID_AT);
let place: TestDatabase;
let database: DataSource;
let mailbox: Awaited<ReturnType<typeof startMailbox>>;
let alerts: Alerts;
let matters: OpenMattersHandler;

beforeAll(async () => {
  [place, mailbox] = await Promise.all([createDatabase(), startMailbox({ port: 0 })]);
  const asked = ['attention', 'order-list', 'node-capacity', 'delivery-invariant'];
  const definitions = readModels.filter(({ projection: { name } }) => asked.includes(name));
  database = await createDataSource({ url: place.url, entities: definitions.map(({ entity }) => entity) });
  for (const { projection, entity } of definitions)
    await makeTable(new ProjectionTable(database, entity, foldOf({ projection, entity }).key));
  matters = new OpenMattersHandler(database, clock);
  const queries = { execute: () => matters.execute() } as unknown as QueryBus;
  alerts = new Alerts(queries, database, `${mailbox.url}/alerts`, 'http://dashboard.example');
});
afterAll(async () => {
  await Promise.all([database.destroy(), mailbox.close()]);
  await place.drop();
});

/** What arrived, each as Discord shows it. */
const texts = async (): Promise<string[]> => {
  const { messages } = (await (await fetch(`${mailbox.url}/messages?via=chat`)).json()) as { messages: { body: { content: string } }[] };
  return messages.map(({ body }) => body.content).sort();
};

const paidOrder = (orderId: string, more: Partial<OrderListEntity> = {}): Partial<OrderListEntity> => ({
  ...{ orderId, customerId: 'c', planId: 'p', gameId: 'g', region: 'r', term: 'monthly', payment: 'once', status: 'provisioning' },
  ...{
    statusReason: null,
    failingStep: null,
    failingCode: null,
    amountMinor: 1,
    currency: 'eur',
    createdAt: PAID_AT,
    paidAt: PAID_AT,
    readyAt: null,
    suspensions: [],
    ...more,
  },
});

const promise = (orderId: string, dueAt: string): Partial<DeliveryInvariantEntity> => ({
  ...{ orderId, servers: {}, seen: {}, excuses: [], serversOwed: 1, serversCreated: 0, serversRunning: 0, serversGone: 0 },
  ...{ needsHuman: false, dueAt },
});

describe('an order that is paid and not ready', () => {
  it('is posted once as a warning after three minutes and once as critical after five, however often it is looked at', async () => {
    await database
      .getRepository(OrderListEntity)
      .save([
        paidOrder('late'),
        paidOrder('installing', { status: 'installing' }),
        paidOrder('ready', { readyAt: PAID_AT }),
        paidOrder('gone', { status: 'ended' }),
      ] as OrderListEntity[]);
    await database.getRepository(DeliveryInvariantEntity).save(promise('installing', '2026-11-21T10:15:00.000Z'));
    const seen: string[][] = [];
    for (const at of [
      '10:03:00.000',
      '10:03:00.001',
      '10:03:02.000',
      '10:04:59.000',
      '10:05:00.001',
      '10:05:02.000',
      '10:15:00.000',
      '10:15:00.001',
      '10:40:00.000',
    ]) {
      clock.at = `2026-11-21T${at}Z`;
      await alerts.post();
      seen.push(await texts());
    }
    const line = (severity: string, orderId: string): string =>
      `[${severity}] slowProvisioning NOT_READY_IN_TIME: order ${orderId} http://dashboard.example/orders/${orderId}`;
    const warned = [line('warning', 'installing'), line('warning', 'late')];
    const late = [...warned, line('critical', 'late')].sort();
    const all = [...late, line('critical', 'installing')].sort();
    expect(seen).toStrictEqual([[], warned, warned, warned, late, late, late, all, all]);
  });
});

describe('a node of which most of the memory is promised', () => {
  it('is posted once for each crossing', async () => {
    const node = (pressure: 'warning' | 'critical' | null, pressureSince: string | null) =>
      database.getRepository(NodeCapacityEntity).save({
        ...{ nodeId: '3', region: 'r', status: 'enabled', reserveMemoryMib: 0, reserveDiskMib: 0, memoryMib: 1, diskMib: 1, holds: {} },
        ...{ foreignMemoryMib: 0, foreignDiskMib: 0, allocations: 0, observedAt: PAID_AT, pressure, pressureSince },
      });
    const posted = async (): Promise<string[]> => {
      await alerts.post();
      await alerts.post();
      return (await texts()).filter((text) => text.includes('capacity'));
    };
    const line = (severity: string) => `[${severity}] capacity NODE_MEMORY_PROMISED: node 3`;
    await node(null, null);
    expect(await posted()).toStrictEqual([]);
    await node('warning', '2026-11-21T10:00:00.000Z');
    expect(await posted()).toStrictEqual([line('warning')]);
    await node('critical', '2026-11-21T11:00:00.000Z');
    expect(await posted()).toStrictEqual([line('critical'), line('warning')]);
    await node('warning', '2026-11-21T11:00:00.000Z');
    expect(await posted()).toStrictEqual([line('critical'), line('warning')]);
    await node(null, null);
    await node('warning', '2026-11-21T12:00:00.000Z');
    expect(await posted()).toStrictEqual([line('critical'), line('warning'), line('warning')]);
    await node(null, null);
  });
});

describe('sweeps of Stripe’s list of events', () => {
  const sweep = (values: string) =>
    database.query(`insert into engine.stripe_sweep (swept_to, due_at, failures, failing_since, last_error, found_last, found_at)
      values (0, '', ${values}) on conflict (single) do update set (failures, failing_since, last_error, found_last, found_at) = (${values})`);
  const codes = async (): Promise<string[]> =>
    (await matters.execute()).filter(({ kind }) => kind === 'webhook').map(({ code, raisedAt }) => `${code} ${raisedAt}`);

  it('are critical when they fail again and again, and for a day after they found what no webhook had delivered', async () => {
    clock.at = '2026-11-21T12:00:00.000Z';
    await sweep(`9, '${PAID_AT}', 'STRIPE_UNAVAILABLE', 0, null`);
    expect(await codes()).toStrictEqual([]);
    await sweep(`10, '${PAID_AT}', 'STRIPE_UNAVAILABLE', 0, null`);
    expect(await codes()).toStrictEqual([`STRIPE_SWEEP_FAILING ${PAID_AT}`]);
    await sweep(`0, null, null, 3, '${PAID_AT}'`);
    expect(await codes()).toStrictEqual([`WEBHOOK_NOT_DELIVERED ${PAID_AT}`]);
    clock.at = '2026-11-22T10:00:00.001Z';
    expect(await codes()).toStrictEqual([]);
  });
});

describe('more matters than are shown', () => {
  it('leave out warnings before anything critical', async () => {
    const row = (number: number, severity: 'warning' | 'critical'): Partial<AttentionEntity> => ({
      ...{ attentionKey: `refund:${severity}-${number}`, kind: 'refund', severity, subjectId: `${number}`, orderId: null, code: 'X' },
      ...{ details: {}, raisedAt: severity === 'critical' ? '2026-01-01T00:00:00.000Z' : PAID_AT },
    });
    const rows = Array.from({ length: 600 }, (_, number) => row(number, number < 3 ? 'critical' : 'warning'));
    await database.getRepository(AttentionEntity).save(rows as AttentionEntity[], { chunk: 200 });
    const shown = (await matters.execute()).filter(({ kind }) => kind === 'refund');
    expect(shown).toHaveLength(500);
    expect(shown.slice(0, 3).map(({ severity }) => severity)).toStrictEqual(['critical', 'critical', 'critical']);
  });
});
