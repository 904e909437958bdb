/** Memory of a running process, from /proc (Linux). */
import { readFileSync } from 'node:fs';

export interface Memory {
  /** All resident memory. */
  readonly rssMb: number;
  /** The process's own: heap, buffers, stacks. */
  readonly anonMb: number;
  /** Pages of mapped files: code and, for lmdb, the data file. They belong to the system's file cache, which takes them back when it needs room. */
  readonly fileMb: number;
}

const KB_PER_MB = 1024;
const SAMPLE_INTERVAL_MS = 50;

export const memoryOf = (pid: number): Memory => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / KB_PER_MB;
  return { rssMb: megabytes('VmRSS'), anonMb: megabytes('RssAnon'), fileMb: megabytes('RssFile') };
};

/** The highest of each figure while `work` runs. */
export async function peakMemory(pid: number, work: () => Promise<unknown>): Promise<Memory> {
  let peak = memoryOf(pid);
  const sample = (): void => {
    const now = memoryOf(pid);
    peak = {
      rssMb: Math.max(peak.rssMb, now.rssMb),
      anonMb: Math.max(peak.anonMb, now.anonMb),
      fileMb: Math.max(peak.fileMb, now.fileMb),
    };
  };
  const timer = setInterval(sample, SAMPLE_INTERVAL_MS);
  try {
    await work();
    sample();
  } finally {
    clearInterval(timer);
  }
  return peak;
}
