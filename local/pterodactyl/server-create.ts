/** Creating a server: checks of the request, choice of allocations, checks of the egg's variables, the row, and only then Wings. */
import { randomUUID } from 'node:crypto';
import { askWings } from './ask-wings.js';
import type { Egg } from './egg.js';
import { eggById } from './eggs.js';
import { invalid, lostRace, unhandled } from './errors.js';
import type { Failure } from './errors.js';
import { serverKind } from './kinds.js';
import { answerItem } from './listing.js';
import { countCall } from './panel.js';
import type { Panel } from './panel.js';
import { deploy } from './placement.js';
import type { AllocationRow, FeatureLimits, Limits, ServerRow } from './records.js';
import { created } from './route.js';
import type { Call, Reply } from './route.js';
import { sameText } from './routes.users.js';
import { brokenRules, checkField, checkFields, failure, valueAt } from './rules.js';
import type { Field, Input } from './rules.js';

export const IMAGE = 'required|string|max:191|regex:/^~?[\\w.\\/\\-:@ ]*$/';

const isNewExternalId = (panel: Panel) => (value: unknown) =>
  panel.store.servers.find((row) => sameText(row.external_id, value)) === undefined;
const isFree = (panel: Panel) => (id: unknown) => panel.store.allocations.get(Number(id))?.server_id === null;

/** What a server may use: asked for when it is made and, as a whole, when its build is changed. */
export const sizeFields: readonly Field[] = [
  { path: 'limits', rules: 'required|array' },
  { path: 'limits.memory', rules: 'required|numeric|min:0' },
  { path: 'limits.swap', rules: 'required|numeric|min:-1' },
  { path: 'limits.disk', rules: 'required|numeric|min:0' },
  { path: 'limits.io', rules: 'required|numeric|between:10,1000' },
  { path: 'limits.threads', rules: 'nullable|regex:/^[0-9-,]+$/' },
  { path: 'limits.cpu', rules: 'required|numeric|min:0' },
  { path: 'feature_limits', rules: 'required|array' },
  { path: 'feature_limits.databases', rules: 'present|nullable|integer|min:0' },
  { path: 'feature_limits.allocations', rules: 'nullable|integer|min:0' },
  { path: 'feature_limits.backups', rules: 'present|nullable|integer|min:0' },
];

const basics = (panel: Panel): Field[] => [
  {
    path: 'external_id',
    rules: 'nullable|string|between:1,191',
    unique: isNewExternalId(panel),
  },
  { path: 'name', rules: 'required|string|between:1,191' },
  { path: 'description', rules: 'nullable|string' },
  { path: 'user', rules: 'required|integer', exists: (value) => panel.store.users.get(Number(value)) !== undefined },
  { path: 'egg', rules: 'required|integer', exists: (value) => eggById(Number(value)) !== undefined },
  { path: 'docker_image', rules: IMAGE },
  { path: 'startup', rules: 'required|string' },
  { path: 'environment', rules: 'present|array' },
  { path: 'skip_scripts', rules: 'boolean' },
  { path: 'oom_disabled', rules: 'boolean' },
  ...sizeFields,
  { path: 'start_on_completion', rules: 'boolean' },
];

export const listAt = (input: Input, path: string): unknown[] => {
  const value = valueAt(input, path);
  return Array.isArray(value) ? (value as unknown[]) : [];
};

/** Explicit allocations: one that must be, more that may; each must exist and be nobody's. */
const explicitFields = (panel: Panel, body: Input): Field[] => [
  { path: 'allocation.default', rules: 'required|integer', exists: isFree(panel) },
  ...listAt(body, 'allocation.additional').map((_id, index) => ({
    path: `allocation.additional.${index}`,
    rules: 'integer',
    exists: isFree(panel),
  })),
];

const isFilled = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

function deployFailures(body: Input): Failure[] {
  const fields: Field[] = [
    { path: 'deploy', rules: 'required|array' },
    { path: 'deploy.locations', rules: 'present|array' },
    ...listAt(body, 'deploy.locations').map((_id, index) => ({ path: `deploy.locations.${index}`, rules: 'integer|min:1' })),
    { path: 'deploy.port_range', rules: 'present|array' },
    ...listAt(body, 'deploy.port_range').map((_port, index) => ({ path: `deploy.port_range.${index}`, rules: 'string' })),
  ];
  const dedicated = valueAt(body, 'deploy.dedicated_ip');
  const missing = isFilled(body['deploy']) && (dedicated === undefined || dedicated === null);
  return [...checkFields(body, fields), ...(missing ? [failure('deploy.dedicated_ip', 'required_with')] : [])];
}

function checkRequest(panel: Panel, body: Input): void {
  const failures = [
    ...basics(panel).flatMap((field) => checkField(body, field)),
    ...(isFilled(body['deploy']) ? [] : checkFields(body, explicitFields(panel, body))),
    ...(Object.hasOwn(body, 'deploy') ? deployFailures(body) : []),
  ];
  if (failures.length > 0) throw invalid(failures);
}

/** Every variable of the egg is checked, a missing one as null; defaults are not applied. What passes as null is kept as "". */
export function checkEnvironment(egg: Egg, sent: unknown): Record<string, string> {
  const value = (env: string): unknown => valueAt(sent, env) ?? null;
  const failures = egg.variables.flatMap(({ env_variable: env, name, rules }) =>
    brokenRules(value(env), rules).map(({ rule, argument }) => failure(`environment.${env}`, rule, { name: `${name} variable`, argument })),
  );
  if (failures.length > 0) throw invalid(failures);
  return Object.fromEntries(egg.variables.map(({ env_variable: env }) => [env, asText(value(env))]));
}

const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : value === true ? '1' : '';

const yes = (value: unknown): boolean => value === true || value === 1 || value === '1';

function chooseAllocations(panel: Panel, body: Input): AllocationRow[] {
  if (isFilled(body['deploy'])) {
    const locations = listAt(body, 'deploy.locations').map(Number);
    const wanted = { memory: Number(valueAt(body, 'limits.memory')), disk: Number(valueAt(body, 'limits.disk')), locations };
    const ports = listAt(body, 'deploy.port_range').map(asText);
    return [deploy(panel, wanted, { ports, dedicated: Boolean(valueAt(body, 'deploy.dedicated_ip')) })];
  }
  const ids = [valueAt(body, 'allocation.default'), ...listAt(body, 'allocation.additional')].map(Number);
  return [...new Set(ids)].flatMap((id) => panel.store.allocations.get(id) ?? []);
}

export const limitsIn = (body: Input): Limits => {
  const of = (name: string): number => Math.trunc(Number(valueAt(body, `limits.${name}`)));
  const threads = valueAt(body, 'limits.threads') ?? null;
  const oom = body['oom_disabled'] === undefined ? true : yes(body['oom_disabled']);
  return {
    memory: of('memory'),
    swap: of('swap'),
    disk: of('disk'),
    io: of('io'),
    cpu: of('cpu'),
    threads: threads === null ? null : asText(threads),
    oom_disabled: oom,
  };
};

const featuresIn = (body: Input): FeatureLimits => {
  const of = (name: string): number => Number(valueAt(body, `feature_limits.${name}`) ?? 0);
  return { databases: of('databases'), allocations: of('allocations'), backups: of('backups') };
};

interface Plan {
  readonly egg: Egg;
  readonly environment: Record<string, string>;
  readonly allocations: readonly [AllocationRow, ...AllocationRow[]];
}

/** The row, with its allocations taken in the same turn, so that no other call can take them in between. */
async function insertServer(panel: Panel, body: Input, { egg, environment, allocations }: Plan): Promise<ServerRow> {
  const now = panel.now();
  const [main] = allocations;
  const { row: server, saved } = panel.store.servers.add((id) => ({
    id,
    external_id: (body['external_id'] as string | null | undefined) ?? null,
    uuid: randomUUID(),
    name: body['name'] as string,
    description: (body['description'] as string | null | undefined) ?? '',
    status: 'installing',
    limits: limitsIn(body),
    feature_limits: featuresIn(body),
    user: Number(body['user']),
    node: main.node_id,
    allocation: main.id,
    nest: egg.nest,
    egg: egg.id,
    startup: body['startup'] as string,
    image: body['docker_image'] as string,
    environment,
    // Until Wings has accepted the server nothing installs; a panel that dies before that leaves it so.
    install: { endsAtMs: 0, outcome: 'stuck', again: false },
    start_on_completion: yes(body['start_on_completion']),
    created_at: now,
    updated_at: now,
  }));
  await Promise.all([saved, ...allocations.map((row) => panel.store.allocations.update(row, { server_id: server.id }))]);
  return server;
}

/** Removes a server's row and its databases, and frees its allocations at once. */
export async function removeServer(panel: Panel, server: ServerRow): Promise<void> {
  const own = panel.store.allocations.all().filter((row) => row.server_id === server.id);
  const databases = panel.store.databases.all().filter((row) => row.server === server.id);
  await Promise.all([
    panel.store.servers.remove(server),
    ...own.map((row) => panel.store.allocations.update(row, { server_id: null })),
    ...databases.map((row) => panel.store.databases.remove(row)),
  ]);
}

/** What the tables themselves refuse: other calls may have written since this one's checks. Of the further allocations nobody asks, and the last one has them. */
function refuseOvertaken(panel: Panel, body: Input, main: AllocationRow): void {
  if (!isNewExternalId(panel)(body['external_id'])) throw unhandled('UniqueConstraintViolationException');
  if (main.server_id !== null) throw lostRace();
}

export async function createServer(call: Call): Promise<Reply> {
  const { panel, body, fault } = call;
  countCall(panel.calls.creates, body['external_id']);
  checkRequest(panel, body);
  const egg = eggById(Number(body['egg']));
  const [main, ...more] = chooseAllocations(panel, body);
  if (egg === undefined || main === undefined) throw lostRace();
  const environment = checkEnvironment(egg, body['environment']);
  if (fault?.fault === 'lostRace500') throw lostRace();
  if (fault?.fault === 'overtaken') await panel.otherServerMade();
  refuseOvertaken(panel, body, main);
  const server = await insertServer(panel, body, { egg, environment, allocations: [main, ...more] });
  countCall(panel.calls.rows, server.external_id);
  panel.serverWasMade();
  // The row is already there when Wings is asked; when Wings fails, it is taken away again.
  await askWings(call, server).catch(async (error: unknown) => {
    await removeServer(panel, server);
    throw error;
  });
  const install = panel.nextInstall(false);
  await panel.store.servers.update(server, {
    install: yes(body['skip_scripts']) ? { ...install, endsAtMs: panel.clock().getTime() } : install,
  });
  return created(answerItem(call, serverKind, server));
}
