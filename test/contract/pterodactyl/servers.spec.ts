/** Users and servers on the stand-in: what is created, refused, installed, freed and remembered. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildEnvironment, generateSecret } from '../../../src/pterodactyl/egg-environment.js';
import type { TestPanel } from './support.js';
import { closePanels, failedChecks, localPanel, newServer, newUser, PAPER } from './support.js';

let panel: TestPanel;
beforeAll(async () => {
  panel = await localPanel();
});
afterAll(closePanels);

const wish = (change: object = {}): object => ({
  name: 'x',
  user: 1,
  egg: 39,
  docker_image: 'image',
  startup: 'start',
  environment: PAPER,
  limits: { memory: 1024, swap: 0, disk: 1024, io: 500, cpu: 100 },
  feature_limits: { databases: 0, backups: 0 },
  allocation: { default: 162 },
  ...change,
});

const refusedFor = async (change: object): Promise<string[]> =>
  failedChecks(await panel.call('/servers', { method: 'POST', body: wish(change) }));

describe('users', () => {
  it('are found by external id, and by e-mail as by a part of it', async () => {
    const id = await newUser(panel, 'bob');
    await newUser(panel, 'notbob');
    expect((await panel.call('/users?filter[email]=BOB@example.test')).json?.data).toHaveLength(2);
    expect(await panel.client.findUserByExternalId('BOB')).toMatchObject({ ok: 'done', value: { id, externalId: 'bob' } });
  });

  it('are made once per e-mail', async () => {
    await newUser(panel, 'eve');
    const again = await panel.client.createUser({
      externalId: 'eve2',
      email: 'EVE@example.test',
      username: 'eve2',
      firstName: 'E',
      lastName: 'V',
    });
    expect(again).toEqual({ ok: 'refused', code: 'ValidationException', status: 422, rule: 'unique', field: 'email' });
  });

  it('answer their creation with their address', async () => {
    const body = { email: 'mia@example.test', username: 'Mia', first_name: ' Mia ', last_name: 'M', external_id: '' };
    const answer = await panel.call('/users', { method: 'POST', body });
    expect(answer.status).toBe(201);
    expect(answer.json?.attributes).toMatchObject({
      username: 'mia',
      first_name: 'Mia',
      external_id: null,
      root_admin: false,
      '2fa': false,
    });
    expect(answer.json?.meta?.resource).toBe(`${panel.url}/api/application/users/${String(answer.json?.attributes?.['id'])}`);
  });

  it('keep what a change leaves out, but want the required fields again', async () => {
    const id = await newUser(panel, 'zoe');
    const bare = await panel.call(`/users/${id}`, { method: 'PATCH', body: { first_name: 'Z' } });
    expect(failedChecks(bare)).toEqual(['email required', 'username required', 'last_name required']);
    const body = { email: 'zoe@example.test', username: 'zoe', first_name: 'Z', last_name: 'Z' };
    const changed = await panel.call(`/users/${id}`, { method: 'PATCH', body });
    expect(changed.json?.attributes).toMatchObject({ external_id: 'zoe', first_name: 'Z' });
  });
});

describe('creating a server', () => {
  it('takes the allocations, and the external id finds it', async () => {
    const server = await newServer(panel, { allocationIds: [50, 51] });
    const created = await panel.client.createServer(server);
    expect(created).toMatchObject({
      ok: 'done',
      value: { externalId: server.externalId, status: 'installing', allocationId: 50, nodeId: 1, limits: { memory: 4096 } },
    });
    const found = await panel.call(`/servers/external/${server.externalId.toUpperCase()}?include=allocations,transfer`);
    const relations = found.json?.attributes?.['relationships'] as { allocations: { data: { attributes: { id: number } }[] } };
    expect(relations.allocations.data.map(({ attributes }) => attributes.id)).toEqual([50, 51]);
    const free = await panel.client.listAllocations(1, { free: true });
    expect(free.ok === 'done' && free.value.filter(({ id, assigned }) => assigned || id === 50 || id === 51)).toEqual([]);
    expect(await refusedFor({ allocation: { default: 50, additional: [51] } })).toEqual([
      'allocation.default exists',
      'allocation.additional.0 exists',
    ]);
    expect(await refusedFor({ external_id: server.externalId.toUpperCase() })).toEqual(['external_id unique']);
  });

  it('happens once when two ask at once', async () => {
    const server = await newServer(panel);
    const results = await Promise.all([panel.client.createServer(server), panel.client.createServer(server)]);
    expect(results.filter(({ ok }) => ok === 'done')).toHaveLength(1);
    expect(results).toContainEqual({ ok: 'refused', code: 'ValidationException', status: 422, rule: 'unique', field: 'external_id' });
    const { rows } = await panel.control<{ rows: Record<string, number> }>('/calls');
    expect(rows[server.externalId]).toBe(1);
  });

  it("checks the egg's variables, missing ones as null and without defaults", async () => {
    const { DL_PATH: _path, MINECRAFT_VERSION: _version, ...required } = PAPER;
    expect(await refusedFor({ environment: {} })).toEqual(['environment.SERVER_JARFILE required', 'environment.BUILD_NUMBER required']);
    expect(await refusedFor({ environment: { ...PAPER, SERVER_JARFILE: 'x.zip', BUILD_NUMBER: 5 } })).toEqual([
      'environment.SERVER_JARFILE regex',
      'environment.BUILD_NUMBER string',
    ]);
    expect(await refusedFor({ egg: 14, environment: { SERVER_MAP: 'TheIsland' } })).toContain('environment.MAX_PLAYERS numeric');
    const created = await panel.call('/servers', {
      method: 'POST',
      body: wish({ allocation: { default: 161 }, environment: { ...required, EXTRA: 'ignored' } }),
    });
    const container = created.json?.attributes?.['container'] as { environment: Record<string, unknown> };
    expect(container.environment).toMatchObject({ MINECRAFT_VERSION: '', STARTUP: 'start', P_SERVER_LOCATION: 'eu-central' });
    expect(container.environment).not.toHaveProperty('EXTRA');
  });

  it('wants an egg, a user, sane limits and feature limits', async () => {
    expect(await refusedFor({ egg: 9999, user: 'x' })).toEqual(['user integer', 'egg exists']);
    expect(await refusedFor({ limits: { memory: -1, swap: -2, disk: 1, io: 5, cpu: 'x' } })).toEqual([
      'limits.memory min',
      'limits.swap min',
      'limits.io between',
      'limits.cpu numeric',
    ]);
    expect(await refusedFor({ feature_limits: { databases: null } })).toEqual(['feature_limits.backups present']);
    expect(await refusedFor({ deploy: null, allocation: {} })).toEqual([
      'allocation.default required',
      'deploy required',
      'deploy.locations present',
      'deploy.port_range present',
    ]);
  });

  it('deploys on a viable node of the location, or says that there is none', async () => {
    const deploy = { locations: [2], dedicated_ip: false, port_range: ['25600-25610'] };
    const created = await panel.call('/servers', { method: 'POST', body: wish({ deploy, allocation: undefined }) });
    expect(created.status).toBe(201);
    expect([3, 4]).toContain(created.json?.attributes?.['node']);
    const limits = { memory: 10_000_000, swap: 0, disk: 1, io: 500, cpu: 0 };
    const impossible = await panel.call('/servers', { method: 'POST', body: wish({ deploy, limits, environment: {} }) });
    expect([impossible.status, impossible.json?.errors?.[0]?.code]).toEqual([400, 'NoViableNodeException']);
    expect((await panel.call('/nodes/deployable?memory=10000000&disk=1')).json?.errors?.[0]?.code).toBe('NoViableNodeException');
    expect((await panel.call('/nodes/deployable?memory=1024&disk=1024&location_ids[]=2')).json?.data).toHaveLength(2);
  });

  it('works for all eleven games with what their eggs ask for', async () => {
    const ids = [39, 50, 15, 34, 16, 14, 21, 29, 26, 32, 33];
    const eggs = await panel.client.listEggs();
    if (eggs.ok !== 'done') throw new Error('no eggs');
    expect(eggs.value.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const egg of eggs.value) {
      const wanting = egg.variables.filter(({ rules, defaultValue }) => rules.includes('required') && defaultValue === '');
      const secrets = Object.fromEntries(
        wanting.map(({ envVariable, rules }) => [envVariable, generateSecret(rules, new Uint8Array(24)) ?? '']),
      );
      const built = buildEnvironment({ variables: egg.variables, secrets });
      if (!built.ok) throw new Error(`${egg.name}: ${JSON.stringify(built.problems)}`);
      const dockerImage = Object.values(egg.dockerImages)[0] ?? '';
      const server = await newServer(panel, { eggId: egg.id, environment: built.environment, startup: egg.startup, dockerImage });
      expect(await panel.client.createServer(server)).toMatchObject({ ok: 'done', value: { eggId: egg.id } });
    }
  });
});

describe('a server', () => {
  it('frees its external id and its allocations when it is deleted', async () => {
    const server = await newServer(panel);
    const created = await panel.client.createServer(server);
    if (created.ok !== 'done') throw new Error('not created');
    expect(await panel.client.deleteServer(created.value.id)).toEqual({ ok: 'done', value: undefined });
    expect(await panel.client.deleteServer(created.value.id, { force: true })).toEqual({ ok: 'absent' });
    expect((await panel.client.createServer(server)).ok).toBe('done');
  });

  it('loses the external id that a change of its details leaves out', async () => {
    const server = await newServer(panel);
    const created = await panel.client.createServer(server);
    if (created.ok !== 'done') throw new Error('not created');
    const changed = await panel.call(`/servers/${created.value.id}/details`, {
      method: 'PATCH',
      body: { name: 'New', user: created.value.userId },
    });
    expect(changed.json?.attributes).toMatchObject({ name: 'New', external_id: null });
  });
});

describe('an install', () => {
  it('takes its time by the clock and ends as settings say; suspension hides it', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const timed = await localPanel({ installMs: 60_000, clock: () => new Date(nowMs) });
    const make = async (): Promise<number> => {
      const created = await timed.client.createServer(await newServer(timed));
      if (created.ok !== 'done') throw new Error('not created');
      return created.value.id;
    };
    const attributes = async (id: number): Promise<unknown> => (await timed.call(`/servers/${id}`)).json?.attributes;
    const fine = await make();
    await timed.control('/settings', { installOutcome: 'failed' });
    const failing = await make();
    const hidden = await make();
    await timed.control('/settings', { installOutcome: 'stuck' });
    const stuck = await make();
    expect((await timed.call(`/servers/${hidden}/suspend`, { method: 'POST' })).status).toBe(204);
    nowMs += 59_999;
    expect(await attributes(fine)).toMatchObject({ status: 'installing', suspended: false, container: { installed: 0 } });
    nowMs += 1;
    expect(await attributes(fine)).toMatchObject({ status: null, container: { installed: 1 }, updated_at: '2026-01-01T00:01:00+00:00' });
    expect(await attributes(failing)).toMatchObject({ status: 'install_failed', container: { installed: 0 } });
    expect(await attributes(hidden)).toMatchObject({ status: 'suspended', suspended: true, container: { installed: 1 } });
    expect(await attributes(stuck)).toMatchObject({ status: 'installing' });
    await timed.call(`/servers/${hidden}/unsuspend`, { method: 'POST' });
    expect(await attributes(hidden)).toMatchObject({ status: null });
    await timed.close();
  });
});

describe('Wings that is started anew', () => {
  it('tells of its own node that what was installing is over, however far it was', async () => {
    await panel.control('/settings', { installMs: 60_000 });
    const here = await panel.client.createServer(await newServer(panel));
    const there = await panel.client.createServer(await newServer(panel, { allocationIds: [200] }));
    await panel.control('/settings', { installMs: 0 });
    if (here.ok !== 'done' || there.ok !== 'done') throw new Error('not created');
    await panel.control('/wings/restart', { nodeId: 1 });
    expect(await panel.client.getServer(here.value.id)).toMatchObject({ value: { status: null } });
    expect(await panel.client.getServer(there.value.id)).toMatchObject({ value: { status: 'installing' } });
  });
});

describe('a panel with a folder', () => {
  it('remembers everything over a restart, and gives no id twice', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'panel-'));
    const first = await localPanel({ dir });
    const server = await newServer(first);
    const created = await first.client.createServer(server);
    const deleted = await first.client.createServer(await newServer(first));
    if (created.ok !== 'done' || deleted.ok !== 'done') throw new Error('not created');
    await first.client.deleteServer(deleted.value.id);
    await first.close();
    const second = await localPanel({ dir });
    expect(await second.client.getServerByExternalId(server.externalId)).toMatchObject({ ok: 'done', value: { uuid: created.value.uuid } });
    expect((await second.client.listNodes()).ok === 'done' && (await second.call('/nodes')).json?.data).toHaveLength(4);
    const next = await second.client.createServer(await newServer(second, { userId: created.value.userId }));
    expect(next).toMatchObject({ ok: 'done', value: { id: deleted.value.id + 1 } });
    await second.close();
    await rm(dir, { recursive: true });
  });
});

describe('the pages', () => {
  it('show a person the servers, with what customers typed made harmless', async () => {
    const created = await panel.client.createServer(await newServer(panel, { name: '<script>x</script>' }));
    if (created.ok !== 'done') throw new Error('not created');
    for (const path of ['/', `/server/${created.value.identifier}`]) {
      const html = await (await fetch(panel.url + path)).text();
      expect(html).toContain('&lt;script&gt;x');
      expect(html).not.toContain('<script>');
    }
    expect((await fetch(`${panel.url}/server/nobody`)).status).toBe(404);
  });
});
