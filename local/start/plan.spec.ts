import { describe, expect, it } from '@jest/globals';
import { engineOptions, ledgerEnvironment, localEngines, welcome } from './plan.js';
import type { Engine, Environment, Plan } from './plan.js';

const ALL: Engine[] = ['eventstore', 'postgres', 'stripe', 'pterodactyl', 'mailbox'];
const secrets = {
  stripeSecretKey: 'sk_test_local',
  webhookSecret: 'whsec_local',
  panelAppKey: 'ptla_local',
  panelClientKey: 'ptlc_local',
  jwtSecret: 'jwt',
  identityKey: 'identity',
};
const ports = { eventstore: 1, postgres: 2, stripe: 3, pterodactyl: 4, mailbox: 5, smtp: 7, ledger: 6 };
const planned = (env: Environment): Plan => ({ dir: '/data', env, engines: localEngines(env), ports, secrets });
const urls = { eventstore: 'esdb://e', postgres: 'postgres://p', stripe: 'http://s', pterodactyl: 'http://t', mailbox: 'http://m' };

describe('what is started locally', () => {
  it.each<[Environment, Engine[]]>([
    [{}, ALL],
    [{ EVENTSTORE_URL: '', DATABASE_URL: 'local' }, ALL],
    [{ EVENTSTORE_URL: 'esdb://x' }, ALL.filter((engine) => engine !== 'eventstore')],
    [{ PANEL_URL: 'https://x' }, ALL.filter((engine) => engine !== 'pterodactyl')],
    [{ PTERODACTYL_URL: 'https://x' }, ALL.filter((engine) => engine !== 'pterodactyl')],
    [{ ALERT_WEBHOOK_URL: 'http://x' }, ALL],
    [{ ALERT_WEBHOOK_URL: 'http://x', SMTP_URL: 'smtp://x' }, ALL.filter((engine) => engine !== 'mailbox')],
    [{ STRIPE_API_URL: 'http://x' }, ALL.filter((engine) => engine !== 'stripe')],
    [{ NODE_ENV: 'production' }, []],
    [{ NODE_ENV: 'production', EVENTSTORE_URL: 'local', DATABASE_URL: 'local' }, ['eventstore', 'postgres']],
  ])('with %j', (env, engines) => expect(localEngines(env)).toEqual(engines));
});

describe('the ledger', () => {
  it('is told where everything is, and keeps what was set', () => {
    const env = ledgerEnvironment(planned({ JWT_SECRET: 'mine', LOG_LEVEL: 'debug', SMTP_URL: '' }), urls);
    expect(env).toEqual({
      JWT_SECRET: 'mine',
      LOG_LEVEL: 'debug',
      IDENTITY_KEY: 'identity',
      DEMO_ACCOUNTS: 'true',
      EVENTSTORE_URL: 'esdb://e',
      DATABASE_URL: 'postgres://p',
      STRIPE_API_URL: 'http://s',
      STRIPE_SECRET_KEY: 'sk_test_local',
      STRIPE_WEBHOOK_SECRET: 'whsec_local',
      PANEL_URL: 'http://t',
      PTERO_APP_KEY: 'ptla_local',
      PTERO_CLIENT_KEY: 'ptlc_local',
      ALERT_WEBHOOK_URL: 'http://m/alerts',
      SMTP_URL: 'smtp://127.0.0.1:7',
      PORT: '6',
      LEDGER_READY_LINE: 'true',
    });
  });

  it('keeps the chat that was set beside the local mail', () => {
    const env = ledgerEnvironment(planned({ ALERT_WEBHOOK_URL: 'https://chat' }), urls);
    expect([env['ALERT_WEBHOOK_URL'], env['SMTP_URL']]).toEqual(['https://chat', 'smtp://127.0.0.1:7']);
  });

  it('keeps a secret that was set under its other name', () => {
    expect(ledgerEnvironment(planned({ JWT_SECRET_KEY: 'mine' }), urls)['JWT_SECRET']).toBe('mine');
  });

  it('gets neither demo accounts nor made-up secrets in production', () => {
    const env = ledgerEnvironment(planned({ NODE_ENV: 'production', EVENTSTORE_URL: 'local', DATABASE_URL: 'local' }), {
      eventstore: 'esdb://e',
      postgres: 'postgres://p',
    });
    expect(Object.keys(env).sort()).toEqual(['DATABASE_URL', 'EVENTSTORE_URL', 'LEDGER_READY_LINE', 'NODE_ENV', 'PORT']);
  });

  it('gets no demo accounts as soon as one part is real', () => {
    expect(ledgerEnvironment(planned({ PANEL_URL: 'https://x' }), {})['DEMO_ACCOUNTS']).toBeUndefined();
  });
});

it('a local engine gets its folder, its port and, where it keeps time, the clock', () => {
  expect(engineOptions(planned({ LEDGER_CLOCK: 'http://clock' }), 'stripe').join(' ')).toBe(
    '--port 3 --dir /data/stripe --webhook-url http://127.0.0.1:6/webhooks/stripe --webhook-secret whsec_local --catalog catalog.yaml --clock http://clock --parent pipe',
  );
  expect(engineOptions(planned({}), 'postgres').join(' ')).toBe('--port 2 --dir /data/postgres --parent pipe');
});

it('the welcome shows neither passwords of engines nor accounts that do not exist', () => {
  const mixed = welcome(planned({ PANEL_URL: 'https://x' }), { postgres: 'postgres://ledger:secret@127.0.0.1:2/ledger' }, 'http://ledger');
  expect(mixed).toContain('http://ledger/docs');
  expect(mixed).not.toContain('secret');
  expect(mixed).not.toContain('demo@');
});
