import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dashboardUrl, publicUrl, trustProxy } from './derived.js';
import { envExample } from './env-example.js';
import { loadSettings, SettingsError, type Environment } from './load-settings.js';
import { declaredSettings } from './setting.js';

const IDENTITY_KEY = Buffer.alloc(32, 7).toString('base64');
const development: Environment = {
  JWT_SECRET: 'a-test-secret-that-is-long-enough-0001',
  IDENTITY_KEY,
  EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false',
  DATABASE_URL: 'postgres://ledger@127.0.0.1:5432/ledger',
  STRIPE_SECRET_KEY: 'sk_test_abc',
  STRIPE_WEBHOOK_SECRET: 'whsec_one',
  PANEL_URL: 'http://127.0.0.1:4020',
  PTERO_APP_KEY: 'ptla_0123456789abcdef',
};
const production: Environment = {
  ...development,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://api.example.com',
  STRIPE_SECRET_KEY: 'sk_live_abc',
  PANEL_URL: 'https://panel.example.com',
  SMTP_URL: 'smtps://mail.example.com',
  MAIL_FROM: 'Example <no-reply@example.com>',
};
const problemsOf = (env: Environment): readonly string[] => {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

describe('the settings', () => {
  it('are read with their kinds and defaults', () => {
    const settings = loadSettings({ ...development, PORT: '0', STRIPE_WEBHOOK_SECRET: 'whsec_one, whsec_two', ROLES: 'http,reactor' });
    expect(settings).toMatchObject({
      PORT: 0,
      HOST: '127.0.0.1',
      STRIPE_WEBHOOK_SECRET: ['whsec_one', 'whsec_two'],
      LEDGER_READY_LINE: false,
    });
    expect(settings).toMatchObject({
      PANEL_CREATE_TIMEOUT_MS: 45_000,
      PANEL_SETTLE_MS: 60_000,
      PANEL_POLL_MS: 2000,
      PANEL_OBSERVE_SECONDS: 15,
      CATALOG_PATH: 'catalog.yaml',
    });
    expect(settings.ROLES).toEqual(new Set(['http', 'reactor']));
    expect(loadSettings(development).ROLES).toEqual(new Set(['http', 'projector', 'reactor']));
  });

  it('lists every problem at once, by variable, and shows no secret', () => {
    const problems = problemsOf({ PORT: 'abc', JWT_SECRET: 'short-secret', NODE_ENV: 'staging', STRIPE_SECRET_KEY: 'pk_test_visible' });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(
      [
        'DATABASE_URL',
        'EVENTSTORE_URL',
        'IDENTITY_KEY',
        'JWT_SECRET',
        'NODE_ENV',
        'PANEL_URL',
        'PORT',
        'PTERO_APP_KEY',
        'STRIPE_SECRET_KEY',
        'STRIPE_WEBHOOK_SECRET',
      ].sort(),
    );
    const text = new SettingsError(problems).message;
    expect(text).toContain('PORT is wrong; expected a whole number from 0 to 65535, got "abc"');
    expect(text).toContain('PANEL_URL (or PTERODACTYL_URL) is not set');
    expect(text).not.toMatch(/short-secret|pk_test_visible/);
  });

  it('treats an empty variable as not set', () => {
    expect(problemsOf({ ...development, JWT_SECRET: '  ' })).toEqual([
      expect.stringContaining('JWT_SECRET (or JWT_SECRET_KEY) is not set'),
    ]);
    expect(loadSettings({ ...development, PORT: '' }).PORT).toBe(3000);
  });

  it('cannot be changed once read', () => {
    expect(Object.isFrozen(loadSettings(development))).toBe(true);
  });
});

describe('names for the same setting', () => {
  it.each([
    ['PANEL_URL', 'PTERODACTYL_URL', 'http://127.0.0.1:9'],
    ['PTERO_APP_KEY', 'PTERODACTYL_API_KEY', 'ptla_ffffffffffffffff'],
    ['JWT_SECRET', 'JWT_SECRET_KEY', 'another-secret-that-is-long-enough-01'],
  ] as const)('%s is also read as %s, and a conflict is refused', (name, alias, value) => {
    expect(loadSettings({ ...development, [name]: undefined, [alias]: value })[name]).toBe(value);
    expect(loadSettings({ ...development, [name]: value, [alias]: value })[name]).toBe(value);
    expect(problemsOf({ ...development, [alias]: value })).toEqual([`${name} and ${alias} mean the same but differ; remove ${alias}`]);
  });

  it('explains a client key under an application key name, and the reverse', () => {
    const key = 'ptlc_0123456789abcdef';
    expect(problemsOf({ ...development, PTERO_APP_KEY: undefined, PTERODACTYL_API_KEY: key })).toEqual([
      expect.stringMatching(/^PTERODACTYL_API_KEY is a client key \(ptlc_\).*PTERO_CLIENT_KEY/),
    ]);
    expect(problemsOf({ ...development, PTERO_CLIENT_KEY: 'ptla_0123456789abcdef' })).toEqual([
      expect.stringMatching(/^PTERO_CLIENT_KEY is an application key/),
    ]);
  });
});

describe('the address of the event store', () => {
  const withStore = (url: string): Environment => ({ ...development, EVENTSTORE_URL: url });

  it.each(['esdb://one:2113', 'esdb+discover://user:word@cluster.example.com:2113?tls=true'])('may be %s', (url) => {
    expect(loadSettings(withStore(url)).EVENTSTORE_URL).toBe(url);
  });

  it.each(['kurrentdb', 'kurrentdb+discover', 'kdb', 'kurrent'])('with the scheme %s, which the client refuses, is explained', (scheme) => {
    expect(problemsOf(withStore(`${scheme}://user:word@one:2113`))).toEqual([
      'EVENTSTORE_URL has a scheme that only newer clients read; KurrentDB answers under the older one as well: set esdb://… or esdb+discover://… ("local" only with npm start)',
    ]);
  });
});

describe('wrong values', () => {
  it.each([
    ['ROLES', 'http,mailer'],
    ['ROLES', ','],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://www.example.com/path'],
    ['PUBLIC_URL', 'https://api.example.com/api'],
    ['TRUST_PROXY', 'true'],
    ['IDENTITY_KEY', 'c2hvcnQ='],
    ['EVENTSTORE_URL', 'local'],
    ['DATABASE_URL', 'local'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_one,nonsense'],
    ['STRIPE_API_URL', 'not-an-address'],
    ['REFUND_UNMATCHED', 'yes'],
    ['DEMO_ACCOUNTS', 'maybe'],
    ['DATABASE_POOL_MAX', '3.5'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ ...development, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} is wrong; expected`))]);
  });

  it('refuses one key for two purposes', () => {
    expect(problemsOf({ ...development, JWT_SECRET: IDENTITY_KEY })).toEqual([
      expect.stringContaining('JWT_SECRET is the same as IDENTITY_KEY'),
    ]);
  });
});

describe('live and test', () => {
  it('refuses a live key with a stand-in or outside production', () => {
    expect(problemsOf({ ...development, STRIPE_SECRET_KEY: 'sk_live_abc', STRIPE_API_URL: 'http://127.0.0.1:4010' })).toEqual([
      expect.stringContaining('STRIPE_API_URL points at a stand-in'),
      expect.stringContaining('live key outside production'),
    ]);
  });

  it('refuses a test key in production', () => {
    expect(problemsOf({ ...production, STRIPE_SECRET_KEY: 'rk_test_abc' })).toEqual([expect.stringContaining('test key in production')]);
  });
});

describe('production', () => {
  it('starts with real services, on all addresses', () => {
    expect(loadSettings(production).HOST).toBe('0.0.0.0');
  });

  it.each([
    ['STRIPE_API_URL', 'http://127.0.0.1:4010', 'stand-in'],
    ['LEDGER_CLOCK', 'http://127.0.0.1:4000', 'time must be real'],
    ['DEMO_ACCOUNTS', 'true', 'passwords'],
    ['PANEL_URL', 'http://127.0.0.1:4020', 'stand-in'],
    ['PANEL_URL', 'http://panel.example.com', 'https'],
    ['PUBLIC_URL', 'http://api.example.com', 'https'],
    ['PUBLIC_URL', '', 'needed in production'],
    ['DASHBOARD_URL', 'http://www.example.com', 'https'],
    ['PANEL_CREATE_TIMEOUT_MS', '44999', 'at least 45000'],
    ['PANEL_SETTLE_MS', '59999', 'at least 60000'],
  ])('refuses %s=%s', (name, value, reason) => {
    const problems = problemsOf({ ...production, [name]: value });
    expect(problems).toHaveLength(name === 'STRIPE_API_URL' ? 2 : 1);
    expect(problems.join('\n')).toMatch(new RegExp(`^${name} .*${reason}`, 'm'));
  });

  it('accepts an event store and a database on the same machine: asked for by name, they are addresses by the time the ledger starts', () => {
    expect(problemsOf({ ...production, EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false' })).toEqual([]);
  });
});

describe('derived values', () => {
  it('fall back to the port, and the dashboard to the API', () => {
    expect(publicUrl(loadSettings({ ...development, PORT: '4000' }))).toBe('http://127.0.0.1:4000');
    expect(dashboardUrl(loadSettings({ ...development, PUBLIC_URL: 'https://api.example.com/' }))).toBe('https://api.example.com');
    expect(dashboardUrl(loadSettings({ ...development, DASHBOARD_URL: 'https://www.example.com/shop/' }))).toBe(
      'https://www.example.com/shop',
    );
  });

  it('trust nobody by default', () => {
    expect(trustProxy(loadSettings(development))).toBe(false);
    expect(trustProxy(loadSettings({ ...development, TRUST_PROXY: '2' }))).toBe(2);
    expect(trustProxy(loadSettings({ ...development, TRUST_PROXY: '10.0.0.0/8, ::1' }))).toEqual(['10.0.0.0/8', '::1']);
  });
});

describe('.env.example', () => {
  const root = process.cwd();
  const example = readFileSync(join(root, '.env.example'), 'utf8');
  const documented = new Map([...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name, value]));

  it('documents every setting with its default, and nothing else', () => {
    expect(documented).toEqual(new Map(declaredSettings().map((setting) => [setting.name, setting.default ?? ''])));
    expect(example).toBe(envExample());
  });

  it('is the whole truth: nothing else in src reads the environment', () => {
    const files = ['src', 'projections'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
    );
    const readers = files
      .filter(
        (file) =>
          file.endsWith('.ts') && !file.endsWith('.spec.ts') && /process\s*\.\s*env\b|process\[['"]env/.test(readFileSync(file, 'utf8')),
      )
      .map((file) => relative(root, file));
    expect(readers).toEqual(['src/platform/config/load-settings.ts']);
  });
});
