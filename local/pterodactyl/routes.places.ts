/** What an administrator changes about where servers run: locations, nodes and their allocations. */
import { randomUUID } from 'node:crypto';
import { addressesIn, portsIn } from './allocation-ranges.js';
import { display, invalid, notFound } from './errors.js';
import { locationKind, nodeKind } from './kinds.js';
import { answerItem } from './listing.js';
import type { Panel } from './panel.js';
import type { AllocationRow, LocationRow, NodeRow } from './records.js';
import { created, idIn, noContent, ok } from './route.js';
import type { Call, Reply, Route } from './route.js';
import { sameText } from './routes.users.js';
import { checkFields } from './rules.js';
import type { Field, Input } from './rules.js';
import { listAt } from './server-create.js';

const check = ({ body }: Call, fields: readonly Field[]): void => {
  const failures = checkFields(body, fields);
  if (failures.length > 0) throw invalid(failures);
};

const locationIn = ({ panel, params }: Call): LocationRow => found(panel.store.locations.get(idIn(params['location'])));
const nodeIn = ({ panel, params }: Call): NodeRow => found(panel.store.nodes.get(idIn(params['node'])));
function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw notFound();
  return row;
}

const locationFields = (panel: Panel, self?: LocationRow): Field[] => [
  {
    path: 'short',
    rules: 'required|string|between:1,60',
    unique: (value) => panel.store.locations.find((row) => row.id !== self?.id && sameText(row.short, value)) === undefined,
  },
  { path: 'long', rules: 'nullable|string|between:1,191' },
];

const locationOf = (body: Input): Pick<LocationRow, 'short' | 'long'> => ({
  short: body['short'] as string,
  long: (body['long'] as string | null | undefined) ?? null,
});

async function addLocation(call: Call): Promise<Reply> {
  const { panel, body } = call;
  check(call, locationFields(panel));
  const times = { created_at: panel.now(), updated_at: panel.now() };
  const row = await panel.store.locations.insert((id) => ({ id, ...locationOf(body), ...times }));
  return created({ ...answerItem(call, locationKind, row), meta: { resource: `${call.address}/${row.id}` } });
}

async function changeLocation(call: Call, row: LocationRow): Promise<Reply> {
  check(call, locationFields(call.panel, row));
  await call.panel.store.locations.update(row, { ...locationOf(call.body), updated_at: call.panel.now() });
  return ok(answerItem(call, locationKind, row));
}

async function removeLocation({ panel }: Call, row: LocationRow): Promise<Reply> {
  if (panel.store.nodes.find((node) => node.location_id === row.id))
    throw display('Cannot delete a location that has active nodes attached to it.', 'HasActiveNodesException');
  await panel.store.locations.remove(row);
  return noContent;
}

const nodeFields = (panel: Panel): Field[] => [
  { path: 'name', rules: 'required|regex:/^[\\w .-]{1,100}$/' },
  { path: 'description', rules: 'nullable|string' },
  { path: 'location_id', rules: 'required|integer', exists: (value) => panel.store.locations.get(Number(value)) !== undefined },
  { path: 'fqdn', rules: 'required|string' },
  { path: 'scheme', rules: 'required|string' },
  ...['public', 'behind_proxy', 'maintenance_mode'].map((path) => ({ path, rules: 'boolean' })),
  { path: 'memory', rules: 'required|numeric|min:1' },
  { path: 'memory_overallocate', rules: 'required|numeric|min:-1' },
  { path: 'disk', rules: 'required|numeric|min:1' },
  { path: 'disk_overallocate', rules: 'required|numeric|min:-1' },
  { path: 'daemon_sftp', rules: 'required|numeric|between:1,65535' },
  { path: 'daemon_listen', rules: 'required|numeric|between:1,65535' },
  { path: 'upload_size', rules: 'integer|min:1' },
  { path: 'daemon_base', rules: 'string' },
];

const NUMBERS = ['location_id', 'memory', 'memory_overallocate', 'disk', 'disk_overallocate', 'daemon_sftp', 'daemon_listen'] as const;
const FLAGS = ['public', 'behind_proxy', 'maintenance_mode'] as const;
const yes = (value: unknown): boolean => value === true || value === 1 || value === '1';

/** What was sent, as it is kept; what was not sent and need not be stays as it is, or as a new node has it. */
const nodeOf = (body: Input, before: Partial<NodeRow>) => ({
  name: body['name'] as string,
  description: (body['description'] as string | null | undefined) ?? null,
  fqdn: body['fqdn'] as string,
  scheme: body['scheme'] as string,
  ...(Object.fromEntries(NUMBERS.map((name) => [name, Number(body[name])])) as Pick<NodeRow, (typeof NUMBERS)[number]>),
  ...(Object.fromEntries(
    FLAGS.map((name) => [name, body[name] === undefined ? (before[name] ?? name === 'public') : yes(body[name])]),
  ) as Pick<NodeRow, (typeof FLAGS)[number]>),
  upload_size: Number(body['upload_size'] ?? before.upload_size ?? 100),
  daemon_base: (body['daemon_base'] as string | undefined) ?? before.daemon_base ?? '/var/lib/pterodactyl/volumes',
});

async function addNode(call: Call): Promise<Reply> {
  const { panel, body } = call;
  check(call, nodeFields(panel));
  const times = { created_at: panel.now(), updated_at: panel.now() };
  const row = await panel.store.nodes.insert((id) => ({ id, uuid: randomUUID(), ...nodeOf(body, {}), ...times }));
  return created({ ...answerItem(call, nodeKind, row), meta: { resource: `${call.address}/${row.id}` } });
}

async function changeNode(call: Call, row: NodeRow): Promise<Reply> {
  check(call, nodeFields(call.panel));
  await call.panel.store.nodes.update(row, { ...nodeOf(call.body, row), updated_at: call.panel.now() });
  return ok(answerItem(call, nodeKind, row));
}

async function removeNode({ panel }: Call, row: NodeRow): Promise<Reply> {
  if (panel.store.servers.find((server) => server.node === row.id))
    throw display('Cannot delete a node that has active servers attached to it.', 'HasActiveServersException');
  const own = panel.store.allocations.all().filter((allocation) => allocation.node_id === row.id);
  await Promise.all([panel.store.nodes.remove(row), ...own.map((allocation) => panel.store.allocations.remove(allocation))]);
  return noContent;
}

/** What is there already is passed over in silence. */
async function addAllocations(call: Call, node: NodeRow): Promise<Reply> {
  const { panel, body } = call;
  const texts = listAt(body, 'ports');
  check(call, [
    { path: 'ip', rules: 'required|string' },
    { path: 'alias', rules: 'nullable|string|max:191' },
    { path: 'ports', rules: 'required|array' },
    ...texts.map((_text, index) => ({ path: `ports.${index}`, rules: 'string' })),
  ]);
  const ports = portsIn(texts as string[]);
  const known = new Set(panel.store.allocations.all().map((row) => `${row.node_id} ${row.ip} ${row.port}`));
  const alias = (body['alias'] as string | null | undefined) ?? null;
  const wanted = addressesIn(body['ip'] as string).flatMap((ip) => ports.map((port) => ({ ip, port })));
  const fresh = wanted.filter(({ ip, port }) => !known.has(`${node.id} ${ip} ${port}`));
  const times = { created_at: panel.now(), updated_at: panel.now() };
  const make = (one: { ip: string; port: number }) => (id: number) => ({
    ...{ id, node_id: node.id, ...one, alias, notes: null, server_id: null, ...times },
  });
  await Promise.all(fresh.map((one) => panel.store.allocations.insert(make(one))));
  return noContent;
}

const allocationIn = (call: Call): AllocationRow => {
  const node = nodeIn(call);
  const row = found(call.panel.store.allocations.get(idIn(call.params['allocation'])));
  return row.node_id === node.id ? row : found<AllocationRow>(undefined);
};

async function removeAllocation({ panel }: Call, row: AllocationRow): Promise<Reply> {
  if (row.server_id !== null)
    throw display(
      'A server is currently assigned to this allocation. An allocation can only be deleted if no server is currently assigned.',
      'ServerUsingAllocationException',
    );
  await panel.store.allocations.remove(row);
  return noContent;
}

const of =
  <Row>(find: (call: Call) => Row, work: (call: Call, row: Row) => Promise<Reply>): Route['prepare'] =>
  (call) => {
    const row = find(call);
    return () => work(call, row);
  };

export const placeRoutes: readonly Route[] = [
  { method: 'POST', path: '/locations', resource: 'locations', prepare: (call) => () => addLocation(call) },
  { method: 'PATCH', path: '/locations/:location', resource: 'locations', prepare: of(locationIn, changeLocation) },
  { method: 'DELETE', path: '/locations/:location', resource: 'locations', prepare: of(locationIn, removeLocation) },
  { method: 'POST', path: '/nodes', resource: 'nodes', prepare: (call) => () => addNode(call) },
  { method: 'PATCH', path: '/nodes/:node', resource: 'nodes', prepare: of(nodeIn, changeNode) },
  { method: 'DELETE', path: '/nodes/:node', resource: 'nodes', prepare: of(nodeIn, removeNode) },
  { method: 'POST', path: '/nodes/:node/allocations', resource: 'allocations', prepare: of(nodeIn, addAllocations) },
  { method: 'DELETE', path: '/nodes/:node/allocations/:allocation', resource: 'allocations', prepare: of(allocationIn, removeAllocation) },
];
