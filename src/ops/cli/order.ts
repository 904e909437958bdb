/** `ledger order`: one order. */
import { QueryBus } from '@nestjs/cqrs';
import type { Command } from 'commander';
import { GetTimeline } from '../../../projections/order-timeline/order-timeline.query.js';
import { withLedger } from './with-ledger.js';

export const addOrderCommands = (program: Command): void => {
  program
    .command('order')
    .description('one order')
    .command('timeline <orderId>')
    .description('every event of an order: why it is where it is')
    .option('--json', 'as JSON')
    .action(async (orderId: string, { json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const entries = await app.get(QueryBus).execute(new GetTimeline(orderId));
        if (json) console.log(JSON.stringify(entries, null, 2));
        else console.table(entries.map(({ at, type, stream, revision, actorKind }) => ({ at, type, stream, revision, actorKind })));
      });
    });
};
