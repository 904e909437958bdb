/** What `npm start` runs, worked out from the settings: what is not configured by address is started here. Pure. */
import { join } from 'node:path';
import type { LocalSecrets, Part } from './data-folder.js';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Engine = Exclude<Part, 'ledger' | 'smtp'>;

const configured = (env: Environment, ...names: string[]): boolean =>
  names.some((name) => (env[name] ?? '') !== '' && env[name] !== 'local');

/** The parts to start locally. In production only the two engines that were asked for by name: the others would be stand-ins for the real thing. */
export function localEngines(env: Environment): Engine[] {
  const byName: readonly [Engine, readonly string[]][] = [
    ['eventstore', ['EVENTSTORE_URL']],
    ['postgres', ['DATABASE_URL']],
    ['stripe', ['STRIPE_SECRET_KEY', 'STRIPE_API_URL']],
    ['pterodactyl', ['PANEL_URL', 'PTERODACTYL_URL']],
    ['mailbox', ['ALERT_WEBHOOK_URL']],
  ];
  // The mailbox takes alerts and mail: it is needed while either has no address.
  const isMissing = ([engine, names]: (typeof byName)[number]): boolean =>
    !configured(env, ...names) || (engine === 'mailbox' && !configured(env, 'SMTP_URL'));
  const missing = byName.filter(isMissing);
  const wanted = env['NODE_ENV'] === 'production' ? missing.filter(([, names]) => names.some((name) => env[name] === 'local')) : missing;
  return wanted.map(([engine]) => engine);
}

export interface Plan {
  readonly dir: string;
  readonly env: Environment;
  readonly engines: readonly Engine[];
  readonly ports: Readonly<Record<Part, number>>;
  readonly secrets: LocalSecrets;
}

const at = (port: number): string => `http://127.0.0.1:${port}`;

/** The command-line options of a local engine. */
export function engineOptions({ dir, env, ports, secrets }: Plan, engine: Engine): string[] {
  const clock = env['LEDGER_CLOCK'] ? ['--clock', env['LEDGER_CLOCK']] : [];
  const webhook = `${at(ports.ledger)}/webhooks/stripe`;
  const own: Record<Engine, readonly string[]> = {
    eventstore: clock,
    postgres: [],
    stripe: ['--webhook-url', webhook, '--webhook-secret', secrets.webhookSecret, '--catalog', 'catalog.yaml', ...clock],
    pterodactyl: ['--app-key', secrets.panelAppKey, '--client-key', secrets.panelClientKey, ...clock],
    mailbox: ['--smtp-port', String(ports.smtp)],
  };
  return ['--port', String(ports[engine]), '--dir', join(dir, engine), ...own[engine], '--parent', 'pipe'];
}

/** The ledger's environment: what was set, completed by the addresses of what runs here and by the secrets of this folder. */
export function ledgerEnvironment(plan: Plan, urls: Readonly<Partial<Record<Engine, string>>>): Environment {
  const { env, engines, ports, secrets } = plan;
  const everythingIsLocal = engines.length === 5;
  const production = env['NODE_ENV'] === 'production';
  const local: Environment = {
    ...(urls.eventstore && { EVENTSTORE_URL: urls.eventstore }),
    ...(urls.postgres && { DATABASE_URL: urls.postgres }),
    ...(urls.stripe && {
      STRIPE_API_URL: urls.stripe,
      STRIPE_SECRET_KEY: secrets.stripeSecretKey,
      STRIPE_WEBHOOK_SECRET: secrets.webhookSecret,
    }),
    ...(urls.pterodactyl && {
      PANEL_URL: urls.pterodactyl,
      PTERO_APP_KEY: secrets.panelAppKey,
      PTERO_CLIENT_KEY: secrets.panelClientKey,
    }),
    PORT: String(ports.ledger),
    LEDGER_READY_LINE: 'true',
  };
  const secretsUnlessSet: Environment = production ? {} : { JWT_SECRET: secrets.jwtSecret, IDENTITY_KEY: secrets.identityKey };
  const demo: Environment = everythingIsLocal && !production ? { DEMO_ACCOUNTS: 'true' } : {};
  const letters: Environment = urls.mailbox
    ? { ALERT_WEBHOOK_URL: `${urls.mailbox}/alerts`, SMTP_URL: `smtp://127.0.0.1:${ports.smtp}` }
    : {};
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => (value ?? '') !== ''));
  const jwtAlias = set['JWT_SECRET_KEY'] ? { JWT_SECRET: set['JWT_SECRET_KEY'] } : {};
  return { ...secretsUnlessSet, ...letters, ...demo, ...jwtAlias, ...set, ...local };
}

/** What the second has that the first has not, or has otherwise. */
export const addedTo = (env: Environment, more: Environment): Environment =>
  Object.fromEntries(Object.entries(more).filter(([name, value]) => env[name] !== value));

/** What a person wants to know once everything runs. */
export function welcome(plan: Plan, urls: Readonly<Partial<Record<Engine, string>>>, ledger: string): string {
  const rows: [string, string | undefined][] = [
    ['Ledger', `${ledger}/`],
    ['API documentation', `${ledger}/docs`],
    ['Health', `${ledger}/health/ready`],
    ['Stripe (local)', urls.stripe && `${urls.stripe}/`],
    ['Panel (local)', urls.pterodactyl && `${urls.pterodactyl}/`],
    ['Mailbox (local)', urls.mailbox && `${urls.mailbox}/`],
    ['Event store (local)', urls.eventstore],
    ['PostgreSQL (local)', urls.postgres && `127.0.0.1:${plan.ports.postgres}/ledger`],
    ['Data and logs', plan.dir],
    ['Demo customer', plan.engines.length === 5 ? 'demo@example.com / demo-password-1' : undefined],
    ['Demo operator', plan.engines.length === 5 ? 'ops@example.com / ops-password-1' : undefined],
  ];
  const lines = rows.filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(20)} ${value}`);
  return `\nThe order ledger is ready.\n\n${lines.join('\n')}\n\nBuy a server for every game with "npm run smoke". Stop with Ctrl-C.\n`;
}
