/** The websocket of a node: one session per connection, silent until its token is believed, then the console, the power state and the usage. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import type { Panel } from './panel.js';
import type { ServerRow } from './records.js';
import { installLines } from './console-lines.js';
import { readToken } from './socket-tokens.js';
import { SIGNALS } from './wings.js';
import type { PowerState, Signal, Watcher } from './wings.js';

const TICK_MS = 100;
/** One look in ten tells the usage. */
const STATS_EVERY_TICKS = 10;
const WARNED_BEFORE_MS = 60_000;
const MESSAGE_BYTES_MAX = 65_536;

interface Message {
  readonly event: string;
  readonly args?: readonly string[];
}

class Session implements Watcher {
  private endsAtMs = 0;
  private told: 'nothing' | 'expiring' | 'expired' = 'nothing';
  private unwatch: (() => void) | undefined;
  private ticks = 0;
  private seesInstalls = false;
  private isInstalling = false;
  private installLinesTold = 0;

  constructor(
    private readonly panel: Panel,
    private readonly server: ServerRow,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data) => this.receive(textOf(data)));
    socket.on('close', () => this.unwatch?.());
    socket.on('error', () => socket.terminate());
  }

  cut(nodeId?: number): void {
    if (nodeId === undefined || nodeId === this.server.node) this.socket.terminate();
  }

  said(line: string): void {
    this.tell('console output', line);
  }

  became(state: PowerState): void {
    this.tell('status', state);
  }

  /** What time brings: the game goes on, the token ends. */
  tick(nowMs: number): void {
    if (!this.panel.store.servers.get(this.server.id)) {
      this.tell('deleted');
      this.socket.close();
      return;
    }
    this.panel.wings.stateOf(this.server);
    if (this.endsAtMs === 0) return;
    this.installed(nowMs);
    if (nowMs >= this.endsAtMs && this.told !== 'expired') this.warn('expired');
    else if (nowMs >= this.endsAtMs - WARNED_BEFORE_MS && this.told === 'nothing') this.warn('expiring');
    this.ticks += 1;
    if (this.ticks % STATS_EVERY_TICKS === 0) this.stats();
  }

  /** What an install says is told as it comes, and never again. */
  private installed(nowMs: number): void {
    const isInstalling = this.server.status === 'installing';
    if (isInstalling && !this.isInstalling) {
      this.installLinesTold = 0;
      this.tellInstall('install started');
    }
    const lines = isInstalling || this.isInstalling ? installLines(this.server, nowMs).slice(this.installLinesTold) : [];
    for (const line of lines) this.tellInstall('install output', line);
    this.installLinesTold += lines.length;
    if (this.isInstalling && !isInstalling) this.tellInstall('install completed');
    this.isInstalling = isInstalling;
  }

  private tellInstall(event: string, ...args: string[]): void {
    if (this.seesInstalls) this.tell(event, ...args);
  }

  private warn(what: 'expiring' | 'expired'): void {
    this.told = what;
    this.send('token ' + what);
  }

  private receive(text: string): void {
    const message = parsed(text);
    if (!message) return;
    const [argument = ''] = message.args ?? [];
    if (message.event === 'auth') return this.auth(argument);
    if (!this.isBelieved()) return this.send('jwt error', 'jwt: token is missing or has expired');
    const known: Readonly<Record<string, () => void>> = {
      'send logs': () => this.panel.wings.linesOf(this.server).forEach((line) => this.said(line)),
      'send stats': () => this.stats(),
      'send command': () => void this.panel.wings.command(this.server, argument),
      'set state': () => this.setState(argument),
    };
    known[message.event]?.();
  }

  private setState(signal: string): void {
    if ((SIGNALS as readonly string[]).includes(signal)) this.panel.wings.signal(this.server, signal as Signal);
  }

  private auth(token: string): void {
    const believed = readToken(this.panel, token, this.server);
    if (typeof believed === 'string') return this.send('jwt error', believed);
    const isFirst = this.endsAtMs === 0;
    this.endsAtMs = believed.endsAtMs;
    this.seesInstalls = believed.seesInstalls;
    this.told = 'nothing';
    this.send('auth success');
    if (!isFirst) return;
    this.isInstalling = this.server.status === 'installing';
    this.installLinesTold = this.isInstalling ? installLines(this.server, this.panel.clock().getTime()).length : 0;
    this.became(this.panel.wings.stateOf(this.server));
    this.unwatch = this.panel.wings.watch(this.server, this);
  }

  private stats(): void {
    const state = this.panel.wings.stateOf(this.server);
    const { network_rx_bytes: rx_bytes, network_tx_bytes: tx_bytes, ...usage } = this.panel.wings.usageOf(this.server);
    const memory_limit_bytes = this.server.limits.memory * 1_048_576;
    this.tell('stats', JSON.stringify({ ...usage, memory_limit_bytes, network: { rx_bytes, tx_bytes }, state }));
  }

  private isBelieved(): boolean {
    return this.endsAtMs > this.panel.clock().getTime();
  }

  /** Nothing of the server is told to whom is not believed, or no longer. */
  private tell(event: string, ...args: string[]): void {
    if (this.isBelieved()) this.send(event, ...args);
  }

  private send(event: string, ...args: string[]): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(args.length === 0 ? { event } : { event, args }));
  }
}

const textOf = (data: RawData): string => (data as Buffer).toString('utf8');

const parsed = (text: string): Message | undefined => {
  try {
    const message = JSON.parse(text) as Partial<Message> | null;
    return typeof message?.event === 'string' ? (message as Message) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const refuse = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

export interface Sockets {
  /** How many connections are open now. */
  count(): number;
  cut(nodeId?: number): void;
  close(): void;
}

/** Takes the upgrades of an HTTP server that name a server of the panel. `cut` ends every connection, or those of one node, as a restart of Wings does. */
export function addSockets(http: Server, panel: Panel): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  const sessions = new Set<Session>();
  const timer = setInterval(() => {
    const nowMs = panel.clock().getTime();
    if (sessions.size > 0) panel.settleInstalls().catch((error: unknown) => console.error(error));
    for (const session of sessions) session.tick(nowMs);
  }, TICK_MS);
  timer.unref();
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = new URL(request.url ?? '/', 'http://node').pathname;
    const uuid = /^\/api\/servers\/([^/]+)\/ws$/.exec(path)?.[1];
    const server = panel.store.servers.find((row) => row.uuid === uuid);
    if (panel.faults.take('GET', path, '')) return void socket.destroy();
    if (server && panel.nodeTroubles.get(server.node)?.status === 504) return void socket.destroy();
    if (!server) return refuse(socket, '404 Not Found');
    // A browser on another site would carry nobody's cookies here, and is turned away all the same.
    if (request.headers.origin !== `http://${request.headers.host ?? ''}`) return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (connection) => {
      const session = new Session(panel, server, connection);
      sessions.add(session);
      connection.on('close', () => sessions.delete(session));
    });
  };
  http.on('upgrade', upgrade);
  const cut = (nodeId?: number): void => sessions.forEach((session) => session.cut(nodeId));
  return {
    count: () => sockets.clients.size,
    cut,
    close: () => {
      clearInterval(timer);
      cut();
      sockets.close();
    },
  };
}
