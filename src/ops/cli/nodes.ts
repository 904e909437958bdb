/** `ledger nodes`: nodes that may be sold. */
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Command } from 'commander';
import { AllNodes } from '../../../projections/node-capacity/node-capacity.query.js';
import { Catalog } from '../../catalog/catalog.js';
import { DrainNode, SetNode } from '../../nodes/node.commands.js';
import { noteWhy, WHY } from './why.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

interface SetOptions {
  readonly region: string;
  readonly reserveMemory: string;
  readonly reserveDisk: string;
  readonly enable?: boolean;
  readonly reason?: string;
}

const setNode = (nodeId: string, { region, reason, ...options }: SetOptions): Promise<void> =>
  withLedger(async (app) => {
    if (!/^\d+$/.test(nodeId)) throw new Error(`${nodeId} is not a node's number on the panel`);
    if (!app.get(Catalog).regions.some(({ id }) => id === region)) throw new Error(`${region} is not a region of the catalog`);
    const reserve = { reserveMemoryMib: Number(options.reserveMemory), reserveDiskMib: Number(options.reserveDisk) };
    const enabled = options.enable === true;
    const noteId = await noteWhy(app, { subjectId: `node-${nodeId}`, reason });
    await app.get(CommandBus).execute(new SetNode({ nodeId, region, ...reserve, enabled, actor: COMMAND_LINE, noteId }));
    console.log(`node ${nodeId} serves ${region}${enabled ? '' : ' but takes no new orders'}`);
  });

export const addNodeCommands = (program: Command): void => {
  const nodes = program.command('nodes').description('nodes that may be sold');
  nodes
    .command('set <nodeId>')
    .description('puts a panel node to use')
    .requiredOption('--region <region>')
    .option('--reserve-memory <MiB>', 'kept back for the host', '0')
    .option('--reserve-disk <MiB>', 'kept back for the host', '0')
    .option('--enable', 'new orders may be placed on it')
    .option(...WHY)
    .action((nodeId: string, options: SetOptions) => setNode(nodeId, options));
  const drain = (name: string, about: string, told: (orders: readonly string[]) => string): Command =>
    nodes
      .command(`${name} <nodeId>`)
      .description(about)
      .option(...WHY)
      .action(async (nodeId: string, { reason }: { reason?: string }) => {
        if (!/^\d{1,9}$/.test(nodeId)) throw new Error(`${nodeId} is not a node's number on the panel`);
        await withLedger(async (app) => {
          const noteId = await noteWhy(app, { subjectId: `node-${nodeId}`, reason });
          const orders = await app.get(CommandBus).execute(new DrainNode({ nodeId, drain: name === 'drain', actor: COMMAND_LINE, noteId }));
          console.log(`node ${nodeId} ${told(orders)}`);
        });
      });
  drain('drain', 'empties a node: no new orders, and names those that are to be moved', (orders) =>
    orders.length === 0
      ? 'takes no new orders and is empty'
      : `takes no new orders; to be moved (ledger order move <id>):\n${orders.join('\n')}`,
  );
  drain('undrain', 'lets a node be used again', () => 'takes new orders');
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
};
