/** Keeps every read model that this process owns up to date with the log. */
import type { DataSource } from 'typeorm';
import { poolOf } from '../database/data-source.js';
import type { BatchLimits } from './batches.js';
import { readCheckpoints, refuseChangedLog, type ReaderKey } from './checkpoints.js';
import { messageOf } from './errors.js';
import type { Leases } from './leases.js';
import type { LogReader } from './log-reader.js';
import { foldOf, type ProjectionDefinition } from './projection-definition.js';
import { ProjectionGroup, type GroupContext } from './projection-group.js';
import { PARKING_LIMITS, type ParkingLimits } from './projection-parked.js';
import type { ReadModel } from './projection-rows.js';
import { ProjectionTable } from './projection-table.js';
import { UNOBSERVED, type ReaderObserver } from './reader-observer.js';
import { memberOf } from './projection-writer.js';

export interface ProjectionEngineOptions {
  readonly log: LogReader;
  readonly database: DataSource;
  readonly leases: Leases;
  readonly definitions: readonly ProjectionDefinition[];
  /** Stream-name prefixes that are subscribed to. */
  readonly prefixes: readonly string[];
  readonly limits?: BatchLimits;
  /** Default 1,024 rows of 1,024 events. */
  readonly parking?: ParkingLimits;
  /** How often requests for parked events are looked for; default 1,000 ms. */
  readonly requestsEveryMs?: number;
  /** How long silence of the subscription is believed; default 10,000 ms. */
  readonly silenceMs?: number;
  readonly report?: (message: string) => void;
  readonly observer?: ReaderObserver;
}

/** What this process knows about one of its readers, beyond what is in the database. */
export interface LocalState {
  readonly caughtUp: boolean;
  readonly lastError: string | undefined;
}

/** Leases come one by one, so groups are formed a moment after the last. */
const REGROUP_AFTER_MS = 50;
const REGROUP_AGAIN_MS = 1_000;

export const projectionLease = ({ reader, version }: ReaderKey): string => `projection/${reader}/${version}`;

export class ProjectionEngine {
  private readonly known: ReadonlyMap<string, ReadModel>;
  private readonly held = new Map<string, number>();
  /** Leases of projections that fail by themselves and must not keep others back; until they have caught up. */
  private readonly apart = new Set<string>();
  private readonly context: GroupContext;
  private groups: ProjectionGroup[] = [];
  private timer: NodeJS.Timeout | undefined;
  private regrouping: Promise<void> = Promise.resolve();
  private running = false;

  /** @throws if an entity does not fit its projection */
  constructor(private readonly options: ProjectionEngineOptions) {
    const { log, database, leases, prefixes, limits = {}, parking = PARKING_LIMITS, silenceMs } = options;
    const { report = () => undefined, observer = UNOBSERVED } = options;
    this.known = new Map(options.definitions.map((definition) => this.prepare(definition)));
    this.context = {
      log,
      database,
      pool: poolOf(database),
      owner: leases.owner,
      prefixes,
      limits,
      parking,
      silenceMs,
      report,
      observer,
      ...(options.requestsEveryMs !== undefined && { requestsEveryMs: options.requestsEveryMs }),
      onCaughtUp: () => this.regroupSoon(),
      onMemberFailed: (reader) => this.setApart(reader),
    };
  }

  private setApart(reader: string): void {
    for (const [name, { fold }] of this.known) if (fold.key.reader === reader) this.apart.add(name);
    this.regroupSoon();
  }

  private prepare(definition: ProjectionDefinition): [string, ReadModel] {
    const fold = foldOf(definition);
    const table = new ProjectionTable(this.options.database, definition.entity, fold.key);
    return [projectionLease(fold.key), { fold: { ...fold, problemOf: (...judged) => table.problemOf(...judged) }, table }];
  }

  get keys(): ReaderKey[] {
    return [...this.known.values()].map(({ fold }) => fold.key);
  }

  get prefixes(): readonly string[] {
    return this.options.prefixes;
  }

  /** Makes the tables, whose indexes follow when they are filled; every process that reads them may do so. */
  async ensureTables(): Promise<void> {
    for (const { table } of this.known.values()) await table.ensureBare(this.context.pool);
  }

  /** Makes the tables, checks the log and begins. An event store that is away is waited for. @throws LogChanged */
  async start(): Promise<void> {
    await this.ensureTables();
    await refuseChangedLog(this.options.log, this.context.pool, this.keys);
    this.running = true;
    for (const name of this.known.keys()) {
      this.options.leases.want(name, {
        acquired: (epoch) => this.change(() => this.held.set(name, epoch)),
        lost: () => this.change(() => this.held.delete(name)),
      });
    }
  }

  /** Settles when what is being written is written; the leases are given back. */
  async stop(): Promise<void> {
    this.running = false;
    clearTimeout(this.timer);
    await this.regrouping;
    await Promise.all(this.groups.map((group) => group.stop()));
    this.groups = [];
    for (const name of this.known.keys()) await this.options.leases.giveBack(name);
    this.held.clear();
  }

  /** By reader name; only readers that this process runs. */
  states(): Map<string, LocalState> {
    return new Map(
      this.groups.flatMap(({ members, caughtUp, lastError }) => members.map(({ fold }) => [fold.key.reader, { caughtUp, lastError }])),
    );
  }

  private change(apply: () => void): void {
    apply();
    this.regroupSoon();
  }

  private regroupSoon(delayMs = REGROUP_AFTER_MS): void {
    if (!this.running) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.regrouping = this.regrouping.then(() => this.tryRegroup());
    }, delayMs);
  }

  private async tryRegroup(): Promise<void> {
    try {
      await this.regroup();
    } catch (error) {
      this.context.report(`projections: ${messageOf(error)}`);
      this.regroupSoon(REGROUP_AGAIN_MS);
    }
  }

  /** Ends groups that lost a member, merges those that have caught up, and gives every free member a group with those at the same place. */
  private async regroup(): Promise<void> {
    if (!this.running) return;
    const broken = this.groups.filter((group) => this.isBroken(group));
    const level = this.groups.filter((group) => group.caughtUp && !broken.includes(group));
    for (const { members } of level) for (const { fold } of members) this.apart.delete(projectionLease(fold.key));
    const ending = new Set([...broken, ...(level.length > 1 ? level : [])]);
    await Promise.all([...ending].map((group) => group.stop()));
    this.groups = this.groups.filter((group) => !ending.has(group));
    const merged = new Set(level.length > 1 ? level.flatMap(({ members }) => members.map(({ fold }) => projectionLease(fold.key))) : []);
    const taken = new Set(this.groups.flatMap(({ members }) => members.map(({ fold }) => projectionLease(fold.key))));
    const free = [...this.held.keys()].filter((name) => !taken.has(name));
    for (const names of await this.together(free, merged)) this.begin(names);
  }

  /** A member is no longer ours, or keeps the others back. */
  private isBroken({ members }: ProjectionGroup): boolean {
    const names = members.map(({ fold }) => projectionLease(fold.key));
    const lost = members.some(({ epoch }, index) => this.held.get(names[index] ?? '') !== epoch);
    return lost || (names.length > 1 && names.some((name) => this.apart.has(name)));
  }

  private begin(names: readonly string[]): void {
    const members = names.flatMap((name) => {
      const [known, epoch] = [this.known.get(name), this.held.get(name)];
      return known && epoch !== undefined ? [memberOf({ ...known, epoch })] : [];
    });
    if (members.length > 0) this.groups.push(new ProjectionGroup(this.context, members));
  }

  /**
   * Names of readers by where they stand; those that follow the head together stay together although some are a few events ahead, and one that
   * fails by itself is alone.
   */
  private async together(names: readonly string[], merged: ReadonlySet<string>): Promise<string[][]> {
    const keys = names.flatMap((name) => this.known.get(name)?.fold.key ?? []);
    const checkpoints = await readCheckpoints(this.context.pool, keys);
    const positions = new Map(checkpoints.map((c) => [projectionLease(c), String(c.position?.commit)]));
    const groups = new Map<string, string[]>();
    for (const name of names) {
      const place = this.apart.has(name) ? name : merged.has(name) ? 'the head' : (positions.get(name) ?? 'undefined');
      groups.set(place, [...(groups.get(place) ?? []), name]);
    }
    return [...groups.values()];
  }
}
