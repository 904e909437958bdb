/** Compares the panel's servers with the record. What differs in two readings and in a direct look is recorded, and so is its end; a read that failed tells nothing. */
import { Inject, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { SeenDrifts } from '../../projections/attention/seen-drifts.query.js';
import type { ServerFleetRow } from '../../projections/server-fleet/server-fleet.projection.js';
import { StandingServers } from '../../projections/server-fleet/server-fleet.query.js';
import { Clock } from '../platform/clock.js';
import { causedBy, claimOf } from '../platform/commands.js';
import type { Actor, Recorded } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { PanelResult } from '../pterodactyl/panel.results.js';
import type { PanelServer } from '../pterodactyl/panel.types.js';
import { driftsOf, expectedOf, type Expected, type Shown } from './drift.js';
import { recordDrift, recordSynced, textOfDrifts } from './drift.decider.js';
import type { ServerSynced, ServerSyncRequested } from './drift.events.js';
import { provisioningDecider, type Provisioning } from './provisioning.decider.js';
import { PANEL_TIMES, type PanelTimes } from './server-changes.js';

const ACTOR: Actor = { kind: 'system', id: 'panel-observer' };
/** Ours are `order_` and a UUID; whatever else stands on the panel is a stranger's. */
const OURS = /^order_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Each costs three calls of the panel's budget; the rest has its turn in the next reading. */
const LOOKS_MAX = 20;
/** Of a server on which something is recorded while it is looked at. */
const SYNC_TRIES_MAX = 3;

type Looked = ServerSynced['data']['outcome'];
const SETTLED: readonly Looked[] = ['agrees', 'differs'];

const orderOf = ({ externalId }: PanelServer): string | undefined => OURS.exec(externalId ?? '')?.[1];

/** What a row says that the panel should have; undefined while something is under way. */
const expectedIn = (row: ServerFleetRow | undefined): Expected | null | undefined => {
  if (!row) return null;
  const { serverId, status, externalId, panelUserId, nodeId, resources } = row;
  if (serverId === null || status === 'creating' || status === 'attention') return undefined;
  return { serverId, externalId, panelUserId, nodeId, resources, suspended: status === 'suspended' };
};

/** Undefined: the panel could not be asked. */
const shown = (result: PanelResult<PanelServer>): { server: PanelServer | undefined } | undefined => {
  if (result.ok === 'done') return { server: result.value };
  return result.ok === 'absent' ? { server: undefined } : undefined;
};

@Injectable()
export class DriftReconciler {
  /** By order, what the last reading showed and the record does not, and whether it was looked into already. */
  private suspected = new Map<string, { readonly drifts: string; settled: boolean }>();

  constructor(
    private readonly queries: QueryBus,
    private readonly streams: StreamRepository,
    private readonly panel: PanelClient,
    private readonly clock: Clock,
    @Inject(PANEL_TIMES) private readonly times: PanelTimes,
  ) {}

  /** @param servers all of the panel's, from one reading that was complete */
  async compare(servers: readonly PanelServer[]): Promise<void> {
    const before = this.suspected;
    this.suspected = await this.suspects(servers);
    let looks = 0;
    for (const [orderId, suspect] of this.suspected) {
      const known = before.get(orderId);
      if (known?.drifts !== suspect.drifts) continue;
      suspect.settled = known.settled;
      if (suspect.settled || looks >= LOOKS_MAX) continue;
      looks += 1;
      suspect.settled = SETTLED.includes(await this.look(orderId));
    }
  }

  /** Looks at one server at once, as an operator asked; what was found is recorded, and that it was looked at. */
  async sync(request: Recorded<ServerSyncRequested>): Promise<void> {
    const { orderId, syncId } = request.data;
    let outcome = await this.look(orderId);
    for (let tries = 1; outcome === 'busy' && tries < SYNC_TRIES_MAX; tries += 1) outcome = await this.look(orderId);
    const synced = recordSynced({ orderId, syncId, outcome, syncedAt: this.clock.iso() });
    await this.streams.execute({ decider: provisioningDecider, id: orderId }, causedBy(request, 'sync', ACTOR), synced);
  }

  private async suspects(servers: readonly PanelServer[]): Promise<typeof this.suspected> {
    const rows = new Map((await this.queries.execute(new StandingServers())).map((row) => [row.orderId, row]));
    const seen = new Map((await this.queries.execute(new SeenDrifts())).map(({ orderId, drifts }) => [orderId, drifts]));
    const own = new Map(servers.map((server) => [server.id, server]));
    const named = new Map(servers.flatMap((server) => [[orderOf(server) ?? '', server] as const]));
    const found: typeof this.suspected = new Map();
    for (const orderId of new Set([...rows.keys(), ...seen.keys(), ...named.keys()])) {
      const expected = orderId === '' ? undefined : expectedIn(rows.get(orderId));
      if (expected === undefined) continue;
      const drifts = driftsOf(expected, { own: own.get(expected?.serverId ?? -1), named: named.get(orderId) });
      const text = textOfDrifts(drifts);
      if (text !== textOfDrifts(seen.get(orderId) ?? [])) found.set(orderId, { drifts: text, settled: false });
    }
    return found;
  }

  /** A look at the very server, recorded only if nothing was recorded meanwhile. */
  private async look(orderId: string): Promise<Looked> {
    const { state: ground } = await this.streams.load(provisioningDecider, orderId);
    const expected = expectedOf(ground);
    if (expected === undefined || this.mayBeRolledBack(ground)) return 'busy';
    const panelShows = await this.shownNow(orderId, expected);
    if (!panelShows) return 'unreadable';
    const drifts = driftsOf(expected, panelShows);
    const record = recordDrift({ orderId, drifts, at: this.clock.iso() });
    let isSame = true;
    await this.streams.execute({ decider: provisioningDecider, id: orderId }, claimOf(orderId, ACTOR), (saga) => {
      isSame = JSON.stringify(saga) === JSON.stringify(ground);
      return isSame ? record(saga) : [];
    });
    if (!isSame) return 'busy';
    return drifts.length === 0 ? 'agrees' : 'differs';
  }

  /** Undefined: the panel could not be asked. */
  private async shownNow(orderId: string, expected: Expected | null): Promise<Shown | undefined> {
    const own = expected ? shown(await this.panel.getServer(expected.serverId)) : { server: undefined };
    const named = own && shown(await this.panel.getServerByExternalId(expected?.externalId ?? `order_${orderId}`));
    return own && named && { own: own.server, named: named.server };
  }

  /** The panel shows a row that it may still take back, and for a moment not yet one that it has made. */
  private mayBeRolledBack(saga: Provisioning): boolean {
    if (!('server' in saga) || !saga.server) return false;
    return this.clock.now().getTime() < Date.parse(saga.server.createdAt) + this.times.settleMs;
  }
}
