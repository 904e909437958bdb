/** What tests may ask of the panel besides its API: faults, install times, keys, and what it has seen. */
import type { FastifyInstance } from 'fastify';
import type { FaultRule } from '../support/faults.js';
import { ADMIN_USER_ID, RESOURCES } from './panel.js';
import type { ApiKey, Panel, Resource, Settings } from './panel.js';
import { serverKind } from './kinds.js';
import type { ServerStatus } from './records.js';
import { isPasswordOf } from './routes.users.js';
import { normalise } from './rules.js';
import type { Sockets } from './sockets.js';

const KINDS = new Set([
  'timeoutAfterCommit',
  'timeoutRolledBack',
  'down',
  'html502',
  'wingsDown',
  'wings500',
  'wings502',
  'wings403',
  'wings404',
  'lostRace500',
  'overtaken',
  'error500AfterCommit',
  '429',
  'maintenance503',
  'absent404',
  'transfer409',
  'refused422',
  'databaseHostDown',
]);

const parsed = (text: unknown): unknown => (typeof text === 'string' && text !== '' ? normalise(JSON.parse(text)) : {});

function ruleIn(body: unknown): FaultRule {
  const rule = body as FaultRule;
  if (typeof rule.match !== 'string' || !KINDS.has(rule.fault))
    throw new Error(`a fault needs "match" and one of these kinds: ${[...KINDS].join(', ')}`);
  return rule;
}

/** What the panel makes of a node that does not answer, and of one that has another token. */
const TROUBLES = { down: 504, otherToken: 403 } as const;

interface NewKey extends Pick<ApiKey, 'allowedIps' | 'lacksSecondFactor'> {
  readonly key: string;
  readonly userId?: number;
  readonly rootAdmin?: boolean;
  readonly abilities?: Partial<Record<Resource, number>>;
}

/** A key with the abilities named, and none for the rest. */
const keyIn = ({ key: _key, userId, rootAdmin, abilities, ...conditions }: NewKey): ApiKey => ({
  ...conditions,
  userId: userId ?? ADMIN_USER_ID,
  rootAdmin: rootAdmin ?? true,
  abilities: Object.fromEntries(RESOURCES.map((resource) => [resource, abilities?.[resource] ?? 0])) as Record<Resource, number>,
});

export function addControl(app: FastifyInstance, panel: Panel, sockets: Sockets): void {
  app.get('/_control/health', () => ({ ok: true, now: panel.clock().toISOString(), servers: panel.store.servers.all().length }));
  app.post('/_control/faults', (request, reply) => {
    const body = parsed(request.body);
    for (const rule of Array.isArray(body) ? body : [body]) panel.faults.add(ruleIn(rule));
    return reply.code(204).send();
  });
  app.delete('/_control/faults', (_request, reply) => {
    panel.faults.clear();
    return reply.code(204).send();
  });
  app.post('/_control/settings', (request) => Object.assign(panel.settings, parsed(request.body) as Partial<Settings>));
  app.post('/_control/statuses', async (request, reply) => {
    const { serverId, status } = parsed(request.body) as { serverId: number; status: ServerStatus };
    const server = panel.store.servers.get(serverId);
    // What is so by somebody's hand stays so.
    if (server) await panel.store.servers.update(server, { status, install: { ...server.install, outcome: 'stuck' } });
    return reply.code(204).send();
  });
  app.post('/_control/keys', (request, reply) => {
    const wanted = parsed(request.body) as NewKey;
    panel.keys.set(wanted.key, keyIn(wanted));
    return reply.code(204).send();
  });
  app.get('/_control/servers', async () => {
    await panel.settleInstalls();
    return panel.store.servers.all().map((server) => ({
      ...serverKind.attributes(server, panel),
      allocations: panel.store.allocations
        .all()
        .flatMap((row) => (row.server_id === server.id ? [{ id: row.id, ip: row.ip, port: row.port }] : [])),
    }));
  });
  app.get('/_control/calls', () => ({
    creates: Object.fromEntries(panel.calls.creates),
    rows: Object.fromEntries(panel.calls.rows),
    signals: panel.signals,
    usages: panel.usages,
    consoles: sockets.count(),
    tokens: panel.tokens,
    underWay: panel.underWay,
  }));
  app.post('/_control/logins', (request) => {
    const { userId, password } = parsed(request.body) as { userId: number; password: string };
    const user = panel.store.users.get(userId);
    return { ok: user !== undefined && isPasswordOf(user, password) };
  });
  app.post('/_control/wings', (request, reply) => {
    const { nodeId, state, delayMs } = parsed(request.body) as { nodeId: number; state: keyof typeof TROUBLES | 'up'; delayMs?: number };
    if (state === 'up') panel.nodeTroubles.delete(nodeId);
    else panel.nodeTroubles.set(nodeId, { status: TROUBLES[state], delayMs });
    if (state === 'down') sockets.cut(nodeId);
    return reply.code(204).send();
  });
  app.post('/_control/wings/restart', async (request, reply) => {
    const { nodeId } = parsed(request.body) as { nodeId?: number };
    await panel.restartWings(nodeId);
    sockets.cut(nodeId);
    return reply.code(204).send();
  });
}
