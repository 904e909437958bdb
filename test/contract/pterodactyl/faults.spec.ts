/** What goes wrong on the way to the panel and behind it, as the client reports it and as it leaves the panel. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PanelClient } from '../../../src/pterodactyl/panel.client.js';
import type { TestPanel } from './support.js';
import { closePanels, localPanel, newServer } from './support.js';

const CREATE = 'POST /api/application/servers';

let panel: TestPanel;
beforeAll(async () => {
  panel = await localPanel();
});
afterAll(closePanels);

describe('a create that fails', () => {
  const cases: [fault: string, result: object, stays: boolean][] = [
    ['down', { ok: 'unknown', code: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/) }, false],
    ['html502', { ok: 'unknown', code: 'Http502' }, false],
    ['maintenance503', { ok: 'unknown', code: 'HttpException' }, false],
    ['lostRace500', { ok: 'unknown', code: 'DataValidationException' }, false],
    ['wingsDown', { ok: 'unknown', code: 'DaemonConnectionException' }, false],
    ['wings500', { ok: 'unknown', code: 'DaemonConnectionException' }, false],
    ['wings403', { ok: 'unknown', code: 'DaemonConnectionException' }, false],
    ['timeoutAfterCommit', { ok: 'unknown', code: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/) }, true],
    ['timeoutRolledBack', { ok: 'unknown', code: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/) }, false],
    ['error500AfterCommit', { ok: 'unknown', code: 'TransportException' }, true],
  ];
  it.each(cases)('%s', async (fault, result, stays) => {
    const server = await newServer(panel);
    await panel.fault({ match: CREATE, fault });
    expect(await panel.client.createServer(server)).toEqual(result);
    expect((await panel.client.getServerByExternalId(server.externalId)).ok).toBe(stays ? 'done' : 'absent');
    expect((await panel.client.createServer(server)).ok).toBe(stays ? 'refused' : 'done');
  });

  it('is unknown after the time-out, and its row can be seen until it is rolled back', async () => {
    const server = await newServer(panel);
    await panel.fault({ match: CREATE, fault: 'timeoutRolledBack', delayMs: 2_000 });
    const impatient = new PanelClient({ url: panel.url, appKey: panel.appKey, wingsTimeoutMs: 50 });
    expect(await impatient.createServer(server)).toEqual({ ok: 'unknown', code: 'Timeout' });
    expect(await panel.client.getServerByExternalId(server.externalId)).toMatchObject({ ok: 'done', value: { status: 'installing' } });
    // Raw calls: polling through the client would use up its budget for the minute.
    while ((await panel.call(`/servers/external/${server.externalId}`)).status === 200) await new Promise(setImmediate);
    expect((await panel.client.createServer(server)).ok).toBe('done');
  });

  it('is counted by its external id', async () => {
    const server = await newServer(panel);
    await panel.fault({ match: CREATE, fault: 'wingsDown', times: 2 });
    for (let attempt = 0; attempt < 3; attempt += 1) await panel.client.createServer(server);
    const { creates } = await panel.control<{ creates: Record<string, number> }>('/calls');
    expect(creates[server.externalId]).toBe(3);
  });
});

describe('a delete', () => {
  it('aborts when Wings fails, tolerates that Wings knows nothing, and can be forced', async () => {
    const make = async (): Promise<number> => {
      const created = await panel.client.createServer(await newServer(panel));
      if (created.ok !== 'done') throw new Error('not created');
      return created.value.id;
    };
    const [first, second] = [await make(), await make()];
    await panel.fault({ match: 'DELETE /api/application/servers/*', fault: 'wingsDown' });
    expect(await panel.client.deleteServer(first)).toEqual({ ok: 'unknown', code: 'DaemonConnectionException' });
    expect((await panel.client.getServer(first)).ok).toBe('done');
    await panel.fault({ match: 'DELETE /api/application/servers/*', fault: 'wings404' });
    expect((await panel.client.deleteServer(first)).ok).toBe('done');
    await panel.fault({ match: 'DELETE /api/application/servers/*/force', fault: 'wingsDown' });
    expect((await panel.client.deleteServer(second, { force: true })).ok).toBe('done');
  });
});

describe.each([
  ['suspend', 'suspendServer'],
  ['unsuspend', 'unsuspendServer'],
] as const)('to %s a server', (change, call) => {
  const isSuspended = async (id: number): Promise<boolean> => {
    const found = await panel.client.getServer(id);
    return found.ok === 'done' && found.value.status === 'suspended';
  };
  it('is done without a word, also when it is so already; rolled back when Wings fails; and absent for a server that is gone', async () => {
    const created = await panel.client.createServer(await newServer(panel));
    if (created.ok !== 'done') throw new Error('not created');
    const { id } = created.value;
    if (change === 'unsuspend') await panel.client.suspendServer(id);
    const before = await isSuspended(id);
    await panel.fault({ match: `POST /api/application/servers/*/${change}`, fault: 'wingsDown' });
    expect(await panel.client[call](id)).toEqual({ ok: 'unknown', code: 'DaemonConnectionException' });
    expect(await isSuspended(id)).toBe(before);
    const done = { ok: 'done', value: undefined };
    expect([await panel.client[call](id), await panel.client[call](id)]).toEqual([done, done]);
    expect(await isSuspended(id)).toBe(!before);
    const answer = await panel.call(`/servers/${id}/${change}`, { method: 'POST' });
    expect([answer.status, answer.json]).toEqual([204, undefined]);
    await panel.client.deleteServer(id);
    expect(await panel.client[call](id)).toEqual({ ok: 'absent' });
  });
});

describe('the throttle', () => {
  it('counts per minute, refuses beyond, and opens again', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const slow = await localPanel({ rateLimit: 2, clock: () => new Date(nowMs) });
    const first = await slow.call('/nodes');
    expect([first.headers.get('x-ratelimit-limit'), first.headers.get('x-ratelimit-remaining')]).toEqual(['2', '1']);
    await slow.call('/nodes', { headers: { authorization: 'Bearer wrong' } });
    await slow.call('/servers', { method: 'POST', body: {} });
    const refused = await slow.call('/nodes');
    expect(refused.status).toBe(429);
    expect([refused.headers.get('retry-after'), refused.headers.get('x-ratelimit-remaining')]).toEqual(['60', '0']);
    expect(refused.json?.errors?.[0]).toEqual({ code: 'ThrottleRequestsException', status: '429', detail: 'Too Many Attempts.' });
    nowMs += 60_000;
    expect((await slow.call('/nodes')).status).toBe(200);
    await slow.close();
  });

  it("closes the client's budget for as long as Retry-After says", async () => {
    const server = await newServer(panel);
    await panel.fault({ match: CREATE, fault: '429', delayMs: 1000 });
    const refused = { ok: 'refused', code: 'ThrottleRequestsException', status: 429, retryAfterMs: 1000 };
    const client = new PanelClient({ url: panel.url, appKey: panel.appKey });
    expect(await client.createServer(server)).toEqual(refused);
    const refusedAtMs = performance.now();
    expect((await client.createServer(server)).ok).toBe('done');
    // A timer may ring a millisecond early by another clock.
    expect(performance.now() - refusedAtMs).toBeGreaterThan(990);
  });
});

describe('a key with fewer rights', () => {
  const key = 'ptla_reader000000000000000000000000000000000000000';
  const headers = { authorization: `Bearer ${key}` };

  it('may read what it may read, is told so before its body is judged, and sees nothing through an include', async () => {
    await panel.control('/keys', { key, abilities: { servers: 1, nodes: 1 } });
    expect((await panel.call('/users', { headers })).status).toBe(403);
    const write = await panel.call('/servers', { method: 'POST', body: {}, headers });
    expect(write.json?.errors).toEqual([{ code: 'AccessDeniedHttpException', status: '403', detail: 'This action is unauthorized.' }]);
    expect((await panel.call('/servers/99999999/details', { method: 'PATCH', body: {}, headers })).status).toBe(404);
    const node = await panel.call('/nodes/1?include=location', { headers });
    expect(node.json?.attributes?.['relationships']).toEqual({ location: { object: 'null_resource', attributes: null } });
  });

  it('is useless when its owner is no administrator', async () => {
    await panel.control('/keys', { key: `${key}x`, rootAdmin: false, abilities: { servers: 3 } });
    const answer = await panel.call('/servers', { headers: { authorization: `Bearer ${key}x` } });
    expect(answer.json?.errors?.[0]?.detail).toBe('This account does not have permission to access the API.');
  });
});
