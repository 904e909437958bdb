/** `npm run ledger -- …`: the ledger's command line, on this folder's local engines (started for as long as it takes if `npm start` is not running) or on whatever is configured by address. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choosePorts, isRunning, keptEnvironment, localSecrets, openDataFolder } from './start/data-folder.js';
import { engineOptions, localEngines } from './start/plan.js';
import type { Engine, Environment, Plan } from './start/plan.js';
import { Supervised } from './supervisor.js';

const BUILT = resolve(import.meta.dirname, '..');

const commandLine = (env: Environment): Promise<number> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [join(BUILT, 'src/ops/cli.js'), ...process.argv.slice(2)], { env, stdio: 'inherit' });
    child.once('exit', (code) => done(code ?? 1));
  });

/** Runs `work` with the log and the database of this folder up. */
const withEngines = async (dir: string, engines: readonly Engine[], work: () => Promise<number>): Promise<number> => {
  const folder = openDataFolder(dir);
  const started: Supervised[] = [];
  try {
    const ports = await choosePorts(dir, engines, {});
    const plan: Plan = { dir, env: process.env, engines, ports, secrets: localSecrets(dir) };
    for (const engine of engines) {
      const args = [join(BUILT, 'local', engine, 'main.js'), ...engineOptions(plan, engine)];
      const child = new Supervised({ name: engine, args, env: process.env, onGivenUp: (why) => console.error(why) });
      started.push(child);
      await child.start();
    }
    return await work();
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    folder.close();
  }
};

const run = async (): Promise<number> => {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const dir = resolve(process.env['DATA_DIR'] || '.data');
  const local = localEngines(process.env);
  if (local.length === 0) return commandLine(process.env);
  const kept = keptEnvironment(dir);
  if (Object.keys(kept).length === 0)
    throw new Error(`nothing has run on ${dir} yet; run "npm start" once, or set the addresses (see .env.example)`);
  const work = (): Promise<number> => commandLine({ ...process.env, ...kept });
  const needed = local.filter((engine) => engine === 'eventstore' || engine === 'postgres');
  return isRunning(dir) ? work() : withEngines(dir, needed, work);
};

run().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
