/** `ledger readers`: readers of the log. */
import type { Command } from 'commander';
import { DataSource } from 'typeorm';
import { IdentityStore } from '../../customers/identity/identity.store.js';
import { poolOf } from '../../platform/database/data-source.js';
import { resetReaders } from '../../platform/readers/checkpoints.js';
import { withLedger } from './with-ledger.js';

export const addReaderCommands = (program: Command): void => {
  program
    .command('readers')
    .description('readers of the log')
    .command('reset')
    .description('makes every reader start from the beginning of the log; stop the ledger first')
    .requiredOption('--all', 'there is no half of it')
    .action(async () => {
      await withLedger(async (app) => {
        await resetReaders(poolOf(app.get(DataSource)));
        await app.get(IdentityStore).forgetRegistrations();
        console.log('every reader starts from the beginning of the log; read models are built anew at the next start');
      });
    });
};
