/** Starts the ledger: settings, catalog, engines, modules, readers, HTTP. A start that cannot succeed ends with one readable reason. */
import 'reflect-metadata';
import { CatalogError } from './catalog/catalog.js';
import { SettingsError, loadSettings } from './platform/config/load-settings.js';
import { LogChanged } from './platform/readers/errors.js';
import { sizeHeap } from './platform/heap.js';
import type { Ledger } from './ledger.js';

/** sysexits.h: a configuration error; supervisors should not try again. */
const EXIT_CONFIG = 78;

const stopOnSignal = (ledger: Ledger): void => {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    ledger.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  // Started with `--parent pipe`, it ends when its parent's pipe closes, which happens even when the parent was killed with -9.
  if (process.argv.includes('--parent')) process.stdin.on('end', stop).on('error', stop).resume();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
};

try {
  const settings = loadSettings();
  sizeHeap(settings.ROLES.has('http'));
  const { startLedger } = await import('./ledger.js');
  const ledger = await startLedger(settings);
  stopOnSignal(ledger);
  if (settings.LEDGER_READY_LINE) console.log(JSON.stringify({ ready: true, url: ledger.url }));
} catch (error) {
  const readable = error instanceof SettingsError || error instanceof CatalogError || error instanceof LogChanged;
  console.error(readable ? error.message : error);
  process.exit(readable ? EXIT_CONFIG : 1);
}
