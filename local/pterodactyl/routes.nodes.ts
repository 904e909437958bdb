/** Where servers run and what they run, to be read: locations, nodes, allocations, nests and eggs. */
import { eggById, eggs, nests } from './eggs.js';
import { invalid, notFound } from './errors.js';
import { allocationKind, eggKind, locationKind, nestKind, nodeKind } from './kinds.js';
import { answerItem, answerList, contains, paginate, viewOf } from './listing.js';
import type { Filter, Listing } from './listing.js';
import { requireViable } from './placement.js';
import { list, present } from './present.js';
import type { AllocationRow, LocationRow, NodeRow } from './records.js';
import { idIn, ok } from './route.js';
import type { Call, Reply, Route } from './route.js';
import type { Nest } from './eggs.js';
import { checkFields, normalise } from './rules.js';
import type { Input } from './rules.js';

const locations: Listing<LocationRow> = {
  kind: locationKind,
  filters: { short: contains((row) => row.short), long: contains((row) => row.long) },
  sorts: { id: (row) => row.id },
};

const nodes: Listing<NodeRow> = {
  kind: nodeKind,
  filters: {
    uuid: contains((row) => row.uuid),
    name: contains((row) => row.name),
    fqdn: contains((row) => row.fqdn),
    daemon_token_id: () => false,
  },
  sorts: { id: (row) => row.id, uuid: (row) => row.uuid, memory: (row) => row.memory, disk: (row) => row.disk },
};

/** Zero or `false` asks for the unassigned ones, a positive number for that server's. */
const byServer: Filter<AllocationRow> = (row, text) =>
  text === '0' || text === 'false' ? row.server_id === null : row.server_id === Number(text);

const allocations: Listing<AllocationRow> = {
  kind: allocationKind,
  filters: {
    ip: (row, text) => text.split(',').includes(row.ip),
    port: (row, text) => text.split(',').includes(String(row.port)),
    ip_alias: contains((row) => row.alias),
    server_id: byServer,
  },
  sorts: {},
};

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw notFound();
  return row;
}

const nestIn = ({ params }: Call): Nest => found(nests.find((nest) => nest.id === idIn(params['nest'])));
const nodeIn = ({ panel, params }: Call): NodeRow => found(panel.store.nodes.get(idIn(params['node'])));
const locationIn = ({ panel, params }: Call): LocationRow => found(panel.store.locations.get(idIn(params['location'])));

const eggIn = (call: Call): NonNullable<ReturnType<typeof eggById>> => {
  const egg = found(eggById(idIn(call.params['egg'])));
  if (egg.nest !== nestIn(call).id) throw notFound();
  return egg;
};

function deployable(call: Call): Reply {
  const { panel, query } = call;
  const input = normalise({ memory: query.get('memory'), disk: query.get('disk') }) as Input;
  const failures = checkFields(input, [
    { path: 'memory', rules: 'required|integer|min:0' },
    { path: 'disk', rules: 'required|integer|min:0' },
  ]);
  if (failures.length > 0) throw invalid(failures);
  const wanted = query.getAll('location_ids[]').map(Number);
  const viable = requireViable(panel, { memory: Number(input['memory']), disk: Number(input['disk']), locations: wanted });
  const items = viable.map(({ node, used }) => {
    const item = present(nodeKind, node, viewOf(call));
    return { ...item, attributes: { ...item.attributes, sum_memory: String(used.memory), sum_disk: String(used.disk) } };
  });
  return ok(query.has('page') ? paginate(items, call) : list(items));
}

const allocationsOf = ({ panel }: Call, node: NodeRow): AllocationRow[] =>
  panel.store.allocations.all().filter((row) => row.node_id === node.id);

const noFilters: Listing<Nest> = { kind: nestKind, filters: {}, sorts: {} };

const eggsOf = (call: Call, nest: Nest): Reply => {
  const view = viewOf(call);
  return ok(list(eggs.filter((egg) => egg.nest === nest.id).map((egg) => present(eggKind, egg, view))));
};

const once = <Row>(find: (call: Call) => Row, work: (call: Call, row: Row) => Reply): Route['prepare'] => {
  return (call) => {
    const row = find(call);
    return () => work(call, row);
  };
};

export const nodeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/locations',
    resource: 'locations',
    prepare: (call) => () => ok(answerList(call, call.panel.store.locations.all(), locations)),
  },
  {
    method: 'GET',
    path: '/locations/:location',
    resource: 'locations',
    prepare: once(locationIn, (call, row) => ok(answerItem(call, locationKind, row))),
  },
  { method: 'GET', path: '/nodes', resource: 'nodes', prepare: (call) => () => ok(answerList(call, call.panel.store.nodes.all(), nodes)) },
  { method: 'GET', path: '/nodes/deployable', resource: 'nodes', prepare: (call) => () => deployable(call) },
  { method: 'GET', path: '/nodes/:node', resource: 'nodes', prepare: once(nodeIn, (call, row) => ok(answerItem(call, nodeKind, row))) },
  {
    method: 'GET',
    path: '/nodes/:node/allocations',
    resource: 'allocations',
    prepare: once(nodeIn, (call, node) => ok(answerList(call, allocationsOf(call, node), allocations))),
  },
  { method: 'GET', path: '/nests', resource: 'nests', prepare: (call) => () => ok(answerList(call, nests, noFilters)) },
  { method: 'GET', path: '/nests/:nest', resource: 'nests', prepare: once(nestIn, (call, row) => ok(answerItem(call, nestKind, row))) },
  { method: 'GET', path: '/nests/:nest/eggs', resource: 'eggs', prepare: once(nestIn, eggsOf) },
  {
    method: 'GET',
    path: '/nests/:nest/eggs/:egg',
    resource: 'eggs',
    prepare: once(eggIn, (call, row) => ok(answerItem(call, eggKind, row))),
  },
];
