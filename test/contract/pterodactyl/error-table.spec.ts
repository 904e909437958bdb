/** Every row of the panel's tables of errors: how it comes about, and what it says. What changes nothing is asked of the panel under test, the rest of the stand-in. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { judge } from '../../../src/pterodactyl/panel.results.js';
import { eventually } from '../../support/eventually.js';
import type { Answer, TestPanel } from './support.js';
import { closePanels, failedChecks, localPanel, newServer, newUser, PAPER, panelUnderTest } from './support.js';

let tested: TestPanel;
let local: TestPanel;
beforeAll(async () => {
  tested = await panelUnderTest();
  local = await localPanel();
});
afterAll(closePanels);

type Provoke = (panel: TestPanel) => Promise<Answer>;
type Row = readonly [what: string, status: number, code: string, detail: string | RegExp, provoke: Provoke];

const get =
  (path: string, headers: Readonly<Record<string, string>> = {}): Provoke =>
  (panel) =>
    panel.call(path, { headers });
const send =
  (method: string, path: string, body: unknown): Provoke =>
  (panel) =>
    panel.call(path, { method, body });
const UNEXPECTED = 'An unexpected error was encountered while processing this request, please try again.';
const NOT_FOUND = 'The requested resource could not be found on the server.';

const HARMLESS: readonly Row[] = [
  ['no key', 401, 'AuthenticationException', 'Unauthenticated.', get('/users', { authorization: '' })],
  ['a key it does not know', 401, 'AuthenticationException', 'Unauthenticated.', get('/users', { authorization: 'Bearer ptla_nobody' })],
  [
    'malformed JSON',
    400,
    'BadRequestHttpException',
    'The JSON data passed in the request appears to be malformed: Syntax error',
    (panel) => panel.call('/users', { method: 'POST', text: '{' }),
  ],
  ['an unknown id', 404, 'NotFoundHttpException', NOT_FOUND, get('/servers/99999999')],
  ['an unknown external id', 404, 'NotFoundHttpException', NOT_FOUND, get('/servers/external/svc_never_made')],
  [
    'an unknown id before the body is judged',
    404,
    'NotFoundHttpException',
    NOT_FOUND,
    send('PATCH', '/servers/99999999/details', { name: '' }),
  ],
  ['an unknown route', 404, 'NotFoundHttpException', 'The route api/application/xyz could not be found.', get('/xyz')],
  [
    'a wrong method',
    405,
    'MethodNotAllowedHttpException',
    'The PUT method is not supported for route api/application/servers. Supported methods: GET, HEAD, POST.',
    send('PUT', '/servers', {}),
  ],
  [
    'a wrong method, also without a key',
    405,
    'MethodNotAllowedHttpException',
    /^The PUT method is not supported/,
    (panel) => panel.call('/servers', { method: 'PUT', headers: { authorization: '' } }),
  ],
  ['an unknown filter', 400, 'InvalidFilterQuery', /^Requested filter\(s\) `node` are not allowed\./, get('/servers?filter[node]=1')],
  ['an unknown sort', 400, 'InvalidSortQuery', /^Requested sort\(s\) `name` is not allowed\./, get('/servers?sort=name')],
  [
    'no node with that much room',
    400,
    'NoViableNodeException',
    'No nodes satisfying the requirements specified for automatic deployment could be found.',
    get('/nodes/deployable?memory=1000000000&disk=1'),
  ],
];

const keyed =
  (conditions: object, provoke: (headers: Readonly<Record<string, string>>) => Provoke): Provoke =>
  async (panel) => {
    const key = `ptla_${String(Math.random()).slice(2).padEnd(43, '0')}`;
    await panel.control('/keys', { key, ...conditions });
    return provoke({ authorization: `Bearer ${key}` })(panel);
  };
const faulty =
  (fault: string, match: string, provoke: Provoke): Provoke =>
  async (panel) => {
    await panel.fault({ match, fault });
    return provoke(panel);
  };
/** One call about a server that is there. */
const onServer =
  (method: string, path: string, body?: (allocation: number) => unknown): Provoke =>
  async (panel) => {
    const wish = await newServer(panel);
    const made = await panel.client.createServer(wish);
    if (made.ok !== 'done') throw new Error(JSON.stringify(made));
    return panel.call(`/servers/${made.value.id}${path}`, { method, ...(body ? { body: body(wish.allocationIds[0] ?? 0) } : {}) });
  };
const wish = (change: object): object => ({
  ...{ name: 'x', user: 1, egg: 39, docker_image: 'image', startup: 'start', environment: PAPER },
  ...{ limits: { memory: 1024, swap: 0, disk: 1024, io: 500, cpu: 100 }, feature_limits: { databases: 0, backups: 0 } },
  ...change,
});
const deployed = (ports: string[]): Provoke =>
  send('POST', '/servers', wish({ deploy: { locations: [], dedicated_ip: false, port_range: ports } }));
const build = (change: (allocation: number) => object) => (allocation: number) => ({
  ...{ allocation, limits: { memory: 1, swap: 0, disk: 1, io: 500, cpu: 0 }, feature_limits: { databases: 0, backups: 0 } },
  ...change(allocation),
});
/** Two creations of which the second one overtakes the first between its checks and its row. */
const overtaken =
  (second: (first: { external_id: string; allocation: { default: number } }) => object): Provoke =>
  async (panel) => {
    const { externalId, allocationIds } = await newServer(panel);
    const first = { external_id: externalId, allocation: { default: allocationIds[0] ?? 0 } };
    await panel.fault({ match: 'POST /api/application/servers', fault: 'overtaken', containing: externalId });
    const answer = panel.call('/servers', { method: 'POST', body: wish(first) });
    await eventually(async () => (await panel.control<{ underWay: number }>('/calls')).underWay > 0, { what: 'the first one to be there' });
    const other = await panel.call('/servers', { method: 'POST', body: wish(second(first)) });
    expect(other.status).toBe(201);
    return answer;
  };
const daemon = (fault: string): Provoke => faulty(fault, 'POST /api/application/servers/*/suspend', onServer('POST', '/suspend'));

const LOCAL: readonly Row[] = [
  [
    'a second factor that is demanded and missing',
    400,
    'TwoFactorAuthRequiredException',
    'Two-factor authentication is required on this account in order to access this endpoint.',
    keyed({ lacksSecondFactor: true }, (headers) => get('/users/99999999', headers)),
  ],
  [
    'an address that the key is not for',
    403,
    'AccessDeniedHttpException',
    'This IP address (127.0.0.1) does not have permission to access the API using these credentials.',
    keyed({ allowedIps: ['192.0.2.1'] }, (headers) => get('/users/99999999', headers)),
  ],
  [
    'an owner who is no administrator',
    403,
    'AccessDeniedHttpException',
    'This account does not have permission to access the API.',
    keyed({ rootAdmin: false }, (headers) => get('/users', headers)),
  ],
  [
    'a key without that right',
    403,
    'AccessDeniedHttpException',
    'This action is unauthorized.',
    keyed({ abilities: { servers: 1 } }, (headers) => (panel) => panel.call('/servers', { method: 'POST', body: {}, headers })),
  ],
  ['too many calls', 429, 'ThrottleRequestsException', 'Too Many Attempts.', faulty('429', 'GET /api/application/nodes', get('/nodes'))],
  ['what nobody thought of', 500, 'TypeError', UNEXPECTED, get('/nodes?per_page=many')],
  [
    'an allocation that was taken meanwhile',
    500,
    'DataValidationException',
    /^Could not save Pterodactyl\\Models\\Server\[\]: failed to validate data: \{/,
    overtaken(({ allocation }) => ({ allocation })),
  ],
  [
    'an external id that was taken meanwhile',
    500,
    'UniqueConstraintViolationException',
    UNEXPECTED,
    overtaken(({ external_id, allocation }) => ({ external_id, allocation: { default: allocation.default + 1 } })),
  ],
  ['maintenance', 503, 'HttpException', 'Service Unavailable', faulty('maintenance503', 'GET /api/application/nodes', get('/nodes'))],
  [
    'no allocation with such a port',
    400,
    'NoViableAllocationException',
    'No allocations satisfying the requirements for automatic deployment were found.',
    deployed(['1']),
  ],
  ['a range of more than 1,000 ports', 400, 'DisplayException', /./, deployed(['20000-21000'])],
  [
    'a user who has servers',
    400,
    'DisplayException',
    'Cannot delete a user with active servers attached to their account. Please delete their servers before continuing.',
    async (panel) => {
      const userId = await newUser(panel);
      await panel.client.createServer(await newServer(panel, { userId }));
      return panel.call(`/users/${userId}`, { method: 'DELETE' });
    },
  ],
  [
    'a default allocation that is not the server’s',
    400,
    'DisplayException',
    'The requested default allocation is not currently assigned to this server.',
    onServer(
      'PATCH',
      '/build',
      build(() => ({ allocation: 640 })),
    ),
  ],
  [
    'a default allocation taken away without another',
    400,
    'DisplayException',
    'You are attempting to delete the default allocation for this server but there is no fallback allocation to use.',
    onServer(
      'PATCH',
      '/build',
      build((allocation) => ({ remove_allocations: [allocation] })),
    ),
  ],
  [
    'a server under transfer',
    409,
    'ConflictHttpException',
    'The server is currently being transferred.',
    faulty('transfer409', 'POST /api/application/servers/*/suspend', onServer('POST', '/suspend')),
  ],
  [
    'a node that does not answer',
    504,
    'DaemonConnectionException',
    'Could not establish a connection to the machine running this server. Please try again.',
    daemon('wingsDown'),
  ],
  [
    'a node that fails',
    500,
    'DaemonConnectionException',
    /^There was an error while communicating with the machine running this server\..* \(code: 500\) \(request_id: [\w-]{36}\)$/,
    daemon('wings500'),
  ],
  [
    'a node that broke off when it had said that all was well',
    502,
    'DaemonConnectionException',
    /^There was an error while communicating with the machine running this server\..* \(code: 202\) \(request_id: [\w-]{36}\)$/,
    daemon('wings502'),
  ],
  [
    'a node that does not know the server',
    404,
    'DaemonConnectionException',
    /^An error occurred on the remote host: .* \(request id: [\w-]{36}\)$/,
    daemon('wings404'),
  ],
  [
    'a node with another token',
    403,
    'DaemonConnectionException',
    /^An error occurred on the remote host: .* \(request id: [\w-]{36}\)$/,
    daemon('wings403'),
  ],
];

/** A refusal where the panel says that nothing happened, unknown where it cannot say. */
const meaning = (status: number, code: string): string =>
  code === 'NotFoundHttpException' ? 'absent' : code === 'DaemonConnectionException' || status >= 500 ? 'unknown' : 'refused';

const expectRow = async (panel: TestPanel, [, status, code, detail, provoke]: Row): Promise<void> => {
  const answer = await provoke(panel);
  const told = typeof detail === 'string' ? detail : expect.stringMatching(detail);
  expect([answer.status, answer.json]).toEqual([status, { errors: [{ code, status: String(status), detail: told }] }]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(judge(answer.status, answer.json).ok).toBe(meaning(status, code));
};

describe('the panel under test, asked for', () => {
  it.each(HARMLESS.map((row) => [row[0], row] as const))('%s', (_what, row) => expectRow(tested, row));
});

describe('the stand-in, asked for', () => {
  it.each(LOCAL.map((row) => [row[0], row] as const))('%s', (_what, row) => expectRow(local, row));
});

describe('a failed check', () => {
  it('names its field by its path and its rule, one entry for each', async () => {
    const answer = await tested.call('/servers', { method: 'POST', body: { limits: { memory: -1 }, user: 'x', egg: 99_999_999 } });
    expect(answer.status).toBe(422);
    expect(answer.json?.errors).toContainEqual({
      code: 'ValidationException',
      status: '422',
      detail: 'The name field is required.',
      meta: { source_field: 'name', rule: 'required' },
    });
    expect(failedChecks(answer)).toEqual(
      expect.arrayContaining(['user integer', 'egg exists', 'limits.memory min', 'limits.cpu required']),
    );
  });
});

describe('the order of the checks', () => {
  const all = { lacksSecondFactor: true, allowedIps: ['192.0.2.1'], rootAdmin: false, abilities: {} };
  const steps: [removed: readonly string[], text: string, path: string, expected: [number, string]][] = [
    [[], '{', '/servers/99999999/details', [400, 'BadRequestHttpException']],
    [[], '{}', '/servers/99999999/details', [400, 'TwoFactorAuthRequiredException']],
    [['lacksSecondFactor'], '{}', '/servers/99999999/details', [403, 'AccessDeniedHttpException']],
    [['lacksSecondFactor', 'allowedIps'], '{}', '/servers/99999999/details', [404, 'NotFoundHttpException']],
    [['lacksSecondFactor', 'allowedIps'], '{}', '/servers/1/details', [403, 'AccessDeniedHttpException']],
    [['lacksSecondFactor', 'allowedIps', 'rootAdmin'], '{}', '/servers/1/details', [403, 'AccessDeniedHttpException']],
    [['lacksSecondFactor', 'allowedIps', 'rootAdmin', 'abilities'], '{}', '/servers/1/details', [422, 'ValidationException']],
  ];
  it.each(steps.map((step) => ({ step })))('is kept: $step', async ({ step: [removed, text, path, [status, code]] }) => {
    if ((await local.call('/servers/1')).status === 404) await local.client.createServer(await newServer(local));
    const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !removed.includes(name)));
    const rights = removed.includes('abilities') ? { abilities: { servers: 3 } } : {};
    const answer = await keyed({ ...kept, ...rights }, (headers) => (panel) => panel.call(path, { method: 'PATCH', text, headers }))(local);
    expect([answer.status, answer.json?.errors?.[0]?.code]).toEqual([status, code]);
  });

  it('counts what is refused for its body or its id, and nothing before that', async () => {
    const counted = await localPanel({ rateLimit: 100 });
    const leftAfter = async (provoke: Provoke): Promise<string | null> => (await provoke(counted)).headers.get('x-ratelimit-remaining');
    expect(await leftAfter(get('/users/99999999'))).toBe('99');
    expect(await leftAfter(send('POST', '/servers', {}))).toBe('98');
    expect(await leftAfter(get('/users', { authorization: '' }))).toBe(null);
    expect(await leftAfter((panel) => panel.call('/users', { method: 'POST', text: '{' }))).toBe(null);
    expect(await leftAfter(get('/nodes'))).toBe('97');
  });
});

describe('a node', () => {
  it('that is away fails what is asked of it, and of no other, until it is back', async () => {
    const on = async (nodeId: number): Promise<Awaited<ReturnType<typeof newServer>>> => {
      const free = await local.client.listAllocations(nodeId, { free: true });
      if (free.ok !== 'done' || free.value[0] === undefined) throw new Error('no allocations');
      return newServer(local, { allocationIds: [free.value[0].id] });
    };
    const [here, other] = [await on(3), await on(4)];
    await local.control('/wings', { nodeId: 3, state: 'down', delayMs: 1 });
    const failed = { ok: 'unknown', code: 'DaemonConnectionException' };
    expect(await local.client.createServer(here)).toEqual(failed);
    expect(await local.client.getServerByExternalId(here.externalId)).toEqual({ ok: 'absent' });
    expect(await local.client.createServer(other)).toMatchObject({ ok: 'done', value: { nodeId: 4 } });
    await local.control('/wings', { nodeId: 3, state: 'up' });
    const made = await local.client.createServer(here);
    if (made.ok !== 'done') throw new Error(JSON.stringify(made));
    await local.control('/wings', { nodeId: 3, state: 'otherToken' });
    expect(await local.client.deleteServer(made.value.id)).toEqual(failed);
    expect((await local.call(`/servers/${made.value.id}/suspend`, { method: 'POST' })).status).toBe(403);
    expect((await local.client.deleteServer(made.value.id, { force: true })).ok).toBe('done');
    await local.control('/wings', { nodeId: 3, state: 'up' });
  });
});

describe('the one column for what a server is', () => {
  const stateOf = async (id: number): Promise<unknown> => (await local.call(`/servers/${id}`)).json?.attributes?.['status'];
  const made = async (): Promise<number> => {
    const created = await local.client.createServer(await newServer(local));
    if (created.ok !== 'done') throw new Error(JSON.stringify(created));
    return created.value.id;
  };

  it('forgets a failed install when a suspension is taken back, and lifts a suspension by an install anew', async () => {
    const id = await made();
    await local.control('/statuses', { serverId: id, status: 'install_failed' });
    await local.fault({ match: 'POST /api/application/servers/*/suspend', fault: 'wingsDown' });
    expect((await local.client.suspendServer(id)).ok).toBe('unknown');
    expect(await stateOf(id)).toBe(null);
    await local.client.suspendServer(id);
    expect((await local.client.reinstallServer(id)).ok).toBe('done');
    expect(await stateOf(id)).toBe(null);
  });

  it('is left as it was by an install anew that Wings does not take', async () => {
    const id = await made();
    await local.client.suspendServer(id);
    await local.fault({ match: 'POST /api/application/servers/*/reinstall', fault: 'wingsDown' });
    expect((await local.client.reinstallServer(id)).ok).toBe('unknown');
    expect(await stateOf(id)).toBe('suspended');
  });

  it('says of an install anew that failed that the first one did not', async () => {
    const id = await made();
    expect(await stateOf(id)).toBe(null);
    await local.control('/settings', { installOutcome: 'failed' });
    await local.client.reinstallServer(id);
    await local.control('/settings', { installOutcome: 'ok' });
    expect((await local.call(`/servers/${id}`)).json?.attributes).toMatchObject({
      status: 'reinstall_failed',
      container: { installed: 1 },
    });
  });
});
