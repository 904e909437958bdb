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

/** Of each limit that is not as wanted, its name with what is wanted and with what is there; null when the server has that size. */
export const sizeDifference = (
  { limits, featureLimits }: Pick<PanelServer, 'limits' | 'featureLimits'>,
  resources: Resources,
): { readonly expected: string; readonly found: string } | null => {
  const has: Readonly<Record<string, unknown>> = { ...limits, ...featureLimits };
  const differing = Object.entries({ ...limitsOf(resources), ...featuresOf(resources) }).filter(([name, value]) => has[name] !== value);
  if (differing.length === 0) return null;
  return {
    expected: differing.map(([name, value]) => `${name} ${value}`).join(', '),
    found: differing.map(([name]) => `${name} ${String(has[name])}`).join(', '),
  };
};

export const hasSize = (server: PanelServer, resources: Resources): boolean => sizeDifference(server, resources) === null;
