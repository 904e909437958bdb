/** What `npm start` keeps in DATA_DIR: who uses it now, the ports of this installation and its secrets. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Made once, at random, and used for as long as the folder exists. */
export interface LocalSecrets {
  readonly stripeSecretKey: string;
  readonly webhookSecret: string;
  readonly panelAppKey: string;
  readonly panelClientKey: string;
  readonly jwtSecret: string;
  /** 32 bytes, base64: encrypts personal data. Without it the names and e-mails in the database cannot be read again. */
  readonly identityKey: string;
}

/** A part that listens, in the words of ports.json. */
export type Part = 'eventstore' | 'postgres' | 'stripe' | 'pterodactyl' | 'mailbox' | 'smtp' | 'ledger';

const PORTS: Readonly<Record<Part, number>> = {
  eventstore: 2113,
  postgres: 5433,
  stripe: 4242,
  pterodactyl: 8081,
  mailbox: 8025,
  smtp: 1025,
  ledger: 3000,
};
const PORT_WAIT_MS = 10_000;
const POLL_INTERVAL_MS = 100;

const readJson = (file: string): Record<string, unknown> => {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${file} is damaged (not JSON); repair it from a copy`, { cause });
  }
};

/** Written beside and then renamed, so that a crash leaves the old file or the new one. */
const writeJson = (file: string, value: unknown): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

/** When the process began, as the kernel counts, so that a pid used again by another program is not taken for ours; empty where unknown. */
const beganAt = (pid: number): string => {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) ? (readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '') : '';
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Opens the folder for this process alone; throws if another start uses it. Other accounts may pass through (PostgreSQL's does), not read. */
export function openDataFolder(dir: string): { close(): void } {
  const isNew = !existsSync(dir);
  mkdirSync(dir, { recursive: true });
  if (isNew) chmodSync(dir, 0o711);
  const file = join(dir, 'start.json');
  if (isRunning(dir))
    throw new Error(`process ${String(readJson(file)['pid'])} already runs on ${dir}; stop it first, or use another DATA_DIR`);
  writeJson(file, { pid: process.pid, began: beganAt(process.pid) });
  return { close: () => rmSync(file, { force: true }) };
}

/** The secrets of this folder, made on first use and readable by their owner only. */
export function localSecrets(dir: string): LocalSecrets {
  const file = join(dir, 'local.json');
  const random = (): string => randomBytes(24).toString('hex');
  const known = readJson(file);
  const secrets: LocalSecrets = {
    stripeSecretKey: `sk_test_local${random()}`,
    webhookSecret: `whsec_${random()}`,
    panelAppKey: `ptla_${random()}`,
    panelClientKey: `ptlc_${random()}`,
    jwtSecret: randomBytes(48).toString('base64url'),
    identityKey: randomBytes(32).toString('base64'),
    ...known,
  };
  if (Object.keys(known).length < Object.keys(secrets).length) writeJson(file, secrets);
  return secrets;
}

/** Keeps what the ledger of this folder is started with, for its command line; readable by its owner only. */
export const keepEnvironment = (dir: string, env: Readonly<Record<string, string | undefined>>): void =>
  writeJson(join(dir, 'ledger.json'), env);

/** What the ledger of this folder was last started with; empty before its first start. */
export const keptEnvironment = (dir: string): Record<string, string | undefined> =>
  readJson(join(dir, 'ledger.json')) as Record<string, string | undefined>;

/** Whether a start uses the folder now. */
export const isRunning = (dir: string): boolean => {
  const { pid, began } = readJson(join(dir, 'start.json'));
  return typeof pid === 'number' && pid !== process.pid && isAlive(pid) && began === beganAt(pid);
};

/** Whether this address can be listened on now. */
const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((answer) => {
    const probe = createServer().once('error', () => answer(false));
    probe.listen(port, host, () => probe.close(() => answer(true)));
  });

const isFreeWithin = async (port: number, timeoutMs: number): Promise<boolean> => {
  for (let waitedMs = 0; ; waitedMs += POLL_INTERVAL_MS) {
    if (await isFree(port, '127.0.0.1')) return true;
    if (waitedMs >= timeoutMs) return false;
    await delay(POLL_INTERVAL_MS);
  }
};

const nextFree = async (after: number, taken: ReadonlySet<number>): Promise<number> => {
  for (let port = after + 1; port < after + 1000; port += 1) if (!taken.has(port) && (await isFree(port, '127.0.0.1'))) return port;
  throw new Error(`no free port from ${after} to ${after + 1000}`);
};

/**
 * A port for each part, the same at every start of this folder. A remembered one may still be held by a run that is just ending, so it is
 * waited for; one that another program holds is replaced by a free one, which is said and remembered. A `fixed` one is never replaced.
 */
export async function choosePorts(
  dir: string,
  parts: readonly Part[],
  fixed: Partial<Record<Part, number>>,
): Promise<Record<Part, number>> {
  const file = join(dir, 'ports.json');
  const remembered = readJson(file) as Partial<Record<Part, number>>;
  const chosen: Record<Part, number> = { ...PORTS, ...remembered, ...fixed };
  for (const part of parts) {
    const wanted = chosen[part];
    const others = new Set(parts.filter((other) => other !== part).map((other) => chosen[other]));
    if (!others.has(wanted) && (await isFreeWithin(wanted, remembered[part] === wanted ? PORT_WAIT_MS : 0))) continue;
    if (fixed[part] !== undefined)
      throw new Error(`port ${wanted} for the ${part} is taken by another program; stop that or set another PORT`);
    chosen[part] = await nextFree(wanted, others);
    console.error(`port ${wanted} is taken by another program; the ${part} uses ${chosen[part]} from now on`);
  }
  const kept = Object.fromEntries(parts.filter((part) => fixed[part] === undefined).map((part) => [part, chosen[part]]));
  writeJson(file, { ...remembered, ...kept });
  return chosen;
}
