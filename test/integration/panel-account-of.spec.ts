/** Whether an account is linked, as an order asks it: of the read model, and of the stream where that does not know yet. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, QueryBus, type Query } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { startEventStore } from '../../local/eventstore/server.js';
import { CustomerAccountsEntity } from '../../projections/customer-accounts/customer-accounts.entity.js';
import { customerAccounts, type CustomerAccountsRow } from '../../projections/customer-accounts/customer-accounts.projection.js';
import { GetCustomerAccount, GetCustomerAccountHandler } from '../../projections/customer-accounts/customer-accounts.query.js';
import { customerDecider } from '../../src/customers/customer.decider.js';
import type { CustomerEvent } from '../../src/customers/customer.events.js';
import { PanelAccountOf, PanelAccountOfHandler } from '../../src/customers/customer.queries.js';
import { SystemClock } from '../../src/platform/clock.js';
import { poolOf } from '../../src/platform/database/data-source.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { subjectOf } from '../../src/platform/readers/rebuild/copies.js';
import type { TestDatabase } from '../support/postgres.js';
import { AT } from '../support/samples.js';
import { connect, engineDatabase, query } from './readers.support.js';

let home: TestDatabase;
let database: DataSource;
let local: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
let streams: StreamRepository;
let app: INestApplicationContext;

@Module({})
class Asked {}

beforeAll(async () => {
  home = await engineDatabase();
  database = await connect(home.url, [CustomerAccountsEntity]);
  await subjectOf(database, { projection: customerAccounts, entity: CustomerAccountsEntity }).live.table.ensure(poolOf(database));
  local = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(local.url);
  streams = new StreamRepository(store, new SystemClock());
  const asked = {
    module: Asked,
    imports: [CqrsModule.forRoot()],
    providers: [
      GetCustomerAccountHandler,
      PanelAccountOfHandler,
      { provide: DataSource, useValue: database },
      { provide: StreamRepository, useValue: streams },
    ],
  };
  app = await NestFactory.createApplicationContext(asked, { logger: false });
});
afterAll(async () => {
  await app.close();
  await store.close();
  await local.close();
  await database.destroy();
  await home.drop();
});

const answer = <T>(question: Query<T>): Promise<T> => app.get(QueryBus).execute(question);

/** A customer's row and stream, each as far as it has come. */
const customer = async (row: Partial<CustomerAccountsRow> | null, told: readonly CustomerEvent['type'][]): Promise<string> => {
  const customerId = newId();
  if (row) {
    const { status = 'pending', panelUserId = null, reason = null } = row;
    const insert = 'insert into read.customer_accounts_v3 values ($1, $2, $3, $4, $5, $6, 1)';
    await query(database, insert, [customerId, status, panelUserId, panelUserId === null ? null : 'created', reason, AT]);
  }
  const facts: CustomerEvent[] = [
    { type: 'CustomerRegistered', data: { customerId, registeredAt: AT } },
    { type: 'PanelAccountLinkIntended', data: { customerId, attempt: 1, callDeadlineAt: AT } },
    { type: 'PanelAccountLinked', data: { customerId, panelUserId: 7, how: 'created', linkedAt: AT } },
  ];
  const context = { commandId: newId(), correlationId: customerId, causationId: 'test', actor: { kind: 'system' as const, id: 'test' } };
  const events = facts.filter(({ type }) => told.includes(type));
  if (events.length > 0) await streams.execute({ decider: customerDecider, id: customerId }, context, () => events);
  return customerId;
};

const LINKED = ['CustomerRegistered', 'PanelAccountLinkIntended', 'PanelAccountLinked'] as const;

it('is known from the read model, without a look at the stream', async () => {
  const customerId = await customer({ status: 'linked', panelUserId: 12 }, []);
  expect(await answer(new PanelAccountOf(customerId))).toStrictEqual({ status: 'linked', panelUserId: 12 });
});

it.each([
  ['has no row yet', null],
  ['is pending there', { status: 'pending' as const }],
  ['is in conflict there', { status: 'conflict' as const, reason: 'EMAIL_TAKEN' }],
])('is known from the stream where it %s', async (_what, row) => {
  expect(await answer(new PanelAccountOf(await customer(row, LINKED)))).toStrictEqual({ status: 'linked', panelUserId: 7 });
  expect(await answer(new PanelAccountOf(await customer(row, LINKED.slice(0, 1))))).toStrictEqual({ status: 'pending' });
});

it('is the row that TypeORM finds', async () => {
  const customerId = await customer({ status: 'conflict', reason: 'EMAIL_TAKEN' }, []);
  const found = await database.getRepository(CustomerAccountsEntity).findOneByOrFail({ customerId });
  expect(await answer(new GetCustomerAccount(customerId))).toStrictEqual({ ...found });
  expect(await answer(new GetCustomerAccount(newId()))).toBeUndefined();
});
