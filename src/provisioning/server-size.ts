/** A plan's size as the panel has it, and whether a server has that size. Pure. */
import type { Resources } from '../orders/order.events.js';
import type { PanelServer, ServerBuild } from '../pterodactyl/panel.types.js';

const limitsOf = ({ memoryMib, swapMib, diskMib, io, cpuPercent, threads }: Resources): ServerBuild['limits'] => ({
  ...{ memory: memoryMib, swap: swapMib, disk: diskMib, io, cpu: cpuPercent, threads },
});
const featuresOf = ({ databases, backups, ports }: Resources): ServerBuild['featureLimits'] => ({ databases, backups, allocations: ports });

/** All of the build: the panel takes what is not named away. */
export const buildOf = (server: PanelServer, resources: Resources): ServerBuild => ({
  allocationId: server.allocationId,
  limits: limitsOf(resources),
  featureLimits: featuresOf(resources),
});

const holds = (has: object, wanted: object): boolean =>
  Object.entries(wanted).every(([name, value]) => (has as Readonly<Record<string, unknown>>)[name] === value);

export const hasSize = ({ limits, featureLimits }: PanelServer, resources: Resources): boolean =>
  holds(limits, limitsOf(resources)) && holds(featureLimits, featuresOf(resources));
