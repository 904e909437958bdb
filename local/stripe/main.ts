/** Command line of the Stripe stand-in. */
import { followClock } from '../support/clock.js';
import { runProgram } from '../support/program.js';
import type { Options } from '../support/program.js';
import { startStripe } from './server.js';
import type { StripeOptions } from './server.js';

const NAMES = ['port', 'host', 'dir', 'catalog', 'webhook-url', 'webhook-secret', 'clock', 'retry-speed'] as const;

/** Options that were given, by the names `startStripe` knows; secrets are separated by commas. */
function read(options: Options): StripeOptions {
  const given = {
    host: options['host'],
    dir: options['dir'],
    catalog: options['catalog'],
    webhookUrl: options['webhook-url'],
    webhookSecrets: options['webhook-secret']?.split(',').map((secret) => secret.trim()),
    port: options['port'] === undefined ? undefined : Number(options['port']),
    retrySpeed: options['retry-speed'] === undefined ? undefined : Number(options['retry-speed']),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

await runProgram(NAMES, async (options) => {
  const steered = options['clock'] === undefined ? undefined : await followClock(options['clock']);
  const running = await startStripe({ ...read(options), ...(steered ? { clock: steered.clock } : {}) });
  const close = async (): Promise<void> => {
    steered?.close();
    await running.close();
  };
  return { url: running.url, close };
});
