/** Changing a server's build: a full replacement of what it may use, and allocations given or taken. Wings is told, but its failure is not. */
import { randomUUID } from 'node:crypto';
import { daemonConnection, display, invalid } from './errors.js';
import { serverKind } from './kinds.js';
import { answerItem } from './listing.js';
import type { AllocationRow, FeatureLimits, ServerRow } from './records.js';
import { ok } from './route.js';
import type { Call, Reply } from './route.js';
import { checkFields, failure, valueAt } from './rules.js';
import type { Field, Input } from './rules.js';
import { limitsIn, listAt, sizeFields } from './server-create.js';

/** What is not sent becomes null here, other than when a server is made; backups become 0. */
const featuresIn = (body: Input): FeatureLimits => {
  const of = (name: string): number | null => {
    const value = valueAt(body, `feature_limits.${name}`) ?? null;
    return value === null ? null : Number(value);
  };
  return { databases: of('databases'), allocations: of('allocations'), backups: of('backups') ?? 0 };
};

const numbersAt = (body: Input, path: string): number[] => listAt(body, path).map(Number);

/** The allocations after the change: free ones of the same node are added, others passed over; what is in both lists is added. */
function allocationsAfter({ panel, body }: Call, server: ServerRow): { added: AllocationRow[]; removed: AllocationRow[] } {
  const rows = panel.store.allocations.all().filter(({ node_id: node }) => node === server.node);
  const wanted = numbersAt(body, 'add_allocations');
  const added = rows.filter(({ id, server_id: owner }) => wanted.includes(id) && owner === null);
  const unwanted = numbersAt(body, 'remove_allocations').filter((id) => !wanted.includes(id));
  return { added, removed: rows.filter(({ id, server_id: owner }) => unwanted.includes(id) && owner === server.id) };
}

const LIMITS = ['memory', 'swap', 'io', 'cpu', 'disk'] as const;
/** The way of old: the limits by themselves, beside the rest. */
const isFlat = (body: Input): boolean => body['limits'] === undefined;
/** Each must be there either way, which is told apart below. */
const sizesIn = (body: Input): readonly Field[] =>
  isFlat(body)
    ? sizeFields.flatMap(({ path, rules }) => {
        if (path === 'limits') return [];
        return [{ path: path.replace(/^limits\./, ''), rules: path.startsWith('limits.') ? rules.replace('required|', '') : rules }];
      })
    : sizeFields;
const withLimits = (call: Call): Call => {
  if (!isFlat(call.body)) return call;
  const limits = Object.fromEntries([...LIMITS, 'threads'].map((name) => [name, call.body[name]]));
  return { ...call, body: { ...call.body, limits } };
};

function checkBuild(call: Call, server: ServerRow): void {
  const isElsewhere = (value: unknown): boolean =>
    call.panel.store.servers.find((row) => row.id !== server.id && row.allocation === value) === undefined;
  const failures = checkFields(call.body, [
    { path: 'allocation', rules: 'required|integer', unique: isElsewhere },
    { path: 'oom_disabled', rules: 'boolean' },
    ...sizesIn(call.body),
    { path: 'add_allocations', rules: 'array' },
    { path: 'remove_allocations', rules: 'array' },
  ]);
  const missing = isFlat(call.body) ? LIMITS.filter((name) => valueAt(call.body, name) === undefined) : [];
  if (failures.length + missing.length > 0) throw invalid([...failures, ...missing.map((name) => failure(name, 'required_without'))]);
}

/** The default allocation after the change. Throws a 400 for one that is not the server's, or when none would be left. */
function mainAfter({ panel, body }: Call, server: ServerRow, { added, removed }: ReturnType<typeof allocationsAfter>): number {
  const asked = Number(body['allocation']);
  if (removed.some(({ id }) => id === asked)) {
    if (added[0]) return added[0].id;
    throw display('You are attempting to delete the default allocation for this server but there is no fallback allocation to use.');
  }
  const isOwn = panel.store.allocations.get(asked)?.server_id === server.id || added.some(({ id }) => id === asked);
  if (!isOwn) throw display('The requested default allocation is not currently assigned to this server.');
  return asked;
}

export async function changeBuild(asked: Call, server: ServerRow): Promise<Reply> {
  checkBuild(asked, server);
  const call = withLimits(asked);
  const { panel, body, fault } = call;
  if (fault?.fault === 'refused422') throw invalid([failure('limits.memory', 'max', { argument: '0' })]);
  const change = allocationsAfter(call, server);
  const allocation = mainAfter(call, server, change);
  if (fault?.fault === 'timeoutRolledBack') {
    await panel.delay(fault.delayMs);
    throw daemonConnection(504, randomUUID());
  }
  const limits = limitsIn(body);
  await Promise.all([
    panel.store.servers.update(server, {
      allocation,
      limits: { ...limits, oom_disabled: body['oom_disabled'] === undefined ? server.limits.oom_disabled : limits.oom_disabled },
      feature_limits: featuresIn(body),
      updated_at: panel.now(),
    }),
    ...change.added.map((row) => panel.store.allocations.update(row, { server_id: server.id })),
    ...change.removed.map((row) => panel.store.allocations.update(row, { server_id: null })),
  ]);
  return ok(answerItem(call, serverKind, server));
}
