/** The panel's own automatic deployment: a viable node, and a random free allocation that fits. */
import { randomInt } from 'node:crypto';
import { display } from './errors.js';
import type { Panel } from './panel.js';
import type { AllocationRow, NodeRow } from './records.js';

/** MiB wanted; an empty list of locations means any. */
export interface Wanted {
  readonly memory: number;
  readonly disk: number;
  readonly locations: readonly number[];
}

interface Viable {
  readonly node: NodeRow;
  readonly used: { memory: number; disk: number };
}

/** Over-allocation is a plain percentage here: -1 gives 99 %, not "no limit". */
const room = (total: number, overallocate: number): number => total * (1 + overallocate / 100);

function viableNodes(panel: Panel, wanted: Wanted): Viable[] {
  const servers = panel.store.servers.all();
  return panel.store.nodes
    .all()
    .filter((node) => node.public && (wanted.locations.length === 0 || wanted.locations.includes(node.location_id)))
    .map((node) => {
      const own = servers.filter((server) => server.node === node.id);
      const sum = (of: 'memory' | 'disk'): number => own.reduce((total, server) => total + server.limits[of], 0);
      return { node, used: { memory: sum('memory'), disk: sum('disk') } };
    })
    .filter(
      ({ node, used }) =>
        used.memory + wanted.memory <= room(node.memory, node.memory_overallocate) &&
        used.disk + wanted.disk <= room(node.disk, node.disk_overallocate),
    );
}

export function requireViable(panel: Panel, wanted: Wanted): Viable[] {
  const viable = viableNodes(panel, wanted);
  if (viable.length > 0) return viable;
  throw display('No nodes satisfying the requirements specified for automatic deployment could be found.', 'NoViableNodeException');
}

const PORTS_MAX = 1000;

/** Port texts such as `25565` or `25565-25600`; what cannot be read asks for nothing, as on the panel. */
const rangesIn = (texts: readonly string[]): [number, number][] =>
  texts.flatMap((text) => {
    const parts = /^(\d+)(?:-(\d+))?$/.exec(text);
    if (parts === null) return [];
    const [from, to] = [Number(parts[1]), Number(parts[2] ?? parts[1])];
    if (Math.abs(to - from) + 1 > PORTS_MAX) throw display('The maximum number of ports that can be searched is 1000.');
    return [[from, to] as [number, number]];
  });

/** One random free allocation on the viable nodes; with `dedicated`, on an address that nobody uses yet. */
export function deploy(
  panel: Panel,
  wanted: Wanted,
  { ports, dedicated }: { ports: readonly string[]; dedicated: boolean },
): AllocationRow {
  const nodeIds = requireViable(panel, wanted).map(({ node }) => node.id);
  const here = panel.store.allocations.all().filter((row) => nodeIds.includes(row.node_id));
  const taken = new Set(here.filter((row) => row.server_id !== null).map((row) => `${row.node_id} ${row.ip}`));
  const ranges = rangesIn(ports);
  const free = here.filter(
    (row) =>
      row.server_id === null &&
      (ranges.length === 0 || ranges.some(([from, to]) => row.port >= from && row.port <= to)) &&
      !(dedicated && taken.has(`${row.node_id} ${row.ip}`)),
  );
  const chosen = free[free.length > 0 ? randomInt(free.length) : 0];
  if (chosen) return chosen;
  throw display('No allocations satisfying the requirements for automatic deployment were found.', 'NoViableAllocationException');
}
