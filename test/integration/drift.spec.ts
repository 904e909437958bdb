/** What somebody does to our servers on the panel is seen, told and put right when an operator asks; nothing is believed of a reading that failed. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

interface Matter {
  readonly kind: string;
  readonly orderId: string | null;
  readonly severity: string;
  readonly code: string;
}

let world: World;
let ledger: LedgerProcess;
let operator: string;
let orderId: string;
let serverId: number;
runningLedger(
  (started) => ({ world, ledger } = started),
  () => ({ PANEL_OBSERVE_SECONDS: '1', PANEL_SETTLE_MS: '1' }),
);

beforeAll(async () => {
  operator = await world.operator(ledger.url);
  const buyer = await Buyer.signUp(ledger.url);
  const order = await buyer.order({ planId: 'teeworlds-256m' });
  orderId = order.orderId;
  await pay(order.checkoutUrl);
  serverId = (await buyer.until(orderId, 'ready')).pteroServerId ?? 0;
}, 240_000);

const panelApi = async (method: string, path: string, body?: object): Promise<{ attributes: Record<string, unknown> }> => {
  const headers = {
    authorization: `Bearer ${world.ledgerEnvironment()['PTERO_APP_KEY']}`,
    accept: 'application/json',
    'content-type': 'application/json',
  };
  const answer = await fetch(`${world.panelUrl}/api/application${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return (answer.status === 204 ? {} : await answer.json()) as { attributes: Record<string, unknown> };
};
const server = async (): Promise<Record<string, unknown>> => (await panelApi('GET', `/servers/${serverId}`)).attributes;

/** What is on record of differences, oldest first: their kinds, or that they are gone. */
const story = async (id = orderId): Promise<string[]> =>
  (await world.eventsOf(`provisioning-${id}`)).flatMap(({ type, data }) => {
    if (type === 'ServerDriftCleared') return ['cleared'];
    if (type === 'ServerRepairRequested') return [`repair ${(data as { kind: string }).kind}`];
    return type === 'ServerDriftObserved' ? [(data as { drifts: { kind: string }[] }).drifts.map(({ kind }) => kind).join(' ')] : [];
  });
const told = (...lines: string[]) =>
  eventually(
    async () => {
      const seen = (await story()).slice(-lines.length);
      if (JSON.stringify(seen) === JSON.stringify(lines)) return true;
      throw new Error(JSON.stringify(seen));
    },
    { withinMs: 20_000, what: lines.join(', ') },
  );
const matters = async (): Promise<string[]> =>
  (await call<{ items: Matter[] }>(ledger.url, '/api/v1/ops/attention', { token: operator })).body.items.flatMap((matter) =>
    matter.kind === 'drift' && matter.orderId === orderId ? [`${matter.severity} ${matter.code}`] : [],
  );
const shows = (...lines: string[]) =>
  eventually(async () => JSON.stringify(await matters()) === JSON.stringify(lines), {
    withinMs: 20_000,
    what: `attention: ${lines.join()}`,
  });
const repair = (kind: string, id = orderId) =>
  call<{ code?: string }>(ledger.url, `/api/v1/ops/orders/${id}/repair`, {
    ...{ token: operator, key: randomUUID() },
    body: { kind, reason: 'seen by the night shift' },
  });

describe('a server that somebody else changes on the panel', () => {
  it('is seen to be suspended, and runs again when an operator has it repaired', async () => {
    await panelApi('POST', `/servers/${serverId}/suspend`);
    await told('suspended');
    await shows('critical suspended');
    const { body } = await call<{ why: string }>(ledger.url, `/api/v1/ops/orders/${orderId}/replay`, { token: operator });
    expect(JSON.stringify(body)).toContain(`server ${serverId} was suspended by somebody else`);
    expect((await repair('limits')).body.code).toBe('DRIFT_NOT_SEEN');
    expect((await repair('suspended')).status).toBe(202);
    await told('suspended', 'repair suspended', 'cleared');
    expect(await server()).toMatchObject({ suspended: false });
    await shows();
  }, 240_000);

  it('is seen to have other limits and another owner; it gets its own limits again, and its owner by hand', async () => {
    const { limits, allocation, feature_limits, name, user, external_id } = await server();
    await panelApi('PATCH', `/servers/${serverId}/build`, { allocation, limits: { ...(limits as object), memory: 999 }, feature_limits });
    await panelApi('PATCH', `/servers/${serverId}/details`, { name, user: 1, external_id });
    await told('limits owner');
    await shows('critical owner');
    expect((await repair('owner')).body.code).toBe('DRIFT_NOT_REPAIRABLE');
    expect((await repair('limits')).status).toBe(202);
    await told('limits owner', 'repair limits', 'owner');
    expect((await server())['limits']).toStrictEqual(limits);
    await panelApi('PATCH', `/servers/${serverId}/details`, { name, user, external_id });
    await told('owner', 'cleared');
  }, 240_000);

  it('is not thought to be gone while the panel cannot be read, and is seen to be gone when it is', async () => {
    const before = await story();
    const list = 'GET /api/application/servers';
    for (const fault of ['html502', 'down', '429', 'maintenance503']) await world.panelControl('/_control/faults', { match: list, fault });
    await panelApi('POST', `/servers/${serverId}/suspend`);
    await told('suspended');
    await world.panelControl('/_control/faults', { match: `${list}/*`, fault: 'html502', times: 3 });
    await panelApi('DELETE', `/servers/${serverId}`);
    await told('suspended', 'missing');
    await shows('critical missing');
    expect(await story()).toStrictEqual([...before, 'suspended', 'missing']);
    const promises = await call<{ items: { orderId: string; serversRunning: number }[] }>(
      ledger.url,
      '/api/v1/ops/delivery-invariant?broken=false',
      { token: operator },
    );
    expect(promises.body.items.filter((item) => item.orderId === orderId)).toMatchObject([{ serversRunning: 0, serversGone: 1 }]);
  }, 240_000);
});

describe('a server that is gone from the panel', () => {
  const standing = async () => (await world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);
  const node = async (nodeId: string, enabled: boolean) => {
    const body = { region: 'eu-central', reserveMemoryMib: 0, reserveDiskMib: 0, enabled };
    expect((await call(ledger.url, `/api/v1/ops/nodes/${nodeId}`, { method: 'PUT', token: operator, body })).status).toBe(200);
  };
  const anew = (readies: number) =>
    eventually(
      async () => {
        const events = (await world.eventsOf(`provisioning-${orderId}`)).filter(({ type }) => type === 'ServerReady');
        const [server, ...more] = await standing();
        return events.length === readies && more.length === 0 && server?.status === null ? server : undefined;
      },
      { withinMs: 60_000, what: 'the server made anew' },
    );

  it('is made anew where it was when its region has no other node, once an operator takes the loss of its data into account', async () => {
    expect(await standing()).toStrictEqual([]);
    const here = (await world.eventsOf(`provisioning-${orderId}`)).find(({ type }) => type === 'ServerCreated')?.data as { nodeId: string };
    const other = here.nodeId === '1' ? '2' : '1';
    await node(other, false);
    const said = (await repair('missing')).body as { code?: string; detail?: string };
    expect([said.code, JSON.stringify(said)]).toStrictEqual([
      'DRIFT_NOT_REPAIRABLE',
      expect.stringContaining('order move --accept-data-loss'),
    ]);
    const move = (acceptDataLoss: boolean) =>
      call<{ code?: string }>(ledger.url, `/api/v1/ops/orders/${orderId}/move`, {
        ...{ token: operator, key: randomUUID() },
        body: { reason: 'somebody has deleted it', acceptDataLoss },
      });
    expect((await move(false)).body.code).toBe('DATA_LOSS_NOT_ACCEPTED');
    expect((await move(true)).status).toBe(202);
    const server = await anew(2);
    expect(server.nodeId).toBe(here.nodeId);
    serverId = server.id;
    await told('missing', 'cleared');
    await shows();
    await node(other, true);
  }, 240_000);

  it('goes to another node where there is one, asked for on the command line', async () => {
    const [before] = await standing();
    await panelApi('DELETE', `/servers/${serverId}`);
    await told('missing', 'cleared', 'missing');
    const args = ['order', 'move', orderId, '--reason', 'deleted again', '--accept-data-loss', '--key', 'again'];
    for (const _time of ['first', 'repeated']) {
      const ended = await runBuilt('src/ops/cli.js', args, world.ledgerEnvironment());
      expect([ended.code, ended.stdout.trim(), ended.stderr]).toStrictEqual([
        0,
        `order ${orderId} is moved as soon as a ledger with the role reactor runs`,
        '',
      ]);
    }
    const server = await anew(3);
    expect(server.nodeId).not.toBe(before?.nodeId);
    await told('missing', 'cleared', 'missing', 'cleared');
    const moves = (await world.eventsOf(`provisioning-${orderId}`)).filter(({ type }) => type === 'ServerMoveWanted');
    expect(moves).toHaveLength(2);
  }, 240_000);
});

describe('a server under our kind of name', () => {
  const make = async (externalId: string | null): Promise<void> => {
    const nodes = (await panelApi('GET', '/nodes/1/allocations?filter[server_id]=0')) as unknown as {
      data: { attributes: { id: number } }[];
    };
    const limits = { memory: 128, swap: 0, disk: 512, io: 500, cpu: 50 };
    const rest = {
      docker_image: 'ghcr.io/ptero-eggs/yolks:debian',
      startup: './x',
      environment: {},
      feature_limits: { databases: 0, backups: 0 },
    };
    const allocation = { default: nodes.data[0]?.attributes.id };
    await panelApi('POST', '/servers', { external_id: externalId, name: 'x', user: 1, egg: 33, limits, allocation, ...rest });
  };
  it('of no order is unexpected and deleted when an operator asks, one of a stranger is nobody’s business', async () => {
    const nobody = randomUUID();
    await make('shop_1');
    await make(`order_${nobody}`);
    await eventually(async () => (await story(nobody)).includes('unexpected'), { what: 'the unexpected server' });
    expect((await repair('unexpected', nobody)).status).toBe(202);
    const over = ['unexpected', 'repair unexpected', 'cleared'];
    await eventually(async () => JSON.stringify(await story(nobody)) === JSON.stringify(over), {
      what: 'the end of the unexpected server',
    });
    expect((await world.panelServers()).map(({ externalId }) => externalId).toSorted()).toStrictEqual([`order_${orderId}`, 'shop_1']);
    const drifts = (await world.allEvents()).filter(({ type }) => type === 'ServerDriftObserved');
    expect(drifts.map(({ data }) => data['orderId']).filter((id) => id !== orderId)).toStrictEqual([nobody]);
  }, 240_000);
});
