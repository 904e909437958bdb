/** The panel's items as the ledger's types, and the ledger's wishes as the panel's bodies. */
import type {
  EggVariable,
  NewPanelServer,
  NewPanelUser,
  PanelDetails,
  PanelAllocation,
  PanelEgg,
  PanelLocation,
  PanelNode,
  PanelServer,
  PanelUser,
  ServerBuild,
  ServerAddress,
  ServerUsage,
} from './panel.types.js';

/** An item as it comes: its attributes are read by name and trusted to be what the contract says. */
export interface RawItem {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Reads one attribute as the type the contract gives it. */
const read = <T>(item: RawItem, name: string): T => item.attributes[name] as T;

export const toUser = (item: RawItem): PanelUser => ({
  id: read(item, 'id'),
  externalId: read(item, 'external_id'),
  uuid: read(item, 'uuid'),
  username: read(item, 'username'),
  email: read(item, 'email'),
  rootAdmin: read(item, 'root_admin'),
});

export const toServer = (item: RawItem): PanelServer => {
  const { memory, swap, disk, io, cpu, threads } = read<PanelServer['limits']>(item, 'limits');
  const { databases, allocations, backups } = read<PanelServer['featureLimits']>(item, 'feature_limits');
  return {
    id: read(item, 'id'),
    externalId: read(item, 'external_id'),
    uuid: read(item, 'uuid'),
    identifier: read(item, 'identifier'),
    name: read(item, 'name'),
    status: read(item, 'status'),
    suspended: read(item, 'suspended'),
    limits: { memory, swap, disk, io, cpu, threads },
    featureLimits: { databases, allocations, backups },
    userId: read(item, 'user'),
    nodeId: read(item, 'node'),
    allocationId: read(item, 'allocation'),
    eggId: read(item, 'egg'),
    createdAt: read(item, 'created_at'),
  };
};

export const toNode = (item: RawItem): PanelNode => {
  const { memory, disk } = read<PanelNode['allocated']>(item, 'allocated_resources');
  return {
    id: read(item, 'id'),
    uuid: read(item, 'uuid'),
    name: read(item, 'name'),
    locationId: read(item, 'location_id'),
    public: read(item, 'public'),
    maintenance: read(item, 'maintenance_mode'),
    memory: read(item, 'memory'),
    memoryOverallocate: read(item, 'memory_overallocate'),
    disk: read(item, 'disk'),
    diskOverallocate: read(item, 'disk_overallocate'),
    allocated: { memory, disk },
  };
};

export const toLocation = (item: RawItem): PanelLocation => ({
  id: read(item, 'id'),
  short: read(item, 'short'),
  long: read(item, 'long'),
});

export const toAllocation = (item: RawItem): PanelAllocation => ({
  id: read(item, 'id'),
  ip: read(item, 'ip'),
  alias: read(item, 'alias'),
  port: read(item, 'port'),
  assigned: read(item, 'assigned'),
});

const toVariable = (item: RawItem): EggVariable => ({
  name: read(item, 'name'),
  description: read<string | null>(item, 'description') ?? '',
  envVariable: read(item, 'env_variable'),
  defaultValue: read<string | null>(item, 'default_value') ?? '',
  userViewable: read(item, 'user_viewable'),
  userEditable: read(item, 'user_editable'),
  rules: read<string | null>(item, 'rules') ?? '',
});

/** Needs `include=variables`; a key that may not read them yields none, which the caller's checks then report. */
export const toEgg = (item: RawItem): PanelEgg => {
  const relationships = read<{ variables?: { data?: readonly RawItem[] } } | undefined>(item, 'relationships');
  return {
    id: read(item, 'id'),
    uuid: read(item, 'uuid'),
    name: read(item, 'name'),
    nestId: read(item, 'nest'),
    startup: read(item, 'startup'),
    dockerImages: read(item, 'docker_images'),
    variables: (relationships?.variables?.data ?? []).map(toVariable),
  };
};

export const fromNewUser = ({ externalId, email, username, firstName, lastName, password }: NewPanelUser): object => ({
  external_id: externalId,
  email,
  username,
  first_name: firstName,
  last_name: lastName,
  ...(password === undefined ? {} : { password }),
});

/** All that an update of a user must say, as the panel has it; what is not sent stays. */
export const fromUser = (user: RawItem): object =>
  Object.fromEntries(['email', 'username', 'first_name', 'last_name'].map((name) => [name, user.attributes[name]]));

export const fromDetails = ({ email, firstName, lastName }: PanelDetails): Readonly<Record<string, string>> => ({
  email,
  first_name: firstName,
  last_name: lastName,
});

/** Whether an item has these attributes already. */
export const saysSo = (item: RawItem, attributes: Readonly<Record<string, string>>): boolean =>
  Object.entries(attributes).every(([name, value]) => item.attributes[name] === value);

export const toUsage = (item: RawItem): ServerUsage => {
  const resources = read<Readonly<Record<string, number>>>(item, 'resources');
  return {
    state: read(item, 'current_state'),
    memoryBytes: resources['memory_bytes'] ?? 0,
    cpuPercent: resources['cpu_absolute'] ?? 0,
    diskBytes: resources['disk_bytes'] ?? 0,
    uptimeMs: resources['uptime'] ?? 0,
  };
};

interface ClientAllocation {
  readonly ip: string;
  readonly ip_alias: string | null;
  readonly port: number;
  readonly is_default: boolean;
}

/** Of a server as the client API shows it; null when it has no default allocation. */
export const toAddress = (item: RawItem): ServerAddress | null => {
  const relationships = read<{ allocations?: { data?: readonly { attributes: ClientAllocation }[] } } | undefined>(item, 'relationships');
  const main = relationships?.allocations?.data?.find(({ attributes }) => attributes.is_default)?.attributes;
  return main ? { host: main.ip_alias ?? main.ip, port: main.port } : null;
};

export const fromNewServer = (server: NewPanelServer): object => {
  const [main, ...additional] = server.allocationIds;
  return {
    external_id: server.externalId,
    name: server.name,
    user: server.userId,
    egg: server.eggId,
    docker_image: server.dockerImage,
    startup: server.startup,
    environment: server.environment,
    limits: server.limits,
    feature_limits: server.featureLimits,
    allocation: { default: main, additional },
    start_on_completion: server.startOnCompletion ?? false,
  };
};

export const fromBuild = ({ allocationId, limits, featureLimits }: ServerBuild): object => ({
  allocation: allocationId,
  limits,
  feature_limits: featureLimits,
});
