/** The panel itself: its tables, its clock, the installs under way on its nodes, and what tests asked it to do wrong. */
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../support/clock.js';
import { Faults } from '../support/faults.js';
import { RateLimit } from './rate-limit.js';
import { identifierOf } from './records.js';
import type { InstallOutcome, ServerRow } from './records.js';
import type { Store } from './store.js';
import { Wings } from './wings.js';
import type { PowerTimes, Signal } from './wings.js';

export const RESOURCES = [
  'servers',
  'nodes',
  'allocations',
  'users',
  'locations',
  'nests',
  'eggs',
  'database_hosts',
  'server_databases',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** A key as the panel knows it: whose it is and, per resource, 0 none, 1 read, 2 write, 3 both. */
export interface ApiKey {
  readonly userId: number;
  readonly rootAdmin: boolean;
  readonly abilities: Readonly<Record<Resource, number>>;
  /** The addresses it may be used from; every one without it. */
  readonly allowedIps?: readonly string[];
  /** Its owner has no second factor, and the panel demands one. */
  readonly lacksSecondFactor?: boolean;
}

const FULL_ACCESS = Object.fromEntries(RESOURCES.map((resource) => [resource, 3])) as Record<Resource, number>;

export const ADMIN_USER_ID = 1;
export const fullAccess: ApiKey = { userId: ADMIN_USER_ID, rootAdmin: true, abilities: FULL_ACCESS };

export interface Settings extends PowerTimes {
  installMs: number;
  installOutcome: InstallOutcome;
  /** How long a console's token lasts. */
  tokenMs: number;
  /** Tokens for consoles that each server may give out in a minute, as from release 1.12 on; 0 for no limit. */
  tokensPerMinute: number;
  /** How long the panel does not ask Wings again what a server uses. */
  usageMs: number;
}

const SIGNALS_KEPT_MAX = 1000;

/** An ISO-8601 time the way the panel writes it: whole seconds and a spelled-out offset. */
export const timestamp = (at: Date): string => `${at.toISOString().slice(0, 19)}+00:00`;

export class Panel {
  readonly faults = new Faults();
  readonly keys = new Map<string, ApiKey>();
  /** How often creation was asked for, and how often a row was made, by external id. */
  readonly calls = { creates: new Map<string, number>(), rows: new Map<string, number>() };
  /** Every power signal that came, as `<short id> <signal>`. */
  readonly signals: string[] = [];
  /** How often somebody asked what a server uses. */
  usages = 0;
  /** How often Wings was started anew, by node: it believes no token from before. */
  readonly boots = new Map<number, number>();
  /** Nodes whose Wings does not answer (504) or does not believe the panel's token (403), and after how many real milliseconds. */
  readonly nodeTroubles = new Map<number, { readonly status: 403 | 504; readonly delayMs: number | undefined }>();
  /** How many tokens for consoles were given out. */
  tokens = 0;
  /** Calls that are not answered yet. */
  underWay = 0;
  readonly wings: Wings;
  /** Counted by server, whoever asks. */
  readonly tokenLimit = new RateLimit(() => this.settings.tokensPerMinute);
  /** What Wings was last told of a server's usage, by uuid, and until when that is not asked again. */
  readonly usage = new Map<string, { readonly untilMs: number; readonly value: unknown }>();
  /** Shared with the nodes; new with every start, as after a change of theirs. */
  readonly nodeSecret = randomBytes(32);
  private readonly closing = new AbortController();
  private readonly made = new EventEmitter();

  constructor(
    readonly store: Store,
    readonly clock: Clock,
    readonly settings: Settings,
  ) {
    this.wings = new Wings(clock, settings);
  }

  countPower(server: ServerRow, signal: Signal): void {
    this.signals.push(`${identifierOf(server)} ${signal}`);
    if (this.signals.length > SIGNALS_KEPT_MAX) this.signals.shift();
  }

  now(): string {
    return timestamp(this.clock());
  }

  /** Who a bearer token speaks for; any `ptlc_` key of the right length is taken for the root administrator's own. */
  keyFor(token: string): ApiKey | undefined {
    return this.keys.get(token) ?? (/^ptlc_\w{43}$/.test(token) ? fullAccess : undefined);
  }

  /** Ends installs whose time has come. Called before every answer, so nothing runs while nobody looks. */
  async settleInstalls(): Promise<void> {
    const nowMs = this.clock().getTime();
    const due = this.store.servers
      .all()
      .filter(({ status, install }) => status === 'installing' && install.outcome !== 'stuck' && install.endsAtMs <= nowMs);
    for (const server of due) await this.endInstall(server);
  }

  private async endInstall(server: ServerRow): Promise<void> {
    const { outcome, again, endsAtMs } = server.install;
    const failed = again ? 'reinstall_failed' : 'install_failed';
    await this.store.servers.update(server, { status: outcome === 'failed' ? failed : null, updated_at: timestamp(new Date(endsAtMs)) });
    if (outcome === 'ok' && server.start_on_completion === true) this.wings.signal(server, 'start');
  }

  /** Wings on a node starts anew, or on every node: it tells the panel that what it was installing or restoring is over, however far that was. */
  async restartWings(nodeId?: number): Promise<void> {
    await this.settleInstalls();
    const nodes = this.store.nodes.all().filter(({ id }) => nodeId === undefined || id === nodeId);
    const ids = nodes.map(({ id }) => id);
    for (const id of ids) this.boots.set(id, (this.boots.get(id) ?? 0) + 1);
    const under = ['installing', 'restoring_backup'];
    const reset = this.store.servers.all().filter(({ node, status }) => ids.includes(node) && under.includes(status ?? ''));
    const install = (server: ServerRow) =>
      server.status === 'installing' ? { install: { ...server.install, cutOff: true as const } } : {};
    await Promise.all(
      reset.map((server) => this.store.servers.update(server, { status: null, updated_at: this.now(), ...install(server) })),
    );
  }

  /** The install that begins now, as the settings have it. */
  nextInstall(again: boolean): ServerRow['install'] {
    const beganAtMs = this.clock().getTime();
    return { beganAtMs, endsAtMs: beganAtMs + this.settings.installMs, outcome: this.settings.installOutcome, again };
  }

  serverWasMade(): void {
    this.made.emit('server');
  }

  /** Holds a call until a server was made by another one. */
  async otherServerMade(): Promise<void> {
    await once(this.made, 'server', { signal: this.closing.signal });
  }

  /** Holds a call for so many real milliseconds; cut short when the panel closes. */
  async delay(delayMs: number | undefined): Promise<void> {
    if (delayMs === undefined || delayMs <= 0) return;
    await sleep(delayMs, undefined, { signal: this.closing.signal }).catch((error: unknown) => {
      if (!this.closing.signal.aborted) throw error;
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.store.close();
  }
}

export const countCall = (counts: Map<string, number>, externalId: unknown): void => {
  const key = typeof externalId === 'string' ? externalId : '';
  counts.set(key, (counts.get(key) ?? 0) + 1);
};
