/** What the Stripe contract suite runs against: the stand-in, or Stripe's own test mode when STRIPE_CONTRACT_KEY is set. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import Stripe from 'stripe';
import { startStripe } from '../../../local/stripe/server.js';
import type { RunningStripe, StripeOptions } from '../../../local/stripe/server.js';
import { eventually } from '../../support/eventually.js';

const contractKey = process.env['STRIPE_CONTRACT_KEY'];
/** Cases that need the control plane or the seeded catalog exist only against the stand-in. */
export const isLocal = contractKey === undefined;
const CATALOG = resolve('catalog.yaml');
const KEY = 'sk_test_contract';

export const clientOf = (server: RunningStripe, maxNetworkRetries = 0): Stripe =>
  new Stripe(KEY, { ...server.client, maxNetworkRetries, telemetry: false });

export interface Target {
  readonly stripe: Stripe;
  close(): Promise<void>;
}

/** The SDK, unmodified, talking to the chosen side. */
export async function openTarget(): Promise<Target> {
  if (contractKey !== undefined) return { stripe: new Stripe(contractKey), close: () => Promise.resolve() };
  const server = await startStripe();
  return { stripe: clientOf(server), close: () => server.close() };
}

/** A customer's time, moved at will: the stand-in's own clock, or one of Stripe's test clocks. */
export interface Billing extends Target {
  /** Unix seconds. */
  now(): number;
  customer(params?: Stripe.CustomerCreateParams): Promise<Stripe.Customer>;
  /** Comes back when everything due until then has happened. */
  advance(seconds: number): Promise<void>;
}

const secondsNow = (): number => Math.floor(Date.now() / 1000);

async function billingOnStandIn(): Promise<Billing> {
  let now = secondsNow();
  const server = await startStripe({ clock: () => new Date(now * 1000) });
  const stripe = clientOf(server);
  const advance = (seconds: number): Promise<void> => {
    now += seconds;
    return Promise.resolve();
  };
  return { stripe, now: () => now, customer: (params = {}) => stripe.customers.create(params), advance, close: () => server.close() };
}

async function billingOnTestMode(key: string): Promise<Billing> {
  const stripe = new Stripe(key);
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: secondsNow() });
  let now = clock.frozen_time;
  const advance = async (seconds: number): Promise<void> => {
    now += seconds;
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: now });
    const ready = async (): Promise<boolean> => (await stripe.testHelpers.testClocks.retrieve(clock.id)).status === 'ready';
    await eventually(ready, { withinMs: 120_000, what: 'the test clock' });
  };
  const close = async (): Promise<void> => void (await stripe.testHelpers.testClocks.del(clock.id));
  return {
    stripe,
    now: () => now,
    customer: (params = {}) => stripe.customers.create({ ...params, test_clock: clock.id }),
    advance,
    close,
  };
}

export const openBilling = (): Promise<Billing> => (contractKey === undefined ? billingOnStandIn() : billingOnTestMode(contractKey));

/** The error a call ends with; fails when there is none. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('the call was expected to be refused');
}

interface Received {
  readonly body: string;
  readonly signature: string;
  readonly event: Stripe.Event;
}

export interface Endpoint {
  readonly url: string;
  readonly received: Received[];
  /** Statuses to answer with, first to last; then 200. */
  readonly answers: number[];
  close(): Promise<void>;
}

/** A webhook endpoint that keeps what it is sent. */
export async function openEndpoint(): Promise<Endpoint> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      received.push({ body, signature: String(request.headers['stripe-signature']), event: JSON.parse(body) as Stripe.Event });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`, received, answers, close };
}

/** Starts the stand-in for cases that only it can show. */
export const openLocal = (options: StripeOptions = {}): Promise<RunningStripe> =>
  startStripe({ catalog: CATALOG, retrySpeed: 50, ...options });

export async function control(server: RunningStripe, path: string, body?: unknown): Promise<Response> {
  return fetch(`${server.url}/_control/${path}`, { method: 'POST', body: JSON.stringify(body ?? {}) });
}
