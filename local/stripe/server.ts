/** Starts the stand-in for Stripe: API, Checkout pages, webhooks and control plane on one port. */
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { systemClock } from '../support/clock.js';
import type { Clock } from '../support/clock.js';
import { Faults } from '../support/faults.js';
import type { Running } from '../support/program.js';
import { Api } from './api.js';
import type { Answer } from './api.js';
import { seedRows } from './catalog.js';
import { registerControl } from './control.js';
import { configureEndpoint } from './control.webhooks.js';
import type { Configured } from './control.webhooks.js';
import { StripeFailure } from './errors.js';
import { registerPages } from './pages.routes.js';
import { registerCustomerPages } from './portal.pages.js';
import { Store } from './store.js';
import { Webhooks } from './webhooks.js';
import { World } from './world.js';

export interface StripeOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Where the state lives; absent: in memory. */
  readonly dir?: string;
  /** Path of the catalog whose prices are seeded. */
  readonly catalog?: string;
  readonly webhookUrl?: string;
  readonly webhookSecrets?: readonly string[];
  /** Event types to deliver; the default is what the ledger subscribes to. */
  readonly webhookEvents?: readonly string[];
  readonly clock?: Clock;
  /** Divides the waits between delivery attempts; default 1. */
  readonly retrySpeed?: number;
}

export interface RunningStripe extends Running {
  /** What `new Stripe(key, …)` takes to talk to this server. */
  readonly client: { readonly host: string; readonly port: number; readonly protocol: 'http' };
  readonly faults: Faults;
  readonly world: World;
}

const BODY_BYTES_MAX = 1_000_000;

/** The endpoint of the command line; what is not given stays as it was kept. */
const configuredBy = (options: StripeOptions): Partial<Configured> => ({
  ...(options.webhookUrl === undefined ? {} : { url: options.webhookUrl }),
  ...(options.webhookSecrets === undefined ? {} : { secrets: options.webhookSecrets }),
  ...(options.webhookEvents === undefined ? {} : { events: options.webhookEvents }),
});

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Lets the caller suffer what the control plane asked for; the work itself is done. */
async function answer(reply: FastifyReply, { fault, status, headers, body }: Answer): Promise<FastifyReply> {
  switch (fault?.fault) {
    case undefined:
      break;
    case 'hang':
      return reply.hijack();
    case 'reset':
    case 'resetBefore':
      reply.raw.socket?.resetAndDestroy();
      return reply.hijack();
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, fault?.delayMs ?? 0));
      break;
    default:
      break;
  }
  return reply
    .code(status)
    .headers(headers)
    .type('application/json')
    .send(JSON.stringify(body, null, 2));
}

function registerApi(app: FastifyInstance, api: Api): void {
  app.all('/v1/*', async (request, reply) => {
    const [path = '', query = ''] = request.url.split('?');
    const incoming = {
      method: request.method,
      path,
      query,
      body: typeof request.body === 'string' ? request.body : '',
      authorization: header(request, 'authorization'),
      idempotencyKey: header(request, 'idempotency-key'),
      version: header(request, 'stripe-version'),
    };
    return answer(reply, await api.handle(incoming));
  });
}

function newApp(): FastifyInstance {
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof StripeFailure) return reply.code(error.status).send({ error: error.body });
    console.error(error);
    return reply.code(500).send({ error: { type: 'api_error', message: error instanceof Error ? error.message : String(error) } });
  });
  return app;
}

/** Starts listening. Rejects when the port is taken, the catalog cannot be read or the folder cannot be opened. */
export async function startStripe(options: StripeOptions = {}): Promise<RunningStripe> {
  const clock = options.clock ?? systemClock;
  const host = options.host ?? '127.0.0.1';
  const store = Store.open(options.dir);
  const webhooks = new Webhooks(store, clock, options.retrySpeed ?? 1);
  const world = new World(store, webhooks, clock);
  await configureEndpoint(world, configuredBy(options));
  const faults = new Faults();
  if (options.catalog !== undefined) await store.write(seedRows(options.catalog, world.now()));
  const app = newApp();
  app.addHook('onRequest', () => world.catchUp());
  registerApi(app, new Api(world, faults));
  registerPages(app, world);
  registerCustomerPages(app, world);
  registerControl(app, world, faults);
  const url = await app.listen({ port: options.port ?? 0, host });
  world.baseUrl = url;
  webhooks.pump();
  const close = async (): Promise<void> => {
    webhooks.stop();
    await app.close();
    await world.close();
  };
  return { url, close, faults, world, client: { host, port: Number(new URL(url).port), protocol: 'http' } };
}
