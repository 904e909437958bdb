/** `ledger unmatched`: money that names no order. */
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Command } from 'commander';
import { ListPayments } from '../../../projections/payments/payments.query.js';
import { AssignUnmatchedMoney, RefundUnmatchedMoney } from '../../payments/unmatched-money.commands.js';
import { claimOf } from '../../platform/commands.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

const LISTED_MAX = 100;

export const addUnmatchedCommands = (program: Command): void => {
  const unmatched = program.command('unmatched').description('money that names no order');
  unmatched
    .command('list')
    .description('the newest of it, with what became of it')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const { items } = await app.get(QueryBus).execute(new ListPayments({ kind: 'unmatchedMoney', limit: LISTED_MAX }));
        const rows = items.map(({ objectId, status, reason, amountMinor, currency, occurredAt }) => ({
          ...{ objectId, status, reason, amountMinor, currency, occurredAt },
        }));
        if (json) console.log(JSON.stringify(rows, null, 2));
        else if (rows.length === 0) console.log('no money was ever without an order');
        else console.table(rows);
      });
    });
  unmatched
    .command('assign <objectId> <orderId>')
    .description('says whose it is: the order is told of it as of any payment, and decides')
    .requiredOption('--reason <code>', 'kept for good; nothing personal')
    .action(async (objectId: string, orderId: string, { reason }: { reason: string }) => {
      await withLedger(async (app) => {
        await app.get(CommandBus).execute(new AssignUnmatchedMoney({ objectId, orderId, reason }, claimOf(orderId, COMMAND_LINE)));
        console.log(`${objectId} is the money of order ${orderId}`);
      });
    });
  unmatched
    .command('refund <objectId>')
    .description('gives all of it back')
    .requiredOption('--reason <code>', 'kept for good; nothing personal')
    .action(async (objectId: string, { reason }: { reason: string }) => {
      await withLedger(async (app) => {
        await app.get(CommandBus).execute(new RefundUnmatchedMoney({ objectId, reason }, claimOf(objectId, COMMAND_LINE)));
        console.log(`${objectId} goes back; Stripe is asked as soon as a ledger with the role reactor runs`);
      });
    });
};
