/** Real projectors on one log and one database: killed, stopped and woken, told to end. Whatever happens, the tables are what the log makes of them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { killProjectors } from '../support/kill-projectors.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import { ProjectorWorld, type Lease } from '../support/projector-world.js';

const SEED = 20_261_121;
const KILLS = 10;
/** The longest that read models may stand still when their projector is gone. */
const TAKE_OVER_MS_MAX = 15_000;
const PATIENT_MS = 240_000;

let world: ProjectorWorld;
/** The one that projects, and the one that waits for it to go. */
let active: LedgerProcess;
let waiting: LedgerProcess;
beforeAll(async () => {
  world = await ProjectorWorld.start();
}, PATIENT_MS);
afterAll(() => world.close(), PATIENT_MS);

/** By the clock of the leases: from when they were looked at to the next owner. */
const gapsMs = (before: readonly Lease[], after: readonly Lease[]): number[] =>
  after.map(({ takenAtMs }, index) => takenAtMs - (before[index]?.askedAtMs ?? 0));
const epochsOf = (leases: readonly Lease[]): number[] => leases.map(({ epoch }) => epoch);

const resubscribes = async ({ url }: LedgerProcess): Promise<number> => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^ledger_reader_resubscribes_total\{reader="order-list"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
};

/** While this is held nobody can renew or take a lease, so whoever believes in one goes on believing. */
const leasesHeld = async (): Promise<() => Promise<void>> => {
  const holder = new Client({ connectionString: world.ledgerEnvironment()['DATABASE_URL'] });
  await holder.connect();
  await holder.query('begin; lock table engine.lease in exclusive mode');
  return () => holder.end();
};

describe('a projector', () => {
  it(
    `killed with -9 ${KILLS} times while it projects has lost nothing and done nothing twice`,
    async () => {
      const { left, ...found } = await killProjectors(world, { seed: SEED, count: KILLS });
      [active, waiting] = left;
      expect(found.kills).toBe(KILLS);
      // How many it is depends on what else the machine does.
      expect(found.midway).toBeGreaterThan(0);
      // Which of the two has the leases now is chance.
      await waiting.kill9();
      await world.reaches(await world.write(1));
      waiting = await world.start();
    },
    PATIENT_MS,
  );

  it(
    'killed with -9 is followed by the one that waited, in time',
    async () => {
      await world.reaches(await world.write(50));
      const before = await world.leases();
      await active.kill9();
      const after = await world.takenOverFrom(before);
      expect(Math.max(...gapsMs(before, after))).toBeLessThanOrEqual(TAKE_OVER_MS_MAX);
      expect(epochsOf(after)).toStrictEqual(epochsOf(before).map((epoch) => epoch + 1));
      await world.reaches(await world.write(200));
      await world.tables.now();
      [active, waiting] = [waiting, await world.start()];
    },
    PATIENT_MS,
  );

  it(
    'stopped past its lease and woken when another has taken over does not write again',
    async () => {
      await world.reaches(await world.write(50));
      const before = await world.leases();
      process.kill(active.pid, 'SIGSTOP');
      const after = await world.takenOverFrom(before);
      expect(Math.max(...gapsMs(before, after))).toBeLessThanOrEqual(TAKE_OVER_MS_MAX);
      await world.reaches(await world.write(200));
      const then = await world.tables.now();
      // Now only the one that was overtaken is awake, and nothing tells it that it was.
      process.kill(waiting.pid, 'SIGSTOP');
      const release = await leasesHeld();
      const head = await world.write(200);
      process.kill(active.pid, 'SIGCONT');
      const refusedBefore = await resubscribes(active);
      await eventually(async () => (await resubscribes(active)) > refusedBefore + 2, {
        what: 'attempts that are refused',
        withinMs: 60_000,
      });
      expect(await world.tables.now()).toStrictEqual(then);
      expect(then.map(({ epoch }) => epoch)).toStrictEqual(epochsOf(after));
      await release();
      process.kill(waiting.pid, 'SIGCONT');
      await world.reaches(head);
      await world.tables.now();
    },
    PATIENT_MS,
  );

  it(
    'told to end writes what it has begun, gives its leases back and ends well',
    async () => {
      await waiting.kill9();
      await world.reaches(await world.write(1));
      const before = await world.handled();
      const written = world.write(2_000);
      await eventually(async () => (await world.handled()) > before, { what: 'a projector at work' });
      expect(await active.stop()).toBe(0);
      const head = await written;
      const standings = await world.tables.now();
      expect(standings.some(({ position }) => position < head)).toBe(true);
      expect((await world.leases()).every(({ isOver }) => isOver)).toBe(true);
      waiting = await world.start();
      await world.reaches(head);
      await world.tables.now();
    },
    PATIENT_MS,
  );
});
