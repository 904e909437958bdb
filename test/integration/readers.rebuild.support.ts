/** A process that does nothing but rebuild and follow, for tests of rebuilds. */
import { poolOf } from '../../src/platform/database/data-source.js';
import { Leases } from '../../src/platform/readers/leases.js';
import type { LogReader } from '../../src/platform/readers/log-reader.js';
import { RebuildDesk, type RebuildRequest } from '../../src/platform/readers/rebuild/rebuild-desk.js';
import type { Rebuild } from '../../src/platform/readers/rebuild/rebuild-records.js';
import { RebuildRunner, type RebuildRunnerOptions } from '../../src/platform/readers/rebuild/rebuild-runner.js';
import { eventually } from '../support/eventually.js';
import { AccountEntity, FAST, PREFIXES, accounts, connect } from './readers.support.js';

export const NAME = 'test-accounts';
export const SWAP: RebuildRequest = { purpose: 'swap', by: 'test' };
export const VERIFY: RebuildRequest = { purpose: 'verify', by: 'test' };

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
