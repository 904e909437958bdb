/** What an administrator writes: locations, nodes, allocations, a server's databases and what it runs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, TestPanel } from './support.js';
import { closePanels, failedChecks, localPanel, newServer, PAPER } from './support.js';

let panel: TestPanel;
beforeAll(async () => {
  panel = await localPanel();
});
afterAll(closePanels);

const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
  panel.call(path, body === undefined ? { method } : { method, body });
const codeOf = ({ status, json }: Answer): unknown[] => [status, json?.errors?.[0]?.code];
const idOf = ({ json }: Answer): number => json?.attributes?.['id'] as number;
const made = async (): Promise<{ id: number; allocation: number }> => {
  const wish = await newServer(panel);
  const created = await panel.client.createServer({ ...wish, featureLimits: { databases: 1, allocations: 0, backups: 0 } });
  if (created.ok !== 'done') throw new Error(JSON.stringify(created));
  return { id: created.value.id, allocation: wish.allocationIds[0] ?? 0 };
};

const NODE = {
  ...{ name: 'eu 3', fqdn: 'eu-3.nodes.example', scheme: 'https', memory: 1024, disk: 2048, daemon_sftp: 2022, daemon_listen: 8080 },
  ...{ memory_overallocate: 0, disk_overallocate: -1 },
};
const place = async (): Promise<{ locationId: number; nodeId: number }> => {
  const locationId = idOf(await send('POST', '/locations', { short: `l${Math.random()}`, long: 'Somewhere' }));
  return { locationId, nodeId: idOf(await send('POST', '/nodes', { ...NODE, location_id: locationId })) };
};

describe('a location', () => {
  it('is made with its address, changed, and goes only when no node is left in it', async () => {
    const answer = await send('POST', '/locations', { short: 'ap-south' });
    expect([answer.status, answer.json?.attributes]).toEqual([201, expect.objectContaining({ short: 'ap-south', long: null })]);
    expect(answer.json?.meta?.resource).toBe(`${panel.url}/api/application/locations/${idOf(answer)}`);
    expect(failedChecks(await send('POST', '/locations', { short: 'AP-south' }))).toEqual(['short unique']);
    const path = `/locations/${idOf(answer)}`;
    expect((await send('PATCH', path, { short: 'ap', long: 'Mumbai' })).json?.attributes).toMatchObject({ short: 'ap', long: 'Mumbai' });
    const nodeId = idOf(await send('POST', '/nodes', { ...NODE, location_id: idOf(answer) }));
    expect(codeOf(await send('DELETE', path))).toEqual([400, 'HasActiveNodesException']);
    expect([(await send('DELETE', `/nodes/${nodeId}`)).status, (await send('DELETE', path)).status]).toEqual([204, 204]);
    expect(codeOf(await send('GET', path))).toEqual([404, 'NotFoundHttpException']);
  });
});

describe('a node', () => {
  it('wants all that is required, again with every change, and keeps the rest', async () => {
    expect(failedChecks(await send('POST', '/nodes', {}))).toEqual([
      ...['name required', 'location_id required', 'fqdn required', 'scheme required', 'memory required', 'memory_overallocate required'],
      ...['disk required', 'disk_overallocate required', 'daemon_sftp required', 'daemon_listen required'],
    ]);
    const { locationId, nodeId } = await place();
    const hidden = await send('PATCH', `/nodes/${nodeId}`, { ...NODE, location_id: locationId, public: false, maintenance_mode: true });
    expect(hidden.json?.attributes).toMatchObject({ public: false, maintenance_mode: true, disk_overallocate: -1 });
    expect((await send('PATCH', `/nodes/${nodeId}`, { ...NODE, location_id: locationId })).json?.attributes).toMatchObject({
      public: false,
    });
    expect(failedChecks(await send('PATCH', `/nodes/${nodeId}`, { name: 'x/y' }))[0]).toBe('name regex');
  });

  it('is not deleted while a server stands on it', async () => {
    await made();
    expect(codeOf(await send('DELETE', '/nodes/1'))).toEqual([400, 'HasActiveServersException']);
  });

  it('counts for deployment as its numbers say: -1 is 99 %, and only what is public is found', async () => {
    const { locationId, nodeId } = await place();
    const viable = async (disk: number): Promise<unknown[]> =>
      codeOf(await send('GET', `/nodes/deployable?memory=1024&disk=${disk}&location_ids[]=${locationId}`));
    expect([await viable(2027), await viable(2028)]).toEqual([
      [200, undefined],
      [400, 'NoViableNodeException'],
    ]);
    await send('PATCH', `/nodes/${nodeId}`, { ...NODE, location_id: locationId, public: false });
    expect(await viable(1)).toEqual([400, 'NoViableNodeException']);
  });
});

describe('allocations', () => {
  const allocationsOf = async (nodeId: number): Promise<string[]> => {
    const { json } = await send('GET', `/nodes/${nodeId}/allocations?per_page=10000`);
    return (json?.data ?? []).map(({ attributes }) => `${String(attributes?.['ip'])}:${String(attributes?.['port'])}`);
  };

  it('are made for every address and port, once', async () => {
    const { nodeId } = await place();
    const path = `/nodes/${nodeId}/allocations`;
    const answer = await send('POST', path, { ip: '203.0.113.5/31', ports: ['25565-25566', '25566'] });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await send('POST', path, { ip: '203.0.113.4', ports: ['25565', '30000'] })).status).toBe(204);
    expect(await allocationsOf(nodeId)).toEqual([
      ...['203.0.113.4:25565', '203.0.113.4:25566', '203.0.113.5:25565', '203.0.113.5:25566', '203.0.113.4:30000'],
    ]);
  });

  it.each([
    [{ ip: '203.0.113.4', ports: ['1024'] }, [400, 'PortOutOfRangeException']],
    [{ ip: '203.0.113.4', ports: ['65536'] }, [400, 'PortOutOfRangeException']],
    [{ ip: '203.0.113.4', ports: ['2000-3000'] }, [400, 'TooManyPortsInRangeException']],
    [{ ip: '203.0.113.4', ports: ['minecraft'] }, [400, 'InvalidPortMappingException']],
    [{ ip: '203.0.113.0/24', ports: ['25565'] }, [400, 'CidrOutOfRangeException']],
    [{ ip: 'nowhere', ports: ['25565'] }, [400, 'DisplayException']],
    [{ ip: '203.0.113.4', ports: [25_565] }, [422, 'ValidationException']],
  ])('%j are refused', async (body, refusal) => {
    expect(codeOf(await send('POST', '/nodes/1/allocations', body))).toEqual(refusal);
  });

  it('are deleted on their own node, when no server has them', async () => {
    const { nodeId } = await place();
    await send('POST', `/nodes/${nodeId}/allocations`, { ip: '203.0.113.9', ports: ['25565'] });
    const { json } = await send('GET', `/nodes/${nodeId}/allocations`);
    const id = json?.data?.[0]?.attributes?.['id'] as number;
    const { allocation } = await made();
    expect(codeOf(await send('DELETE', `/nodes/1/allocations/${allocation}`))).toEqual([400, 'ServerUsingAllocationException']);
    expect(codeOf(await send('DELETE', `/nodes/1/allocations/${id}`))).toEqual([404, 'NotFoundHttpException']);
    expect((await send('DELETE', `/nodes/${nodeId}/allocations/${id}`)).status).toBe(204);
  });
});

describe("a server's databases", () => {
  const DATABASE = { database: 'game', remote: '%', host: 1 };

  it('are named after the server, limited, and show their password only when it is asked for', async () => {
    const { id } = await made();
    const path = `/servers/${id}/databases`;
    expect(failedChecks(await send('POST', path, { database: 'a b', remote: 'x', host: 9 }))).toEqual([
      ...['database alpha_dash', 'remote regex', 'host exists'],
    ]);
    const answer = await send('POST', path, DATABASE);
    expect([answer.status, answer.json?.attributes]).toEqual([
      201,
      expect.objectContaining({
        server: id,
        host: 1,
        database: `s${id}_game`,
        username: expect.stringMatching(new RegExp(`^u${id}_\\w{10}$`)),
      }),
    ]);
    expect(answer.json?.attributes).not.toHaveProperty('password');
    expect(codeOf(await send('POST', path, DATABASE))).toEqual([400, 'TooManyDatabasesException']);
    const passwordOf = async (): Promise<unknown> => {
      const shown = await send('GET', `${path}/${idOf(answer)}?include=password,host`);
      const { password } = shown.json?.attributes?.['relationships'] as { password: { attributes: { password: string } } };
      return password.attributes.password;
    };
    const before = await passwordOf();
    expect((await send('POST', `${path}/${idOf(answer)}/reset-password`)).status).toBe(204);
    expect(await passwordOf()).not.toBe(before);
    expect((await send('GET', path)).json).toMatchObject({ object: 'list', data: [{ object: 'server_database' }] });
    expect((await send('GET', path)).json).not.toHaveProperty('meta');
    expect([(await send('DELETE', `${path}/${idOf(answer)}`)).status, (await send('GET', path)).json?.data]).toEqual([204, []]);
  });

  it('of one name are refused, a host that is away is an error, and all go with the server', async () => {
    const { id } = await made();
    await send('PATCH', `/servers/${id}/build`, {
      ...{ allocation: ((await send('GET', `/servers/${id}`)).json?.attributes ?? {})['allocation'] },
      ...{ limits: { memory: 1, swap: 0, disk: 1, io: 500, cpu: 0 }, feature_limits: { databases: null, backups: 0 } },
    });
    const path = `/servers/${id}/databases`;
    await send('POST', path, DATABASE);
    expect(codeOf(await send('POST', path, DATABASE))).toEqual([400, 'DuplicateDatabaseNameException']);
    await panel.fault({ match: `POST /api/application${path}`, fault: 'databaseHostDown' });
    expect((await send('POST', path, { ...DATABASE, database: 'other' })).status).toBe(500);
    expect((await send('DELETE', `/servers/${id}`)).status).toBe(204);
    expect(codeOf(await send('GET', path))).toEqual([404, 'NotFoundHttpException']);
  });
});

describe("a change of a server's startup", () => {
  it('wants everything again; an empty environment leaves the variables alone, any other must be complete', async () => {
    const { id } = await made();
    const path = `/servers/${id}/startup`;
    expect(failedChecks(await send('PATCH', path, {}))).toEqual([
      ...['startup required', 'environment present', 'egg required', 'image required', 'skip_scripts present'],
    ]);
    const wish = { startup: 'java -jar x', egg: 39, image: 'image:2', skip_scripts: false };
    const environmentIn = ({ json }: Answer): unknown => (json?.attributes?.['container'] as { environment: unknown }).environment;
    const bare = await send('PATCH', path, { ...wish, environment: {} });
    expect([bare.status, environmentIn(bare)]).toEqual([200, expect.objectContaining({ ...PAPER, STARTUP: 'java -jar x' })]);
    expect(failedChecks(await send('PATCH', path, { ...wish, environment: { BUILD_NUMBER: '7' } }))).toContain(
      'environment.SERVER_JARFILE required',
    );
    const { MINECRAFT_VERSION: _left, ...rest } = PAPER;
    expect(environmentIn(await send('PATCH', path, { ...wish, environment: rest }))).toMatchObject({ MINECRAFT_VERSION: '' });
  });
});

describe("a change of a server's build", () => {
  it('is done also while Wings is away', async () => {
    const { id, allocation } = await made();
    await panel.fault({ match: `PATCH /api/application/servers/${id}/build`, fault: 'wingsDown' });
    const limits = { memory: 700, swap: 0, disk: 1, io: 500, cpu: 0 };
    const body = { allocation, limits, feature_limits: { databases: 0, backups: 0 } };
    expect((await send('PATCH', `/servers/${id}/build`, body)).json?.attributes?.['limits']).toMatchObject({ memory: 700 });
  });

  it('takes the limits by themselves, too, as of old', async () => {
    const { id, allocation } = await made();
    const path = `/servers/${id}/build`;
    const rest = { allocation, feature_limits: { databases: 0, backups: 0 } };
    expect(failedChecks(await send('PATCH', path, { ...rest, memory: 512, cpu: 'x' }))).toEqual([
      ...['cpu numeric', 'swap required_without', 'io required_without', 'disk required_without'],
    ]);
    const changed = await send('PATCH', path, { ...rest, memory: 512, swap: 0, io: 500, cpu: 50, disk: 600 });
    expect(changed.json?.attributes?.['limits']).toMatchObject({ memory: 512, disk: 600, cpu: 50 });
  });
});
