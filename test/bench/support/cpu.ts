/** Processor time of a running process, from /proc (Linux). Unlike a rate it says the same on a busy machine, give or take a quarter. */
import { readFileSync } from 'node:fs';

/** /proc counts in hundredths of a second. */
const US_PER_TICK = 10_000;
const [USER_FIELD, SYSTEM_FIELD] = [11, 12];

const cpuUsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * US_PER_TICK;
};

/** Processor time, all threads, that the process needs for each of `count` things while `work` runs; in microseconds. */
export async function cpuUsEach(pid: number, count: number, work: () => Promise<unknown>): Promise<number> {
  const before = cpuUsOf(pid);
  await work();
  return (cpuUsOf(pid) - before) / count;
}
