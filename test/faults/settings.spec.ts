/** A ledger that cannot start says everything that is wrong in one message and ends with 78, so that nobody tries it again unchanged. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { runBuilt, type Ended } from '../support/run-built.js';

const dir = mkdtempSync(join(tmpdir(), 'order-ledger-settings-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Complete and well-formed; nobody listens at any of these addresses. */
const SOUND = {
  EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
  DATABASE_URL: 'postgres://ledger@127.0.0.1:1/ledger',
  STRIPE_SECRET_KEY: 'sk_test_settings',
  STRIPE_WEBHOOK_SECRET: 'whsec_settings',
  PANEL_URL: 'http://127.0.0.1:1',
  PTERO_APP_KEY: 'ptla_settings_settings_settings',
  JWT_SECRET: 'j'.repeat(32),
  IDENTITY_KEY: Buffer.alloc(32, 1).toString('base64'),
};

const start = (env: Record<string, string>): Promise<Ended> => runBuilt('src/main.js', [], env);
const linesOf = ({ stderr }: Ended): string[] => stderr.trimEnd().split('\n');
const namesIn = (ended: Ended): string[] =>
  linesOf(ended)
    .slice(1)
    .map((line) => line.split(' ')[0] ?? '')
    .sort();

describe('a start with settings that are missing', () => {
  it('names each of them once, says what is expected and ends with 78', async () => {
    const ended = await start({});
    expect([ended.code, ended.stdout]).toStrictEqual([78, '']);
    expect(linesOf(ended)[0]).toBe('The ledger cannot start: 8 settings are wrong.');
    expect(namesIn(ended)).toStrictEqual(Object.keys(SOUND).sort());
    expect(ended.stderr).toContain('JWT_SECRET (or JWT_SECRET_KEY) is not set; expected at least 32 characters');
  });
});

describe('a start with settings that are wrong', () => {
  it('names every wrong one beside every missing one, without showing a secret', async () => {
    const { PANEL_URL: _missing, ...rest } = SOUND;
    const wrong = {
      ...rest,
      PORT: '80000',
      ROLES: 'http,baker',
      JWT_SECRET: 'too-short-a-secret',
      PTERO_APP_KEY: 'ptlc_client_key_of_somebody',
    };
    const ended = await start(wrong);
    expect(ended.code).toBe(78);
    expect(linesOf(ended)[0]).toBe('The ledger cannot start: 5 settings are wrong.');
    expect(namesIn(ended)).toStrictEqual(['JWT_SECRET', 'PANEL_URL', 'PORT', 'PTERO_APP_KEY', 'ROLES']);
    expect(ended.stderr).toContain('PORT is wrong; expected a whole number from 0 to 65535, got "80000"');
    expect(ended.stderr).not.toMatch(/too-short-a-secret|client_key_of_somebody/);
  });

  it('refuses a live Stripe key outside production, and a test key in it', async () => {
    const live = await start({ ...SOUND, STRIPE_SECRET_KEY: ['sk', 'live', 'of_the_business'].join('_') });
    expect([live.code, namesIn(live)]).toStrictEqual([78, ['STRIPE_SECRET_KEY']]);
    expect(live.stderr).not.toContain('of_the_business');
    const test = await start({ ...SOUND, NODE_ENV: 'production' });
    expect([test.code, namesIn(test).includes('STRIPE_SECRET_KEY')]).toStrictEqual([78, true]);
  });

  it('refuses in production whatever is local', async () => {
    const ended = await start({ ...SOUND, NODE_ENV: 'production', STRIPE_API_URL: 'http://127.0.0.1:1', DEMO_ACCOUNTS: 'true' });
    expect(ended.code).toBe(78);
    expect(namesIn(ended)).toStrictEqual([
      'DEMO_ACCOUNTS',
      'MAIL_FROM',
      'PANEL_URL',
      'PUBLIC_URL',
      'SMTP_URL',
      'STRIPE_API_URL',
      'STRIPE_SECRET_KEY',
    ]);
  });
});

describe('a start with a catalog that has mistakes', () => {
  const startWith = async (catalog: string): Promise<Ended> => {
    const file = join(dir, 'shop.yaml');
    writeFileSync(file, catalog);
    const ended = await start({ ...SOUND, CATALOG_PATH: file });
    return { ...ended, stderr: ended.stderr.replaceAll(file, 'shop.yaml') };
  };
  const sold = readFileSync('catalog.yaml', 'utf8');
  const lineOf = (text: string): number => sold.split('\n').findIndex((line) => line.includes(text)) + 1;

  it('names line and field of every one', async () => {
    const ended = await startWith(
      sold
        .replace('egg: { id: 39, name: Paper }', 'egg: { id: none, name: Paper }')
        .replace('memoryMib: 4096', 'memoryMib: -1')
        .replace('- id: us-east', '- id: US East'),
    );
    expect([ended.code, ended.stdout]).toStrictEqual([78, '']);
    const [first, ...mistakes] = linesOf(ended);
    expect(first).toBe('The catalog cannot be used:');
    const places = new Set(mistakes.map((line) => line.trim().split(' ').slice(0, 2).join(' ')));
    expect([...places].sort()).toStrictEqual(
      [
        `shop.yaml:${lineOf('egg: { id: 39')} games.0.egg.id`,
        `shop.yaml:${lineOf('memoryMib: 4096')} games.0.plans.0.memoryMib`,
        `shop.yaml:${lineOf('- id: us-east')} regions.1.id`,
      ].sort(),
    );
  });

  it('that is no YAML at all names the line', async () => {
    const ended = await startWith('regions:\n  - id: [\n');
    expect(ended.code).toBe(78);
    expect(ended.stderr).toMatch(/^The catalog cannot be used:\n {2}shop\.yaml:3 Flow sequence in block collection/);
  });

  it.each(['', '- a\n- b\n', 'games: soon\nregions: none\n', 'games: [null]\nregions: []\n'])(
    'of another shape (%j) is refused as readably',
    async (text) => {
      const ended = await startWith(text);
      expect(ended.code).toBe(78);
      expect(ended.stderr).toMatch(/^The catalog cannot be used:\n {2}shop\.yaml:\d+ /);
    },
  );

  it('that is not there is named', async () => {
    const ended = await start({ ...SOUND, CATALOG_PATH: join(dir, 'nowhere.yaml') });
    expect(ended.code).toBe(78);
    expect(ended.stderr).toMatch(/^The catalog cannot be used:\n.*nowhere\.yaml/);
  });
});
