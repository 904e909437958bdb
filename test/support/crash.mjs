/**
 * Preloaded into the ledger (`node --import`): kills the process with -9 at one exact place, once. The file `CRASH_FILE`, while it is there,
 * names the place: `before:<EventType>` when that event is about to be appended, `after:<EventType>` when the store has just acknowledged it,
 * and in the same way `panel.createServer`, `panel.suspendServer`, `panel.deleteServer`, `stripe.openCheckout`, `stripe.expireCheckout` and `stripe.call`. `LEDGER_DIST` is where the built ledger stands. `stop before:stripe.call` does not kill it: the process stands still there, as a paused machine does, until it gets SIGCONT, and the
 * file is gone when what it was about to do is over.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const file = process.env.CRASH_FILE;
const load = (path) => import(pathToFileURL(join(process.env.LEDGER_DIST ?? 'dist', path)).href);
const asked = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const isAsked = (place) => asked() === place;
const isToStop = (place) => asked() === `stop ${place}`;
const die = () => {
  rmSync(file);
  process.kill(process.pid, 'SIGKILL');
};
/** A clock of the machine is right at once when a process is woken; the steered one is asked for every 50 ms. */
const CLOCK_CATCHES_UP_MS = 1_000;
/** What follows runs when the process is woken. */
const standStill = () => {
  process.kill(process.pid, 'SIGSTOP');
  return delay(CLOCK_CATCHES_UP_MS);
};

/** Whoever does not wait for what is about to happen, as they must, gets the time to go on before it never does. */
const HEAD_START_MS = 100;

/** Nothing after the kill runs: the signal is delivered before the promise settles, and this never settles anyway. */
const never = new Promise(() => undefined);

/** @param placesOf the places that a call with these arguments passes */
const wrap = (prototype, method, placesOf) => {
  const original = prototype[method];
  prototype[method] = async function (...args) {
    const places = placesOf(args);
    if (places.some((place) => isAsked(`before:${place}`))) {
      await delay(HEAD_START_MS);
      die();
      return never;
    }
    if (places.some((place) => isToStop(`before:${place}`))) {
      await delay(HEAD_START_MS);
      await standStill();
      return original.apply(this, args).finally(() => rmSync(file));
    }
    const answer = await original.apply(this, args);
    if (!places.some((place) => isAsked(`after:${place}`))) return answer;
    die();
    return never;
  };
};

const { EventStore } = await load('src/platform/event-store/event-store.js');
const { PanelClient } = await load('src/pterodactyl/panel.client.js');
const { StripeCalls } = await load('src/stripe/stripe-calls.js');
const { StripeGateway } = await load('src/stripe/stripe.gateway.js');
wrap(EventStore.prototype, 'append', ([append]) => append.facts.map(({ type }) => type));
wrap(PanelClient.prototype, 'createServer', () => ['panel.createServer']);
wrap(PanelClient.prototype, 'suspendServer', () => ['panel.suspendServer']);
wrap(PanelClient.prototype, 'deleteServer', () => ['panel.deleteServer']);
wrap(StripeCalls.prototype, 'perform', () => ['stripe.call']);
wrap(StripeGateway.prototype, 'openCheckout', () => ['stripe.openCheckout']);
wrap(StripeGateway.prototype, 'expireCheckout', () => ['stripe.expireCheckout']);
