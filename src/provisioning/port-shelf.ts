/** Which port each allocation of the panel has: a fact that never changes, since an allocation is only ever made and deleted. */
import { Injectable } from '@nestjs/common';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { done, type PanelResult } from '../pterodactyl/panel.results.js';

/** Of all nodes together; beyond it everything is read anew. */
const KEPT_MAX = 100_000;

@Injectable()
export class PortShelf {
  private readonly ports = new Map<number, number>();

  constructor(private readonly panel: PanelClient) {}

  /** The ports of these allocations of one node, by their ids; one that the panel does not know is missing. Asks the panel only for what was never seen. */
  async of(nodeId: number, allocationIds: readonly number[]): Promise<PanelResult<ReadonlyMap<number, number>>> {
    if (allocationIds.some((id) => !this.ports.has(id))) {
      const read = await this.panel.listAllocations(nodeId);
      if (read.ok !== 'done') return read;
      if (this.ports.size + read.value.length > KEPT_MAX) this.ports.clear();
      for (const { id, port } of read.value) this.ports.set(id, port);
    }
    const known = allocationIds.flatMap((id) => {
      const port = this.ports.get(id);
      return port === undefined ? [] : [[id, port] as const];
    });
    return done(new Map(known));
  }
}
