/** Where players join each server, asked of the panel once in a while: it changes only when an operator gives the server other ports. */
import { Injectable } from '@nestjs/common';
import { LivePanel } from '../../pterodactyl/live-panel.js';

interface Known {
  readonly address: string;
  /** By performance.now(). */
  readonly atMs: number;
}

const FRESH_MS = 60_000;
const SERVERS_MAX = 1_000;

@Injectable()
export class ServerAddresses {
  private readonly known = new Map<string, Known>();

  constructor(private readonly panel: LivePanel) {}

  /** `host:port`, by the panel's short id; what was known last while the panel is away, null when nothing is. */
  async of(identifier: string): Promise<string | null> {
    const known = this.known.get(identifier);
    if (known && performance.now() - known.atMs < FRESH_MS) return known.address;
    const asked = await this.panel.address(identifier);
    if (asked.ok !== 'done' || asked.value === null) return known?.address ?? null;
    const { host, port } = asked.value;
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.known.delete(identifier);
    this.known.set(identifier, { address, atMs: performance.now() });
    const oldest = this.known.keys().next();
    if (this.known.size > SERVERS_MAX && !oldest.done) this.known.delete(oldest.value);
    return address;
  }
}
