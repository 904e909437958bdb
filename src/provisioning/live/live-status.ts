/** What servers do and use now, asked of the panel at most every few seconds however many look. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import type { ServerUsage } from '../../pterodactyl/panel.types.js';
import { troubleOf, type Trouble } from './panel-trouble.js';

/** `stale`: the panel did not answer now, and this is what it said at `observedAt`. */
export interface LiveNow {
  readonly usage: ServerUsage;
  readonly observedAt: string;
  readonly stale: boolean;
}

interface Seen {
  readonly usage: ServerUsage;
  readonly observedAt: string;
  /** By performance.now(). */
  readonly atMs: number;
}

const FRESH_MS = 3_000;
/** Older than this it says nothing any more. */
const STALE_MAX_MS = 60_000;
const SERVERS_MAX = 1_000;

@Injectable()
export class LiveStatus {
  private readonly seen = new Map<string, Seen>();
  private readonly asking = new Map<string, Promise<Seen | Trouble>>();

  constructor(
    private readonly panel: LivePanel,
    private readonly clock: Clock,
  ) {}

  /** By the panel's short id; all who ask while the panel is asked share its answer. */
  async of(identifier: string): Promise<LiveNow | Trouble> {
    const known = this.seen.get(identifier);
    if (known && performance.now() - known.atMs < FRESH_MS) return { ...viewOf(known), stale: false };
    const asked = this.asking.get(identifier) ?? this.ask(identifier);
    const answer = await asked;
    if ('usage' in answer) return { ...viewOf(answer), stale: false };
    const isAway = !answer.isCertain || answer.code === 'PANEL_BUSY';
    return isAway && known && performance.now() - known.atMs < STALE_MAX_MS ? { ...viewOf(known), stale: true } : answer;
  }

  /** Something was done on the server: the next look asks the panel. */
  outdate(identifier: string): void {
    const known = this.seen.get(identifier);
    if (known) this.seen.set(identifier, { ...known, atMs: known.atMs - FRESH_MS });
  }

  private ask(identifier: string): Promise<Seen | Trouble> {
    const asked = this.answer(identifier).finally(() => this.asking.delete(identifier));
    this.asking.set(identifier, asked);
    return asked;
  }

  private async answer(identifier: string): Promise<Seen | Trouble> {
    const result = await this.panel.usage(identifier);
    if (result.ok !== 'done') return troubleOf(result);
    const seen = { usage: result.value, observedAt: this.clock.iso(), atMs: performance.now() };
    this.seen.delete(identifier);
    this.seen.set(identifier, seen);
    const oldest = this.seen.keys().next();
    if (this.seen.size > SERVERS_MAX && !oldest.done) this.seen.delete(oldest.value);
    return seen;
  }
}

const viewOf = ({ usage, observedAt }: Seen): Pick<LiveNow, 'usage' | 'observedAt'> => ({ usage, observedAt });
