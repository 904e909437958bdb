/** A process that does nothing but rebuild and follow, for tests of rebuilds. */
import { poolOf } from '../../src/platform/database/data-source.js';
import { Leases } from '../../src/platform/readers/leases.js';
import type { LogMessage, LogReader } from '../../src/platform/readers/log-reader.js';
import { pause } from '../../src/platform/readers/pacing.js';
import { RebuildDesk, type RebuildRequest } from '../../src/platform/readers/rebuild/rebuild-desk.js';
import type { Rebuild } from '../../src/platform/readers/rebuild/rebuild-records.js';
import { RebuildRunner, type RebuildRunnerOptions } from '../../src/platform/readers/rebuild/rebuild-runner.js';
import { eventually } from '../support/eventually.js';
import { AccountEntity, FAST, ListLog, PREFIXES, accounts, connect, put } from './readers.support.js';

export const NAME = 'test-accounts';
export const SWAP: RebuildRequest = { purpose: 'swap', by: 'test' };
export const VERIFY: RebuildRequest = { purpose: 'verify', by: 'test' };

const PATIENCE_MS = 60_000;

/** With this many events over seven accounts. */
export const filled = (count: number, log = new ListLog()): ListLog => {
  for (let index = 0; index < count; index += 1) log.append(put(`account-${index % 7}`, index));
  return log;
};
export const placeOf = (log: ListLog, index = -1): bigint => log.events.at(index)?.position.commit ?? -1n;

/** Holds back what comes after so many events, until it is opened. */
export class GatedLog extends ListLog {
  private readonly gate = new AbortController();

  constructor(
    private readonly behind: ListLog,
    private readonly most: number,
  ) {
    super();
    this.events.push(...behind.events);
  }

  /** Lets the rest through, also to those who wait. */
  release(): void {
    this.gate.abort();
  }

  override logIdentity(): Promise<string> {
    return this.behind.logIdentity();
  }

  override async *subscribe(options: Parameters<ListLog['subscribe']>[0]): AsyncGenerator<LogMessage, void, void> {
    let count = 0;
    for await (const message of super.subscribe(options)) {
      if (count === this.most) await pause(PATIENCE_MS, AbortSignal.any([options.signal, this.gate.signal]));
      if (options.signal.aborted) return;
      count += 1;
      yield message;
    }
  }
}

export class Builder {
  private closing: Promise<void> | undefined;

  private constructor(
    readonly desk: RebuildDesk,
    private readonly close: () => Promise<void>,
  ) {}

  static async start(url: string, log: LogReader, options: Partial<RebuildRunnerOptions> = {}): Promise<Builder> {
    const { definitions = [{ projection: accounts, entity: AccountEntity }] } = options;
    const database = await connect(
      url,
      definitions.map(({ entity }) => entity),
    );
    const leases = new Leases(poolOf(database), FAST);
    const runner = new RebuildRunner({ log, database, leases, definitions, prefixes: PREFIXES, everyMs: 50, ...options });
    leases.start();
    runner.start();
    return new Builder(new RebuildDesk(database, definitions), async () => {
      await runner.stop();
      await leases.stop();
      await database.destroy();
    });
  }

  stop(): Promise<void> {
    return (this.closing ??= this.close());
  }

  /** The last run, once it is in one of these states. */
  until(...states: Rebuild['state'][]): Promise<Rebuild> {
    return this.untilOf(NAME, ...states);
  }

  untilOf(name: string, ...states: Rebuild['state'][]): Promise<Rebuild> {
    const ask = async (): Promise<Rebuild | undefined> => {
      const last = await this.desk.last(name);
      return last && states.includes(last.state) ? last : undefined;
    };
    return eventually(ask, { what: `a rebuild of ${name} that is ${states.join(' or ')}`, withinMs: 30_000 });
  }

  async run(request: RebuildRequest, ...states: Rebuild['state'][]): Promise<Rebuild> {
    await this.desk.request(NAME, request);
    return this.until(...states);
  }
}
