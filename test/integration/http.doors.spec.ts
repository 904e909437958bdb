/** Every door of a running ledger. Which there are comes from its own documentation, so that a new one is covered by itself. */
import { createHmac, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call } from '../support/buyer.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

/** Open by design; whoever adds a door that needs no token says so here. */
const OPEN_DOORS = [
  'GET /webhooks/stripe',
  'GET /api/stripe/webhook',
  'POST /webhooks/stripe',
  'POST /api/stripe/webhook',
  'GET /health/live',
  'GET /health/ready',
  'GET /api/health',
  'GET /metrics',
  'GET /api/v1/plans',
  'POST /api/v1/customers',
  'POST /api/v1/sessions',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/logout',
  'POST /api/v1/client-errors',
];

/** What they change has no place in the log, and a repeat of them is harmless by itself. */
const WITHOUT_KEY = ['POST /api/v1/auth/refresh', 'POST /api/v1/auth/logout', 'POST /api/v1/client-errors'];

let world: World;
let ledger: LedgerProcess;
let doors: readonly Door[];

runningLedger((started) => ({ world, ledger } = started));
beforeAll(async () => {
  doors = await documentedDoors();
});

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object; readonly headers?: object }>>;
}
interface Door {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const documentedDoors = async (): Promise<Door[]> => {
  const { body } = await call<{ paths: Record<string, Record<string, Operation>> }>(ledger.url, '/docs-json');
  return Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
};
const nameOf = ({ method, path }: Door): string => `${method} ${path}`;
const isOpen = (door: Door): boolean => OPEN_DOORS.includes(nameOf(door));
const knock = ({ method, path }: Door, token?: string) =>
  call<{ code?: string }>(
    ledger.url,
    path.replaceAll(/\{[^}]+\}/g, () => randomUUID()),
    { method, ...(token ? { token } : {}) },
  );

/** A token as the ledger would make it; `exp` in seconds. */
const tokenOf = (claims: object, secret = world.ledgerEnvironment()['JWT_SECRET'] ?? ''): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
};
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

describe('every door', () => {
  it('is open by design or needs a valid token', async () => {
    expect(doors.filter(isOpen).map(nameOf).sort()).toStrictEqual(OPEN_DOORS.toSorted());
    const shut = doors.filter((door) => !isOpen(door));
    expect(shut.length).toBeGreaterThan(10);
    const invalid = [
      [undefined, 'UNAUTHENTICATED'],
      ['nonsense', 'TOKEN_INVALID'],
      [tokenOf({ sub: randomUUID(), role: 'operator', exp: inSeconds(-1) }), 'TOKEN_INVALID'],
      [tokenOf({ sub: randomUUID(), role: 'operator', exp: inSeconds(60) }, 'another secret'), 'TOKEN_INVALID'],
    ] as const;
    for (const door of shut)
      for (const [token, code] of invalid) {
        const { status, body } = await knock(door, token);
        expect([nameOf(door), status, body.code]).toStrictEqual([nameOf(door), 401, code]);
      }
  });

  it('that is open asks for no token', async () => {
    for (const door of doors.filter(isOpen)) expect(['UNAUTHENTICATED', 'TOKEN_INVALID']).not.toContain((await knock(door)).body?.code);
  });

  it('that is for operators turns customers away', async () => {
    const { token } = await Buyer.signUp(ledger.url);
    const ops = doors.filter(({ path }) => path.startsWith('/api/v1/ops/'));
    expect(ops.length).toBeGreaterThan(4);
    for (const door of ops) {
      const { status, body } = await knock(door, token);
      expect([nameOf(door), status, body.code]).toStrictEqual([nameOf(door), 403, 'FORBIDDEN']);
    }
  });

  it('says what it does and what it answers', () => {
    for (const door of doors) {
      const { summary, responses } = door.operation;
      // A door that only explains itself has no success to tell of.
      const success = Object.entries(responses).filter(([status]) => status.startsWith('2') || status === '405');
      const ours = door.path.startsWith('/api/v1/');
      const told = success.some(([, { description, content }]) => content !== undefined || (!ours && description !== ''));
      expect([nameOf(door), (summary ?? '') !== '', told]).toStrictEqual([nameOf(door), true, true]);
    }
  });

  it('that reads waits for what was written, and says so', async () => {
    const token = await world.operator(ledger.url);
    for (const door of doors.filter(({ method, path }) => method === 'GET' && path.startsWith('/api/v1/'))) {
      expect([nameOf(door), JSON.stringify(door.operation).includes('"atLeast"')]).toStrictEqual([nameOf(door), true]);
      expect([nameOf(door), Object.keys(door.operation.responses['202']?.headers ?? {})]).toStrictEqual([nameOf(door), ['Ledger-Stale']]);
      const { body } = await knock({ ...door, path: `${door.path}?atLeast=nonsense` }, token);
      expect([nameOf(door), body.code]).toStrictEqual([nameOf(door), 'POSITION_INVALID']);
    }
  });

  it('that changes something says so, where in the log and under which key', () => {
    const ours = doors.filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/v1/'));
    const changing = ours.filter((door) => !WITHOUT_KEY.includes(nameOf(door)));
    for (const door of changing) {
      const { parameters = [], responses } = door.operation;
      const keys = parameters
        .filter(({ name, in: place }) => name === 'Idempotency-Key' && place === 'header')
        .map(({ required }) => required);
      expect([nameOf(door), keys]).toStrictEqual([nameOf(door), door.method === 'POST' ? [nameOf(door) === 'POST /api/v1/orders'] : []]);
      // A door that only explains itself has no success to tell of.
      const success = Object.entries(responses).filter(([status]) => status.startsWith('2') || status === '405');
      for (const [, { headers = {} }] of success)
        expect([nameOf(door), Object.keys(headers)]).toStrictEqual([nameOf(door), ['Ledger-Position']]);
    }
    expect(changing.length).toBeGreaterThan(4);
    const hooks = doors.filter(({ method, path }) => method === 'POST' && path.includes('/webhook') && !path.startsWith('/api/v1/'));
    expect(hooks).toHaveLength(2);
    for (const { operation } of hooks) expect(operation.parameters?.map(({ name }) => name)).toStrictEqual(['stripe-signature']);
  });
});
