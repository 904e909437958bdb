/** What every soak is given and answers. */

export interface SoakRun {
  /** Decides every choice of the run; what other processes do meanwhile stays chance. */
  readonly seed: number;
  readonly count: number;
  readonly note: (line: string) => void;
}

/** Counts of what was checked. A soak throws what was violated. */
export type Soak = (run: SoakRun) => Promise<Readonly<Record<string, number>>>;
