/** `npm run smoke`: buys a server for every game on any deployment, through HTTP only, and prints how long each step took. */
import { Command, Option } from 'commander';
import { call } from './smoke-client.js';
import { offerFor, refuseLive } from './smoke-offer.js';
import type { Plans } from './smoke-offer.js';
import { PurchaseFailed, STEPS, buy } from './smoke-purchase.js';
import type { Purchase } from './smoke-purchase.js';

interface Options {
  readonly url: string;
  readonly game?: string;
  readonly payment: 'once' | 'subscription';
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(8)} s`;

const explain = (error: unknown): void => {
  if (!(error instanceof PurchaseFailed)) {
    console.error(`  FAILED  ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  console.error(`  FAILED at ${error.step}: ${error.reason}`);
  if (error.orderId === undefined) return;
  console.error(`  timeline of order ${error.orderId}:`);
  for (const { at, type, stream } of error.timeline) console.error(`    ${at}  ${type.padEnd(28)} ${stream}`);
  if (error.timeline.length === 0) console.error('    (nothing, or it cannot be read now)');
};

const buyOne = async (plans: Plans, gameId: string, { url, payment }: Options): Promise<boolean> => {
  console.log(`\n${gameId}, paid ${payment === 'once' ? 'once' : 'by subscription'}`);
  const startMs = performance.now();
  const onStep: Purchase['onStep'] = (step, tookMs, note = '') => console.log(`  ${step.padEnd(14)}${seconds(tookMs)}  ${note}`);
  try {
    await buy({ ...offerFor(plans, gameId), url, payment, onStep, say: (line) => console.log(line) });
    console.log(`  ${'all'.padEnd(14)}${seconds(performance.now() - startMs)}`);
    return true;
  } catch (error) {
    explain(error);
    return false;
  }
};

const smoke = async (options: Options): Promise<void> => {
  const url = options.url.replace(/\/+$/, '');
  const plans = await call<Plans>(`${url}/api/v1/plans`);
  refuseLive(plans);
  const games = options.game === undefined ? plans.games.map(({ id }) => id) : [options.game];
  let failed = 0;
  for (const game of games) if (!(await buyOne(plans, game, { ...options, url }))) failed += 1;
  console.log(`\n${games.length - failed} of ${games.length} games bought at ${url}, ${STEPS.length} steps each`);
  process.exitCode = failed === 0 && games.length > 0 ? 0 : 1;
};

const program = new Command('smoke')
  .description('Buys a server for every game through HTTP only and prints the seven steps with their times.')
  .option('--url <url>', 'the deployment', 'http://127.0.0.1:3000')
  .option('--game <id>', 'this game only')
  .addOption(new Option('--payment <way>', 'how to pay').choices(['once', 'subscription']).default('once'));

await smoke(program.parse().opts<Options>()).catch((error: unknown) => {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  console.error(`The smoke test cannot run: ${error instanceof Error ? error.message : String(error)}${cause}`);
  process.exitCode = 1;
});
