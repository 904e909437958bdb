/** Every import rule is shown a file that breaks it: a rule that never bites is no rule. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const CONFIGURATION = resolve('.dependency-cruiser.cjs');
const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const { forbidden } = createRequire(import.meta.url)(CONFIGURATION) as { forbidden: readonly { readonly name: string }[] };
const homes: string[] = [];
afterAll(() => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

const PACKAGES = ['@eventstore/db-client', 'uuid', 'prettier'];

/** A little project with these files and a few packages. */
const project = (files: Readonly<Record<string, string>>): string => {
  const home = mkdtempSync(join(tmpdir(), 'order-ledger-imports-'));
  homes.push(home);
  const all: Record<string, string> = {
    'package.json': JSON.stringify({
      type: 'module',
      dependencies: { '@eventstore/db-client': '1', uuid: '1' },
      devDependencies: { prettier: '1' },
    }),
    'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'NodeNext', moduleResolution: 'NodeNext' } }),
    ...Object.fromEntries(PACKAGES.map((name) => [`node_modules/${name}/index.js`, 'export const it = 1;'])),
    ...Object.fromEntries(
      PACKAGES.map((name) => [`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' })]),
    ),
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), content);
  }
  return home;
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

const violationsIn = (files: Readonly<Record<string, string>>): readonly Violation[] => {
  const folders = [...new Set(Object.keys(files).map((file) => file.split('/')[0] ?? ''))];
  const run = spawnSync(process.execPath, [CRUISER, '--config', CONFIGURATION, '--output-type', 'json', ...folders], {
    cwd: project(files),
    encoding: 'utf8',
  });
  if (run.stderr !== '') throw new Error(run.stderr);
  return (JSON.parse(run.stdout) as { summary: { violations: Violation[] } }).summary.violations;
};

/** The names of the rules that these files break. */
const broken = (files: Readonly<Record<string, string>>): string[] => [...new Set(violationsIn(files).map(({ rule }) => rule.name))];

const A = 'export const a = 1;';
const EVENTS = 'export interface OrderPaid { readonly type: "OrderPaid" }\nexport const paid = 1;';

const CASES: Record<string, Record<string, string>> = {
  'pure-without-packages': { 'src/orders/order.decider.ts': `import { it } from 'uuid';\nexport const a = it;` },
  'pure-without-packages-behind': {
    'src/orders/order.saga.ts': `import { id } from './ids.js';\nexport const a = id;`,
    'src/orders/ids.ts': `import { it } from 'uuid';\nexport const id = it;`,
  },
  'pure-without-adapters': {
    'src/orders/order.events.ts': `import { a } from './order.handlers.js';\nexport const b = a;`,
    'src/orders/order.handlers.ts': A,
  },
  'projection-imports-types-only': {
    'projections/list/list.projection.ts': `import { a } from './list.rules.js';\nexport const b = a;`,
    'projections/list/list.rules.ts': A,
  },
  'projection-runs-no-code-of-events': {
    'projections/list/list.projection.ts': `import { paid } from '../../src/orders/order.events.js';\nexport const b = paid;`,
    'src/orders/order.events.ts': EVENTS,
  },
  'product-without-local': {
    'src/main.ts': `import { a } from '../local/stripe/server.js';\nexport const b = a;`,
    'local/stripe/server.ts': A,
  },
  'local-without-product': {
    'local/stripe/server.ts': `import type { P } from '../../src/plan.js';\nexport const b = 1 as P;`,
    'src/plan.ts': 'export type P = number;',
  },
  'one-door-to-the-event-store': { 'src/orders/order.handlers.ts': `import { it } from '@eventstore/db-client';\nexport const a = it;` },
  'own-decider-only': {
    'src/payments/payment.handlers.ts': `import { a } from '../orders/order.decider.js';\nexport const b = a;`,
    'src/orders/order.decider.ts': A,
  },
  'no-decider-from-outside': {
    'projections/list/list.query.ts': `import { a } from '../../src/orders/order.decider.js';\nexport const b = a;`,
    'src/orders/order.decider.ts': A,
  },
  'replay-cannot-act': {
    'src/ops/replay/replay.ts': `import { a } from '../../platform/event.js';\nexport const b = a;`,
    'src/platform/event.ts': `import { a } from './deeper.js';\nexport { a };`,
    'src/platform/deeper.ts': `import { it } from '@eventstore/db-client';\nexport const a = it;`,
  },
  'platform-knows-no-business': {
    'src/platform/clock.ts': `import { a } from '../orders/period.js';\nexport const b = a;`,
    'src/orders/period.ts': A,
  },
  'no-cycles': {
    'src/orders/one.ts': `import { b } from './two.js';\nexport const a = (): number => b();`,
    'src/orders/two.ts': `import { a } from './one.js';\nexport const b = (): number => a();`,
  },
  'no-unresolvable': { 'src/main.ts': `import { a } from './nowhere.js';\nexport const b = a;` },
  'no-dev-package-in-product': { 'src/main.ts': `import { it } from 'prettier';\nexport const b = it;` },
};

describe('the import rules', () => {
  it.each(Object.entries(CASES))('%s bites', (rule, files) => {
    expect(broken(files)).toContain(rule);
  });

  it('have a case each', () => {
    expect(forbidden.map(({ name }) => name).sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each([
    ['node:crypto', 'pure-without-packages'],
    ['crypto', 'pure-without-packages'],
  ])('keep %s out of projections', (module, rule) => {
    expect(
      broken({ 'projections/list/list.projection.ts': `import { randomUUID } from '${module}';\nexport const b = randomUUID;` }),
    ).toContain(rule);
  });

  it('keep the replay core from everything that could act', () => {
    const files: Record<string, string> = {
      stripe: 'src/stripe/stripe.gateway.ts',
      panel: 'src/pterodactyl/panel.client.ts',
      chat: 'src/ops/alerts.ts',
      store: 'src/platform/event-store/event-store.ts',
      database: 'projections/order-list/order-list.query.ts',
      clock: 'src/platform/clock.ts',
    };
    const there = Object.fromEntries(Object.values(files).map((file) => [file, A]));
    const imports = {
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `../../../${file}`])),
      network: 'node:http',
    };
    const core = Object.entries(imports).map(([name, from]) => [
      `src/ops/replay/${name}.ts`,
      `import * as it from '${from.replace('.ts', '.js')}';\nexport const b = it;`,
    ]);
    const caught = violationsIn({ ...there, ...(Object.fromEntries(core) as Record<string, string>) })
      .filter(({ rule }) => rule.name === 'replay-cannot-act')
      .map(({ from }) => from);
    expect([...new Set(caught)].sort()).toStrictEqual(core.map(([file]) => file).sort());
  });

  it('let a well-built project pass', () => {
    expect(
      broken({
        'src/platform/projection.ts': A,
        'src/platform/event-store/store.ts': `import { it } from '@eventstore/db-client';\nexport const store = it;`,
        'src/orders/order.events.ts': EVENTS,
        'src/orders/order.decider.ts': `import type { OrderPaid } from './order.events.js';\nexport const decide = (event: OrderPaid): string => event.type;`,
        'src/orders/order.decider.spec.ts': `import { it } from 'prettier';\nimport { decide } from './order.decider.js';\nexport const b = [it, decide];`,
        'src/orders/order.handlers.ts': `import { decide } from './order.decider.js';\nexport const b = decide;`,
        'src/ops/replay/replay.ts': `import { decide } from '../../orders/order.decider.js';\nimport { c } from './changes.js';\nexport const b = [decide, c];`,
        'src/ops/replay/changes.ts': 'export const c = 1;',
        'src/ops/replay/replay.spec.ts': `import { it } from 'prettier';\nimport { b } from './replay.js';\nexport const d = [it, b];`,
        'projections/list/list.projection.ts': `import type { OrderPaid } from '../../src/orders/order.events.js';\nimport { a } from '../../src/platform/projection.js';\nexport const b = (event: OrderPaid): unknown => [event, a];`,
        'local/stripe/server.ts': A,
      }),
    ).toEqual([]);
  });
});
