/** How a node's memory is shared out. */
import { ops } from '../messages/ops.js';
import { gib } from '../parts/format.js';
import { Meter } from './charts.js';
import type { NodeWithRoom } from './queries.js';

const { legend } = ops.nodes;

const sum = (of: readonly number[]): number => of.reduce((total, one) => total + one, 0);

type Kind = 'memory' | 'disk';
const FIELDS = {
  memory: { total: 'memoryMib', reserve: 'reserveMemoryMib', foreign: 'foreignMemoryMib' },
  disk: { total: 'diskMib', reserve: 'reserveDiskMib', foreign: 'foreignDiskMib' },
} as const;

/** Paid for, held for who may pay yet, used by others, kept back. */
export function RoomMeter({ node, of, label }: { node: NodeWithRoom; of: Kind; label: string }) {
  const { total, reserve, foreign } = FIELDS[of];
  const held = (isCommitted: boolean): number =>
    sum(
      Object.values(node.holds)
        .filter(({ committed }) => committed === isCommitted)
        .map((hold) => hold[total]),
    );
  const parts = [
    [legend.committed, held(true)],
    [legend.held, held(false)],
    [legend.foreign, node[foreign]],
    [legend.reserve, node[reserve]],
  ] as const;
  return (
    <Meter
      label={label}
      parts={parts.map(([name, mib]) => ({ name, share: node[total] > 0 ? mib / node[total] : 0, text: `${gib(mib)} GB` }))}
    />
  );
}
