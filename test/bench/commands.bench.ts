/**
 * From `POST /api/v1/orders` to its answer with an open checkout, at a steady rate: a wish checked, room held, three appends in line, one call to Stripe.
 * No two orders want the same stream at the same revision: each has its own, and holds on a node queue up. Stripe is an endpoint that answers at
 * once, so that none of its time is in the figures; the SDK's call is. One process takes orders and projects them. `bare` is the same chain of
 * writes at the same rate on the same store, database and disk, before, with no ledger around it: what this machine allows at this hour. Where that
 * alone takes most of the floor, the run says nothing of the ledger.
 * Options: --rate (orders a second, default 50), --seconds (default 30), --customers (default 50).
 */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Targets } from './support/bench.js';
import { percentile } from './support/numbers.js';
import { startSource } from './support/programs.js';
import { ProjectorWorld } from './support/projector.js';
import { openShop, placeBareOrder, placeOrder, ROOM, signUp, type Customer } from './support/shop.js';

/** DESIGN §7. A run whose bare writes are above their floor was made on a machine too busy to count. */
export const targets: Targets = { p99Ms: { floor: 25, goal: 12, lower: true }, bareP99Ms: { floor: 20, lower: true } };

const WARM_UP_SECONDS = 10;
/** More than any bench needs: what is measured is no refusal. */
const RATE_LIMIT = '1000000';

export const bench: Bench = ({ option, note }) =>
  ProjectorWorld.run(async (world) => {
    const [rate, seconds] = [option('rate', 50), option('seconds', 30)];
    if (rate * (WARM_UP_SECONDS + seconds) > ROOM) throw new Error(`there is room for ${ROOM} orders`);
    const stripe = await startSource('support/stripe-at-once.ts');
    const ledger = await world.start('http,projector', { STRIPE_API_URL: stripe.url, RATE_LIMIT });
    const agent = new Agent({ keepAlive: true });
    const bare = await startSource('support/bare-order.ts', [], { ...world.environment, STRIPE_API_URL: stripe.url });
    const customers: Customer[] = [];
    while (customers.length < option('customers', 50)) customers.push(await signUp(ledger.url, agent));
    await world.reaches(await openShop(world.store, customers));

    /** So many calls in the course of so many seconds, none waiting for another; answers how long each took, in milliseconds. */
    const steadily = async (lasting: number, call: (index: number) => Promise<void>): Promise<number[]> => {
      const startMs = performance.now();
      const all = Array.from({ length: Math.round(rate * lasting) }, async (_, index) => {
        await delay(startMs + (index * 1_000) / rate - performance.now());
        const sentMs = performance.now();
        await call(index);
        return performance.now() - sentMs;
      });
      return Promise.all(all);
    };
    const order = async (index: number): Promise<void> => {
      const customer = customers[index % customers.length];
      if (!customer) throw new Error('nobody orders without customers');
      await placeOrder(ledger.url, { agent, index }, customer);
    };
    const bareOrder = (): Promise<void> => placeBareOrder(bare.url, agent);
    await steadily(WARM_UP_SECONDS, bareOrder);
    const bareMs = await steadily(seconds, bareOrder);
    await bare.stop();
    await steadily(WARM_UP_SECONDS, order);
    note('warm');
    const startMs = performance.now();
    const tookMs = await steadily(seconds, order);
    const offered = (tookMs.length * 1_000) / (performance.now() - startMs);
    note(`${tookMs.length} orders at ${Math.round(offered)} a second`);
    agent.destroy();
    await ledger.stop();
    await stripe.stop();
    const [p50Ms, bareP50Ms] = [percentile(tookMs, 0.5), percentile(bareMs, 0.5)];
    const bareFigures = { bareP50Ms, bareP99Ms: percentile(bareMs, 0.99), ratioToBare: p50Ms / bareP50Ms };
    return { p50Ms, p99Ms: percentile(tookMs, 0.99), maxMs: Math.max(...tookMs), perSecond: offered, ...bareFigures };
  });
