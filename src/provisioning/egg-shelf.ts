/** The panel's eggs, kept for a while: they change rarely and reading them costs a call a nest. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { absent, done, mapDone, type PanelResult } from '../pterodactyl/panel.results.js';
import type { PanelEgg } from '../pterodactyl/panel.types.js';

/** Lifetime of the one cached list. */
const FRESH_MS = 60_000;

@Injectable()
export class EggShelf {
  private eggs: { readonly list: readonly PanelEgg[]; readonly readAt: number } | undefined;

  constructor(
    private readonly panel: PanelClient,
    private readonly clock: Clock,
  ) {}

  /** All eggs of all nests. */
  async all(): Promise<PanelResult<readonly PanelEgg[]>> {
    const now = this.clock.now().getTime();
    if (this.eggs && now - this.eggs.readAt < FRESH_MS) return done(this.eggs.list);
    const read = await this.panel.listEggs();
    if (read.ok === 'done') this.eggs = { list: read.value, readAt: now };
    return mapDone(read, (list) => list as readonly PanelEgg[]);
  }

  /** Egg ids are unique on a panel, whatever nest they are in. */
  async find(eggId: number): Promise<PanelResult<PanelEgg>> {
    const eggs = await this.all();
    if (eggs.ok !== 'done') return eggs;
    const egg = eggs.value.find(({ id }) => id === eggId);
    return egg ? done(egg) : absent;
  }
}
