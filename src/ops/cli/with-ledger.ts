/** Opens the ledger for one command of the command line: its modules, without its readers and without listening. */
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.js';
import { openCore } from '../../ledger.js';
import { loadSettings } from '../../platform/config/load-settings.js';

/** Who acts when somebody acts from a shell. */
export const COMMAND_LINE = { kind: 'ops' as const, id: 'command-line' };

/** Everything is closed again when the work ends, well or not. */
export const withLedger = async (work: (app: INestApplicationContext) => Promise<void>): Promise<void> => {
  const core = await openCore(loadSettings());
  const app = await NestFactory.createApplicationContext(AppModule.with(core), { logger: ['error', 'fatal'] });
  try {
    await work(app);
  } finally {
    await app.close();
    await core.store.close();
  }
};
