/** Starts a stand-in of the Pterodactyl panel: its two APIs, the consoles of its nodes, pages to look at, and a control plane for tests. */
import { mkdirSync } from 'node:fs';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../support/clock.js';
import { systemClock } from '../support/clock.js';
import type { Running } from '../support/program.js';
import { Application, applicationApi, clientApi } from './application.js';
import type { Api } from './application.js';
import { addControl } from './control.js';
import { addPages } from './pages.js';
import { fullAccess, Panel } from './panel.js';
import type { Settings } from './panel.js';
import { RateLimit } from './rate-limit.js';
import { seed } from './seed.js';
import { addSockets } from './sockets.js';
import { openStore } from './store.js';

/** The key that a panel accepts unless told otherwise; it opens nothing but this stand-in. */
export const LOCAL_APP_KEY = 'ptla_local00000000000000000000000000000000000000';

/** The account key of its administrator, for the client API. */
export const LOCAL_CLIENT_KEY = 'ptlc_local00000000000000000000000000000000000000';

export interface PanelOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Where rows survive a restart; without it they live in memory. */
  readonly dir?: string;
  readonly appKey?: string;
  readonly clock?: Clock;
  /** How long an install takes by the clock; default 2000. */
  readonly installMs?: number;
  readonly clientKey?: string;
  /** Allocations of each node of a fresh panel, besides the games' own ports; default 150. */
  readonly ports?: number;
  /** Calls per window and user; default 240, 0 for no limit. */
  readonly rateLimit?: number;
  /** How long the window of both APIs is; default 60,000. */
  readonly rateWindowMs?: number;
  /** The same of the client API; default 720. */
  readonly clientRateLimit?: number;
  /** How long a game takes to start, and to stop, by the clock; default 3000 and 1000. */
  readonly startMs?: number;
  readonly stopMs?: number;
}

const INSTALL_MS = 2000;
const CALLS_MAX = 240;
const CLIENT_CALLS_MAX = 720;
const START_MS = 3000;
const STOP_MS = 1000;
const TOKEN_MS = 600_000;
const TOKENS_PER_MINUTE = 5;
const USAGE_MS = 20_000;

async function forward(application: Application, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const origin = `http://${request.headers.host ?? 'localhost'}`;
  const { pathname, searchParams } = new URL(request.url, origin);
  const text = typeof request.body === 'string' ? request.body : '';
  const outcome = await application.answer({
    method: request.method,
    path: pathname,
    query: searchParams,
    headers: request.headers,
    text,
    ip: request.ip,
    origin,
  });
  if (outcome.cut) {
    reply.hijack();
    request.raw.socket.destroy();
    return;
  }
  const type = outcome.headers['content-type'] ?? 'application/json';
  const body = outcome.body === undefined ? undefined : typeof outcome.body === 'string' ? outcome.body : JSON.stringify(outcome.body);
  await reply
    .code(outcome.status)
    .headers({ ...outcome.headers, ...(outcome.status === 204 ? {} : { 'content-type': type }) })
    .send(body);
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

function listenTo(panel: Panel, limits: readonly [api: Api, limit: RateLimit][]): { app: FastifyInstance; closeSockets: () => void } {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: true });
  // Bodies stay text: what counts as JSON, and when it is judged, is the panel's own business.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const sockets = addSockets(app.server, panel);
  addControl(app, panel, sockets);
  addPages(app, panel);
  for (const [api, limit] of limits) {
    const application = new Application(panel, api, limit);
    app.route({ method: [...METHODS], url: `${api.prefix}/*`, handler: (request, reply) => forward(application, request, reply) });
  }
  return { app, closeSockets: () => sockets.close() };
}

/** Without a limit on the one there is none on the other, unless it is given. */
const limitsOf = ({ rateLimit = CALLS_MAX, clientRateLimit, rateWindowMs }: PanelOptions): [api: Api, limit: RateLimit][] => {
  const ofClients = clientRateLimit ?? (rateLimit === 0 ? 0 : CLIENT_CALLS_MAX);
  return [
    [applicationApi, new RateLimit(() => rateLimit, rateWindowMs)],
    [clientApi, new RateLimit(() => ofClients, rateWindowMs)],
  ];
};

const settingsOf = ({ installMs, startMs, stopMs, rateLimit }: PanelOptions): Settings => ({
  installMs: installMs ?? INSTALL_MS,
  installOutcome: 'ok',
  startMs: startMs ?? START_MS,
  stopMs: stopMs ?? STOP_MS,
  tokenMs: TOKEN_MS,
  tokensPerMinute: rateLimit === 0 ? 0 : TOKENS_PER_MINUTE,
  usageMs: USAGE_MS,
});

/** Listens once the data is loaded (and seeded, when there is none). Rejects when the port is taken. */
export async function startPanel(options: PanelOptions = {}): Promise<Running & { readonly appKey: string; readonly clientKey: string }> {
  const { port = 0, host = '127.0.0.1', dir, appKey = LOCAL_APP_KEY, clientKey = LOCAL_CLIENT_KEY, clock = systemClock } = options;
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  const store = openStore(dir);
  await seed(store, clock(), options.ports);
  const panel = new Panel(store, clock, settingsOf(options));
  for (const key of [appKey, clientKey]) panel.keys.set(key, fullAccess);
  const { app, closeSockets } = listenTo(panel, limitsOf(options));
  const url = await app.listen({ port, host });
  return {
    url,
    appKey,
    clientKey,
    close: async () => {
      closeSockets();
      const stopped = panel.close();
      await app.close();
      await stopped;
    },
  };
}
