/** What a file test/bench/<name>.bench.ts exports: `bench`, and `targets` for the metrics that have a floor or a goal. */

export interface BenchRun {
  /** The value of `--name` on the command line, or the standard one. */
  option(name: string, standard: number): number;
  /** Prints how far the bench is. */
  note(line: string): void;
}

/** Figures by name; the name ends with the unit. */
export type Metrics = Readonly<Record<string, number>>;

export type Bench = (run: BenchRun) => Promise<Metrics>;

export interface Target {
  readonly floor?: number;
  readonly goal?: number;
  /** The lower the better: times and memory. */
  readonly lower?: boolean;
}

export type Targets = Readonly<Record<string, Target>>;
