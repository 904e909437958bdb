/** `ledger operator`: people who operate the ledger. */
import type { Command } from 'commander';
import { createOperator } from '../create-operator.js';
import { withLedger } from './with-ledger.js';

export const addOperatorCommands = (program: Command): void => {
  program
    .command('operator')
    .description('people who operate the ledger')
    .command('create')
    .requiredOption('--email <email>')
    .option('--name <name>', 'how to address them', 'Operator')
    .requiredOption('--password <password>', 'at least 10 characters')
    .action(async ({ email, name, password }: { email: string; name: string; password: string }) => {
      await withLedger(async (app) => {
        const id = await createOperator(app, { email, name, password });
        console.log(`operator ${id} may log in as ${email}`);
      });
    });
};
