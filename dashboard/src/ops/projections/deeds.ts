/** What can be done to a read model now. */
import { ops } from '../../messages/ops.js';
import { cancelRebuild, dropOld, rebuild, rollBack, verify } from '../actions.js';
import type { Deed } from '../deed.js';
import { isBuilding, type ProjectionView } from '../queries.js';

const { deeds: words, accept } = ops.projections;

export const deedsOf = ({ name, rebuild: current, oldKept }: ProjectionView): Deed[] => {
  if (isBuilding(current)) return [{ ...words.cancel(name), isDangerous: true, carryOut: () => cancelRebuild(name) }];
  return [
    {
      ...words.rebuild(name),
      fields: [{ name: 'accepted', label: accept, kind: 'check' }],
      carryOut: ({ accepted }) => rebuild(name, accepted !== undefined),
    },
    { ...words.verify(name), carryOut: () => verify(name) },
    ...(oldKept
      ? [
          { ...words.rollBack(name), isDangerous: true, carryOut: () => rollBack(name) },
          { ...words.dropOld(name), isDangerous: true, carryOut: () => dropOld(name) },
        ]
      : []),
  ];
};
