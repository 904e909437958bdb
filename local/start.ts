/** `npm start`: runs the ledger, and locally whatever it needs that is not configured by address, each supervised in its own process. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choosePorts, keepEnvironment, localSecrets, openDataFolder } from './start/data-folder.js';
import type { Part } from './start/data-folder.js';
import { addedTo, engineOptions, ledgerEnvironment, localEngines, welcome } from './start/plan.js';
import type { Engine, Environment, Plan } from './start/plan.js';
import { Supervised } from './supervisor.js';

const PARENT_POLL_INTERVAL_MS = 500;
const BUILT = resolve(import.meta.dirname, '..');

const engines: Supervised[] = [];
let ledger: Supervised | undefined;
let ending: Promise<void> | undefined;
let folder: { close(): void } | undefined;

/** Ends the ledger first, then what it talks to. */
const endAll = async (): Promise<void> => {
  await ledger?.stop();
  await Promise.all(engines.map((engine) => engine.stop()));
  folder?.close();
};

const exit = (code: number, why?: string): void => {
  if (why !== undefined) console.error(why);
  ending ??= endAll();
  ending.then(
    () => process.exit(code),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
};

const supervised = (name: Part, args: readonly string[], env: Environment): Supervised => {
  if (ending) throw new Error('stopped while starting');
  const log = join(dir, 'logs', `${name}.log`);
  return new Supervised({ name, args, env, log, onGivenUp: (why) => exit(1, `${why}\n  everything it printed: ${log}`) });
};

const startEngine = async (plan: Plan, engine: Engine): Promise<[Engine, string]> => {
  const child = supervised(engine, [join(BUILT, 'local', engine, 'main.js'), ...engineOptions(plan, engine)], process.env);
  engines.push(child);
  return [engine, await child.start()];
};

/** A stop sent to npm alone does not always reach us; the parent that npm gave us being gone means the same. */
const endWithNpm = (): void => {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && exit(0), PARENT_POLL_INTERVAL_MS).unref();
};

const startAll = async (): Promise<void> => {
  folder = openDataFolder(dir);
  const local = localEngines(process.env);
  const fixed = process.env['PORT'] ? { ledger: Number(process.env['PORT']) } : {};
  const ports = await choosePorts(dir, [...local, ...(local.includes('mailbox') ? (['smtp'] as const) : []), 'ledger'], fixed);
  const plan: Plan = { dir, env: process.env, engines: local, ports, secrets: localSecrets(dir) };
  const urls: Partial<Record<Engine, string>> = Object.fromEntries(await Promise.all(local.map((engine) => startEngine(plan, engine))));
  const env = ledgerEnvironment(plan, urls);
  keepEnvironment(dir, addedTo(process.env, env));
  ledger = supervised('ledger', [join(BUILT, 'src', 'main.js'), '--parent', 'pipe'], env);
  const url = await ledger.start();
  if (!ending) console.log(welcome(plan, urls, url));
};

if (existsSync('.env')) process.loadEnvFile('.env');
const dir = resolve(process.env['DATA_DIR'] || '.data');
process
  .on('SIGINT', () => exit(0))
  .on('SIGTERM', () => exit(0))
  .on('SIGHUP', () => exit(0));
endWithNpm();
startAll().catch((error: unknown) => exit(1, error instanceof Error ? error.message : String(error)));
