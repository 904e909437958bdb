/** One connection to a server's console on its node: opened with a token from the panel, which is renewed before it ends. */
import { WebSocket, type RawData } from 'ws';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import { troubleOf, type TroubleCode } from './panel-trouble.js';

/** What Wings tells of a server, in its words. */
export interface ConsoleListener {
  /** The token was believed; what the console said before comes next. */
  opened(): void;
  said(line: string): void;
  became(state: string): void;
  /** JSON, as Wings writes it. */
  used(stats: string): void;
}

/** Why a connection ended. `isFinal`: another one would end the same way. */
export interface ConsoleEnd {
  readonly code: TroubleCode | 'CONNECTION_LOST' | 'SERVER_DELETED';
  readonly isFinal: boolean;
}

interface Message {
  readonly event: string;
  readonly args?: readonly string[];
}

const HANDSHAKE_MS = 10_000;
const MESSAGE_BYTES_MAX = 1_048_576;
const PING_EVERY_MS = 20_000;
/** With these no connection can be had before something else has changed. */
const FINAL: readonly TroubleCode[] = [
  'SERVER_STATE_CONFLICT',
  'SERVER_NOT_ON_PANEL',
  'PANEL_CLIENT_KEY_MISSING',
  'PANEL_ACCESS_REFUSED',
  'PANEL_REFUSED',
];
const LOST: ConsoleEnd = { code: 'CONNECTION_LOST', isFinal: false };

/** Settles when the connection has ended, for whatever reason; never rejects. */
export async function readConsole(
  panel: LivePanel,
  identifier: string,
  { listener, signal }: { listener: ConsoleListener; signal: AbortSignal },
): Promise<ConsoleEnd> {
  const door = await panel.console(identifier);
  if (door.ok !== 'done') {
    const { code } = troubleOf(door);
    return { code, isFinal: FINAL.includes(code) };
  }
  if (signal.aborted) return LOST;
  const socket = new WebSocket(door.value.socket, {
    origin: panel.origin,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MESSAGE_BYTES_MAX,
    followRedirects: false,
  });
  const close = (): void => socket.terminate();
  signal.addEventListener('abort', close, { once: true });
  try {
    return await new Connection(socket, listener, () => panel.console(identifier)).run(door.value.token);
  } finally {
    signal.removeEventListener('abort', close);
    socket.terminate();
  }
}

class Connection {
  private isBelieved = false;
  private renewing: Promise<void> | undefined;
  private isAlive = true;
  private end: ConsoleEnd = LOST;

  constructor(
    private readonly socket: WebSocket,
    private readonly listener: ConsoleListener,
    private readonly door: () => ReturnType<LivePanel['console']>,
  ) {}

  run(token: string): Promise<ConsoleEnd> {
    const { socket } = this;
    const pings = setInterval(() => this.ping(), PING_EVERY_MS);
    return new Promise((resolve) => {
      socket.on('open', () => this.send('auth', token));
      socket.on('message', (data) => this.receive(textOf(data)));
      socket.on('pong', () => (this.isAlive = true));
      // An error is followed by the close that ends it all.
      socket.on('error', () => socket.terminate());
      socket.on('close', () => {
        clearInterval(pings);
        resolve(this.end);
      });
    });
  }

  private ping(): void {
    if (!this.isAlive) return this.socket.terminate();
    this.isAlive = false;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }

  private receive(text: string): void {
    const message = parsed(text);
    const [argument = ''] = message?.args ?? [];
    const known: Readonly<Record<string, () => void>> = {
      'auth success': () => this.believed(),
      'console output': () => this.listener.said(argument),
      'install output': () => this.listener.said(argument),
      'daemon message': () => this.listener.said(argument),
      'daemon error': () => this.listener.said(argument),
      status: () => this.listener.became(argument),
      stats: () => this.listener.used(argument),
      'token expiring': () => this.renew(),
      'token expired': () => this.renew(),
      'jwt error': () => this.disbelieved(),
      deleted: () => this.finish({ code: 'SERVER_DELETED', isFinal: true }),
    };
    if (message) known[message.event]?.();
  }

  private believed(): void {
    if (this.isBelieved) return;
    this.isBelieved = true;
    this.listener.opened();
    this.send('send logs');
    this.send('send stats');
  }

  /** At first the token is wrong, and another connection brings another; later it has ended. */
  private disbelieved(): void {
    if (this.isBelieved) this.renew();
    else this.finish(LOST);
  }

  private renew(): void {
    this.renewing ??= this.renewed().finally(() => (this.renewing = undefined));
  }

  private async renewed(): Promise<void> {
    const door = await this.door();
    if (door.ok === 'done') return this.send('auth', door.value.token);
    const { code } = troubleOf(door);
    this.finish({ code, isFinal: FINAL.includes(code) });
  }

  private finish(end: ConsoleEnd): void {
    this.end = end;
    this.socket.terminate();
  }

  private send(event: string, ...args: string[]): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ event, args }));
  }
}

/** Whole messages come as one buffer. */
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
