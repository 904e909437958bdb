/** What can be done to a read model now. */
import { ops } from '../../messages/ops.js';
import { cancelRebuild, dropOld, rebuild, rollBack, verify } from '../actions.js';
import { REASON, type Deed } from '../deed.js';
import { isBuilding, type ProjectionView } from '../queries.js';

const { deeds: words, accept } = ops.projections;

const because = (act: (reason: string) => Promise<unknown>): Pick<Deed, 'fields' | 'carryOut'> => ({
  fields: [REASON],
  carryOut: ({ reason = '' }) => act(reason),
});

export const deedsOf = ({ name, rebuild: current, oldKept }: ProjectionView): Deed[] => {
  const cancel = ({ purpose }: NonNullable<typeof current>): Deed => ({
    ...words.cancel[purpose](name),
    isDangerous: true,
    ...because((reason) => cancelRebuild(name, { purpose, reason })),
  });
  if (current && isBuilding(current)) return [cancel(current)];
  return [
    ...(current?.state === 'differs' && current.purpose === 'swap' ? [cancel(current)] : []),
    {
      ...words.rebuild(name),
      fields: [{ name: 'accepted', label: accept, kind: 'check' }, REASON],
      carryOut: ({ accepted, reason = '' }) => rebuild(name, { acceptDifferences: accepted !== undefined, reason }),
    },
    { ...words.verify(name), carryOut: () => verify(name) },
    ...(oldKept
      ? [
          { ...words.rollBack(name), isDangerous: true, ...because((reason) => rollBack(name, reason)) },
          { ...words.dropOld(name), isDangerous: true, ...because((reason) => dropOld(name, reason)) },
        ]
      : []),
  ];
};
