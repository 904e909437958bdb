/** An order's server as it is now, for its owner or an operator: state, power and console. Whose it is was judged before. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import type { ServerFleetRow } from '../../../projections/server-fleet/server-fleet.projection.js';
import { GetServer } from '../../../projections/server-fleet/server-fleet.query.js';
import { NoteStore } from '../../customers/identity/note.store.js';
import { Clock } from '../../platform/clock.js';
import type { Actor } from '../../platform/event.js';
import { StreamRepository, type CommandContext } from '../../platform/event-store/stream-repository.js';
import { derivedId } from '../../platform/ids.js';
import { refuse } from '../../platform/refusal.js';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import { openConsole, serverActionDecider, type ActionTaken } from '../server-action.decider.js';
import { ConsoleHub } from './console-hub.js';
import type { ConsoleLine } from './console-lines.js';
import { ConsoleStream, HEARTBEAT_MS } from './console-stream.js';
import { LiveStatus, type LiveNow } from './live-status.js';
import { ServerAddresses } from './server-addresses.js';
import { refusalOf } from './panel-trouble.js';
import type { ActionDone, LiveView, ServerNow } from './server.dto.js';
import { ServerControl, type ActionWish } from './server-control.js';

/** Who asks, under which id: a repeat is the same wish. */
export interface Asking {
  readonly orderId: string;
  readonly commandId: string;
  readonly actor: Actor;
  /** An operator's; the owner needs none. */
  readonly reason?: string;
}

/** Somebody who looks at a console, and until when he may. */
export interface Looking {
  readonly reply: FastifyReply;
  /** What he has seen last, if anything. */
  readonly lastId: string | undefined;
  /** Unix milliseconds, by the machine's clock, which tokens go by. */
  readonly endsAtMs: number;
}

type Row = ServerFleetRow;

const NOT_CREATED = 'SERVER_NOT_CREATED';
const CLOSED: Partial<Record<Row['status'], string>> = {
  creating: NOT_CREATED,
  installing: 'SERVER_INSTALLING',
  suspended: 'SERVER_SUSPENDED',
  deleted: 'SERVER_DELETED',
};

/** Why the server is not its owner's to use now; null when it is. */
const closedOf = ({ status, serverId, readyAt, suspendedAt }: Row): string | null => {
  if (serverId === null) return NOT_CREATED;
  const stage = status !== 'attention' ? status : suspendedAt !== null ? 'suspended' : readyAt === null ? 'installing' : 'ready';
  return CLOSED[stage] ?? null;
};

const contextOf = ({ orderId, commandId, actor }: Asking): CommandContext => ({
  ...{ commandId, actor, correlationId: orderId, causationId: commandId },
});

@Injectable()
export class ServerDesk {
  constructor(
    private readonly queries: QueryBus,
    private readonly streams: StreamRepository,
    private readonly control: ServerControl,
    private readonly status: LiveStatus,
    private readonly addresses: ServerAddresses,
    private readonly consoles: ConsoleHub,
    private readonly notes: NoteStore,
    private readonly panel: LivePanel,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal: no server yet, or the panel cannot tell and has not lately */
  async now(orderId: string): Promise<ServerNow> {
    const row = await this.server(orderId);
    const { serverId, identifier, status } = row;
    const [live, address, { state }] = await Promise.all([
      this.live(row),
      this.addresses.of(identifier),
      this.streams.load(serverActionDecider, orderId),
    ]);
    const lastAction = state.last && this.lastAction(state.last);
    return { orderId, serverId, identifier, status, address, panelUrl: this.panel.pageOf(identifier), live, lastAction };
  }

  async act(asking: Asking, wish: Pick<ActionWish, 'action' | 'command'>): Promise<ActionDone> {
    const { orderId } = asking;
    const noteId = await this.note(asking);
    const { actionId, outcome, code } = await this.control.act({ orderId, ...wish, noteId }, contextOf(asking));
    if (code !== null) throw refusalOf(code);
    return { orderId, actionId, outcome };
  }

  /** The last lines of the console, oldest first. */
  async lines(orderId: string): Promise<readonly ConsoleLine[]> {
    return this.consoles.recent(await this.open(orderId));
  }

  /** Answers with the console as it goes on, until the server or the token ends or the viewer leaves. @throws Refusal before the first byte only */
  async stream(orderId: string, { reply, lastId, endsAtMs }: Looking): Promise<void> {
    const identifier = await this.open(orderId);
    const viewer = new ConsoleStream(reply);
    const leave = this.consoles.watch(identifier, viewer, lastId);
    viewer.open();
    const beats = setInterval(() => void this.beat(orderId, viewer), HEARTBEAT_MS);
    const over = setTimeout(() => viewer.end('TOKEN_EXPIRED'), Math.max(0, endsAtMs - Date.now()));
    viewer.onClose(() => {
      clearInterval(beats);
      clearTimeout(over);
      leave();
    });
  }

  /** Records that an operator looks. */
  async noteLooking(asking: Asking): Promise<void> {
    const noteId = (await this.note(asking)) ?? '';
    const look = openConsole({ noteId, at: this.clock.iso() });
    await this.streams.execute({ decider: serverActionDecider, id: asking.orderId }, contextOf(asking), look);
  }

  private async beat(orderId: string, viewer: ConsoleStream): Promise<void> {
    viewer.heartbeat();
    const row = await this.queries.execute(new GetServer(orderId)).catch(() => undefined);
    const closed = row && closedOf(row);
    if (closed) viewer.end(closed);
  }

  private async server(orderId: string): Promise<Row & { serverId: number; identifier: string }> {
    const row = await this.queries.execute(new GetServer(orderId));
    if (!row || row.serverId === null || row.identifier === null) throw refuse(NOT_CREATED, 409, 'The server does not exist yet.');
    return { ...row, serverId: row.serverId, identifier: row.identifier };
  }

  /** The short id of a server that may be used. */
  private async open(orderId: string): Promise<string> {
    const row = await this.server(orderId);
    const closed = closedOf(row);
    if (closed) throw refuse(closed, 409, 'The server cannot be used now.');
    return row.identifier;
  }

  private async live(row: Row & { identifier: string }): Promise<LiveView | null> {
    if (closedOf(row)) return null;
    const live = await this.status.of(row.identifier);
    if ('usage' in live) return viewOf(live, row);
    if (live.code === 'SERVER_STATE_CONFLICT') return null;
    throw refusalOf(live.code);
  }

  private lastAction({ started, ended }: ActionTaken): NonNullable<ServerNow['lastAction']> {
    const isLost = started.callDeadlineAt <= this.clock.iso();
    const { actionId, action, startedAt } = started;
    return {
      ...{ actionId, action, startedAt },
      outcome: ended?.outcome ?? (isLost ? 'unknown' : 'underWay'),
      code: ended?.code ?? null,
    };
  }

  private async note({ orderId, commandId, actor, reason }: Asking): Promise<string | null> {
    if (reason === undefined) return null;
    const noteId = derivedId('note', commandId);
    await this.notes.save({ noteId, subjectId: orderId, authorId: actor.id, text: reason });
    return noteId;
  }
}

const MIB = 1_048_576;

const viewOf = ({ usage, observedAt, stale }: LiveNow, { memoryMib, diskMib, cpuPercent }: Row): LiveView => ({
  ...usage,
  memoryLimitBytes: memoryMib * MIB,
  diskLimitBytes: diskMib * MIB,
  cpuLimitPercent: cpuPercent,
  observedAt,
  stale,
});
