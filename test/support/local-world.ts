/** Everything outside the ledger, started in the test's own process on free ports: event store, PostgreSQL, Stripe, panel and mailbox. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import type { JSONEventType } from '@eventstore/db-client';
import Stripe from 'stripe';
import { startEventStore } from '../../local/eventstore/server.js';
import { startMailbox, type Mailbox } from '../../local/mailbox/server.js';
import { startPanel } from '../../local/pterodactyl/server.js';
import { startStripe } from '../../local/stripe/server.js';
import type { Running } from '../../local/support/program.js';
import { freePort } from './free-port.js';
import { createDatabase } from './postgres.js';
import type { TestDatabase } from './postgres.js';
import type { SteerableClock } from './steerable-clock.js';

export interface WorldOptions {
  /** Drives Stripe, the panel and, through LEDGER_CLOCK, the ledger; absent means real time. */
  readonly clock?: SteerableClock;
  /** How long the panel's installs take, in milliseconds of that clock; default 100. */
  readonly installMs?: number;
  /** What Stripe sells and the ledger's catalog is; default `catalog.yaml`. */
  readonly catalog?: string;
}

export interface PanelServer {
  readonly id: number;
  readonly externalId: string | null;
  /** As text, as in our events. */
  readonly nodeId: string;
  readonly allocationIds: readonly number[];
  /** Port by allocation id. */
  readonly ports: Readonly<Record<number, number>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly suspended: boolean;
  readonly status: string | null;
  /** MiB, and per cent of a core. */
  readonly limits: { readonly memory: number; readonly disk: number; readonly cpu: number };
}

interface PanelRow {
  readonly id: number;
  readonly external_id: string | null;
  readonly node: number;
  readonly suspended: boolean;
  readonly status: string | null;
  readonly limits: PanelServer['limits'];
  readonly allocations: readonly { readonly id: number; readonly port: number }[];
  readonly container: { readonly environment: Record<string, string> };
}

interface LoggedEvent {
  readonly type: string;
  readonly stream: string;
  readonly data: Record<string, unknown>;
  readonly position: bigint;
  readonly metadata: Readonly<Record<string, unknown>>;
}

type StoredEvent = JSONEventType<string, Record<string, unknown>>;

const INSTALL_MS = 100;
const PANEL_KEY = 'ptla_test0000000000000000000000000000000000000000';
const PANEL_CLIENT_KEY = 'ptlc_test0000000000000000000000000000000000000000';
const random = (): string => randomBytes(24).toString('hex');

interface Parts {
  readonly stripe: Running;
  readonly panel: Running;
  readonly mailbox: Mailbox;
  readonly database: TestDatabase;
  readonly dir: string;
  readonly ledgerPort: number;
  readonly webhookSecret: string;
  readonly stripeKey: string;
  readonly clock: SteerableClock | undefined;
  readonly catalog: string;
}

const json = async <T>(url: string, init: RequestInit = {}): Promise<T> => {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
};

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Seen from the test: the addresses, the state behind them, and the ways to make trouble. */
export class World {
  readonly stripe: Stripe;
  private store: Running | undefined;

  constructor(
    private readonly parts: Parts,
    store: Running,
    /** `esdb://…`, the same over stopEventStore and startEventStore. */
    readonly eventStoreUrl: string = store.url,
  ) {
    this.store = store;
    const { hostname, port } = new URL(parts.stripe.url);
    this.stripe = new Stripe(parts.stripeKey, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
  }

  get stripeUrl(): string {
    return this.parts.stripe.url;
  }
  get panelUrl(): string {
    return this.parts.panel.url;
  }
  get mailboxUrl(): string {
    return this.parts.mailbox.url;
  }
  get databaseUrl(): string {
    return this.parts.database.url;
  }
  /** Where Stripe delivers webhooks to, hence where the ledger must listen. */
  get ledgerPort(): number {
    return this.parts.ledgerPort;
  }

  /** What a ledger needs in its environment to live in this world. */
  ledgerEnvironment(): Record<string, string> {
    const { clock, webhookSecret, stripeKey, catalog } = this.parts;
    return {
      PORT: String(this.ledgerPort),
      EVENTSTORE_URL: this.eventStoreUrl,
      DATABASE_URL: this.databaseUrl,
      STRIPE_SECRET_KEY: stripeKey,
      STRIPE_API_URL: this.stripeUrl,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      PANEL_URL: this.panelUrl,
      PTERO_APP_KEY: PANEL_KEY,
      PTERO_CLIENT_KEY: PANEL_CLIENT_KEY,
      PANEL_POLL_MS: '100',
      PANEL_RATE_LIMIT: '100000',
      PANEL_CLIENT_RATE_LIMIT: '100000',
      ALERT_WEBHOOK_URL: `${this.mailboxUrl}/alerts`,
      SMTP_URL: this.parts.mailbox.smtpUrl,
      JWT_SECRET: this.parts.stripeKey.repeat(2),
      IDENTITY_KEY: Buffer.from(stripeKey).subarray(0, 32).toString('base64'),
      DEMO_ACCOUNTS: 'true',
      LEDGER_READY_LINE: 'true',
      CATALOG_PATH: catalog,
      RATE_LIMIT: '1000000',
      LOG_LEVEL: 'warn',
      DATA_DIR: join(this.parts.dir, 'data'),
      ...(clock ? { LEDGER_CLOCK: clock.url } : {}),
    };
  }

  stripeControl<T = unknown>(path: string, body: unknown): Promise<T> {
    return json<T>(`${this.stripeUrl}${path}`, post(body));
  }

  panelControl<T = unknown>(path: string, body: unknown): Promise<T> {
    return json<T>(`${this.panelUrl}${path}`, post(body));
  }

  async panelServers(): Promise<PanelServer[]> {
    const rows = await json<PanelRow[]>(`${this.panelUrl}/_control/servers`);
    return rows.map(({ id, external_id: externalId, node, allocations, container, suspended, status, limits }) => ({
      ...{ id, externalId, nodeId: String(node), environment: container.environment, suspended, status, limits },
      allocationIds: allocations.map((allocation) => allocation.id),
      ports: Object.fromEntries(allocations.map((allocation) => [allocation.id, allocation.port])),
    }));
  }

  /** How many creation calls the panel has had, by external id. */
  async panelCreations(): Promise<Record<string, number>> {
    return (await json<{ creates: Record<string, number> }>(`${this.panelUrl}/_control/calls`)).creates;
  }

  /** How many calls the panel has not answered yet. */
  async panelCallsUnderWay(): Promise<number> {
    return (await json<{ underWay: number }>(`${this.panelUrl}/_control/calls`)).underWay;
  }

  async messages(): Promise<{ text: string }[]> {
    return (await json<{ messages: { text: string }[] }>(`${this.mailboxUrl}/messages?via=chat`)).messages;
  }

  /** What the mail server took, oldest first. */
  async mails(): Promise<{ to: readonly string[]; subject: string; text: string }[]> {
    const { messages } = await json<{ messages: { body: { to: string[]; subject: string; text: string } }[] }>(
      `${this.mailboxUrl}/messages?via=mail`,
    );
    return messages.map(({ body }) => body);
  }

  /** The last answer that each webhook got; null where nobody answered. */
  async deliveryStatuses(): Promise<(number | null)[]> {
    const { deliveries } = await json<{ deliveries: { lastStatus: number | null }[] }>(`${this.stripeUrl}/_control/deliveries`);
    return deliveries.map(({ lastStatus }) => lastStatus);
  }

  private async sessions(): Promise<Stripe.Checkout.Session[]> {
    return this.stripe.checkout.sessions.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
  }

  private async sessionsOfOrder(orderId: string): Promise<Stripe.Checkout.Session[]> {
    return (await this.sessions()).filter((session) => session.client_reference_id === orderId);
  }

  /** How many sessions of this order can still be paid. */
  async openSessionsOf(orderId: string): Promise<number> {
    return (await this.sessionsOfOrder(orderId)).filter(({ status }) => status === 'open').length;
  }

  /** Every session of every order of a customer, also while the ledger has not yet answered the customer. */
  async sessionsOf(customerId: string): Promise<Stripe.Checkout.Session[]> {
    const placed = (await this.allEvents()).filter(({ type, data }) => type === 'OrderPlaced' && data['customerId'] === customerId);
    const orders = new Set(placed.map(({ data }) => data['orderId']));
    return (await this.sessions()).filter((session) => orders.has(session.client_reference_id ?? ''));
  }

  /** Opens another session for an order, as a second tab would if nobody kept count; answers the page's address. */
  async secondSession(orderId: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const first = (await this.sessionsOfOrder(orderId))[0];
    if (!first) throw new Error(`order ${orderId} has no session`);
    const lines = await this.stripe.checkout.sessions.listLineItems(first.id);
    const metadata = { ...first.metadata, ...more };
    const session = await this.stripe.checkout.sessions.create({
      mode: first.mode,
      line_items: lines.data.map(({ price, quantity }) => ({ price: price?.id ?? '', quantity: quantity ?? 1 })),
      client_reference_id: orderId,
      metadata,
      ...(first.mode === 'payment' ? { payment_intent_data: { metadata } } : { subscription_data: { metadata } }),
      success_url: first.success_url ?? '',
    });
    return session.url ?? '';
  }

  /** An access token of the demo operator. */
  async operator(ledgerUrl: string): Promise<string> {
    const login = post({ email: 'ops@example.com', password: 'ops-password-1' });
    return (await json<{ accessToken: string }>(`${ledgerUrl}/api/v1/sessions`, login)).accessToken;
  }

  private async reading<T>(work: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const client = EventStoreDBClient.connectionString(this.eventStoreUrl);
    try {
      return await work(client);
    } finally {
      await client.dispose();
    }
  }

  /** The events of one stream, in order; none if it does not exist. */
  eventsOf(stream: string): Promise<{ type: string; data: unknown }[]> {
    return this.reading(async (client) => {
      const found: { type: string; data: unknown }[] = [];
      try {
        for await (const { event } of client.readStream<StoredEvent>(stream, { direction: FORWARDS, fromRevision: START })) {
          if (event) found.push({ type: event.type, data: event.data });
        }
      } catch (error) {
        if ((error as { type?: string }).type !== 'stream-not-found') throw error;
      }
      return found;
    });
  }

  /** Every event of the ledger, in the order of the log. */
  allEvents(): Promise<LoggedEvent[]> {
    return this.reading(async (client) => {
      const found: LoggedEvent[] = [];
      for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
        if (event && !event.type.startsWith('$'))
          found.push({
            ...{ type: event.type, stream: event.streamId, data: event.data as Record<string, unknown> },
            metadata: event.metadata as Record<string, unknown>,
            position: event.position?.commit ?? 0n,
          });
      }
      return found;
    });
  }

  async stopEventStore(): Promise<void> {
    await this.store?.close();
    this.store = undefined;
  }

  /** On the same port, with the same events. */
  async startEventStore(): Promise<void> {
    if (this.store) return;
    this.store = await startEventStore({ dir: join(this.parts.dir, 'eventstore'), port: Number(new URL(this.eventStoreUrl).port) });
  }

  async close(): Promise<void> {
    const { stripe, panel, mailbox, database, dir } = this.parts;
    await Promise.all([stripe.close(), panel.close(), mailbox.close(), this.stopEventStore()]);
    await database.drop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Starts a world with an empty store, an empty database and the catalog's prices and eggs; close it afterwards. */
export async function startWorld({ clock, installMs = INSTALL_MS, catalog = 'catalog.yaml' }: WorldOptions = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'order-ledger-world-'));
  const [ledgerPort, storePort] = [await freePort(), await freePort()];
  const webhookSecret = `whsec_test${random()}`;
  const followed = clock ? { clock: clock.clock } : {};
  const webhookUrl = `http://127.0.0.1:${ledgerPort}/webhooks/stripe`;
  const [store, stripe, panel, mailbox, database] = await Promise.all([
    startEventStore({ dir: join(dir, 'eventstore'), port: storePort }),
    startStripe({ catalog, webhookUrl, webhookSecrets: [webhookSecret], retrySpeed: 10, ...followed }),
    startPanel({ appKey: PANEL_KEY, clientKey: PANEL_CLIENT_KEY, installMs, rateLimit: 0, ...followed }),
    startMailbox(),
    createDatabase(),
  ]);
  const stripeKey = `sk_test_test${random()}`;
  return new World({ stripe, panel, mailbox, database, dir, ledgerPort, webhookSecret, stripeKey, clock, catalog }, store);
}
