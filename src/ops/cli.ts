/** `ledger`: what operators do from a shell. Reads the same settings as the ledger itself. */
import 'reflect-metadata';
import { Command } from 'commander';
import { addCustomerCommands } from './cli/customers.js';
import { addNodeCommands } from './cli/nodes.js';
import { addOperatorCommands } from './cli/operator.js';
import { addOrderCommands } from './cli/order.js';
import { addParkedCommands } from './cli/parked.js';
import { addProjectionCommands } from './cli/projections.js';
import { addReaderCommands } from './cli/readers.js';
import { addReconcileCommand } from './cli/reconcile.js';
import { addServerCommands } from './cli/servers.js';
import { addStripeCommands } from './cli/stripe.js';
import { addUnmatchedCommands } from './cli/unmatched.js';

const program = new Command('ledger').description('Operates the order ledger.');
for (const add of [
  addOperatorCommands,
  addCustomerCommands,
  addNodeCommands,
  addOrderCommands,
  addServerCommands,
  addReaderCommands,
  addProjectionCommands,
  addParkedCommands,
  addStripeCommands,
  addReconcileCommand,
  addUnmatchedCommands,
])
  add(program);

await program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
