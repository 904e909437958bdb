/** A running server over HTTP: what it does now, power, console, and the password of the panel account; for its owner and for operators, never for others. */
import { createHmac, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const PATIENCE = { withinMs: 30_000 };
const TEST_MS = 180_000;

interface Now {
  readonly status: string;
  readonly identifier: string;
  readonly panelUrl: string;
  readonly address: string | null;
  readonly live: { readonly state: string; readonly memoryBytes: number; readonly stale: boolean } | null;
  readonly lastAction: { readonly action: string; readonly outcome: string } | null;
  readonly code?: string;
}
interface Acted {
  readonly outcome?: string;
  readonly actionId?: string;
  readonly code?: string;
}
interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let world: World;
let ledger: LedgerProcess;
let owner: Buyer;
let stranger: Buyer;
let ops: string;
let orderId: string;
/** Another one, of the stranger's, that nobody has looked at. */
let other: string;
runningLedger((started) => ({ world, ledger } = started));

const sold = async (buyer: Buyer): Promise<string> => {
  const { orderId: sale, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g' });
  await pay(checkoutUrl);
  await buyer.until(sale, 'ready');
  return sale;
};
beforeAll(async () => {
  [owner, stranger] = await Promise.all([Buyer.signUp(ledger.url), Buyer.signUp(ledger.url)]);
  ops = await world.operator(ledger.url);
  await world.panelControl('/_control/settings', { usageMs: 0, startMs: 300, stopMs: 100 });
  [orderId, other] = await Promise.all([sold(owner), sold(stranger)]);
  await untilState('running');
}, TEST_MS);

const path = (rest = '', order = orderId): string => `/api/v1/orders/${order}/server${rest}`;
const opsPath = (rest = '', order = orderId): string => `/api/v1/ops/orders/${order}/server${rest}`;
const now = (token = owner.token, order = orderId) => call<Now>(ledger.url, path('', order), { token });
const post = <T = Acted>(to: string, body: unknown, { token = owner.token, key = `${randomUUID()}` } = {}) =>
  call<T>(ledger.url, to, { token, body, key });
const power = (signal: string, key?: string) => post(path('/power'), { signal }, key === undefined ? {} : { key });
/** What Wings was told, by signal. */
const signals = async (): Promise<string[]> => {
  const { signals: all } = (await (await fetch(`${world.panelUrl}/_control/calls`)).json()) as { signals: string[] };
  return all.map((signal) => signal.split(' ')[1] ?? '');
};
const usageCalls = async (): Promise<number> =>
  ((await (await fetch(`${world.panelUrl}/_control/calls`)).json()) as { usages: number }).usages;
const fault = (match: string, kind: string, times = 1): Promise<unknown> =>
  world.panelControl('/_control/faults', { match, fault: kind, times });
const actionsOf = async (order = orderId): Promise<string[]> =>
  (await world.eventsOf(`provisioning-${order}`)).flatMap(({ type, data }) => {
    const { action = '', outcome = '' } = data as { action?: string; outcome?: string };
    return type.startsWith('ServerAction') ? [`${type} ${action} ${outcome}`.trim()] : [];
  });
/** As the node itself says it, for the panel's answer may be 20 s old. */
const untilState = (state: string): Promise<unknown> =>
  eventually(
    async () => {
      const stream = await listen(owner.token);
      try {
        return await stream.until((told) => told.event === 'state' && told.data['state'] === state);
      } finally {
        stream.close();
      }
    },
    { ...PATIENCE, what: `state ${state}` },
  );

/** A token as the ledger signs it. */
const signed = (claims: object): string => {
  const coded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${coded({ alg: 'HS256', typ: 'JWT' })}.${coded(claims)}`;
  const key = world.ledgerEnvironment()['JWT_SECRET'] ?? '';
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};

const parsed = (block: string): ServerEvent | undefined => {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  const event = fields.get('event');
  return event === undefined
    ? undefined
    : { id: fields.get('id'), event, data: JSON.parse(fields.get('data') ?? '{}') as ServerEvent['data'] };
};

/** Reads the stream as a browser would; an operator has to say why. */
const listen = async (token: string, { lastId, order = orderId, reason }: { lastId?: string; order?: string; reason?: string } = {}) => {
  const abort = new AbortController();
  const to = reason === undefined ? path('/console/stream', order) : opsPath('/console/stream', order);
  const asked = reason === undefined ? {} : { method: 'POST', body: JSON.stringify({ reason }) };
  const json = reason === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${ledger.url}${to}`, {
    ...asked,
    headers: { ...json, authorization: `Bearer ${token}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
    signal: abort.signal,
  });
  const told: ServerEvent[] = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) {
      const blocks = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      told.push(...blocks.flatMap((block) => parsed(block) ?? []));
    }
  };
  read().then(
    () => (isOver = true),
    () => (isOver = true),
  );
  const until = (wanted: (event: ServerEvent) => boolean): Promise<ServerEvent> =>
    eventually(() => told.find(wanted), { ...PATIENCE, what: 'an event of the console' });
  const line = (text: string): Promise<ServerEvent> => until(({ event, data }) => event === 'line' && String(data['text']).includes(text));
  const over = (): Promise<unknown> => eventually(() => isOver, { ...PATIENCE, what: 'the end of the stream' });
  return { status: answer.status, type: answer.headers.get('content-type'), told, until, line, over, close: () => abort.abort() };
};

describe('the server as it is now', () => {
  it(
    'is shown to its owner and to operators, and is not there for anybody else',
    async () => {
      const { status, body } = await now();
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'ready', live: { stale: false } });
      expect(body.panelUrl).toBe(`${world.panelUrl}/server/${body.identifier}`);
      const port = (await world.panelServers())
        .filter(({ externalId }) => externalId?.includes(orderId))
        .flatMap(({ ports }) => Object.values(ports));
      expect([body.address]).toStrictEqual(port.map((one) => expect.stringMatching(new RegExp(`^[\\w.-]+:${one}$`))));
      expect((await now(stranger.token)).status).toBe(404);
      expect((await call(ledger.url, path())).status).toBe(401);
      expect((await call<Now>(ledger.url, opsPath(), { token: ops })).body.identifier).toBe(body.identifier);
      expect((await call(ledger.url, opsPath(), { token: owner.token })).status).toBe(403);
      expect((await call(ledger.url, opsPath('', randomUUID()), { token: ops })).status).toBe(404);
    },
    TEST_MS,
  );

  it(
    'is asked of the panel once for all who look, and what it said last is shown as old while it does not answer',
    async () => {
      await eventually(async () => (await now()).body.live?.stale === false, PATIENCE);
      await fault('GET /api/client/servers/*/resources', 'wingsDown', 1_000);
      const { body: unseen, status } = await now(stranger.token, other);
      expect([status, unseen.code]).toEqual([503, 'NODE_UNREACHABLE']);
      await eventually(async () => (await now()).body.live?.stale === true, PATIENCE);
      await fetch(`${world.panelUrl}/_control/faults`, { method: 'DELETE' });
      const calls = await usageCalls();
      const looks = await eventually(async () => {
        const together = await Promise.all([1, 2, 3, 4, 5, 6].map(() => now()));
        return together.every(({ body }) => body.live?.stale === false) && together;
      }, PATIENCE);
      expect(looks).toHaveLength(6);
      expect((await usageCalls()) - calls).toBe(1);
    },
    TEST_MS,
  );
});

describe('power', () => {
  it(
    'is told to the node once for one wish, and recorded before and after',
    async () => {
      const before = (await actionsOf()).length;
      const told = (await signals()).length;
      const key = randomUUID();
      const first = await power('restart', key);
      expect([first.status, first.body.outcome]).toEqual([202, 'done']);
      expect((await power('restart', key)).body).toEqual(first.body);
      expect((await signals()).slice(told)).toEqual(['restart']);
      expect((await actionsOf()).slice(before)).toEqual(['ServerActionStarted restart', 'ServerActionEnded restart done']);
      expect((await now()).body.lastAction).toMatchObject({ action: 'restart', outcome: 'done' });
      await untilState('running');
    },
    TEST_MS,
  );

  it(
    "is nobody else's, and an operator's needs a reason that is kept sealed",
    async () => {
      const told = (await signals()).length;
      expect((await post(path('/power'), { signal: 'kill' }, { token: stranger.token })).status).toBe(404);
      expect((await post(opsPath('/power'), { signal: 'kill', reason: 'x' })).status).toBe(403);
      expect((await post(opsPath('/power'), { signal: 'kill' }, { token: ops })).status).toBe(422);
      expect((await post(path('/power'), { signal: 'explode' })).status).toBe(422);
      expect((await signals()).length).toBe(told);
      const reason = 'The customer asked on the telephone.';
      expect((await post(opsPath('/power'), { signal: 'start', reason }, { token: ops })).status).toBe(202);
      const all = await world.allEvents();
      expect(JSON.stringify(all.map(({ data }) => data))).not.toContain(reason);
      const { data, metadata } = all.findLast(({ type }) => type === 'ServerActionStarted') ?? {};
      expect([typeof data?.['noteId'], (metadata?.['actor'] as { kind: string }).kind]).toEqual(['string', 'ops']);
      const timeline = (): Promise<{ body: { entries: { type: string; actorKind: string }[] } }> =>
        call(ledger.url, `/api/v1/ops/orders/${orderId}/timeline`, { token: ops });
      const shown = async (): Promise<string | undefined> =>
        (await timeline()).body.entries.findLast(({ type }) => type === 'ServerActionStarted')?.actorKind;
      await eventually(async () => (await shown()) === 'ops', { what: 'the operator in the timeline' });
    },
    TEST_MS,
  );

  it(
    'that the node may have had is unknown, and the same wish does not send it again',
    async () => {
      const told = (await signals()).length;
      await fault('POST /api/client/servers/*/power', 'timeoutAfterCommit');
      const key = randomUUID();
      const lost = await power('start', key);
      expect([lost.status, lost.body.code]).toEqual([503, 'PANEL_UNAVAILABLE']);
      expect((await power('start', key)).body.code).toBe('PANEL_UNAVAILABLE');
      expect((await signals()).slice(told)).toEqual(['start']);
      expect((await actionsOf()).at(-1)).toBe('ServerActionEnded start unknown');
      await fault('POST /api/client/servers/*/power', 'wingsDown');
      expect((await power('start')).body.code).toBe('NODE_UNREACHABLE');
    },
    TEST_MS,
  );
});

describe('the console', () => {
  it(
    'takes commands of its owner, whose text is in no event and no log',
    async () => {
      const secret = `hunter2-${randomUUID()}`;
      const stream = await listen(owner.token);
      expect((await post(path('/command'), { command: `say ${secret}` })).status).toBe(202);
      await stream.line(`[Server] ${secret}`);
      stream.close();
      expect((await post(path('/command'), { command: 'list' }, { token: stranger.token })).status).toBe(404);
      expect((await post(path('/command'), { command: 'two\nlines' })).status).toBe(422);
      expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain(secret);
      expect(ledger.output.join('\n')).not.toContain(secret);
      expect((await actionsOf()).at(-1)).toBe('ServerActionEnded command done');
    },
    TEST_MS,
  );

  it(
    'shows its last lines to its owner and, on record, to an operator with a reason',
    async () => {
      const { status, body } = await call<{ lines: { text: string }[] }>(ledger.url, path('/console'), { token: owner.token });
      expect([status, body.lines.some(({ text }) => text.includes('For help, type'))]).toEqual([200, true]);
      expect((await call(ledger.url, path('/console'), { token: stranger.token })).status).toBe(404);
      expect((await listen(stranger.token)).status).toBe(404);
      const looked = await post<{ lines: unknown[] }>(opsPath('/console'), { reason: 'A complaint.' }, { token: ops });
      expect([looked.status, looked.body.lines.length > 0]).toEqual([200, true]);
      const stream = await listen(ops, { reason: 'A complaint.' });
      expect([stream.status, stream.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
      await stream.line('For help, type');
      stream.close();
      expect((await listen(owner.token, { reason: 'x' })).status).toBe(403);
      const looks = (await world.eventsOf(`provisioning-${orderId}`)).filter(({ type }) => type === 'ServerConsoleOpened');
      expect(looks).toHaveLength(2);
    },
    TEST_MS,
  );

  it(
    'goes on where a viewer was cut off, and is told anew when the node was',
    async () => {
      const first = await listen(owner.token);
      expect([first.status, first.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
      await post(path('/command'), { command: 'say one' });
      const { id } = await first.line('[Server] one');
      first.close();
      await post(path('/command'), { command: 'say two' });
      const second = await listen(owner.token, { lastId: id ?? '' });
      await second.line('[Server] two');
      expect(second.told.filter(({ data }) => String(data['text']).includes('[Server] one'))).toEqual([]);
      await world.panelControl('/_control/wings/restart', {});
      await second.until(({ event }) => event === 'reset');
      await second.line('[Server] one');
      second.close();
      const strange = await listen(owner.token, { lastId: 'of.another' });
      await strange.until(({ event }) => event === 'reset');
      await strange.line('[Server] two');
      strange.close();
    },
    TEST_MS,
  );

  it(
    'ends with the token of whoever looks',
    async () => {
      const {
        iat: _iat,
        exp: _exp,
        ...claims
      } = JSON.parse(Buffer.from(owner.token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
      const stream = await listen(signed({ ...claims, exp: Math.floor(Date.now() / 1000) + 3 }));
      expect(stream.status).toBe(200);
      expect((await stream.until(({ event }) => event === 'end')).data).toEqual({ code: 'TOKEN_EXPIRED' });
      await stream.over();
    },
    TEST_MS,
  );

  it(
    'of a server that does not run takes no command; of one that is suspended there is none, and whoever looked is told',
    async () => {
      const { token } = stranger;
      const stream = await listen(token, { order: other });
      await stream.until(({ event }) => event === 'connection');
      expect((await post(path('/power', other), { signal: 'kill' }, { token })).status).toBe(202);
      const offline = await post(path('/command', other), { command: 'list' }, { token });
      expect([offline.status, offline.body.code]).toEqual([409, 'SERVER_OFFLINE']);
      await post(`/api/v1/ops/orders/${other}/suspend`, { reason: 'abuse' }, { token: ops });
      await eventually(async () => (await now(token, other)).body.status === 'suspended', PATIENCE);
      expect((await now(token, other)).body.live).toBeNull();
      for (const refused of [
        post(path('/power', other), { signal: 'start' }, { token }),
        post(path('/command', other), { command: 'list' }, { token }),
      ])
        expect(await refused).toMatchObject({ status: 409, body: { code: 'SERVER_SUSPENDED' } });
      expect(await call(ledger.url, path('/console', other), { token })).toMatchObject({ body: { code: 'SERVER_SUSPENDED' } });
      await stream.until(({ event, data }) => event === 'end' && data['code'] === 'SERVER_SUSPENDED');
      await stream.over();
    },
    TEST_MS,
  );
});

describe('the password of the panel account', () => {
  const login = async (password: string): Promise<boolean> => {
    const { body } = await call<{ panelAccount: { panelUserId: number } }>(ledger.url, '/api/v1/me', { token: owner.token });
    return (await world.panelControl<{ ok: boolean }>('/_control/logins', { userId: body.panelAccount.panelUserId, password })).ok;
  };
  const passwordEvents = async (): Promise<string[]> =>
    (await world.eventsOf(`customer-${owner.customerId}`)).map(({ type }) => type).filter((type) => type.startsWith('PanelPassword'));

  it(
    'is set and shown once, and is in no event and no log',
    async () => {
      const key = randomUUID();
      const { status, body } = await post<{ password: string; username: string }>('/api/v1/me/panel-password', {}, { key });
      expect([status, body.username]).toEqual([200, `u${owner.customerId.replaceAll('-', '')}`]);
      expect(await login(body.password)).toBe(true);
      expect(await post('/api/v1/me/panel-password', {}, { key })).toMatchObject({ status: 409, body: { code: 'PANEL_PASSWORD_SHOWN' } });
      expect(await post('/api/v1/me/panel-password/reveal', {})).toMatchObject({ status: 409, body: { code: 'PANEL_PASSWORD_SHOWN' } });
      expect(await login(body.password)).toBe(true);
      expect(JSON.stringify((await world.allEvents()).map(({ data }) => data))).not.toContain(body.password);
      expect(ledger.output.join('\n')).not.toContain(body.password);
      expect(await passwordEvents()).toEqual(['PanelPasswordResetIntended', 'PanelPasswordReset']);
    },
    TEST_MS,
  );

  it(
    'that an operator has set is shown to its owner, once',
    async () => {
      const reset = `/api/v1/ops/customers/${owner.customerId}/panel-password`;
      expect((await post(reset, { reason: 'locked out' })).status).toBe(403);
      expect((await post(reset, {}, { token: ops })).status).toBe(422);
      const { status, body } = await post<object>(reset, { reason: 'locked out' }, { token: ops });
      expect([status, body]).toEqual([200, { customerId: owner.customerId }]);
      expect((await post('/api/v1/me/panel-password/reveal', {}, { token: stranger.token })).status).toBe(409);
      const shown = await post<{ password: string }>('/api/v1/me/panel-password/reveal', {});
      expect([shown.status, await login(shown.body.password)]).toEqual([200, true]);
      expect((await post('/api/v1/me/panel-password/reveal', {})).status).toBe(409);
    },
    TEST_MS,
  );

  it(
    'that the panel did not take is not shown, and nobody says that it was set',
    async () => {
      await fault('PATCH /api/application/users/*', 'maintenance503');
      expect(await post('/api/v1/me/panel-password', {})).toMatchObject({ status: 503, body: { code: 'PANEL_PASSWORD_NOT_SET' } });
      expect((await passwordEvents()).at(-1)).toBe('PanelPasswordResetFailed');
    },
    TEST_MS,
  );
});
