/** A ledger on a steered clock has come to rest: nothing is due, nothing is in hand, and every reader has read to the end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { LedgerProcess } from './ledger-process.js';
import type { World } from './local-world.js';
import { tableOfModel } from './projector-world.js';
import type { SteerableClock } from './steerable-clock.js';

const ROUNDS_MAX = 900;
const QUIET_ROUNDS = 8;
const ROUND_MS = 60;
/** Of the steered clock, in each round: past every pause of a step that is under way. */
const ROUND_CLOCK_MS = 20_000;

export interface Watched {
  readonly world: World;
  readonly clock: SteerableClock;
  readonly ledger: LedgerProcess;
  readonly database: Client;
}

export class AtRest {
  private lastCount = -1;

  constructor(private readonly watched: Watched) {}

  /** Advances the clock until nothing happens any more, several times in a row; while the panel is at work, which takes real time, it stands. */
  async reach(): Promise<void> {
    await this.until(() => Promise.resolve(false));
  }

  /** The same, at most until this is so; answers whether it is. At rest nothing will bring it about any more. */
  async until(isSo: () => Promise<boolean>): Promise<boolean> {
    const { world, clock, ledger } = this.watched;
    let quiet = 0;
    let busy = '';
    for (let round = 0; round < ROUNDS_MAX && quiet < QUIET_ROUNDS; round += 1) {
      if (await isSo()) return true;
      const calls = await world.panelCallsUnderWay();
      if (calls === 0) clock.advance(ROUND_CLOCK_MS);
      await delay(ROUND_MS);
      busy = calls === 0 ? await this.whatIsBusy() : `${calls} calls to the panel`;
      quiet = busy === '' ? quiet + 1 : 0;
    }
    if (quiet < QUIET_ROUNDS) throw new Error(`the ledger does not come to rest: ${busy}\n${ledger.output.slice(-20).join('\n')}`);
    return false;
  }

  private async whatIsBusy(): Promise<string> {
    const { ledger, clock, database } = this.watched;
    const metrics = await (await fetch(`${ledger.url}/metrics`)).text();
    const behind = metrics.split('\n').filter((line) => /^ledger_reader_(caught_up\{.*\} 0|parked_events\{.*\} [1-9])/.test(line));
    if (behind.length > 0) return behind.join(', ');
    const now = clock.clock().toISOString();
    const { rows } = await database.query<{ what: string }>(
      // Where a person is asked, the panel is still looked at for ever. A claim of a ledger that was killed stays for a while where its work is no longer due; what failed is due for as long as it is tried.
      `select 'claim ' || kind || ' ' || id || ' ' || coalesce(last_error, '') as what
       from engine.claims where coalesce(not_before, lease_until) > clock_timestamp()
       union all select 'due ' || work_key from ${tableOfModel('due-work')} where due_at <= $1
         and not exists (select from ${tableOfModel('delivery-invariant')} where needs_human and work_key = 'provisioning:' || order_id)
       union all select 'due ' || work_key from ${tableOfModel('service-work')} where due_at <= $1
       union all select 'events ' || (select sum(commit_position)::text from engine.checkpoint)`,
      [now],
    );
    const [events, ...work] = rows.map(({ what }) => what).toReversed();
    const positions = Number(events?.split(' ')[1] ?? 0);
    const moved = positions !== this.lastCount;
    this.lastCount = positions;
    return moved ? [events, ...work].join(', ') : work.join(', ');
  }
}
