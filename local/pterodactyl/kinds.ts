/** Each kind of item that the API shows: its attributes and its relations. */
import { configOf, INSTALLED_AT, scriptOf, variableAttributes } from './egg.attributes.js';
import type { Egg } from './egg.js';
import { EGG_AUTHOR, eggById, eggs, nests } from './eggs.js';
import type { Nest } from './eggs.js';
import { databaseKind } from './kinds.databases.js';
import type { Panel } from './panel.js';
import { list, NULL_RESOURCE, present, presentAll, presentOne } from './present.js';
import type { Kind } from './present.js';
import type { AllocationRow, LocationRow, NodeRow, ServerRow, UserRow } from './records.js';
import { identifierOf } from './records.js';

const used = (panel: Panel, nodeId: number): { memory: number; disk: number } => {
  const servers = panel.store.servers.all().filter((server) => server.node === nodeId);
  const sum = (of: 'memory' | 'disk'): number => servers.reduce((total, server) => total + server.limits[of], 0);
  return { memory: sum('memory'), disk: sum('disk') };
};

export const userKind: Kind<UserRow> = {
  object: 'user',
  attributes: ({ password_set_at: _at, password_hash: _hash, ...user }) => user,
  relations: () => ({
    servers: {
      resource: 'servers',
      load: (user, view) =>
        presentAll(
          serverKind,
          view.panel.store.servers.all().filter((server) => server.user === user.id),
          view,
        ),
    },
  }),
};

export const locationKind: Kind<LocationRow> = {
  object: 'location',
  attributes: (location) => ({ ...location }),
  relations: () => ({
    nodes: { resource: 'nodes', load: (location, view) => presentAll(nodeKind, nodesIn(view.panel, location.id), view) },
    servers: {
      resource: 'servers',
      load: (location, view) => {
        const nodeIds = nodesIn(view.panel, location.id).map(({ id }) => id);
        return presentAll(
          serverKind,
          view.panel.store.servers.all().filter((server) => nodeIds.includes(server.node)),
          view,
        );
      },
    },
  }),
};

const nodesIn = (panel: Panel, locationId: number): NodeRow[] => panel.store.nodes.all().filter((node) => node.location_id === locationId);

export const nodeKind: Kind<NodeRow> = {
  object: 'node',
  attributes: (node, panel) => ({ ...node, allocated_resources: used(panel, node.id) }),
  relations: () => ({
    allocations: {
      resource: 'allocations',
      load: (node, view) =>
        presentAll(
          allocationKind,
          view.panel.store.allocations.all().filter((row) => row.node_id === node.id),
          view,
        ),
    },
    location: {
      resource: 'locations',
      load: (node, view) => presentOne(locationKind, view.panel.store.locations.get(node.location_id), view),
    },
    servers: {
      resource: 'servers',
      load: (node, view) =>
        presentAll(
          serverKind,
          view.panel.store.servers.all().filter((row) => row.node === node.id),
          view,
        ),
    },
  }),
};

export const allocationKind: Kind<AllocationRow> = {
  object: 'allocation',
  attributes: ({ id, ip, alias, port, notes, server_id }) => ({ id, ip, alias, port, notes, assigned: server_id !== null }),
  relations: () => ({
    node: { resource: 'nodes', load: (row, view) => presentOne(nodeKind, view.panel.store.nodes.get(row.node_id), view) },
    server: { resource: 'servers', load: (row, view) => presentOne(serverKind, view.panel.store.servers.get(row.server_id ?? 0), view) },
  }),
};

export const nestKind: Kind<Nest> = {
  object: 'nest',
  attributes: (nest) => ({ ...nest, author: EGG_AUTHOR, created_at: INSTALLED_AT, updated_at: INSTALLED_AT }),
  relations: () => ({
    eggs: {
      resource: 'eggs',
      load: (nest, view) =>
        presentAll(
          eggKind,
          eggs.filter((egg) => egg.nest === nest.id),
          view,
        ),
    },
    servers: {
      resource: 'servers',
      load: (nest, view) =>
        presentAll(
          serverKind,
          view.panel.store.servers.all().filter((row) => row.nest === nest.id),
          view,
        ),
    },
  }),
};

export const eggKind: Kind<Egg> = {
  object: 'egg',
  attributes: (egg) => ({
    id: egg.id,
    uuid: egg.uuid,
    name: egg.name,
    nest: egg.nest,
    author: EGG_AUTHOR,
    description: egg.description,
    docker_image: Object.values(egg.docker_images)[0],
    docker_images: egg.docker_images,
    config: configOf(egg),
    startup: egg.startup,
    script: scriptOf(egg),
    created_at: INSTALLED_AT,
    updated_at: INSTALLED_AT,
  }),
  relations: () => ({
    nest: {
      resource: 'nests',
      load: (egg, view) =>
        presentOne(
          nestKind,
          nests.find((nest) => nest.id === egg.nest),
          view,
        ),
    },
    servers: {
      resource: 'servers',
      load: (egg, view) =>
        presentAll(
          serverKind,
          view.panel.store.servers.all().filter((row) => row.egg === egg.id),
          view,
        ),
    },
    config: { resource: 'eggs', load: (egg) => ({ object: 'egg_config', attributes: configOf(egg) }) },
    script: { resource: 'eggs', load: (egg) => ({ object: 'egg_script', attributes: scriptOf(egg) }) },
    variables: {
      resource: 'eggs',
      load: (egg) => list(egg.variables.map((variable) => ({ object: 'egg_variable', attributes: variableAttributes(egg, variable) }))),
    },
  }),
};

/** Every variable of the egg (its value or default) and what the panel adds of its own. */
const environmentOf = (server: ServerRow, panel: Panel): Record<string, string | number | null> => {
  const node = panel.store.nodes.get(server.node);
  const own = (eggById(server.egg)?.variables ?? []).map(({ env_variable, default_value }) => [
    env_variable,
    server.environment[env_variable] ?? default_value,
  ]);
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    STARTUP: server.startup,
    P_SERVER_LOCATION: panel.store.locations.get(node?.location_id ?? 0)?.short ?? null,
    P_SERVER_UUID: server.uuid,
    P_SERVER_ALLOCATION_LIMIT: server.feature_limits.allocations,
  };
};

export const serverKind: Kind<ServerRow> = {
  object: 'server',
  attributes: (server, panel) => ({
    id: server.id,
    external_id: server.external_id,
    uuid: server.uuid,
    identifier: identifierOf(server),
    name: server.name,
    description: server.description,
    status: server.status,
    suspended: server.status === 'suspended',
    limits: server.limits,
    feature_limits: server.feature_limits,
    user: server.user,
    node: server.node,
    allocation: server.allocation,
    nest: server.nest,
    egg: server.egg,
    container: {
      startup_command: server.startup,
      image: server.image,
      installed: server.status === 'installing' || server.status === 'install_failed' ? 0 : 1,
      environment: environmentOf(server, panel),
    },
    updated_at: server.updated_at,
    created_at: server.created_at,
  }),
  relations: () => ({
    allocations: {
      resource: 'allocations',
      load: (server, view) =>
        presentAll(
          allocationKind,
          view.panel.store.allocations.all().filter((row) => row.server_id === server.id),
          view,
        ),
    },
    user: { resource: 'users', load: (server, view) => presentOne(userKind, view.panel.store.users.get(server.user), view) },
    subusers: { resource: 'users', load: () => list([]) },
    nest: {
      resource: 'nests',
      load: (server, view) =>
        presentOne(
          nestKind,
          nests.find((nest) => nest.id === server.nest),
          view,
        ),
    },
    egg: { resource: 'eggs', load: (server, view) => presentOne(eggKind, eggById(server.egg), view) },
    variables: { resource: 'servers', load: (server) => list(variablesOf(server)) },
    location: { resource: 'locations', load: (server, view) => locationOf(server, view) },
    node: { resource: 'nodes', load: (server, view) => presentOne(nodeKind, view.panel.store.nodes.get(server.node), view) },
    databases: {
      resource: 'server_databases',
      load: (server, view) =>
        presentAll(
          databaseKind,
          view.panel.store.databases.all().filter((row) => row.server === server.id),
          view,
        ),
    },
  }),
};

const locationOf = (server: ServerRow, view: Parameters<typeof present>[2]): ReturnType<typeof present> => {
  const node = view.panel.store.nodes.get(server.node);
  return node === undefined ? NULL_RESOURCE : presentOne(locationKind, view.panel.store.locations.get(node.location_id), view);
};

const variablesOf = (server: ServerRow): ReturnType<typeof present>[] => {
  const egg = eggById(server.egg);
  if (egg === undefined) return [];
  return egg.variables.map((variable) => ({
    object: 'server_variable',
    attributes: { ...variableAttributes(egg, variable), server_value: server.environment[variable.env_variable] ?? null },
  }));
};
