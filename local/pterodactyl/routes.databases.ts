/** The databases of a server, on the one host that this panel knows. Nothing runs behind them: rows, names and passwords. */
import { randomBytes } from 'node:crypto';
import { display, invalid, notFound, unhandled } from './errors.js';
import { databaseKind, DATABASE_HOST } from './kinds.databases.js';
import { answerItem, viewOf } from './listing.js';
import { presentAll } from './present.js';
import type { DatabaseRow, ServerRow } from './records.js';
import { created, idIn, noContent, ok } from './route.js';
import type { Call, Reply, Route } from './route.js';
import { checkFields } from './rules.js';

const NAME_MAX = 48;
const letters = (count: number): string =>
  Array.from(randomBytes(count), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'[byte % 52]).join('');
const newPassword = (): string => randomBytes(18).toString('base64url');

function serverIn({ panel, params }: Call): ServerRow {
  const server = panel.store.servers.get(idIn(params['server']));
  if (!server) throw notFound();
  return server;
}

function databaseIn(call: Call): DatabaseRow {
  const server = serverIn(call);
  const row = call.panel.store.databases.get(idIn(call.params['database']));
  if (row?.server !== server.id) throw notFound();
  return row;
}

const databasesOf = ({ panel }: Call, server: ServerRow): DatabaseRow[] =>
  panel.store.databases.all().filter((row) => row.server === server.id);

/** A name that is taken is no failed check here but a refusal. */
async function add(call: Call, server: ServerRow): Promise<Reply> {
  const { panel, body, fault } = call;
  const failures = checkFields(body, [
    { path: 'database', rules: 'required|alpha_dash|between:1,48' },
    { path: 'remote', rules: 'required|string|regex:/^[0-9%.]{1,15}$/' },
    { path: 'host', rules: 'required|integer', exists: (value) => Number(value) === DATABASE_HOST.id },
  ]);
  if (failures.length > 0) throw invalid(failures);
  const known = databasesOf(call, server);
  const limit = server.feature_limits.databases;
  if (limit !== null && known.length >= limit)
    throw display('Operation would put server over the maximum number of databases allowed.', 'TooManyDatabasesException');
  const database = `s${server.id}_${body['database'] as string}`.slice(0, NAME_MAX);
  if (known.some((row) => row.database === database))
    throw display('A database with that name already exists for this server.', 'DuplicateDatabaseNameException');
  if (fault?.fault === 'databaseHostDown') throw unhandled('PDOException');
  const times = { created_at: panel.now(), updated_at: panel.now() };
  const row = await panel.store.databases.insert((id) => ({
    ...{ id, server: server.id, host: DATABASE_HOST.id, database, username: `u${server.id}_${letters(10)}`, password: newPassword() },
    ...{ remote: body['remote'] as string, max_connections: null, ...times },
  }));
  return created({ ...answerItem(call, databaseKind, row), meta: { resource: `${call.address}/${row.id}` } });
}

const list = (call: Call, server: ServerRow): Reply => ok(presentAll(databaseKind, databasesOf(call, server), viewOf(call)));

async function resetPassword({ panel }: Call, row: DatabaseRow): Promise<Reply> {
  await panel.store.databases.update(row, { password: newPassword(), updated_at: panel.now() });
  return noContent;
}

async function remove({ panel }: Call, row: DatabaseRow): Promise<Reply> {
  await panel.store.databases.remove(row);
  return noContent;
}

const of =
  <Row>(find: (call: Call) => Row, work: (call: Call, row: Row) => Reply | Promise<Reply>): Route['prepare'] =>
  (call) => {
    const row = find(call);
    return () => work(call, row);
  };
const base = '/servers/:server/databases';
const resource = 'server_databases';
export const databaseRoutes: readonly Route[] = [
  { method: 'GET', path: base, resource, prepare: of(serverIn, list) },
  { method: 'POST', path: base, resource, prepare: of(serverIn, add) },
  { method: 'GET', path: `${base}/:database`, resource, prepare: of(databaseIn, (call, row) => ok(answerItem(call, databaseKind, row))) },
  { method: 'POST', path: `${base}/:database/reset-password`, resource, prepare: of(databaseIn, resetPassword) },
  { method: 'DELETE', path: `${base}/:database`, resource, prepare: of(databaseIn, remove) },
];
