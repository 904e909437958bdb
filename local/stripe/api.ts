/** The API as one function: key, address, parameters, Idempotency-Key, faults, then the work itself. */
import { createHash } from 'node:crypto';
import type { FaultRule, Faults } from '../support/faults.js';
import { API_VERSION } from './change.js';
import { invalidRequest, serverError, StripeFailure, unknownUrl } from './errors.js';
import { expand } from './expand.js';
import { decodeForm } from './form.js';
import type { Params } from './form.js';
import { newId } from './ids.js';
import type { Route } from './route.js';
import { catalogRoutes } from './routes.catalog.js';
import { checkoutRoutes } from './routes.checkout.js';
import { couponRoutes } from './routes.coupons.js';
import { eventRoutes } from './routes.events.js';
import { invoiceRoutes } from './routes.invoices.js';
import { paymentRoutes } from './routes.payments.js';
import { portalRoutes } from './routes.portal.js';
import { refundRoutes } from './routes.refunds.js';
import { subscriptionRoutes } from './routes.subscriptions.js';
import { webhookEndpointRoutes } from './routes.webhook-endpoints.js';
import { list, readShape, text } from './rules.js';
import type { Row } from './store.js';
import type { World } from './world.js';

const routes: readonly Route[] = [
  ...catalogRoutes,
  ...checkoutRoutes,
  ...paymentRoutes,
  ...refundRoutes,
  ...subscriptionRoutes,
  ...invoiceRoutes,
  ...eventRoutes,
  ...couponRoutes,
  ...portalRoutes,
  ...webhookEndpointRoutes,
];
const KEY_LENGTH_MAX = 255;
const KEY_LIFE_SECONDS = 24 * 3600;

export interface Incoming {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly authorization: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly version: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** What the caller suffers although the work is done. */
  readonly fault?: FaultRule;
}

interface Remembered {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: object;
  readonly at: number;
}

/** The key in the header, `Bearer` or HTTP basic. */
function keyOf(authorization: string | undefined): string | undefined {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials;
  return scheme.toLowerCase() === 'basic' ? Buffer.from(credentials, 'base64').toString().split(':')[0] : undefined;
}

function authenticate(authorization: string | undefined): void {
  const key = keyOf(authorization);
  if (!key) {
    const message =
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
    throw invalidRequest({ message }, 401);
  }
  if (!/^[sr]k_test_./.test(key)) {
    const hidden = `${key.slice(0, 8)}${'*'.repeat(4)}${key.slice(-4)}`;
    throw invalidRequest({ message: `Invalid API Key provided: ${hidden}` }, 401);
  }
}

/** One version is spoken here; Stripe itself would still speak older ones. */
function checkVersion(version: string | undefined): void {
  if (version !== undefined && version !== API_VERSION) throw invalidRequest({ message: `Invalid Stripe API version: ${version}` });
}

/** What a refusal tells in its headers. */
const headersOf = ({ status }: StripeFailure): Record<string, string> =>
  status === 429 ? { 'stripe-rate-limited-reason': 'endpoint-rate' } : {};

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = found[index] ?? '';
    if (part.startsWith(':') && value !== '') params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}

function findRoute({ method, path }: Incoming): { route: Route; params: Record<string, string> } {
  for (const route of routes) {
    const params = route.method === method ? match(route.path, path) : undefined;
    if (params) return { route, params };
  }
  throw unknownUrl(method, path);
}

const failureBefore: Readonly<Record<string, () => StripeFailure>> = {
  error500Before: () => new StripeFailure(500, { type: 'api_error', message: 'An unknown error occurred.' }),
  down: () => new StripeFailure(503, { type: 'api_error', message: 'Stripe is unavailable.' }),
  conflict: () =>
    invalidRequest({ code: 'lock_timeout', message: 'This object cannot be accessed right now because another request is using it.' }, 409),
  rateLimited: () => invalidRequest({ code: 'rate_limit', message: 'Request rate limit exceeded.' }, 429),
};

export class Api {
  private readonly running = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly faults: Faults,
  ) {}

  /** Answers one call; never throws for what a caller did wrong. */
  async handle(incoming: Incoming): Promise<Answer> {
    const requestId = newId('req');
    const headers: Record<string, string> = { 'request-id': requestId, 'stripe-version': API_VERSION };
    if (incoming.idempotencyKey !== undefined) headers['idempotency-key'] = incoming.idempotencyKey;
    try {
      authenticate(incoming.authorization);
      checkVersion(incoming.version);
      const answer = await this.once(incoming, requestId);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      const body = { error: { ...error.body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` } };
      return { status: error.status, headers: { ...headers, ...headersOf(error) }, body };
    }
  }

  private async once(incoming: Incoming, requestId: string): Promise<Answer> {
    const params = decodeForm(incoming.method === 'POST' ? incoming.body : incoming.query);
    const key = incoming.method === 'POST' ? incoming.idempotencyKey : undefined;
    if (key === undefined) return this.execute(incoming, params, requestId);
    if (key.length > KEY_LENGTH_MAX) throw invalidRequest({ message: `Idempotency keys may be at most ${KEY_LENGTH_MAX} characters.` });
    const replay = this.replay(key, incoming, fingerprint(incoming, params));
    if (replay) return replay;
    this.running.add(key);
    try {
      return await this.execute(incoming, params, requestId);
    } finally {
      this.running.delete(key);
    }
  }

  private replay(key: string, incoming: Incoming, print: string): Answer | undefined {
    const known = this.world.store.read('idempotency', key) as Remembered | undefined;
    if (known && this.world.now() - known.at < KEY_LIFE_SECONDS) {
      if (known.fingerprint !== print) {
        const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
        throw new StripeFailure(400, { type: 'idempotency_error', message });
      }
      return { status: known.status, headers: { 'idempotent-replayed': 'true' }, body: known.body };
    }
    if (!this.running.has(key)) return undefined;
    const message = `There is currently another in-progress request using this Idempotency Key (${key}). Please try again later.`;
    throw new StripeFailure(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message });
  }

  private async execute(incoming: Incoming, params: Params, requestId: string): Promise<Answer> {
    const fault = this.faults.take(incoming.method, incoming.path, incoming.body);
    const before = fault ? failureBefore[fault.fault] : undefined;
    if (before) throw before();
    if (fault?.fault === 'resetBefore') return { status: 500, headers: {}, body: {}, fault };
    const remember = (status: number, body: object): Row[] => this.rowToRemember(incoming, params, { status, body });
    try {
      if (fault?.fault === 'error500Stored') throw serverError();
      return await this.run({ incoming, params, requestId, fault, remember });
    } catch (error) {
      if (error instanceof StripeFailure && error.executed) await this.world.store.write(remember(error.status, { error: error.body }));
      throw error;
    }
  }

  private async run(work: Work): Promise<Answer> {
    const { incoming, params, requestId, fault, remember } = work;
    const found = findRoute(incoming);
    const { expand: paths = [], ...input } = readShape({ ...found.route.shape, expand: list(text) }, params);
    const cause = { id: requestId, idempotency_key: incoming.idempotencyKey ?? null };
    const failsAfter = fault?.fault === 'error500After';
    const done = await this.world.change(
      cause,
      (change) => found.route.run({ change, params: found.params, path: incoming.path, baseUrl: this.world.baseUrl }, input as never),
      { extra: ({ value, refusal }) => this.rowsOf(remember, failsAfter ? serverError() : refusal, value) },
    );
    if (failsAfter) return { status: 500, headers: {}, body: { error: serverError().body } };
    if (done.refusal) throw done.refusal;
    const body = expand(this.world.store, done.value, paths);
    return { status: 200, headers: {}, body, ...(fault ? { fault } : {}) };
  }

  /** What the key keeps: the answer, or the failure the caller is told instead of it. */
  private rowsOf(remember: Work['remember'], failure: StripeFailure | undefined, value: object): Row[] {
    return failure ? remember(failure.status, { error: failure.body }) : remember(200, value);
  }

  private rowToRemember(incoming: Incoming, params: Params, { status, body }: { status: number; body: object }): Row[] {
    if (incoming.method !== 'POST' || incoming.idempotencyKey === undefined) return [];
    const value: Remembered = { fingerprint: fingerprint(incoming, params), status, body, at: this.world.now() };
    return [{ table: 'idempotency', key: incoming.idempotencyKey, value }];
  }
}

interface Work {
  readonly incoming: Incoming;
  readonly params: Params;
  readonly requestId: string;
  readonly fault: FaultRule | undefined;
  readonly remember: (status: number, body: object) => Row[];
}

/** Method, path and parameters of a call, in any order of the parameters. */
function fingerprint({ method, path }: Incoming, params: Params): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([method, path, sorted]))
    .digest('hex');
}
