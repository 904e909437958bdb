/** Whether a process can answer from its read models. */
import type { ReaderStatus } from './readers-health.js';

/** A reader that has not reached for so long what was the head of the log does not keep up. */
const LATE_SECONDS = 10;

const namesOf = (readers: readonly ReaderStatus[]): string => readers.map(({ name }) => name).join(', ');
const leastOf = (readers: readonly ReaderStatus[]): number => Math.floor(Math.min(...readers.map(({ percent }) => percent)));

/**
 * Not while a read model of this code's version has never been level with the log. A process that projects is not ready either when it does not
 * keep up; elsewhere a projector that is away is no reason to turn requests away, nor is, anywhere, a moment behind, as under load one always is.
 */
export const readinessOf = (
  readers: readonly ReaderStatus[],
  { runsProjector }: { runsProjector: boolean },
): { up: boolean; detail?: string } => {
  const behind = readers.filter(({ caughtUp }) => !caughtUp);
  const building = behind.filter(({ kind, built }) => kind === 'projection' && !built);
  if (building.length > 0) return { up: false, detail: `rebuilding ${leastOf(building)} %: ${namesOf(building)}` };
  const late = behind.filter(({ behindSeconds }) => behindSeconds > LATE_SECONDS);
  if (late.length === 0 || !runsProjector) return { up: true };
  return { up: false, detail: `catching up: ${namesOf(late)}` };
};
