/** The panel's Application API. Every answer becomes a typed result; personal data and the panel's texts stay out of refusals. */
import {
  fromBuild,
  fromDetails,
  fromNewServer,
  fromNewUser,
  fromUser,
  saysSo,
  toAllocation,
  toEgg,
  toLocation,
  toNode,
  toServer,
  toUser,
} from './panel.mapping.js';
import type { RawItem } from './panel.mapping.js';
import type { Ticks } from './panel.rate-budget.js';
import { absent, done, mapDone, unknown } from './panel.results.js';
import type { PanelResult } from './panel.results.js';
import { PanelTransport } from './panel.transport.js';
import type { PanelClaim, PanelRequest } from './panel.transport.js';
import type {
  NewPanelServer,
  NewPanelUser,
  PanelAllocation,
  PanelDetails,
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
  /** Calls per window; default 240, as the panel's. */
  readonly callsMax?: number;
  /** In milliseconds; default 60,000, as the panel's. */
  readonly windowMs?: number;
  readonly ticks?: Ticks;
}

const WINGS_TIMEOUT_MS = 45_000;
const TIMEOUT_MS = 10_000;
const CALLS_MAX = 240;
const PER_PAGE = 100;
/** A list of more than 100,000 items is refused as unknown rather than read for ever. */
const PAGES_MAX = 1000;

export class PanelClient {
  private readonly panel: PanelTransport;
  private readonly timeoutMs: number;
  private readonly wingsTimeoutMs: number;

  constructor(options: PanelClientOptions) {
    const { url, appKey: key, callsMax = CALLS_MAX, windowMs, ticks } = options;
    this.panel = new PanelTransport({ url, api: '/api/application', key, callsMax, windowMs, ...(ticks ? { ticks } : {}) });
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.wingsTimeoutMs = options.wingsTimeoutMs ?? WINGS_TIMEOUT_MS;
  }

  async findUserByExternalId(externalId: string): Promise<PanelResult<PanelUser>> {
    return mapDone(await this.read(`/users/external/${encodeURIComponent(externalId)}`), toUser);
  }

  /** A 5xx may come after the user was made (its mail failed): look it up before trying again. `claim` as for `createServer`. */
  async createUser(user: NewPanelUser, claim?: PanelClaim): Promise<PanelResult<PanelUser>> {
    const request = { method: 'POST' as const, path: '/users', body: fromNewUser(user), timeoutMs: this.timeoutMs };
    return mapDone(await this.panel.item(claimed(request, claim)), toUser);
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

  /** Puts our id on a user. `claim` as for `createServer`. */
  setExternalId(userId: number, externalId: string, claim?: PanelClaim): Promise<PanelResult<PanelUser>> {
    return this.changeUser(userId, { external_id: externalId }, claim);
  }

  /** Refused for an administrator (`AccountIsAdministrator`): whoever asks would get the panel with it. `claim` as for `createServer`. */
  async setPassword(userId: number, password: string, claim?: PanelClaim): Promise<PanelResult<PanelUser>> {
    const found = await this.getUser(userId);
    if (found.ok === 'done' && found.value.rootAdmin) return { ok: 'refused', code: 'AccountIsAdministrator', status: 0 };
    return found.ok === 'done' ? this.changeUser(userId, { password }, claim) : found;
  }

  /**
   * Makes a user say who somebody is; one that says so already is left alone. Refused for an administrator (`AccountIsAdministrator`), whose
   * mail would be the way into the panel, and for one with another external id (`AccountNotOurs`). `claim` as for `createServer`.
   */
  async changeDetails(
    userId: number,
    to: PanelDetails & { readonly externalId: string },
    claim?: PanelClaim,
  ): Promise<PanelResult<PanelUser>> {
    const found = await this.read(`/users/${userId}`);
    if (found.ok !== 'done') return found;
    const user = toUser(found.value);
    if (user.rootAdmin) return { ok: 'refused', code: 'AccountIsAdministrator', status: 0 };
    if (user.externalId !== to.externalId) return { ok: 'refused', code: 'AccountNotOurs', status: 0 };
    const change = fromDetails(to);
    return saysSo(found.value, change) ? done(user) : this.changeUser(userId, change, claim);
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
    return mapDone(await this.panel.item(claimed(request, claim)), toServer);
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

  /** The panel replaces all of a server's details, so that the rest is sent as it shows it. Refused (`ServerNotOurs`) when it carries another external id. `claim` as for `createServer`. */
  async renameServer(
    id: number,
    to: { readonly name: string; readonly externalId: string },
    claim?: PanelClaim,
  ): Promise<PanelResult<undefined>> {
    const found = await this.read(`/servers/${id}`);
    if (found.ok !== 'done') return found;
    const { name, user, external_id: externalId, description } = found.value.attributes;
    if (externalId !== to.externalId) return { ok: 'refused', code: 'ServerNotOurs', status: 0 };
    if (name === to.name) return done(undefined);
    const body = { name: to.name, user, external_id: externalId, description };
    return this.change('PATCH', `/servers/${id}/details`, { claim, body });
  }

  /** Replaces all of the server's build; takes effect when it starts next. A node that does not answer is no failure here. `claim` as for `createServer`. */
  resizeServer(id: number, build: ServerBuild, claim?: PanelClaim): Promise<PanelResult<undefined>> {
    return this.change('PATCH', `/servers/${id}/build`, { claim, body: fromBuild(build) });
  }

  /** Begins its install anew and lets it run again if it was suspended; a failure of Wings is rolled back. Files stay as far as the install leaves them. `claim` as for `createServer`. */
  reinstallServer(id: number, claim?: PanelClaim): Promise<PanelResult<undefined>> {
    return this.change('POST', `/servers/${id}/reinstall`, { claim });
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
      const found = await this.panel.list({
        method: 'GET',
        path: `/nests/${String(nest.attributes['id'])}/eggs?include=variables`,
        timeoutMs: this.timeoutMs,
      });
      if (found.ok !== 'done') return found;
      eggs.push(...found.value.data.map(toEgg));
    }
    return done(eggs);
  }

  /** A change that waits for Wings; what it is answered with is not read. */
  private async change(
    method: PanelRequest['method'],
    path: string,
    { claim, body }: { claim?: PanelClaim | undefined; body?: object },
  ): Promise<PanelResult<undefined>> {
    const request = { method, path, timeoutMs: this.wingsTimeoutMs, ...(body ? { body } : {}) };
    return mapDone(await this.panel.send(claimed(request, claim)), () => undefined);
  }

  /** An update must send the whole account: the rest is sent as the panel shows it. */
  private async changeUser(userId: number, change: object, claim?: PanelClaim): Promise<PanelResult<PanelUser>> {
    const path = `/users/${userId}`;
    const found = await this.read(path);
    if (found.ok !== 'done') return found;
    const request = { method: 'PATCH' as const, path, body: { ...fromUser(found.value), ...change }, timeoutMs: this.timeoutMs };
    return mapDone(await this.panel.item(claimed(request, claim)), toUser);
  }

  private read(path: string): Promise<PanelResult<RawItem>> {
    return this.panel.item({ method: 'GET', path, timeoutMs: this.timeoutMs });
  }

  /** Reads page after page. The panel's own links forget the filter and the page size, so addresses are built here. */
  private async readPages(path: string, query: Readonly<Record<string, string>>): Promise<PanelResult<RawItem[]>> {
    const items: RawItem[] = [];
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const search = new URLSearchParams({ ...query, per_page: String(PER_PAGE), page: String(page) });
      const result = await this.panel.list({ method: 'GET', path: `${path}?${search.toString()}`, timeoutMs: this.timeoutMs });
      if (result.ok !== 'done') return result;
      items.push(...result.value.data);
      if (page >= (result.value.meta?.pagination?.total_pages ?? 1)) return done(items);
    }
    return unknown('TooManyPages');
  }
}

const lowered = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const claimed = (request: PanelRequest, claim: PanelClaim | undefined): PanelRequest => (claim ? { ...request, claim } : request);
