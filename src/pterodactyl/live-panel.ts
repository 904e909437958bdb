/** The panel's client API: what a server does now, power and console. With an administrator's account key it reaches every server, so whoever asks is judged before. */
import { toAddress, toUsage } from './panel.mapping.js';
import { done, mapDone, unknown } from './panel.results.js';
import type { PanelResult, Refused } from './panel.results.js';
import { isRecord, PanelTransport } from './panel.transport.js';
import type { PanelClaim } from './panel.transport.js';
import type { ConsoleDoor, PowerSignal, ServerAddress, ServerUsage } from './panel.types.js';

export interface LivePanelOptions {
  readonly url: string;
  /** An administrator's account key (`ptlc_`); without one every call is refused (`NoClientKey`). */
  readonly clientKey: string | undefined;
  /** Calls per minute that the panel's client API allows one account. */
  readonly callsMax: number;
}

/** Reads, which the panel may have to ask Wings for. */
const READ_TIMEOUT_MS = 10_000;
/** The panel itself waits 15 s for Wings. */
const ACTION_TIMEOUT_MS = 20_000;
/** Somebody waits for the answer; when the budget is used up he is told so instead. */
const PATIENCE_MS = 1_000;

const NO_KEY: Refused = { ok: 'refused', code: 'NoClientKey', status: 0 };

export class LivePanel {
  /** What Wings wants to be told as the place a websocket comes from. */
  readonly origin: string;
  private readonly url: string;
  private readonly panel: PanelTransport | undefined;

  constructor({ url, clientKey: key, callsMax }: LivePanelOptions) {
    this.url = url.replace(/\/+$/, '');
    this.origin = new URL(url).origin;
    this.panel = key === undefined ? undefined : new PanelTransport({ url, api: '/api/client', key, callsMax });
  }

  /** Whether there is a key at all. */
  get isOpen(): boolean {
    return this.panel !== undefined;
  }

  /** How long so many calls at once would wait for the budget now, in milliseconds; 0 or less when they may go, or when there is no key. */
  waitMs(calls: number): number {
    return this.panel?.waitMs(calls) ?? 0;
  }

  /** Where its owner finds the server on the panel, with the panel's own login. */
  pageOf(identifier: string): string {
    return `${this.url}/server/${encodeURIComponent(identifier)}`;
  }

  /** Up to 20 s old: the panel keeps it that long. */
  async usage(identifier: string): Promise<PanelResult<ServerUsage>> {
    const panel = this.patient();
    if ('ok' in panel) return panel;
    return mapDone(await panel.item({ method: 'GET', path: `${pathOf(identifier)}/resources`, timeoutMs: READ_TIMEOUT_MS }), toUsage);
  }

  /** Where players join; the panel knows it without asking Wings. */
  async address(identifier: string): Promise<PanelResult<ServerAddress | null>> {
    const panel = this.patient();
    if ('ok' in panel) return panel;
    return mapDone(await panel.item({ method: 'GET', path: pathOf(identifier), timeoutMs: READ_TIMEOUT_MS }), toAddress);
  }

  /** Done says that Wings took the signal; what comes of it shows in the state. Refused with 409 while the server is suspended or installs. */
  power(identifier: string, signal: PowerSignal, claim: PanelClaim): Promise<PanelResult<undefined>> {
    return this.act(`${pathOf(identifier)}/power`, { signal }, claim);
  }

  /** Refused with 502 when the server does not run. */
  command(identifier: string, command: string, claim: PanelClaim): Promise<PanelResult<undefined>> {
    return this.act(`${pathOf(identifier)}/command`, { command }, claim);
  }

  /** Newer panels grant five of these a minute and server. */
  async console(identifier: string): Promise<PanelResult<ConsoleDoor>> {
    const panel = this.patient();
    if ('ok' in panel) return panel;
    const answer = await panel.send({ method: 'GET', path: `${pathOf(identifier)}/websocket`, timeoutMs: READ_TIMEOUT_MS });
    if (answer.ok !== 'done') return answer;
    const door = isRecord(answer.value) ? answer.value['data'] : undefined;
    return isDoor(door) ? done({ token: door.token, socket: door.socket }) : unknown('NotAConsole');
  }

  private async act(path: string, body: object, claim: PanelClaim): Promise<PanelResult<undefined>> {
    const panel = this.patient();
    if ('ok' in panel) return panel;
    return mapDone(await panel.send({ method: 'POST', path, body, timeoutMs: ACTION_TIMEOUT_MS, claim }), () => undefined);
  }

  private patient(): PanelTransport | Refused {
    if (!this.panel) return NO_KEY;
    const retryAfterMs = this.panel.waitMs();
    return retryAfterMs > PATIENCE_MS ? { ok: 'refused', code: 'BudgetUsedUp', status: 429, retryAfterMs } : this.panel;
  }
}

const pathOf = (identifier: string): string => `/servers/${encodeURIComponent(identifier)}`;
const isDoor = (value: unknown): value is ConsoleDoor =>
  isRecord(value) && typeof value['token'] === 'string' && typeof value['socket'] === 'string';
