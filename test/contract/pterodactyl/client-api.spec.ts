/** The client API and the consoles of the nodes: what the panel's own account key may do, when it is refused, and what a websocket tells. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { LOCAL_CLIENT_KEY } from '../../../local/pterodactyl/server.js';
import { LivePanel } from '../../../src/pterodactyl/live-panel.js';
import { eventually } from '../../support/eventually.js';
import { closePanels, localPanel, newServer, type TestPanel } from './support.js';

interface Body {
  readonly errors?: readonly { readonly code: string; readonly detail: string; readonly meta?: { readonly rule: string } }[];
  readonly object?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly data?: { readonly token: string; readonly socket: string };
}
interface Server {
  readonly id: number;
  readonly identifier: string;
  readonly uuid: string;
}

let nowMs = Date.parse('2026-11-21T12:00:00Z');
let panel: TestPanel;
let live: LivePanel;
beforeAll(async () => {
  panel = await localPanel({ clock: () => new Date(nowMs) });
  live = new LivePanel({ url: panel.url, clientKey: LOCAL_CLIENT_KEY, callsMax: 10_000 });
});
afterAll(closePanels);

const claim = { remainingMs: () => 20_000 };
const jsonOf = (text: string): Body => (text === '' ? {} : (JSON.parse(text) as Body));
const ask = async (path: string, { key = LOCAL_CLIENT_KEY, body }: { key?: string; body?: unknown } = {}) => {
  const answer = await fetch(`${panel.url}/api/client${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: jsonOf(await answer.text()) };
};
/** A server whose install has ended, and that nobody has started. */
const made = async (): Promise<Server> => {
  const created = await panel.client.createServer(await newServer(panel));
  if (created.ok !== 'done') throw new Error(JSON.stringify(created));
  return created.value;
};
const stateOf = async ({ identifier }: Server): Promise<unknown> => {
  nowMs += 20_000;
  return (await ask(`/servers/${identifier}/resources`)).body.attributes?.['current_state'];
};
const firstError = ({ status, body }: { status: number; body: Body }): unknown[] => [status, body.errors?.[0]?.code];

const doorOf = async (server: Server): Promise<{ token: string; socket: string }> => {
  const { data } = (await ask(`/servers/${server.identifier}/websocket`)).body;
  if (!data) throw new Error('no websocket');
  return data;
};

/** What a console tells, in the order told. */
const listen = async (server: Server, { origin = panel.url, auth = true } = {}) => {
  const { token, socket: address } = await doorOf(server);
  const socket = new WebSocket(address, { origin });
  const told: [event: string, argument: string | undefined][] = [];
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve('closed'));
  });
  socket.on('message', (text) => {
    const { event, args } = JSON.parse((text as Buffer).toString('utf8')) as { event: string; args?: string[] };
    told.push([event, args?.[0]]);
  });
  const send = (event: string, ...args: string[]): void => socket.send(JSON.stringify({ event, args }));
  const until = (event: string, part = ''): Promise<unknown> =>
    eventually(() => told.some(([name, argument]) => name === event && (argument ?? '').includes(part)), { what: `${event} ${part}` });
  await Promise.race([new Promise((resolve) => socket.on('open', resolve)), closed]);
  if (auth && socket.readyState === WebSocket.OPEN) send('auth', token);
  return { socket, told, closed, send, until, token };
};

describe('the client API', () => {
  it('is for account keys, and knows a server by its short id and its uuid', async () => {
    const server = await made();
    const refused = await ask(`/servers/${server.identifier}`, { key: panel.appKey });
    expect([...firstError(refused), refused.body.errors?.[0]?.detail]).toEqual([
      403,
      'AccessDeniedHttpException',
      'You are attempting to use an application API key on an endpoint that requires a client API key.',
    ]);
    for (const name of [server.identifier, server.uuid])
      expect((await ask(`/servers/${name}`)).body).toMatchObject({
        object: 'server',
        attributes: { internal_id: server.id, status: null },
      });
    expect(firstError(await ask('/servers/00000000'))).toEqual([404, 'NotFoundHttpException']);
    expect(firstError(await ask(`/servers/${server.identifier}`, { key: 'ptlc_no' }))).toEqual([401, 'AuthenticationException']);
  });

  it("does not show another user's server to a user who is no administrator", async () => {
    const server = await made();
    const key = `ptlc_${'u'.repeat(43)}`;
    await panel.control('/keys', { key, userId: 99_999, rootAdmin: false });
    expect(firstError(await ask(`/servers/${server.identifier}`, { key }))).toEqual([404, 'NotFoundHttpException']);
  });

  it('starts, stops, restarts and kills, each in its time', async () => {
    const server = await made();
    expect(await stateOf(server)).toBe('offline');
    expect(await live.power(server.identifier, 'start', claim)).toEqual({ ok: 'done', value: undefined });
    nowMs += 1_000;
    expect((await live.usage(server.identifier)).ok).toBe('done');
    expect(await stateOf(server)).toBe('running');
    await live.power(server.identifier, 'restart', claim);
    nowMs += 1_500;
    expect((await ask(`/servers/${server.identifier}/resources`)).body.attributes?.['current_state']).toBe('running');
    expect(await stateOf(server)).toBe('running');
    await live.power(server.identifier, 'stop', claim);
    expect(await stateOf(server)).toBe('offline');
    await live.power(server.identifier, 'start', claim);
    await live.power(server.identifier, 'kill', claim);
    expect(await stateOf(server)).toBe('offline');
    const wrong = await ask(`/servers/${server.identifier}/power`, { body: { signal: 'explode' } });
    expect([...firstError(wrong), wrong.body.errors?.[0]?.meta?.rule]).toEqual([422, 'ValidationException', 'in']);
  });

  it('has no game to run where Wings was started anew during the install, until that was done again', async () => {
    await panel.control('/settings', { installMs: 60_000 });
    const server = await made();
    await panel.control('/wings/restart', {});
    await panel.control('/settings', { installMs: 0 });
    const startedFor = async (ms: number): Promise<unknown> => {
      expect((await live.power(server.identifier, 'start', claim)).ok).toBe('done');
      nowMs += ms;
      return stateOf(server);
    };
    expect(await stateOf(server)).toBe('offline');
    expect(await startedFor(3_000)).toBe('offline');
    await panel.call(`/servers/${server.id}/reinstall`, { method: 'POST' });
    expect(await startedFor(3_000)).toBe('running');
  });

  it('tells the usage as it was up to 20 s ago', async () => {
    const server = await made();
    await live.usage(server.identifier);
    await live.power(server.identifier, 'start', claim);
    nowMs += 19_000;
    expect(await live.usage(server.identifier)).toMatchObject({ value: { state: 'offline', memoryBytes: 0, uptimeMs: 0 } });
    nowMs += 1_000;
    const now = await live.usage(server.identifier);
    expect(now).toMatchObject({ value: { state: 'running', uptimeMs: 20_000 } });
    expect(now.ok === 'done' && now.value.memoryBytes > 0).toBe(true);
  });

  it('takes commands for a server that runs, and says 502 for one that does not', async () => {
    const server = await made();
    expect(firstError(await ask(`/servers/${server.identifier}/command`, { body: { command: 'list' } }))).toEqual([502, 'HttpException']);
    expect(await live.command(server.identifier, 'list', claim)).toMatchObject({ ok: 'refused', code: 'HttpException', status: 502 });
    await live.power(server.identifier, 'start', claim);
    expect((await ask(`/servers/${server.identifier}/command`, { body: { command: 'list' } })).status).toBe(204);
  });

  it('refuses everything but a look while the server is suspended or installs', async () => {
    const server = await made();
    await panel.client.suspendServer(server.id);
    const paths = ['resources', 'websocket'];
    for (const path of paths)
      expect(firstError(await ask(`/servers/${server.identifier}/${path}`))).toEqual([409, 'ServerStateConflictException']);
    expect(await live.power(server.identifier, 'start', claim)).toMatchObject({ code: 'ServerStateConflictException', status: 409 });
    expect((await ask(`/servers/${server.identifier}`)).body.attributes).toMatchObject({ is_suspended: true });
    await panel.client.unsuspendServer(server.id);
    await panel.control('/settings', { installMs: 60_000 });
    await panel.call(`/servers/${server.id}/reinstall`, { method: 'POST' });
    expect(firstError(await ask(`/servers/${server.identifier}/resources`))).toEqual([409, 'ServerStateConflictException']);
    expect((await ask(`/servers/${server.identifier}/websocket`)).status).toBe(200);
    await panel.control('/settings', { installMs: 0 });
  });

  it('says 504 when the node does not answer', async () => {
    const server = await made();
    await panel.fault({ match: 'POST /api/client/servers/*/power', fault: 'wingsDown' });
    expect(await live.power(server.identifier, 'start', claim)).toEqual({ ok: 'unknown', code: 'DaemonConnectionException' });
    await panel.fault({ match: 'GET /api/client/servers/*/resources', fault: 'html502' });
    expect(await live.usage(server.identifier)).toEqual({ ok: 'unknown', code: 'Http502' });
  });

  it('without a key is not asked at all', async () => {
    const none = new LivePanel({ url: panel.url, clientKey: undefined, callsMax: 60 });
    expect([none.isOpen, await none.usage('abcd1234')]).toEqual([false, { ok: 'refused', code: 'NoClientKey', status: 0 }]);
  });

  it('has a budget of its own, and whoever waits is told when it is used up', async () => {
    const server = await made();
    const few = new LivePanel({ url: panel.url, clientKey: LOCAL_CLIENT_KEY, callsMax: 2 });
    expect((await few.usage(server.identifier)).ok).toBe('done');
    expect((await few.usage(server.identifier)).ok).toBe('done');
    expect(await few.usage(server.identifier)).toMatchObject({ ok: 'refused', code: 'BudgetUsedUp', status: 429 });
  });
});

describe('a console', () => {
  it('tells nothing before the token is believed, then state, lines and usage', async () => {
    const server = await made();
    await live.power(server.identifier, 'start', claim);
    const console = await listen(server, { auth: false });
    console.send('send logs');
    await console.until('jwt error');
    console.send('auth', `${console.token}x`);
    await eventually(() => console.told.filter(([event]) => event === 'jwt error').length === 2);
    expect(console.told.map(([event]) => event)).toEqual(['jwt error', 'jwt error']);
    console.send('auth', console.token);
    await console.until('status', 'starting');
    console.send('send logs');
    await console.until('console output', 'Server marked as starting');
    nowMs += 5_000;
    await console.until('console output', 'For help, type');
    await console.until('status', 'running');
    console.send('send stats');
    await console.until('stats', '"state":"running"');
    console.send('send command', 'list');
    await console.until('console output', 'players online');
    console.send('set state', 'kill');
    await console.until('status', 'offline');
    console.socket.terminate();
  });

  it('warns a minute before the token ends, says so when it has, and goes on with another', async () => {
    const server = await made();
    await live.power(server.identifier, 'start', claim);
    const console = await listen(server);
    await console.until('auth success');
    nowMs += 9 * 60_000;
    await console.until('token expiring');
    nowMs += 60_000;
    await console.until('token expired');
    console.send('send command', 'say too late');
    await console.until('jwt error');
    console.send('auth', (await doorOf(server)).token);
    await eventually(() => console.told.filter(([event]) => event === 'auth success').length === 2);
    console.send('send command', 'say hello');
    await console.until('console output', '[Server] hello');
    expect(console.told.some(([, text]) => text?.includes('too late'))).toBe(false);
    console.socket.terminate();
  });

  it('tells an administrator what an install says, and forgets a token once Wings was started anew', async () => {
    const server = await made();
    const console = await listen(server);
    await console.until('auth success');
    await panel.control('/settings', { installMs: 60_000 });
    await panel.call(`/servers/${server.id}/reinstall`, { method: 'POST' });
    await console.until('install started');
    nowMs += 30_000;
    await console.until('install output', 'Downloading the game');
    expect(console.told.some(([, text]) => text?.includes('configuration'))).toBe(false);
    nowMs += 30_000;
    await console.until('install completed');
    await panel.control('/settings', { installMs: 0 });
    await panel.control('/wings/restart', { nodeId: 1 });
    expect(await console.closed).toBe('closed');
    const late = await listen(server, { auth: false });
    late.send('auth', console.token);
    await late.until('jwt error');
    late.send('auth', late.token);
    await late.until('auth success');
    late.socket.terminate();
  });

  it('is granted to a server a few times a minute only, where the panel counts', async () => {
    const server = await made();
    await panel.control('/settings', { tokensPerMinute: 2 });
    const statuses = [];
    for (let asked = 0; asked < 3; asked += 1) statuses.push((await ask(`/servers/${server.identifier}/websocket`)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await ask(`/servers/${(await made()).identifier}/websocket`)).status).toBe(200);
    nowMs += 60_000;
    expect((await ask(`/servers/${server.identifier}/websocket`)).status).toBe(200);
    await panel.control('/settings', { tokensPerMinute: 0 });
  });

  it('is not opened from another origin, and ends when the node goes away or the server is deleted', async () => {
    const server = await made();
    expect(await (await listen(server, { origin: 'https://evil.example' })).closed).toMatch(/403/);
    const cut = await listen(server);
    await cut.until('auth success');
    await panel.control('/wings/restart', {});
    expect(await cut.closed).toBe('closed');
    const deleted = await listen(server);
    await deleted.until('auth success');
    await panel.client.deleteServer(server.id);
    await deleted.until('deleted');
    expect(await deleted.closed).toBe('closed');
  });
});
