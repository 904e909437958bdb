/** The one way to the panel's Application API. Every answer becomes a typed result; personal data and the panel's texts stay out of refusals. */
import {
  fromBuild,
  fromExternalId,
  fromNewServer,
  fromNewUser,
  toAllocation,
  toEgg,
  toLocation,
  toNode,
  toServer,
  toUser,
} from './panel.mapping.js';
import type { RawItem } from './panel.mapping.js';
import { RateBudget } from './panel.rate-budget.js';
import type { Ticks } from './panel.rate-budget.js';
import { absent, done, judge, mapDone, unknown } from './panel.results.js';
import type { PanelResult } from './panel.results.js';
import type {
  NewPanelServer,
  NewPanelUser,
  PanelAllocation,
  PanelEgg,
  PanelLocation,
  PanelNode,
  PanelServer,
  PanelUser,
  ServerBuild,
} from './panel.types.js';

export interface PanelClientOptions {
  /** The panel's address, with or without a path before `/api`. */
  readonly url: string;
  /** An application key (`ptla_`), or an administrator's account key (`ptlc_`). */
  readonly appKey: string;
  /** For calls that wait for Wings, in milliseconds; the panel itself may need a little over 30 s, so 45 s is the default and the least for a real one. */
  readonly wingsTimeoutMs?: number;
  /** For reads, and for writes that stay on the panel, in milliseconds; default 10 s. */
  readonly timeoutMs?: number;
  /** Calls per minute; default 240, as the panel's. */
  readonly perMinute?: number;
  readonly ticks?: Ticks;
}

const WINGS_TIMEOUT_MS = 45_000;
const TIMEOUT_MS = 10_000;
const PER_MINUTE = 240;
const PER_PAGE = 100;
/** A list of more than 100,000 items is refused as unknown rather than read for ever. */
const PAGES_MAX = 1000;
const RETRY_AFTER_MS = 60_000;
const MS_PER_S = 1000;

/** The caller's claim on a call, asked when the budget lets the call go. */
export interface PanelClaim {
  /** How much longer it lasts, in milliseconds. */
  readonly remainingMs: () => number;
  /** Whether it still holds; without it the call is not made (refused, `NoLongerWanted`). */
  readonly stillWanted?: () => Promise<boolean>;
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly timeoutMs: number;
  readonly claim?: PanelClaim;
}

interface RawList {
  readonly data: readonly RawItem[];
  readonly meta?: { readonly pagination?: { readonly total_pages?: number } };
}

export class PanelClient {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly budget: RateBudget;
  private readonly timeoutMs: number;
  private readonly wingsTimeoutMs: number;

  constructor(options: PanelClientOptions) {
    this.base = `${options.url.replace(/\/+$/, '')}/api/application`;
    this.headers = { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: `Bearer ${options.appKey}` };
    this.budget = new RateBudget({ perMinute: options.perMinute ?? PER_MINUTE, ...(options.ticks ? { ticks: options.ticks } : {}) });
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.wingsTimeoutMs = options.wingsTimeoutMs ?? WINGS_TIMEOUT_MS;
  }

  async findUserByExternalId(externalId: string): Promise<PanelResult<PanelUser>> {
    return mapDone(await this.read(`/users/external/${encodeURIComponent(externalId)}`), toUser);
  }

  /** A 5xx may come after the user was made (its mail failed): look it up before trying again. `claim` as for `createServer`. */
  async createUser(user: NewPanelUser, claim?: PanelClaim): Promise<PanelResult<PanelUser>> {
    const request = { method: 'POST' as const, path: '/users', body: fromNewUser(user), timeoutMs: this.timeoutMs };
    return mapDone(await this.item(claimed(request, claim)), toUser);
  }

  async getUser(id: number): Promise<PanelResult<PanelUser>> {
    return mapDone(await this.read(`/users/${id}`), toUser);
  }

  /** The user with exactly this address, but for the case of A to Z: the panel's filter finds whatever contains it, and its own comparison takes é for e. */
  async findUserByEmail(email: string): Promise<PanelResult<PanelUser>> {
    const found = await this.readPages('/users', { 'filter[email]': email.trim() });
    if (found.ok !== 'done') return found;
    const user = found.value.map(toUser).find((one) => lowered(one.email) === lowered(email.trim()));
    return user ? done(user) : absent;
  }

  /** Puts our id on a user, and leaves the rest as the panel shows it: an update must send the whole account. `claim` as for `createServer`. */
  async setExternalId(userId: number, externalId: string, claim?: PanelClaim): Promise<PanelResult<PanelUser>> {
    const path = `/users/${userId}`;
    const found = await this.read(path);
    if (found.ok !== 'done') return found;
    const request = { method: 'PATCH' as const, path, body: fromExternalId(found.value, externalId), timeoutMs: this.timeoutMs };
    return mapDone(await this.item(claimed(request, claim)), toUser);
  }

  async getServerByExternalId(externalId: string): Promise<PanelResult<PanelServer>> {
    return mapDone(await this.read(`/servers/external/${encodeURIComponent(externalId)}`), toServer);
  }

  async getServer(id: number): Promise<PanelResult<PanelServer>> {
    return mapDone(await this.read(`/servers/${id}`), toServer);
  }

  /**
   * Unknown means: the server may exist, appear, or appear and vanish again, within 60 s of the call. With a `claim` the call ends with it,
   * and is not made at all (refused, `TooLateToSend`) when waiting for the budget has used up half of it.
   */
  async createServer(server: NewPanelServer, claim?: PanelClaim): Promise<PanelResult<PanelServer>> {
    const request = { method: 'POST' as const, path: '/servers', body: fromNewServer(server), timeoutMs: this.wingsTimeoutMs };
    return mapDone(await this.item(claimed(request, claim)), toServer);
  }

  /**
   * Stops the server and keeps it so. Overwrites what the panel knows of an install under way, so never call it during one. Done also when it
   * was suspended before; a failure of Wings is rolled back to "normal". `claim` as for `createServer`.
   */
  suspendServer(id: number, claim?: PanelClaim): Promise<PanelResult<undefined>> {
    return this.change('POST', `/servers/${id}/suspend`, { claim });
  }

  /** Lets it run again, which always leaves "normal". Done also when it was not suspended. `claim` as for `createServer`. */
  unsuspendServer(id: number, claim?: PanelClaim): Promise<PanelResult<undefined>> {
    return this.change('POST', `/servers/${id}/unsuspend`, { claim });
  }

  /** Replaces all of the server's build; takes effect when it starts next. A node that does not answer is no failure here. `claim` as for `createServer`. */
  resizeServer(id: number, build: ServerBuild, claim?: PanelClaim): Promise<PanelResult<undefined>> {
    return this.change('PATCH', `/servers/${id}/build`, { claim, body: fromBuild(build) });
  }

  /** Absent says that it was deleted before. `force` deletes it on the panel even when its node does not answer. `claim` as for `createServer`. */
  deleteServer(id: number, { force = false, claim }: { force?: boolean; claim?: PanelClaim } = {}): Promise<PanelResult<undefined>> {
    return this.change('DELETE', `/servers/${id}${force ? '/force' : ''}`, { claim });
  }

  async listServers(): Promise<PanelResult<PanelServer[]>> {
    return mapDone(await this.readPages('/servers', { sort: 'id' }), (items) => items.map(toServer));
  }

  async listNodes(): Promise<PanelResult<PanelNode[]>> {
    return mapDone(await this.readPages('/nodes', { sort: 'id' }), (items) => items.map(toNode));
  }

  async listLocations(): Promise<PanelResult<PanelLocation[]>> {
    return mapDone(await this.readPages('/locations', { sort: 'id' }), (items) => items.map(toLocation));
  }

  /** All allocations of a node, or with `free` those that belong to no server. */
  async listAllocations(nodeId: number, { free = false } = {}): Promise<PanelResult<PanelAllocation[]>> {
    const filter: Record<string, string> = free ? { 'filter[server_id]': '0' } : {};
    return mapDone(await this.readPages(`/nodes/${nodeId}/allocations`, filter), (items) => items.map(toAllocation));
  }

  /** The eggs of every nest, with their variables: eggs are known by id, nests differ from panel to panel. */
  async listEggs(): Promise<PanelResult<PanelEgg[]>> {
    const nests = await this.readPages('/nests', {});
    if (nests.ok !== 'done') return nests;
    const eggs: PanelEgg[] = [];
    for (const nest of nests.value) {
      const found = await this.send({
        method: 'GET',
        path: `/nests/${String(nest.attributes['id'])}/eggs?include=variables`,
        timeoutMs: this.timeoutMs,
      });
      if (found.ok !== 'done') return found;
      if (!isList(found.value)) return unknown('NotAList');
      eggs.push(...found.value.data.map(toEgg));
    }
    return done(eggs);
  }

  /** A change that waits for Wings; what it is answered with is not read. */
  private async change(
    method: Request['method'],
    path: string,
    { claim, body }: { claim?: PanelClaim | undefined; body?: object },
  ): Promise<PanelResult<undefined>> {
    const request = { method, path, timeoutMs: this.wingsTimeoutMs, ...(body ? { body } : {}) };
    return mapDone(await this.send(claimed(request, claim)), () => undefined);
  }

  private read(path: string): Promise<PanelResult<RawItem>> {
    return this.item({ method: 'GET', path, timeoutMs: this.timeoutMs });
  }

  private async item(request: Request): Promise<PanelResult<RawItem>> {
    const result = await this.send(request);
    if (result.ok !== 'done') return result;
    return isItem(result.value) ? done(result.value) : unknown('NotAnItem');
  }

  /** Reads page after page. The panel's own links forget the filter and the page size, so addresses are built here. */
  private async readPages(path: string, query: Readonly<Record<string, string>>): Promise<PanelResult<RawItem[]>> {
    const items: RawItem[] = [];
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const search = new URLSearchParams({ ...query, per_page: String(PER_PAGE), page: String(page) });
      const result = await this.send({ method: 'GET', path: `${path}?${search.toString()}`, timeoutMs: this.timeoutMs });
      if (result.ok !== 'done') return result;
      if (!isList(result.value)) return unknown('NotAList');
      items.push(...result.value.data);
      if (page >= (result.value.meta?.pagination?.total_pages ?? 1)) return done(items);
    }
    return unknown('TooManyPages');
  }

  /** One call within the budget; the time-out covers the answer's body too. Never rejects for what a panel or a network can do, only as `stillWanted` does. */
  private async send({ method, path, body, timeoutMs: timeoutMsMax, claim }: Request): Promise<PanelResult<unknown>> {
    await this.budget.take();
    if (claim?.stillWanted && !(await claim.stillWanted())) return { ok: 'refused', code: 'NoLongerWanted', status: 0 };
    // Last of all, so that whatever held the process up until here, also while it was asked above, is counted.
    const timeoutMs = Math.min(timeoutMsMax, claim?.remainingMs() ?? timeoutMsMax);
    if (timeoutMs < timeoutMsMax / 2) return { ok: 'refused', code: 'TooLateToSend', status: 0 };
    try {
      const response = await fetch(this.base + path, {
        method,
        headers: this.headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const result = judge(response.status, parseJson(await response.text()));
      return response.status === 429 ? this.slowDown(response, result) : result;
    } catch (error) {
      return unknown(failureCode(error));
    }
  }

  private slowDown(response: Response, result: PanelResult<unknown>): PanelResult<unknown> {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * MS_PER_S : RETRY_AFTER_MS;
    this.budget.closeFor(retryAfterMs);
    return result.ok === 'refused' ? { ...result, retryAfterMs } : result;
  }
}

const lowered = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const claimed = (request: Request, claim: PanelClaim | undefined): Request => (claim ? { ...request, claim } : request);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isItem = (value: unknown): value is RawItem => isRecord(value) && isRecord(value['attributes']);
const isList = (value: unknown): value is RawList => isRecord(value) && Array.isArray(value['data']) && value['data'].every(isItem);

/** Undefined when the text is no JSON: then something other than the panel answered. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `Timeout`, or what the system calls the broken connection, such as `ECONNREFUSED`. */
function failureCode(error: unknown): string {
  // Read by shape: fetch belongs to the platform, whose Error class is another one inside a test runner's realm.
  if (!isRecord(error)) return 'ConnectionFailed';
  if (error['name'] === 'TimeoutError') return 'Timeout';
  const cause = error['cause'];
  return isRecord(cause) && typeof cause['code'] === 'string' ? cause['code'] : 'ConnectionFailed';
}
