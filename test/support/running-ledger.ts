/** A ledger in a world of its own for all tests of a file. */
import { afterAll, beforeAll } from '@jest/globals';
import { LedgerProcess, type LedgerOptions } from './ledger-process.js';
import { startWorld, type World } from './local-world.js';

const START_MS = 120_000;

/** Starts both before the file's tests and hands them over; ends what was started after them, also when the ledger did not start. */
export function runningLedger(
  take: (started: { world: World; ledger: LedgerProcess }) => void,
  env: (world: World) => NonNullable<LedgerOptions['env']> = () => ({}),
): void {
  let world: World | undefined;
  let ledger: LedgerProcess | undefined;
  beforeAll(async () => {
    world = await startWorld();
    ledger = await LedgerProcess.start(world, { env: env(world) });
    take({ world, ledger });
  }, START_MS);
  afterAll(async () => {
    await ledger?.stop();
    await world?.close();
  }, START_MS);
}
