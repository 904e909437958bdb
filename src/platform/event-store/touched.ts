/** What one request wrote to the log or found in it, noted where it happens, so that its answer can say where in the log it stands. */
import { AsyncLocalStorage } from 'node:async_hooks';

export class Touched {
  /** Highest position written or found; 0n for none. */
  position = 0n;
  /** Whether anything was handed to the log, whatever became of it. */
  written = false;
}

const current = new AsyncLocalStorage<Touched>();

/** Runs the work; what it does with the log, however deep and however late, is noted in `touched`. */
export const noting = <T>(touched: Touched, work: () => T): T => current.run(touched, work);

export const noteWriting = (): void => {
  const touched = current.getStore();
  if (touched) touched.written = true;
};

export const notePosition = (position: bigint): void => {
  const touched = current.getStore();
  if (touched && position > touched.position) touched.position = position;
};
