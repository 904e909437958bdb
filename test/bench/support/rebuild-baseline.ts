/**
 * The baseline of `rebuild`, frozen: what most people write first. For each event one transaction that saves the row it touches and the
 * checkpoint with TypeORM. It is not to be improved, so that the ratio to it means the same in every release.
 */
import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import { Client } from 'pg';
import { Column, DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import { perSecond } from './numbers.js';

@Entity({ name: 'baseline_orders' })
@Index(['customerId', 'changedAt'])
@Index(['status'])
class BaselineOrder {
  @PrimaryColumn('text') orderId!: string;
  @Column('text', { nullable: true }) customerId!: string | null;
  @Column('text', { nullable: true }) planId!: string | null;
  @Column('text', { nullable: true }) region!: string | null;
  @Column('text') status!: string;
  @Column('integer') events!: number;
  @Column('text') changedAt!: string;
  @Column('jsonb') lastData!: object;
}

@Entity({ name: 'baseline_checkpoint' })
class BaselineCheckpoint {
  @PrimaryColumn('text') reader!: string;
  @Column('numeric') position!: string;
}

interface BaselineEvent {
  readonly type: string;
  readonly at: string;
  readonly position: string;
  readonly data: { readonly orderId?: string; readonly customerId?: string; readonly planId?: string; readonly region?: string };
}

async function firstEvents(storeUrl: string, count: number): Promise<BaselineEvent[]> {
  const client = EventStoreDBClient.connectionString(storeUrl);
  const events: BaselineEvent[] = [];
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: count })) {
    if (!event || event.type.startsWith('$')) continue;
    const { occurredAt } = event.metadata as { occurredAt: string };
    events.push({ type: event.type, at: occurredAt, position: String(event.position?.commit), data: event.data as BaselineEvent['data'] });
  }
  await client.dispose();
  return events;
}

const evolve = (row: BaselineOrder | null, orderId: string, { type, at, data }: BaselineEvent): BaselineOrder => {
  const before = row ?? { orderId, customerId: null, planId: null, region: null, events: 0 };
  const { customerId = before.customerId, planId = before.planId, region = before.region } = data;
  return { ...before, customerId, planId, region, status: type, events: before.events + 1, changedAt: at, lastData: data };
};

async function project(database: DataSource, events: readonly BaselineEvent[]): Promise<void> {
  for (const event of events) {
    await database.transaction(async (manager) => {
      const { orderId } = event.data;
      if (orderId !== undefined) {
        const row = await manager.findOneBy(BaselineOrder, { orderId });
        await manager.save(BaselineOrder, evolve(row, orderId, event));
      }
      await manager.save(BaselineCheckpoint, { reader: 'baseline', position: event.position });
    });
  }
}

/** Events per second of the first `sample` events of the log, in a database of its own on the same server. */
export async function baselinePerSecond(storeUrl: string, databaseUrl: string, sample: number): Promise<number> {
  const events = await firstEvents(storeUrl, sample);
  const admin = new Client({ connectionString: databaseUrl });
  await admin.connect();
  await admin.query('create database baseline');
  await admin.end();
  const url = new URL(databaseUrl);
  url.pathname = '/baseline';
  const database = new DataSource({
    type: 'postgres',
    url: url.toString(),
    entities: [BaselineOrder, BaselineCheckpoint],
    synchronize: true,
  });
  await database.initialize();
  try {
    return await perSecond(events.length, () => project(database, events));
  } finally {
    await database.destroy();
  }
}
