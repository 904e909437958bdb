/** `ledger order repair`: brings the panel back to what is on record. */
import type { Command } from 'commander';
import type { DriftKind } from '../../provisioning/drift.events.js';
import { DRIFT_KINDS, RepairDesk } from '../../provisioning/repair-desk.js';
import { askingOf, type Given } from './order-service.js';
import { withLedger } from './with-ledger.js';

interface RepairGiven extends Given {
  readonly kind: string;
}

const kindOf = (text: string): DriftKind => {
  const kind = DRIFT_KINDS.find((known) => known === text);
  if (!kind) throw new Error(`--kind takes one of ${DRIFT_KINDS.join(', ')}`);
  return kind;
};

export const addOrderRepairCommand = (order: Command): void => {
  order
    .command('repair <orderId>')
    .description('brings the panel back to what is on record, where it was seen to differ')
    .requiredOption('--kind <kind>', 'which difference: limits, suspended, unsuspended or unexpected (the server is deleted)')
    .requiredOption('--reason <text>', 'why; kept sealed, apart from the events')
    .option('--key <key>', 'of this wish: the same key again does nothing more')
    .action(async (id: string, given: RepairGiven) => {
      const asking = askingOf({ name: 'repair' }, id, given);
      const kind = kindOf(given.kind);
      await withLedger((app) => app.get(RepairDesk).repair(asking, { kind, reason: given.reason }));
      console.log(`order ${asking.orderId}: ${kind} is put right as soon as a ledger with the role reactor runs`);
    });
};
