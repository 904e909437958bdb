/**
 * Two real projectors, of which one is killed with -9 again and again while they project. At every kill and in the end each read model is what
 * the log makes of it, row by row: nothing is lost, nothing is done twice.
 */
import { killProjectors } from '../support/kill-projectors.js';
import { ProjectorWorld } from '../support/projector-world.js';
import type { Soak } from './support.js';

export const standardCount = 100;

export const soak: Soak = async (run) => {
  const world = await ProjectorWorld.start();
  try {
    const { left, ...found } = await killProjectors(world, run);
    await Promise.all(left.map((ledger) => ledger.stop()));
    return found;
  } finally {
    await world.close();
  }
};
