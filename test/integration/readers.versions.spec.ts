/** A later release comes up beside the one that runs: its version of a read model is built while the other is kept up. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Recorded } from '../../src/platform/event.js';
import type { LogMessage } from '../../src/platform/readers/log-reader.js';
import { ProjectionEngine } from '../../src/platform/readers/projection-engine.js';
import { ReactorEngine } from '../../src/platform/readers/reactor-engine.js';
import { ReadersHealth } from '../../src/platform/readers/readers-health.js';
import { RebuildDesk } from '../../src/platform/readers/rebuild/rebuild-desk.js';
import { readinessOf } from '../../src/platform/readers/readiness.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/postgres.js';
import {
  AccountV2Entity,
  Instance,
  ListLog,
  PREFIXES,
  accountsV2,
  connect,
  engineDatabase,
  positionOf,
  put,
  query,
  rowsOf,
} from './readers.support.js';

const EVENTS = 60;
const LET_THROUGH = 20;

const opening = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
};

/** Hands out the first few events, and the others once it is opened. */
class GatedLog extends ListLog {
  private readonly opened = opening();

  letThrough(): void {
    this.opened.resolve();
  }

  override async *subscribe(options: Parameters<ListLog['subscribe']>[0]): AsyncGenerator<LogMessage, void, void> {
    for await (const message of super.subscribe(options)) {
      if (message.kind === 'event' && this.events.indexOf(message.event) === LET_THROUGH) await this.opened.promise;
      yield message;
    }
  }
}

let database: TestDatabase;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  database = await engineDatabase();
  closing.push(() => database.drop());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const definitions = [{ projection: accountsV2, entity: AccountV2Entity }];

describe('a new version of a read model', () => {
  it('is built beside the running old one, and no process of its release is ready before it is level with the log', async () => {
    const [log, gated] = [new ListLog(), new GatedLog()];
    const tell = (...events: readonly Recorded[]): void => {
      log.append(...events);
      gated.append(...events);
    };
    tell(...Array.from({ length: EVENTS }, (_none, index) => put(`account-${index % 7}`, index)));
    const running = await Instance.start(database.url, log);
    closing.push(() => running.stop());
    const head = (): bigint => log.events.at(-1)?.position.commit ?? -1n;
    await eventually(async () => (await positionOf(running.database)) === head());

    const next = await Instance.start(database.url, gated, { definitions, limits: { eventsMax: 5 } });
    closing.push(() => next.stop());
    // A process of the new release that only answers requests: it runs no reader.
    const answering = await connect(database.url);
    closing.push(() => answering.destroy());
    const parts = { log: gated, database: answering, leases: next.leases };
    const projections = new ProjectionEngine({ ...parts, definitions, prefixes: PREFIXES });
    const health = new ReadersHealth({
      log: gated,
      database: answering,
      projections,
      reactors: new ReactorEngine({ ...parts, reactors: [] }),
    });
    const readiness = async (): Promise<unknown> => readinessOf(await health.status(), { runsProjector: false });
    const places = (): Promise<{ version: number; commit: string }[]> =>
      query(answering, 'select version, commit_position::text as commit from engine.checkpoint order by version');

    const reached = String(gated.events[LET_THROUGH - 1]?.position.commit);
    await eventually(async () => (await places())[1]?.commit === reached, { what: 'the new version as far as it is let' });
    const percent = Math.floor(Number((BigInt(reached) * 1_000n) / head()) / 10);
    expect(await readiness()).toStrictEqual({ up: false, detail: `rebuilding ${percent} %: test-accounts` });
    tell(put('account-3', 1_000));
    await eventually(async () => (await places())[0]?.commit === String(head()), { what: 'the old version at the head' });
    expect((await places())[1]?.commit).toBe(reached);

    gated.letThrough();
    await eventually(async () => (await health.status()).every(({ built, caughtUp }) => built && caughtUp), { what: 'the new version' });
    expect(await readiness()).toStrictEqual({ up: true });
    expect(await rowsOf(answering, 'test_accounts_v2')).toEqual(await rowsOf(answering));
    expect(await rowsOf(answering)).toHaveLength(7);

    const desk = new RebuildDesk(answering, definitions);
    const ask = (): Promise<string[]> => desk.dropOld('test-accounts');
    await expect(ask()).rejects.toMatchObject({ code: 'OLD_TABLE_MISSING' });
    await running.engine.stop();
    expect(await ask()).toStrictEqual(['read.test_accounts_v1']);
    expect((await places()).map(({ version }) => version)).toStrictEqual([2]);
    expect(await rowsOf(answering, 'test_accounts_v2')).toHaveLength(7);
    await expect(ask()).rejects.toMatchObject({ code: 'OLD_TABLE_MISSING' });
  });
});
