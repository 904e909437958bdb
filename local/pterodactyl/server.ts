/** Starts a stand-in of the Pterodactyl panel: Application API, pages to look at, and a control plane for tests. */
import { mkdirSync } from 'node:fs';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../support/clock.js';
import { systemClock } from '../support/clock.js';
import type { Running } from '../support/program.js';
import { Application, PREFIX } from './application.js';
import { addControl } from './control.js';
import { addPages } from './pages.js';
import { fullAccess, Panel } from './panel.js';
import { RateLimit } from './rate-limit.js';
import { seed } from './seed.js';
import { openStore } from './store.js';

/** The key that a panel accepts unless told otherwise; it opens nothing but this stand-in. */
export const LOCAL_APP_KEY = 'ptla_local00000000000000000000000000000000000000';

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
  /** Calls per minute and user; default 240, 0 for no limit. */
  readonly rateLimit?: number;
}

const INSTALL_MS = 2000;
const RATE_PER_MINUTE = 240;

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

function listenTo(panel: Panel, application: Application): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: true });
  // Bodies stay text: what counts as JSON, and when it is judged, is the panel's own business.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  addControl(app, panel);
  addPages(app, panel);
  app.route({ method: [...METHODS], url: `${PREFIX}/*`, handler: (request, reply) => forward(application, request, reply) });
  return app;
}

/** Listens once the data is loaded (and seeded, when there is none). Rejects when the port is taken. */
export async function startPanel(options: PanelOptions = {}): Promise<Running & { readonly appKey: string }> {
  const { port = 0, host = '127.0.0.1', dir, appKey = LOCAL_APP_KEY, clock = systemClock } = options;
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  const store = openStore(dir);
  await seed(store, clock());
  const panel = new Panel(store, clock, { installMs: options.installMs ?? INSTALL_MS, installOutcome: 'ok' });
  panel.keys.set(appKey, fullAccess);
  const app = listenTo(panel, new Application(panel, new RateLimit(options.rateLimit ?? RATE_PER_MINUTE)));
  const url = await app.listen({ port, host });
  return {
    url,
    appKey,
    close: async () => {
      const stopped = panel.close();
      await app.close();
      await stopped;
    },
  };
}
