/** `ledger projections`: how read models are, rebuilding them, and taking that back. */
import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import { DataSource } from 'typeorm';
import { readModels } from '../../../projections/index.js';
import { LEDGER_PREFIXES } from '../../ledger.events.js';
import { poolOf } from '../../platform/database/data-source.js';
import { EventStore } from '../../platform/event-store/event-store.js';
import { Leases } from '../../platform/readers/leases.js';
import type { Difference } from '../../platform/readers/rebuild/compare.js';
import { RebuildDesk, type RebuildRequest } from '../../platform/readers/rebuild/rebuild-desk.js';
import { isFinished, type Rebuild } from '../../platform/readers/rebuild/rebuild-records.js';
import { RebuildRunner } from '../../platform/readers/rebuild/rebuild-runner.js';
import { Projections, type ProjectionStatus } from '../projections.js';
import { noteWhy, WHY } from './why.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

const LOOK_EVERY_MS = 250;
/** Where lines cannot be written over, one now and then is enough. */
const LINE_EVERY_MS = 5_000;
const BAR_WIDTH = 24;

const lag = ({ lagSeconds }: ProjectionStatus): string => (lagSeconds === null ? '-' : `${lagSeconds.toFixed(1)} s`);
const rate = (eventsPerSecond: number): string => `${Math.round(eventsPerSecond).toLocaleString('en')} events/s`;

const summary = (rebuild: Rebuild | null): string =>
  rebuild ? (isFinished(rebuild) ? rebuild.state : `${rebuild.state} ${rebuild.percent} %`) : '';

const oldTable = ({ oldKept, oldStopped }: ProjectionStatus): string => {
  if (!oldKept) return '';
  return oldStopped ? `kept, but stopped following at ${oldStopped.position ?? 'the beginning'} because ${oldStopped.error}` : 'kept';
};

const tableOf = (all: readonly ProjectionStatus[]): object[] =>
  all.map((one) => ({
    name: one.name,
    version: one.version,
    position: one.position ?? '-',
    'at %': one.percent,
    lag: lag(one),
    'events/s': Math.round(one.eventsPerSecond),
    parked: one.parked,
    owner: one.owner?.slice(-12) ?? 'nobody',
    epoch: one.epoch,
    rebuild: summary(one.rebuild),
    'old table': oldTable(one),
    'last error': one.lastError ?? '',
  }));

const duration = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${Math.floor(seconds % 60)
    .toString()
    .padStart(2, '0')}`;

const progressLine = ({ projection, state, percent, eventsPerSecond, etaSeconds, lastError }: Rebuild): string => {
  const done = Math.round((percent / 100) * BAR_WIDTH);
  const bar = `${'#'.repeat(done)}${'-'.repeat(BAR_WIDTH - done)}`;
  const eta = etaSeconds === null ? '' : `  ETA ${duration(etaSeconds)}`;
  return `${projection}  [${bar}] ${percent.toFixed(1).padStart(5)} %  ${rate(eventsPerSecond)}${eta}  ${state}${lastError ? `  (${lastError})` : ''}`;
};

/** One line that is written over on a terminal; elsewhere a line now and then and whenever the state changes. */
const progressTo = (stream: NodeJS.WriteStream): { show: (rebuild: Rebuild) => void; end: () => void } => {
  let last = { state: '', atMs: -Infinity };
  return {
    show: (rebuild) => {
      const line = progressLine(rebuild);
      if (stream.isTTY) return void stream.write(`\r\u001b[K${line}`);
      const nowMs = performance.now();
      if (rebuild.state === last.state && nowMs - last.atMs < LINE_EVERY_MS) return;
      last = { state: rebuild.state, atMs: nowMs };
      stream.write(`${line}\n`);
    },
    end: () => void (stream.isTTY && stream.write('\n')),
  };
};

const printDifference = ({ position, live, rebuilt, differentRows, first }: Difference): void => {
  console.log(`at position ${position}: ${differentRows} rows differ`);
  console.table({ live, rebuilt });
  for (const { rowKey, live: one, rebuilt: other } of first) {
    console.log(`  ${rowKey}`);
    console.log(`    live:    ${one ? JSON.stringify(one) : 'no such row'}`);
    console.log(`    rebuilt: ${other ? JSON.stringify(other) : 'no such row'}`);
  }
};

const conclusion = ({ projection, purpose, state, events, lastError }: Rebuild): string => {
  switch (state) {
    case 'swapped':
      return `${projection} was rebuilt from ${events.toLocaleString('en')} events and swapped in. The table from before is kept and followed: \`rollback\` takes it back, \`drop-old\` lets it go.`;
    case 'verified':
      return `${projection} is what its events make of it, byte for byte (${events.toLocaleString('en')} events).`;
    case 'differs':
      return purpose === 'verify'
        ? `${projection} is not what its events make of it.`
        : `Not swapped. The new table is kept: \`--accept-differences\` swaps it in, \`--cancel\` drops it.`;
    case 'cancelled':
      return `the rebuild of ${projection} was cancelled; nothing has changed`;
    case 'failed':
      return `the rebuild of ${projection} failed: ${lastError ?? 'unknown'}`;
    case 'building':
    case 'indexing':
    case 'verifying':
      return `${projection} goes on where a projector runs, and here when the command is given again; --cancel ends it`;
  }
};

/** Works on it in this process, unless another already does; until it is over or somebody presses Ctrl-C. */
async function workOn(app: INestApplicationContext, name: string, request: RebuildRequest): Promise<Rebuild> {
  const [database, desk] = [app.get(DataSource), app.get(RebuildDesk)];
  const leases = new Leases(poolOf(database));
  const report = (message: string): void => console.error(message);
  const definitions = readModels.filter(({ projection }) => projection.name === name);
  const runner = new RebuildRunner({
    log: app.get(EventStore),
    database,
    leases,
    definitions,
    prefixes: LEDGER_PREFIXES,
    everyMs: LOOK_EVERY_MS,
    report,
  });
  let interrupted = false;
  const interrupt = (): void => void (interrupted = true);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, interrupt);
  const progress = progressTo(process.stderr);
  let rebuild = await desk.request(name, request);
  leases.start();
  runner.start();
  try {
    while (!isFinished(rebuild) && !interrupted) {
      progress.show(rebuild);
      await delay(LOOK_EVERY_MS);
      rebuild = (await desk.last(name)) ?? rebuild;
    }
    progress.show(rebuild);
  } finally {
    progress.end();
    await runner.stop();
    await leases.stop();
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
  return rebuild;
}

const run = (name: string, request: RebuildRequest, reason?: string): Promise<void> =>
  withLedger(async (app) => {
    await noteWhy(app, { subjectId: `projection-${name}`, deed: 'rebuild', reason });
    const rebuild = await workOn(app, name, request);
    if (rebuild.difference) printDifference(rebuild.difference);
    console.log(conclusion(rebuild));
    if (!['swapped', 'verified', 'cancelled'].includes(rebuild.state)) process.exitCode = 1;
  });

interface Deed {
  readonly name: string;
  readonly deed: string;
  readonly reason: string | undefined;
}

/** @param work says what is done then */
const act = ({ name, deed, reason }: Deed, work: (desk: RebuildDesk) => Promise<string>): Promise<void> =>
  withLedger(async (app) => {
    const done = await work(app.get(RebuildDesk));
    await noteWhy(app, { subjectId: `projection-${name}`, deed, reason });
    console.log(done);
  });

const end = (name: string, purpose: 'swap' | 'verify', reason: string | undefined): Promise<void> =>
  act({ name, deed: 'cancel', reason }, async (desk) => {
    await desk.cancel(name, purpose);
    return `the ${purpose === 'swap' ? 'rebuild' : 'verification'} of ${name} is cancelled; nothing has changed`;
  });

interface RebuildOptions {
  readonly acceptDifferences?: boolean;
  readonly cancel?: boolean;
  readonly reason?: string;
}

export const addProjectionCommands = (program: Command): void => {
  const projections = program.command('projections').description('read models: how they are, rebuilding them, taking that back');
  projections
    .command('list')
    .description('every read model: position, lag, rate, owner, parked events, rebuild')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const all = await app.get(Projections).list();
        if (json) console.log(JSON.stringify(all, null, 2));
        else console.table(tableOf(all));
      });
    });
  projections
    .command('show <name>')
    .description('one read model with its last rebuild')
    .option('--json', 'as JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const one = await app.get(Projections).show(name);
        console.log(json ? JSON.stringify(one, null, 2) : one);
      });
    });
  projections
    .command('verify <name>')
    .description('builds it anew beside the live table and compares byte for byte; names the first rows that differ')
    .option('--cancel', 'end a verification and drop what it has built')
    .option(...WHY)
    .action((name: string, { cancel, reason }: RebuildOptions) =>
      cancel ? end(name, 'verify', reason) : run(name, { purpose: 'verify', by: COMMAND_LINE.id }),
    );
  projections
    .command('rebuild <name>')
    .description('builds it anew beside the live table, compares and swaps; given again, it goes on where it was')
    .option('--accept-differences', 'swap also if the new rows are not the old ones')
    .option('--cancel', 'end a rebuild and drop what it has built')
    .option(...WHY)
    .action((name: string, { acceptDifferences = false, cancel, reason }: RebuildOptions) =>
      cancel ? end(name, 'swap', reason) : run(name, { purpose: 'swap', acceptDifferences, by: COMMAND_LINE.id }, reason),
    );
  projections
    .command('rollback <name>')
    .description('reads the table from before the last rebuild again; the rebuilt one is kept in its place')
    .option(...WHY)
    .action((name: string, { reason }: { reason?: string }) =>
      act({ name, deed: 'rollback', reason }, async (desk) => {
        await desk.rollback(name);
        return `${name} is read from the table before the rebuild again`;
      }),
    );
  projections
    .command('drop-old <name>')
    .description('forgets the table from before the last rebuild, and those of earlier versions that no process keeps up')
    .option(...WHY)
    .action((name: string, { reason }: { reason?: string }) =>
      act({ name, deed: 'drop-old', reason }, async (desk) => `gone: ${(await desk.dropOld(name)).join(', ')}`),
    );
};
