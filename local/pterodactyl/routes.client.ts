/** The client API: what the owner of a server, or an administrator's account key for every owner, may ask of it. */
import { conflict, invalid, notFound, offline } from './errors.js';
import { locationsOfSockets } from './socket-tokens.js';
import type { ServerRow } from './records.js';
import { identifierOf } from './records.js';
import { noContent, ok } from './route.js';
import type { Call, Reply, Route } from './route.js';
import { askWings } from './ask-wings.js';
import { checkFields } from './rules.js';
import { SIGNALS } from './wings.js';
import type { Signal } from './wings.js';

/** By short id or uuid. What somebody else owns is not there, unless an administrator asks. */
function findServer({ panel, params, key }: Call): ServerRow {
  const wanted = params['server'];
  const server = panel.store.servers.find((row) => identifierOf(row) === wanted || row.uuid === wanted);
  if (!server || (!key.rootAdmin && server.user !== key.userId)) throw notFound();
  return server;
}

const INSTALLING = ['installing', 'install_failed', 'reinstall_failed'];

/** Everything but looking at it is refused while the server is not the customer's to use. */
function refuseUnusable({ panel }: Call, server: ServerRow, isInstallShown = false): void {
  if (server.status === 'suspended') throw conflict('This server is currently suspended and the functionality requested is unavailable.');
  if (panel.store.nodes.get(server.node)?.maintenance_mode === true)
    throw conflict('The node of this server is currently under maintenance and the functionality requested is unavailable.');
  if (!isInstallShown && INSTALLING.includes(server.status ?? ''))
    throw conflict('This server has not yet completed its installation process, please try again later.');
  if (server.status === 'restoring_backup')
    throw conflict('This server is currently restoring from a backup and the functionality requested is unavailable.');
}

const usable = (work: (call: Call, server: ServerRow) => Reply | Promise<Reply>): Route['prepare'] => {
  return (call) => {
    const server = findServer(call);
    refuseUnusable(call, server);
    return () => work(call, server);
  };
};

/** Always shown, without being asked for. */
const allocationsOf = ({ panel }: Call, server: ServerRow): object[] =>
  panel.store.allocations
    .all()
    .filter((row) => row.server_id === server.id)
    .map(({ id, ip, alias, port, notes }) => ({
      object: 'allocation',
      attributes: { id, ip, ip_alias: alias, port, notes, is_default: id === server.allocation },
    }));

function show(call: Call): Reply {
  const server = findServer(call);
  const { panel, key } = call;
  const node = panel.store.nodes.get(server.node);
  const is_server_owner = server.user === key.userId;
  const attributes = {
    server_owner: is_server_owner,
    identifier: identifierOf(server),
    internal_id: server.id,
    uuid: server.uuid,
    name: server.name,
    node: node?.name ?? '',
    is_node_under_maintenance: node?.maintenance_mode ?? false,
    sftp_details: { ip: node?.fqdn ?? '', port: node?.daemon_sftp ?? 0 },
    description: server.description,
    limits: server.limits,
    invocation: server.startup,
    docker_image: server.image,
    egg_features: null,
    feature_limits: server.feature_limits,
    status: server.status,
    is_suspended: server.status === 'suspended',
    is_installing: server.status === 'installing',
    is_transferring: false,
    relationships: { allocations: { object: 'list', data: allocationsOf(call, server) } },
  };
  return ok({ object: 'server', attributes, meta: { is_server_owner, user_permissions: ['*'] } });
}

/** The panel asks Wings at most every 20 s for one server. */
async function resources(call: Call, server: ServerRow): Promise<Reply> {
  const { panel } = call;
  panel.usages += 1;
  const nowMs = panel.clock().getTime();
  const known = panel.usage.get(server.uuid);
  if (known && known.untilMs > nowMs) return ok(known.value);
  await askWings(call, server);
  const attributes = { current_state: panel.wings.stateOf(server), is_suspended: false, resources: panel.wings.usageOf(server) };
  const value = { object: 'stats', attributes };
  panel.usage.set(server.uuid, { untilMs: nowMs + panel.settings.usageMs, value });
  return ok(value);
}

async function power(call: Call, server: ServerRow): Promise<Reply> {
  const failures = checkFields(call.body, [{ path: 'signal', rules: `required|string|in:${SIGNALS.join(',')}` }]);
  if (failures.length > 0) throw invalid(failures);
  await askWings(call, server);
  const signal = call.body['signal'] as Signal;
  call.panel.countPower(server, signal);
  call.panel.wings.signal(server, signal);
  return noContent;
}

async function command(call: Call, server: ServerRow): Promise<Reply> {
  const failures = checkFields(call.body, [{ path: 'command', rules: 'required|string|min:1' }]);
  if (failures.length > 0) throw invalid(failures);
  await askWings(call, server);
  if (!call.panel.wings.command(server, call.body['command'] as string)) throw offline();
  return noContent;
}

/** An administrator may also listen to an install. */
function websocket(call: Call): () => Reply {
  const server = findServer(call);
  refuseUnusable(call, server, call.key.rootAdmin);
  const { panel, address } = call;
  panel.tokenLimit.hit(server.id, panel.clock().getTime());
  return () => ok({ data: locationsOfSockets(panel, { server, key: call.key, origin: new URL(address).origin }) });
}

const base = '/servers/:server';
export const clientRoutes: readonly Route[] = [
  { method: 'GET', path: base, resource: 'servers', prepare: (call) => () => show(call) },
  { method: 'GET', path: `${base}/resources`, resource: 'servers', prepare: usable(resources) },
  { method: 'POST', path: `${base}/power`, resource: 'servers', prepare: usable(power) },
  { method: 'POST', path: `${base}/command`, resource: 'servers', prepare: usable(command) },
  { method: 'GET', path: `${base}/websocket`, resource: 'servers', prepare: websocket },
];
