/** Servers: list, read, find by external id, create, rename, resize, suspend, reinstall, delete. */
import { askWings } from './ask-wings.js';
import { invalid, notFound } from './errors.js';
import { serverKind } from './kinds.js';
import { answerItem, answerList, contains } from './listing.js';
import type { Listing } from './listing.js';
import type { ServerRow } from './records.js';
import { identifierOf } from './records.js';
import { idIn, noContent, ok } from './route.js';
import type { Call, Reply, Route } from './route.js';
import { sameText } from './routes.users.js';
import { checkFields } from './rules.js';
import { changeBuild } from './server-build.js';
import { createServer, removeServer } from './server-create.js';
import { changeStartup } from './server-startup.js';

const listing: Listing<ServerRow> = {
  kind: serverKind,
  filters: {
    uuid: contains((server) => server.uuid),
    uuidShort: contains(identifierOf),
    name: contains((server) => server.name),
    description: contains((server) => server.description),
    image: contains((server) => server.image),
    external_id: contains((server) => server.external_id),
  },
  sorts: { id: (server) => server.id, uuid: (server) => server.uuid },
};

function findServer({ panel, params }: Call): ServerRow {
  const server = panel.store.servers.get(idIn(params['server']));
  if (!server) throw notFound();
  return server;
}

function findByExternalId({ panel, params }: Call): ServerRow {
  const server = panel.store.servers.find((row) => sameText(row.external_id, params['external']));
  if (!server) throw notFound();
  return server;
}

/** Wings goes first, and what it does not know is as good as deleted. */
async function deleteServer(call: Call, server: ServerRow): Promise<Reply> {
  if (call.params['force'] !== 'force') await askWings(call, server, [404]);
  await removeServer(call.panel, server);
  return noContent;
}

/** One column holds it all: suspending overwrites an install, and lifting the suspension always leaves "normal". */
const suspension =
  (suspended: boolean) =>
  async (call: Call, server: ServerRow): Promise<Reply> => {
    if ((server.status === 'suspended') === suspended) return noContent;
    const { panel } = call;
    await panel.store.servers.update(server, { status: suspended ? 'suspended' : null, updated_at: panel.now() });
    // Wings comes after the row, which is put back when it fails; what the row said before is lost.
    await askWings(call, server).catch(async (error: unknown) => {
      await panel.store.servers.update(server, { status: suspended ? null : 'suspended' });
      throw error;
    });
    return noContent;
  };

async function reinstall(call: Call, server: ServerRow): Promise<Reply> {
  await askWings(call, server);
  await call.panel.store.servers.update(server, {
    status: 'installing',
    install: call.panel.nextInstall(true),
    updated_at: call.panel.now(),
  });
  return noContent;
}

/** A full replacement: an external id or a description that is not sent is gone. */
async function changeDetails(call: Call, server: ServerRow): Promise<Reply> {
  const { panel, body } = call;
  const failures = checkFields(body, [
    {
      path: 'external_id',
      rules: 'nullable|string|between:1,191',
      unique: (value) => panel.store.servers.find((row) => row.id !== server.id && sameText(row.external_id, value)) === undefined,
    },
    { path: 'name', rules: 'required|string|between:1,191' },
    { path: 'user', rules: 'required|integer', exists: (value) => panel.store.users.get(Number(value)) !== undefined },
    { path: 'description', rules: 'nullable|string' },
  ]);
  if (failures.length > 0) throw invalid(failures);
  const sent = body as { external_id?: string | null; description?: string | null; name: string; user: number | string };
  await panel.store.servers.update(server, {
    external_id: sent.external_id ?? null,
    name: sent.name,
    user: Number(sent.user),
    description: sent.description ?? '',
    updated_at: panel.now(),
  });
  return ok(answerItem(call, serverKind, server));
}

const withServer = (work: (call: Call, server: ServerRow) => Reply | Promise<Reply>, find = findServer): Route['prepare'] => {
  return (call) => {
    const server = find(call);
    return () => work(call, server);
  };
};

const show = (call: Call, server: ServerRow): Reply => ok(answerItem(call, serverKind, server));
const all = (call: Call): Reply => ok(answerList(call, call.panel.store.servers.all(), listing));

export const serverRoutes: readonly Route[] = [
  { method: 'GET', path: '/servers', resource: 'servers', prepare: (call) => () => all(call) },
  { method: 'POST', path: '/servers', resource: 'servers', prepare: (call) => () => createServer(call) },
  { method: 'GET', path: '/servers/external/:external', resource: 'servers', prepare: withServer(show, findByExternalId) },
  { method: 'GET', path: '/servers/:server', resource: 'servers', prepare: withServer(show) },
  { method: 'PATCH', path: '/servers/:server/details', resource: 'servers', prepare: withServer(changeDetails) },
  { method: 'PATCH', path: '/servers/:server/build', resource: 'servers', prepare: withServer(changeBuild) },
  { method: 'PATCH', path: '/servers/:server/startup', resource: 'servers', prepare: withServer(changeStartup) },
  { method: 'POST', path: '/servers/:server/suspend', resource: 'servers', prepare: withServer(suspension(true)) },
  { method: 'POST', path: '/servers/:server/unsuspend', resource: 'servers', prepare: withServer(suspension(false)) },
  { method: 'POST', path: '/servers/:server/reinstall', resource: 'servers', prepare: withServer(reinstall) },
  { method: 'DELETE', path: '/servers/:server', resource: 'servers', prepare: withServer(deleteServer) },
  { method: 'DELETE', path: '/servers/:server/:force', resource: 'servers', prepare: withServer(deleteServer) },
];
