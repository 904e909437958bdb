/** What a fresh panel holds: its administrator, two locations, two nodes in each, and plenty of allocations. */
import { uuidFrom } from './eggs.js';
import { timestamp } from './panel.js';
import type { Store } from './store.js';

interface SeedNode {
  readonly name: string;
  readonly location: number;
  readonly ip: string;
}

const LOCATIONS = [
  { short: 'eu-central', long: 'Frankfurt, Germany' },
  { short: 'us-east', long: 'Ashburn, United States' },
] as const;

const NODES: readonly SeedNode[] = [
  { name: 'eu-1', location: 1, ip: '192.0.2.11' },
  { name: 'eu-2', location: 1, ip: '192.0.2.12' },
  { name: 'us-1', location: 2, ip: '198.51.100.11' },
  { name: 'us-2', location: 2, ip: '198.51.100.12' },
];

const MEMORY_MIB = 262_144;
const DISK_MIB = 4_194_304;

/** The games' own ports, and a long run of others. */
const GAME_PORTS = [6567, 7777, 7778, 8211, 8303, 22023, 25555, 27015, 27020, 28015, 34197, 42420];
const PORT_FROM = 25_600;
const PORT_COUNT = 150;
const portsOf = (count: number): number[] => [...GAME_PORTS, ...Array.from({ length: count }, (_none, index) => PORT_FROM + index)];

interface Filling {
  readonly ports: readonly number[];
  readonly times: { readonly created_at: string; readonly updated_at: string };
}

async function seedNode(store: Store, { name, location, ip }: SeedNode, { ports, times }: Filling): Promise<void> {
  const fqdn = `${name}.nodes.example`;
  const node = await store.nodes.insert((id) => ({
    id,
    uuid: uuidFrom(`node ${name}`),
    public: true,
    name,
    description: null,
    location_id: location,
    fqdn,
    scheme: 'https',
    behind_proxy: false,
    maintenance_mode: false,
    memory: MEMORY_MIB,
    memory_overallocate: 0,
    disk: DISK_MIB,
    disk_overallocate: 0,
    upload_size: 100,
    daemon_listen: 8080,
    daemon_sftp: 2022,
    daemon_base: '/var/lib/pterodactyl/volumes',
    ...times,
  }));
  const saves = ports.map((port) =>
    store.allocations.insert((id) => ({ id, node_id: node.id, ip, alias: fqdn, port, notes: null, server_id: null, ...times })),
  );
  await Promise.all(saves);
}

/** Fills an empty panel; one that has users is left as it is. @param portCount of each node, besides the games' own */
export async function seed(store: Store, now: Date, portCount = PORT_COUNT): Promise<void> {
  if (store.users.all().length > 0) return;
  const times = { created_at: timestamp(now), updated_at: timestamp(now) };
  for (const location of LOCATIONS) await store.locations.insert((id) => ({ id, ...location, ...times }));
  for (const node of NODES) await seedNode(store, node, { ports: portsOf(portCount), times });
  // The administrator comes last: its presence says that the seed is complete.
  await store.users.insert((id) => ({
    id,
    external_id: null,
    uuid: uuidFrom('administrator'),
    username: 'admin',
    email: 'admin@panel.example',
    first_name: 'Panel',
    last_name: 'Administrator',
    language: 'en',
    root_admin: true,
    '2fa': true,
    password_set_at: null,
    ...times,
  }));
}
