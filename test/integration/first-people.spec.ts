/** Signing up, operators, and what a machine that is all local has from the start: on a real PostgreSQL, event store and panel. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { startEventStore } from '../../local/eventstore/server.js';
import { LOCAL_APP_KEY, startPanel } from '../../local/pterodactyl/server.js';
import { queryHandlers, readModels } from '../../projections/index.js';
import { NodeCapacityEntity } from '../../projections/node-capacity/node-capacity.entity.js';
import { nodeCapacity } from '../../projections/node-capacity/node-capacity.projection.js';
import { Catalog } from '../../src/catalog/catalog.js';
import { RegisterCustomerHandler } from '../../src/customers/customer.handlers.js';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { Sealing } from '../../src/customers/identity/sealing.js';
import { SignUp } from '../../src/customers/sign-up.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import { SetNodeHandler } from '../../src/nodes/node.handlers.js';
import { createOperator, ensureDemoNodes, ensureDemoPeople } from '../../src/ops/create-operator.js';
import { Clock, SystemClock } from '../../src/platform/clock.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import { freePort } from '../support/free-port.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { project } from '../support/project.js';

const PASSWORD = 'correct horse battery';
const DEMO = [
  ['customer', 'demo@example.com', 'demo-password-1'],
  ['operator', 'ops@example.com', 'ops-password-1'],
] as const;

let home: TestDatabase;
let database: DataSource;
let log: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
let panelPort: number;
let app: INestApplicationContext;
let people: IdentityStore;

beforeAll(async () => {
  panelPort = await freePort();
  home = await createDatabase();
  database = await createDataSource({ url: home.url, entities: readModels.map(({ entity }) => entity) });
  await database.synchronize();
  log = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(log.url);
  const clock = new SystemClock();
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...[RegisterCustomerHandler, SetNodeHandler, SignUp, IdentityStore, ...queryHandlers],
      { provide: Sealing, useValue: new Sealing(Buffer.alloc(32, 3).toString('base64')) },
      { provide: DataSource, useValue: database },
      { provide: Clock, useValue: clock },
      { provide: StreamRepository, useValue: new StreamRepository(store, clock) },
      { provide: Catalog, useValue: Catalog.load('catalog.yaml') },
      { provide: PanelClient, useValue: new PanelClient({ url: `http://127.0.0.1:${panelPort}`, appKey: LOCAL_APP_KEY }) },
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  people = app.get(IdentityStore);
});
afterAll(async () => {
  await app.close();
  await store.close();
  await log.close();
  await database.destroy();
  await home.drop();
});
beforeEach(() => database.query('delete from identity.people'));

let count = 0;
const wish = () => ({ email: `first${(count += 1)}@example.com`, name: 'Ada', password: PASSWORD, role: 'customer' as const });
const signUpsOf = async (personId: string): Promise<string[]> => (await store.read(`customer-${personId}`)).map(({ type }) => type);
const isRegistered = async (personId: string) => (await people.personOf(personId))?.registered;

describe('signing up', () => {
  it('is recorded by the person it is about, and known to be', async () => {
    const personId = await app.get(SignUp).signUp(wish());
    const [event] = await store.read(`customer-${personId}`);
    expect(event).toMatchObject({
      type: 'CustomerRegistered',
      data: { customerId: personId },
      metadata: { actor: { kind: 'customer', id: personId } },
    });
    expect(await isRegistered(personId)).toBe(true);
  });

  it('twice under one id is one person and one event', async () => {
    const [one, personId] = [wish(), newId()];
    for (let times = 0; times < 2; times += 1) expect(await app.get(SignUp).signUp(one, personId)).toBe(personId);
    expect(await signUpsOf(personId)).toStrictEqual(['CustomerRegistered']);
  });

  it('with an address that is taken leaves no trace in the log', async () => {
    const [one, other] = [wish(), newId()];
    await app.get(SignUp).signUp(one);
    await expect(app.get(SignUp).signUp(one, other)).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
    expect(await signUpsOf(other)).toStrictEqual([]);
  });

  it('that never reached the log is finished by the sweep, once', async () => {
    const [one, other] = [await people.createPerson(wish()), await people.createPerson(wish())];
    await app.get(SignUp).sweep();
    await people.forgetRegistrations();
    await app.get(SignUp).sweep();
    for (const personId of [one, other]) {
      expect(await signUpsOf(personId)).toStrictEqual(['CustomerRegistered']);
      expect(await isRegistered(personId)).toBe(true);
    }
  });
});

describe('an operator', () => {
  it('can log in as one and is no customer of ours', async () => {
    const { email, name, password } = wish();
    const operatorId = await createOperator(app, { email, name, password });
    expect(await people.verifyPassword(email, password)).toMatchObject({ personId: operatorId, role: 'operator' });
    expect(await signUpsOf(operatorId)).toStrictEqual([]);
  });

  it('is not made with a short password', async () => {
    const { email, name } = wish();
    await expect(createOperator(app, { email, name, password: 'too short' })).rejects.toThrow('at least 10 characters');
    expect(await people.verifyPassword(email, 'too short')).toBeUndefined();
  });
});

describe('the demo', () => {
  it('has a customer and an operator, however often it is started', async () => {
    for (let starts = 0; starts < 2; starts += 1) await ensureDemoPeople(app);
    for (const [role, email, password] of DEMO) expect(await people.verifyPassword(email, password)).toMatchObject({ role });
    const [row] = await database.query<{ people: number }[]>('select count(*)::int as people from identity.people');
    expect(row?.people).toBe(2);
  });

  it('puts the nodes of every region to use once the panel answers, and then leaves them alone', async () => {
    const nodes = async (): Promise<LedgerEvent[]> =>
      (await Promise.all(['1', '2', '3', '4'].map((id) => store.read<LedgerEvent>(`node-${id}`)))).flat();
    expect(await ensureDemoNodes(app)).toBe('soon');
    expect(await nodes()).toStrictEqual([]);
    const panel = await startPanel({ port: panelPort, rateLimit: 0 });
    try {
      expect(await ensureDemoNodes(app)).toBeUndefined();
      const made = await nodes();
      const regions = made.flatMap((event) => (event.type === 'NodeRegistered' ? [event.data.region] : []));
      expect(new Set(regions)).toStrictEqual(new Set(Catalog.load('catalog.yaml').regions.map(({ id }) => id)));
      expect(made.filter(({ type }) => type === 'NodeEnabled')).toHaveLength(regions.length);
      await database.getRepository(NodeCapacityEntity).save(Object.values(project(nodeCapacity)(...made)));
    } finally {
      await panel.close();
    }
    // With nodes on record it asks nobody: the panel is away again.
    expect(await ensureDemoNodes(app)).toBeUndefined();
  });
});
