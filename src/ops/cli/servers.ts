/** `ledger servers start | stop | sync`: what the operator API does to one server or many. */
import type { Command } from 'commander';
import { BulkDesk, type BulkVerb } from '../../provisioning/live/bulk-desk.js';
import type { BulkResult } from '../../provisioning/live/bulk-result.js';
import { checkedOrderId } from './order-id.js';
import { checkedKey, checkedReason, type Given } from './order-service.js';
import { columns } from './table.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

interface BulkGiven extends Given {
  readonly order?: readonly string[];
  readonly node?: string;
  readonly allStopped?: boolean;
}

const ABOUT: Readonly<Record<BulkVerb, string>> = {
  start: 'starts servers on the panel',
  stop: 'stops servers on the panel; their services go on',
  sync: 'compares servers with the panel now; needs a ledger with the role reactor that runs',
};

const told = (results: readonly BulkResult[]): string[] => {
  const rows = results.map(({ orderId, outcome, code }) => [orderId, outcome, code ?? '']);
  const count = (wanted: BulkResult['outcome']): string => `${results.filter(({ outcome }) => outcome === wanted).length} ${wanted}`;
  return [...columns(['order', 'outcome', 'code'], rows), `${count('done')}, ${count('refused')}, ${count('unknown')}`];
};

const nodeOf = (node: string | undefined): string | null => {
  if (node !== undefined && !/^\d{1,9}$/.test(node)) throw new Error(`${node} is not a node's number on the panel`);
  return node ?? null;
};

export const addServerCommands = (program: Command): void => {
  const servers = program.command('servers').description('one server or many at once; exit code 1 unless every one was done');
  for (const verb of ['start', 'stop', 'sync'] as const)
    servers
      .command(verb)
      .description(ABOUT[verb])
      .option('--order <orderId...>', 'these orders')
      .option('--node <nodeId>', 'all of a node that may run')
      .option('--all-stopped', 'of these, or of all there are, only those that the panel shows as offline')
      .requiredOption('--reason <text>', 'why; kept sealed, apart from the events')
      .option('--key <key>', 'of this wish: the same key again does nothing more')
      .action(async (given: BulkGiven) => {
        const { order = [], node, allStopped = false } = given;
        const selection = { orderIds: order.map(checkedOrderId), nodeId: nodeOf(node), allStopped };
        const asking = { reason: checkedReason(given), commandId: checkedKey(given, 'servers', verb), actor: COMMAND_LINE };
        await withLedger(async (app) => {
          const desk = app.get(BulkDesk);
          const results = await desk.carryOut(asking, verb, await desk.choose(verb, selection));
          console.log(results.length === 0 ? 'no server is chosen by this' : told(results).join('\n'));
          if (results.some(({ outcome }) => outcome !== 'done')) process.exitCode = 1;
        });
      });
};
