/** `ledger reconcile`: whether ledger and Stripe tell of the same money. */
import type { Command } from 'commander';
import { Reconciler, type ReconciliationReport } from '../reconcile/reconciler.js';
import { Clock } from '../../platform/clock.js';
import { inMoney } from '../replay/wording.js';
import { dayOf } from './day.js';
import { columns } from './table.js';
import { withLedger } from './with-ledger.js';

/** Of what differs; everything agrees: 0, could not be compared: 1. */
const DIFFERENCES = 2;

const amount = (minor: bigint | null, currency: string): string =>
  minor === null ? '-' : inMoney({ amountMinor: Number(minor), currency });

const print = (lines: readonly string[]): void => lines.forEach((line) => console.log(line));

const report = ({ compared, differences, sums, foreign, apart }: ReconciliationReport): void => {
  print(
    columns(
      ['currency', 'ledger', 'Stripe'],
      sums.map(({ currency, ledgerMinor, stripeMinor }) => [currency, amount(ledgerMinor, currency), amount(stripeMinor, currency)]),
    ),
  );
  for (const { what, objectId, currency, amountMinor } of apart)
    console.log(`apart: ${what} ${amount(amountMinor, currency)} of ${objectId}`);
  for (const { kind, objectId, currency, amountMinor } of foreign)
    console.log(`foreign: ${kind} ${amount(amountMinor, currency)} ${objectId}`);
  if (differences.length > 0)
    print(
      columns(
        ['difference', 'kind', 'object', 'order', 'ledger', 'Stripe'],
        differences.map(({ what, kind, objectId, orderId, currency, ledgerMinor, stripeMinor }) => [
          ...[what, kind, objectId, orderId ?? '-', amount(ledgerMinor, currency), amount(stripeMinor, currency)],
        ]),
      ),
    );
  console.log(`${compared} objects compared, ${differences.length} differ`);
};

export const addReconcileCommand = (program: Command): void => {
  program
    .command('reconcile')
    .description('compares the ledger with Stripe: payments, invoices, refunds and disputes; ends with 2 when they differ')
    .requiredOption('--from <day>', 'first day (UTC), or a time')
    .option('--to <day>', 'day after the last one, or a time; without it now')
    .action(async (options: { from: string; to?: string }) => {
      const from = dayOf(options.from, 'from');
      await withLedger(async (app) => {
        const to = options.to === undefined ? app.get(Clock).now() : dayOf(options.to, 'to');
        if (from >= to) throw new Error('--from must lie before --to');
        const found = await app.get(Reconciler).compare({ from, to });
        report(found);
        if (found.differences.length > 0) process.exitCode = DIFFERENCES;
      });
    });
};
