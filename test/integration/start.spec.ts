/** `npm start` with everything local, once whole and otherwise around a ledger that only listens: what is started, what is remembered, and that nothing stays behind. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';

/** Stands where the ledger stands: says what it was given, and ends like this when it is told to. */
const FAKE_LEDGER = `
import { createServer } from 'node:http';
if (process.env.FAKE_EXIT) { console.error('the fake ledger ends'); process.exit(Number(process.env.FAKE_EXIT)); }
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(7);
  response.end(JSON.stringify({ pid: process.pid, env: process.env }));
});
process.once('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:' + process.env.PORT })));
`;

const dist = resolve(process.env['LEDGER_DIST'] ?? 'dist');
let home: string;
let started: Started | undefined;

/** Every process that was started for this home: each carries its path on the command line or works in it. */
const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(home);
      } catch {
        return false;
      }
    });

class Started {
  output = '';
  readonly ended: Promise<number | string>;
  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    this.ended = new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code ?? 0)));
  }
  async ready(withinMs = 60_000): Promise<string> {
    await Promise.race([
      eventually(
        () => {
          if (this.output.includes('is ready')) return true;
          throw new Error(this.output);
        },
        { withinMs, what: 'the start' },
      ),
      this.ended.then((how) => Promise.reject(new Error(`ended (${how}): ${this.output}`))),
    ]);
    return this.output;
  }
}

/** Ports far from the defaults, so that a ledger that runs on this machine does not matter. */
const choosePorts = async (): Promise<void> => {
  const ports: Record<string, number> = {};
  for (const part of ['eventstore', 'postgres', 'stripe', 'pterodactyl', 'mailbox', 'ledger']) ports[part] = await freePort();
  mkdirSync(join(home, 'data'));
  writeFileSync(join(home, 'data', 'ports.json'), JSON.stringify(ports));
};

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  DATA_DIR: join(home, 'data'),
  ...more,
});

const start = (more: Record<string, string> = {}): Started => {
  const child = spawn(process.execPath, [join(home, 'dist/local/start.js')], {
    cwd: home,
    env: environment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return (started = new Started(child));
};

const ledgerSays = async (): Promise<{ pid: number; env: Record<string, string> }> => {
  const ports = JSON.parse(readFileSync(join(home, 'data/ports.json'), 'utf8')) as { ledger: number };
  return (await (await fetch(`http://127.0.0.1:${ports.ledger}/`)).json()) as { pid: number; env: Record<string, string> };
};

const nothingLeft = (): Promise<unknown> =>
  eventually(() => processes().length === 0, { withinMs: 30_000, what: 'the end of every process' });

beforeAll(() => {
  if (!existsSync(join(dist, 'local/start.js'))) throw new Error(`${dist} is missing; run "npm run build"`);
});

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'order-ledger-start-'));
  chmodSync(home, 0o755);
  cpSync(join(dist, 'local'), join(home, 'dist/local'), { recursive: true });
  mkdirSync(join(home, 'dist/src'));
  writeFileSync(join(home, 'dist/src/main.js'), FAKE_LEDGER);
  const script = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }).scripts.start;
  writeFileSync(join(home, 'package.json'), JSON.stringify({ type: 'module', scripts: { start: script } }));
  cpSync('catalog.yaml', join(home, 'catalog.yaml'));
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'));
  await choosePorts();
});

afterEach(async () => {
  started?.child.kill('SIGTERM');
  await started?.ended;
  started = undefined;
  for (const pid of processes()) process.kill(pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

describe('npm start of the whole build', () => {
  it('sells a server, leaves no process behind after Ctrl-C, and goes on with the data of the first start', async () => {
    cpSync(dist, join(home, 'dist'), { recursive: true, force: true });
    const { ledger } = JSON.parse(readFileSync(join(home, 'data/ports.json'), 'utf8')) as { ledger: number };
    await start().ready(120_000);
    const buyer = await Buyer.signUp(`http://127.0.0.1:${ledger}`);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await pay(checkoutUrl);
    const bought = await buyer.until(orderId, 'ready', 120_000);
    started?.child.kill('SIGINT');
    expect(await started?.ended).toBe(0);
    await nothingLeft();

    await start().ready(120_000);
    expect(await buyer.orders()).toStrictEqual([bought]);
    expect((await buyer.order({ planId: 'teeworlds-256m' })).orderId).not.toBe(orderId);
  }, 400_000);
});

describe('npm start on a bare machine', () => {
  it('starts everything, prints where it is, and tells the ledger', async () => {
    const output = await start().ready();
    for (const word of [
      'Ledger ',
      '/docs',
      'Stripe',
      'Panel',
      'Mailbox',
      'demo@example.com / demo-password-1',
      'ops@example.com / ops-password-1',
    ])
      expect(output).toContain(word);
    const { env } = await ledgerSays();
    expect(env['EVENTSTORE_URL']).toMatch(/^esdb:\/\/127\.0\.0\.1:\d+\?tls=false$/);
    expect(env['DATABASE_URL']).toMatch(/^postgres:\/\/ledger:[^@]+@127\.0\.0\.1:\d+\/ledger$/);
    expect(env['STRIPE_SECRET_KEY']).toMatch(/^sk_test_local/);
    expect(Buffer.from(env['IDENTITY_KEY'] ?? '', 'base64')).toHaveLength(32);
    expect(env['DEMO_ACCOUNTS']).toBe('true');
    expect((await fetch(`${env['STRIPE_API_URL']}/_control/health`)).status).toBe(200);
    expect(
      (await fetch(`${env['PANEL_URL']}/api/application/nodes`, { headers: { authorization: `Bearer ${env['PTERO_APP_KEY']}` } })).status,
    ).toBe(200);
    expect(
      (
        await fetch(env['ALERT_WEBHOOK_URL'] ?? '', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"content":"hello"}',
        })
      ).status,
    ).toBe(200);
    expect(statSync(join(home, 'data/local.json')).mode & 0o077).toBe(0);
  }, 240_000);

  it('goes on with the ports and secrets of the first start, and refuses a second one beside it', async () => {
    await start().ready();
    const first = await ledgerSays();
    const second = new Started(
      spawn(process.execPath, [join(home, 'dist/local/start.js')], { cwd: home, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    expect(await second.ended).toBe(1);
    expect(second.output).toMatch(/process \d+ already runs on/);
    started?.child.kill('SIGKILL');
    await start().ready();
    const again = await ledgerSays();
    for (const name of ['PORT', 'EVENTSTORE_URL', 'DATABASE_URL', 'STRIPE_API_URL', 'STRIPE_WEBHOOK_SECRET', 'JWT_SECRET', 'IDENTITY_KEY'])
      expect([name, again.env[name]]).toEqual([name, first.env[name]]);
  }, 240_000);

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no process behind after %s',
    async (signal) => {
      await start().ready();
      expect(processes().length).toBeGreaterThan(6);
      started?.child.kill(signal);
      expect(await started?.ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 0);
      await nothingLeft();
    },
    120_000,
  );

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no process behind when npm alone gets %s',
    async (signal) => {
      const npm = spawn('npm', ['start', '--silent'], { cwd: home, env: environment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      started = new Started(npm);
      await started.ready();
      npm.kill(signal);
      await started.ended;
      await nothingLeft();
    },
    120_000,
  );

  it('restarts a part that is killed, on the same port', async () => {
    await start().ready();
    const { pid, env } = await ledgerSays();
    process.kill(pid, 'SIGKILL');
    await eventually(async () => (await ledgerSays()).pid !== pid, { what: 'another ledger' });
    const store =
      processes().find((candidate) => readFileSync(`/proc/${candidate}/cmdline`, 'utf8').includes('local/postgres/main.js')) ?? 0;
    process.kill(store, 'SIGKILL');
    await eventually(() => started?.output.includes('postgres: restarting'), { what: 'the restart' });
    await eventually(() =>
      processes().some(
        (candidate) => candidate !== store && readFileSync(`/proc/${candidate}/cmdline`, 'utf8').includes('local/postgres/main.js'),
      ),
    );
    expect((await ledgerSays()).env['DATABASE_URL']).toBe(env['DATABASE_URL']);
  }, 240_000);

  it.each([
    ['1', 'ended before it was ready'],
    ['78', 'ended before it was ready'],
  ])(
    'ends with what the ledger said when it cannot start (exit code %s)',
    async (code, words) => {
      expect(await start({ FAKE_EXIT: code }).ended).toBe(1);
      expect(started?.output).toContain(words);
      expect(started?.output).toContain('the fake ledger ends');
      await nothingLeft();
    },
    120_000,
  );

  it('starts only what is not configured by address', async () => {
    const configured = {
      EVENTSTORE_URL: 'esdb://store.example:2113',
      DATABASE_URL: 'postgres://db.example/ledger',
      PTERODACTYL_URL: 'https://panel.example',
    };
    const output = await start({
      ...configured,
      STRIPE_SECRET_KEY: 'sk_test_given',
      ALERT_WEBHOOK_URL: 'https://chat.example/hook',
      SMTP_URL: 'smtps://mail.example',
    }).ready();
    const { env } = await ledgerSays();
    expect(env).toMatchObject({ ...configured, STRIPE_SECRET_KEY: 'sk_test_given' });
    expect(env['DEMO_ACCOUNTS']).toBeUndefined();
    expect(output).not.toContain('demo@example.com');
    expect(processes()).toHaveLength(2);
  }, 240_000);

  it('reads .env, and says so when the port named there is taken', async () => {
    const first = await freePort();
    writeFileSync(join(home, '.env'), `PORT=${first}\n`);
    const holder = spawn(
      process.execPath,
      ['-e', `require('node:net').createServer().listen(${first}, '127.0.0.1', () => console.log('on'))`],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await new Promise((done) => holder.stdout.once('data', done));
    expect(await start().ended).toBe(1);
    expect(started?.output).toContain(`port ${first} for the ledger is taken`);
    holder.kill('SIGKILL');
  }, 240_000);
});
