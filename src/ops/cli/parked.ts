/** `ledger projections parked`: events that a read model could not take. */
import type { Command } from 'commander';
import { ParkedProjections, type ParkedRequest } from '../../platform/readers/parked-projections.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

const SETTLED_WITHIN_MS = 10_000;

/** Asks, waits for the owner of the projection, and tells what came of it. */
const ask = (request: (parked: ParkedProjections) => Promise<ParkedRequest>): Promise<void> =>
  withLedger(async (app) => {
    const parked = app.get(ParkedProjections);
    const { outcome } = await parked.settled(await request(parked), SETTLED_WITHIN_MS);
    console.log(outcome ?? 'asked for; no process has done it yet (is a ledger with the role projector running?)');
  });

export const addParkedCommands = (program: Command): void => {
  const projections = program.commands.find((command) => command.name() === 'projections') ?? program.command('projections');
  const parked = projections
    .command('parked')
    .description('events that a read model could not take, and those behind them in the same row');
  addQuestions(parked);
  addDecisions(parked);
};

const addQuestions = (parked: Command): void => {
  parked
    .command('list [projection]')
    .description('rows that wait, longest first')
    .option('--json', 'as JSON')
    .action(async (projection: string | undefined, { json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const rows = await app.get(ParkedProjections).list(projection);
        if (json) console.log(JSON.stringify(rows, null, 2));
        else if (rows.length === 0) console.log('nothing is parked');
        else
          console.table(
            rows.map(({ version: _version, position: _position, ...row }) => ({ ...row, parkedAt: row.parkedAt.toISOString() })),
          );
      });
    });
  parked
    .command('show <projection> <rowKey>')
    .description('the events of one row that wait, in order, with what they say')
    .option('--json', 'as JSON')
    .action(async (projection: string, rowKey: string, { json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const events = await app.get(ParkedProjections).show({ projection, rowKey });
        if (json) console.log(JSON.stringify(events, null, 2));
        else for (const one of events) console.log(one);
      });
    });
  parked
    .command('history')
    .description('what was decided about parked events, by whom and what came of it, newest first')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withLedger(async (app) => {
        const requests = await app.get(ParkedProjections).requests(100);
        if (json) console.log(JSON.stringify(requests, null, 2));
        else
          console.table(
            requests.map(({ requestedAt, actorId, action, projection, rowKey, eventId, reason, outcome }) => ({
              at: requestedAt.toISOString(),
              by: actorId,
              action,
              projection,
              rowKey: rowKey ?? 'all',
              eventId,
              reason,
              outcome,
            })),
          );
      });
    });
};

const addDecisions = (parked: Command): void => {
  parked
    .command('retry <projection> <rowKey>')
    .description('folds the parked events of one row again, in order')
    .action((projection: string, rowKey: string) => ask((all) => all.retry({ projection, rowKey }, COMMAND_LINE)));
  parked
    .command('retry-all <projection>')
    .description('the same for every row of a projection')
    .action((projection: string) => ask((all) => all.retry({ projection }, COMMAND_LINE)));
  parked
    .command('discard <projection> <rowKey> <eventId>')
    .description('leaves the first parked event of a row out of it and folds those behind it; a rebuild meets the event again')
    .requiredOption('--reason <reason>', 'kept for good; nothing personal')
    .action((...[projection, rowKey, eventId, { reason }]: [string, string, string, { reason: string }]) =>
      ask((all) => all.discard({ projection, rowKey, eventId, reason }, COMMAND_LINE)),
    );
};
