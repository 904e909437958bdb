/** `ledger order`: one order, looked into straight from the event store, also while the read models are down; and what operators do to it. */
import type { Command } from 'commander';
import { DataSource } from 'typeorm';
import { readModels } from '../../../projections/index.js';
import { OrderTimelineEntity } from '../../../projections/order-timeline/order-timeline.entity.js';
import { streamsOfOrder } from '../../../projections/order-timeline/order-timeline.query.js';
import { openCore } from '../../ledger.js';
import { loadSettings } from '../../platform/config/load-settings.js';
import { StreamRepository } from '../../platform/event-store/stream-repository.js';
import { OrderReplays } from '../order-replays.js';
import { AT_FORMS } from '../replay/moment.js';
import type { Replay } from '../replay/replay.js';
import { checkedOrderId } from './order-id.js';
import { addOrderMoveCommands } from './order-move.js';
import { addOrderRepairCommand } from './order-repair.js';
import { addOrderServiceCommands } from './order-service.js';
import { orderText, replayText, timelineText } from './order-text.js';

const DATABASE_TIMEOUT_MS = 2_000;

/** Asks the read model in passing: no pool, no migrations, and no long wait for a database that is away. */
const streamsSeen = async (url: string, orderId: string): Promise<string[]> => {
  const timeouts = { connectTimeoutMS: DATABASE_TIMEOUT_MS, extra: { statement_timeout: DATABASE_TIMEOUT_MS } };
  const database = new DataSource({ type: 'postgres', url, entities: [OrderTimelineEntity], applicationName: 'ledger order', ...timeouts });
  await database.initialize();
  try {
    return await streamsOfOrder(database, orderId);
  } finally {
    await database.destroy();
  }
};

const replayOf = async (id: string, at?: string): Promise<Replay> => {
  const orderId = checkedOrderId(id);
  const settings = loadSettings();
  const { store, clock } = await openCore(settings);
  const streams = new StreamRepository(store, clock);
  const replays = new OrderReplays({
    eventsOf: (stream) => streams.events(stream),
    head: () => streams.head(),
    seenIn: (id) => streamsSeen(settings.DATABASE_URL, id),
    clock,
    readModels,
  });
  try {
    return await replays.of(orderId, at);
  } finally {
    await store.close();
  }
};

const print = (json: boolean | undefined, value: unknown, text: string): void => console.log(json ? JSON.stringify(value, null, 2) : text);

export const addOrderCommands = (program: Command): void => {
  const order = program.command('order').description('one order: looked into from the event store itself, refunded, stopped, ended');
  order
    .command('show <orderId>')
    .description('what an order is, whose turn it is, and in one sentence why')
    .option('--json', 'as JSON')
    .action(async (orderId: string, { json }: { json?: boolean }) => {
      const told = await replayOf(orderId);
      const { steps: _steps, meanwhile: _meanwhile, ...summary } = told;
      print(json, summary, orderText(told));
    });
  order
    .command('timeline <orderId>')
    .description('every event of an order in one line each')
    .option('--json', 'as JSON')
    .action(async (orderId: string, { json }: { json?: boolean }) => {
      const told = await replayOf(orderId);
      const entries = told.steps.map(({ number, event, causedBy, problem, next: { why } }) => ({
        number,
        ...event,
        causedBy,
        problem,
        why,
      }));
      print(json, entries, timelineText(told));
    });
  order
    .command('replay <orderId>')
    .description('what each event changed, and the order, its read models and its saga at any point')
    .option('--at <point>', `up to which point: ${AT_FORMS}; now if absent`)
    .option('--json', 'as JSON')
    .action(async (orderId: string, { at, json }: { at?: string; json?: boolean }) => {
      const told = await replayOf(orderId, at);
      print(json, told, replayText(told));
    });
  addOrderServiceCommands(order);
  addOrderRepairCommand(order);
  addOrderMoveCommands(order);
};
