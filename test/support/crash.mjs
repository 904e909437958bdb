/**
 * Preloaded into the ledger (`node --import`): kills the process with -9 at one exact place, once. `CRASH_AT` names it:
 * `before:<EventType>` when that event is about to be appended, `after:<EventType>` when the store has just acknowledged it,
 * `before:panel.createServer`, `after:panel.createServer`, `before:stripe.openCheckout`, `after:stripe.openCheckout`.
 * `LEDGER_DIST` is where the built ledger stands.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [when, place] = (process.env.CRASH_AT ?? '').split(':');
const load = (path) => import(pathToFileURL(join(process.env.LEDGER_DIST ?? 'dist', path)).href);
const die = () => {
  process.stdout.write(`${JSON.stringify({ crashedAt: process.env.CRASH_AT })}\n`);
  process.kill(process.pid, 'SIGKILL');
};

/** Nothing after the kill runs: the signal is delivered before the promise settles, and this never settles anyway. */
const never = new Promise(() => undefined);

const wrap = (prototype, method, applies) => {
  const original = prototype[method];
  prototype[method] = async function (...args) {
    if (!applies(args)) return original.apply(this, args);
    if (when === 'before') {
      die();
      return never;
    }
    await original.apply(this, args);
    die();
    return never;
  };
};

if (place) {
  const { EventStore } = await load('src/platform/event-store/event-store.js');
  const { PanelClient } = await load('src/pterodactyl/panel.client.js');
  const { StripeGateway } = await load('src/stripe/stripe.gateway.js');
  wrap(EventStore.prototype, 'append', ([append]) => append.facts.some(({ type }) => type === place));
  wrap(PanelClient.prototype, 'createServer', () => place === 'panel.createServer');
  wrap(StripeGateway.prototype, 'openCheckout', () => place === 'stripe.openCheckout');
}
