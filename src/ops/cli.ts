/** `ledger`: what operators do from a shell. Reads the same settings as the ledger itself. */
import 'reflect-metadata';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import { AllNodes } from '../../projections/node-capacity/node-capacity.query.js';
import { GetTimeline } from '../../projections/order-timeline/order-timeline.query.js';
import { AppModule } from '../app.module.js';
import { Catalog } from '../catalog/catalog.js';
import { openCore } from '../ledger.js';
import { SetNode } from '../nodes/node.commands.js';
import { IdentityStore } from '../customers/identity/identity.store.js';
import { loadSettings } from '../platform/config/load-settings.js';
import { poolOf } from '../platform/database/data-source.js';
import { resetReaders } from '../platform/readers/checkpoints.js';
import { DataSource } from 'typeorm';
import { createOperator } from './create-operator.js';

const ACTOR = { kind: 'ops' as const, id: 'command-line' };

/** Runs with the ledger's modules but without its readers and without listening. */
const withLedger = async (work: (app: INestApplicationContext) => Promise<void>): Promise<void> => {
  const core = await openCore(loadSettings());
  const app = await NestFactory.createApplicationContext(AppModule.with(core), { logger: ['error', 'fatal'] });
  try {
    await work(app);
  } finally {
    await app.close();
    await core.store.close();
  }
};

const program = new Command('ledger').description('Operates the order ledger.');

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

const nodes = program.command('nodes').description('nodes that may be sold');
nodes
  .command('set <nodeId>')
  .description('puts a panel node to use')
  .requiredOption('--region <region>')
  .option('--reserve-memory <MiB>', 'kept back for the host', '0')
  .option('--reserve-disk <MiB>', 'kept back for the host', '0')
  .option('--enable', 'new orders may be placed on it')
  .action(async (nodeId: string, options: { region: string; reserveMemory: string; reserveDisk: string; enable?: boolean }) => {
    await withLedger(async (app) => {
      const { region } = options;
      if (!/^\d+$/.test(nodeId)) throw new Error(`${nodeId} is not a node's number on the panel`);
      const catalog = app.get(Catalog);
      if (!catalog.regions.some(({ id }) => id === region)) throw new Error(`${region} is not a region of the catalog`);
      const reserve = { reserveMemoryMib: Number(options.reserveMemory), reserveDiskMib: Number(options.reserveDisk) };
      await app.get(CommandBus).execute(new SetNode({ nodeId, region, ...reserve, enabled: options.enable === true, actor: ACTOR }));
      console.log(`node ${nodeId} serves ${region}${options.enable ? '' : ' but takes no new orders'}`);
    });
  });
nodes
  .command('list')
  .description('every node with what is free')
  .action(async () => {
    await withLedger(async (app) => {
      const all = await app.get(QueryBus).execute(new AllNodes());
      console.table(
        all.map(({ nodeId, region, status, freeMemoryMib, freeDiskMib, freeAllocations }) => ({
          nodeId,
          region,
          status,
          freeMemoryMib,
          freeDiskMib,
          freeAllocations,
        })),
      );
    });
  });

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

await program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
