/** An API of the panel as one function: checks in the panel's order (release 1.11), then the call itself. */
import type { FaultRule } from '../support/faults.js';
import {
  addressDenied,
  malformedJson,
  maintenance,
  notAdmin,
  notClientKey,
  notFound,
  transferring,
  PanelError,
  secondFactorMissing,
  unauthenticated,
  unauthorized,
  unhandled,
  unknownRoute,
  wrongMethod,
} from './errors.js';
import type { ApiKey, Panel } from './panel.js';
import { tooMany } from './rate-limit.js';
import type { RateLimit } from './rate-limit.js';
import { matchPath } from './route.js';
import type { Call, Reply, Route } from './route.js';
import { clientRoutes } from './routes.client.js';
import { databaseRoutes } from './routes.databases.js';
import { nodeRoutes } from './routes.nodes.js';
import { placeRoutes } from './routes.places.js';
import { serverRoutes } from './routes.servers.js';
import { userRoutes } from './routes.users.js';
import { normalise } from './rules.js';
import type { Input } from './rules.js';

/** One of the panel's two APIs: who may use it at all, and for which call. */
export interface Api {
  readonly prefix: string;
  readonly routes: readonly Route[];
  /** Asked before the call's own object is looked for. @throws PanelError */
  readonly admit: (token: string) => void;
  /** Asked after that. @throws PanelError */
  readonly authorize: (key: ApiKey, route: Route) => void;
}

export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The caller's address. */
  readonly ip: string;
  /** Scheme and host under which the panel was reached. */
  readonly origin: string;
}

/** The answer to a call; `cut` means that the connection ends without one. */
export type Outcome =
  | { readonly cut: true }
  | { readonly cut: false; readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };

interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function findRoute({ prefix, routes }: Api, method: string, path: string): Found {
  const fitting = routes.flatMap((route) => {
    const params = matchPath(prefix + route.path, path);
    return params === undefined ? [] : [{ route, params }];
  });
  const found = fitting.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
  if (found) return found;
  if (fitting.length === 0) throw unknownRoute(path.slice(1));
  const supported = [...new Set(fitting.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])))];
  throw wrongMethod(method, path.slice(1), supported);
}

const header = (incoming: Incoming, name: string): string => {
  const value = incoming.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
};

export const namesJson = (type: string): boolean => /\/json|\+json/i.test(type.split(',')[0] ?? '');

const tokenOf = (incoming: Incoming): string => /^Bearer (.+)$/i.exec(header(incoming, 'authorization'))?.[1]?.trim() ?? '';

function authenticate(panel: Panel, token: string): ApiKey {
  const key = panel.keyFor(token);
  if (!key) throw unauthenticated();
  return key;
}

/** What the key's owner and the caller's address must fulfil, before anything is counted. */
function refuseCaller({ lacksSecondFactor, allowedIps }: ApiKey, ip: string): void {
  if (lacksSecondFactor) throw secondFactorMissing();
  if (allowedIps !== undefined && !allowedIps.includes(ip)) throw addressDenied(ip);
}

/** A body that is not declared as JSON is not read: every required field is then missing. */
function parseBody(incoming: Incoming): Input {
  if (incoming.text === '' || !namesJson(header(incoming, 'content-type'))) return {};
  try {
    const value = normalise(JSON.parse(incoming.text));
    return typeof value === 'object' && value !== null ? (value as Input) : {};
  } catch (error) {
    throw error instanceof SyntaxError ? malformedJson() : error;
  }
}

const READ = 1;
const WRITE = 2;

function authorize(key: ApiKey, route: Route): void {
  if (!key.rootAdmin) throw notAdmin();
  const needed = route.method === 'GET' ? READ : WRITE;
  if ((key.abilities[route.resource] & needed) !== needed) throw unauthorized();
}

export const applicationApi: Api = {
  prefix: '/api/application',
  routes: [...userRoutes, ...nodeRoutes, ...placeRoutes, ...databaseRoutes, ...serverRoutes],
  admit: () => undefined,
  authorize,
};

/** Keys of accounts only; whose server it is, each call asks itself. */
export const clientApi: Api = {
  prefix: '/api/client',
  routes: clientRoutes,
  admit: (token) => {
    if (token.startsWith('ptla_')) throw notClientKey();
  },
  authorize: () => undefined,
};

const RETRY_AFTER_MS = 1000;

/** What breaks before the panel itself is reached. */
function failEarly(panel: Panel, fault: FaultRule | undefined): void {
  const nowMs = panel.clock().getTime();
  if (fault?.fault === 'maintenance503') throw maintenance();
  if (fault?.fault === 'absent404') throw notFound();
  if (fault?.fault === 'transfer409') throw transferring();
  if (fault?.fault === '429') throw tooMany({ limit: 240, endsAtMs: nowMs + (fault.delayMs ?? RETRY_AFTER_MS), nowMs });
}

const PROXY_PAGE = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

function forPeople(origin: string, error: PanelError, headers: Record<string, string>): Outcome {
  const html = { ...headers, 'content-type': 'text/html' };
  const code = error.entries[0]?.code ?? '';
  const goesBack = error.status === 422 || (error.status === 400 && /^(DisplayException|NoViable)/.test(code));
  if (error.status !== 401 && !goesBack)
    return { cut: false, status: error.status, headers: html, body: `<html><body><h1>${error.status}</h1></body></html>` };
  return { cut: false, status: 302, headers: { ...html, location: error.status === 401 ? `${origin}/auth/login` : origin }, body: '' };
}

export class Application {
  constructor(
    private readonly panel: Panel,
    private readonly api: Api,
    private readonly limit: RateLimit,
  ) {}

  /** Answers one call; never rejects for what a caller can send. */
  async answer(incoming: Incoming): Promise<Outcome> {
    this.panel.underWay += 1;
    try {
      return await this.outcome(incoming);
    } finally {
      this.panel.underWay -= 1;
    }
  }

  private async outcome(incoming: Incoming): Promise<Outcome> {
    const fault = this.panel.faults.take(incoming.method, incoming.path, incoming.text);
    if (fault?.fault === 'down') return { cut: true };
    if (fault?.fault === 'html502') return { cut: false, status: 502, headers: { 'content-type': 'text/html' }, body: PROXY_PAGE };
    const headers: Record<string, string> = {};
    const outcome = await this.run(incoming, { fault, headers }).then(
      (reply): Outcome => ({ cut: false, status: reply.status, headers, body: reply.body }),
      (error: unknown) => this.failed(incoming, error, headers),
    );
    return this.afterwards(fault, outcome);
  }

  private async run(
    incoming: Incoming,
    { fault, headers }: { fault: FaultRule | undefined; headers: Record<string, string> },
  ): Promise<Reply> {
    failEarly(this.panel, fault);
    const { route, params } = findRoute(this.api, incoming.method, incoming.path);
    await this.panel.settleInstalls();
    const token = tokenOf(incoming);
    const key = authenticate(this.panel, token);
    const body = parseBody(incoming);
    refuseCaller(key, incoming.ip);
    Object.assign(headers, this.limit.hit(key.userId, this.panel.clock().getTime()));
    const call: Call = { panel: this.panel, key, params, query: incoming.query, body, address: incoming.origin + incoming.path, fault };
    this.api.admit(token);
    const proceed = route.prepare(call);
    this.api.authorize(key, route);
    return proceed();
  }

  /** Without a JSON `Accept` the panel answers people: a redirect to the login or back, or an HTML page. */
  private failed(incoming: Incoming, error: unknown, headers: Record<string, string>): Outcome {
    const known = error instanceof PanelError ? error : unhandled(error instanceof Error ? error.constructor.name : 'Error');
    if (!(error instanceof PanelError)) console.error(error);
    const all = { ...headers, ...known.headers };
    if (namesJson(header(incoming, 'accept'))) return { cut: false, status: known.status, headers: all, body: { errors: known.entries } };
    return forPeople(incoming.origin, known, all);
  }

  /** What goes wrong between the panel's work and its caller. */
  private async afterwards(fault: FaultRule | undefined, outcome: Outcome): Promise<Outcome> {
    if (fault?.fault === 'timeoutAfterCommit') {
      await this.panel.delay(fault.delayMs);
      return { cut: true };
    }
    if (fault?.fault === 'timeoutRolledBack') return { cut: true };
    if (fault?.fault === 'error500AfterCommit')
      return { cut: false, status: 500, headers: {}, body: { errors: unhandled('TransportException').entries } };
    return outcome;
  }
}
