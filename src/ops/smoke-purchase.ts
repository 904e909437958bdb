/** One purchase from sign-up to a ready server, step by step, as a customer makes it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { call } from './smoke-client.js';

export const STEPS = ['sign-up', 'panel account', 'checkout', 'payment', 'webhook', 'order', 'provisioning'] as const;
export type Step = (typeof STEPS)[number];

export interface Purchase {
  readonly url: string;
  readonly planId: string;
  readonly region: string;
  readonly term: string;
  readonly payment: 'once' | 'subscription';
  /** How long the game may take to install, in milliseconds. */
  readonly installWithinMs: number;
  readonly onStep: (step: Step, tookMs: number, note?: string) => void;
  readonly say: (line: string) => void;
}

export interface TimelineEntry {
  readonly at: string;
  readonly type: string;
  readonly stream: string;
}

/** Why a purchase did not end with a ready server, and what the ledger knows of the order. */
export class PurchaseFailed extends Error {
  constructor(
    readonly step: Step,
    readonly reason: string,
    readonly orderId: string | undefined,
    readonly timeline: readonly TimelineEntry[],
  ) {
    super(`${step}: ${reason}`);
    this.name = 'PurchaseFailed';
  }
}

interface Order {
  readonly orderId: string;
  readonly status: string;
  readonly statusReason?: string | null;
  readonly checkoutUrl?: string | null;
  readonly paidAt?: string | null;
  readonly readyAt?: string | null;
}

const LINK_WITHIN_MS = 60_000;
const RECORD_WITHIN_MS = 60_000;
const PERSON_PAYS_WITHIN_MS = 15 * 60_000;
const POLL_INTERVAL_MS = 250;

/** Asks until there is an answer, bounded; throws saying what was waited for. */
const until = async <T>(what: string, withinMs: number, ask: () => Promise<T | undefined>): Promise<T> => {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadlineMs) throw new Error(`${what} did not come within ${withinMs / 1000} s`);
    await delay(POLL_INTERVAL_MS);
  }
};

/** The address that the pay button of the local Stripe's page posts to; undefined for a page that is not the local Stripe's. */
export function payFormIn(page: string, pageUrl: string): string | undefined {
  const form = (page.match(/<form[\s\S]*?<\/form>/g) ?? []).find((candidate) => candidate.includes('id="pay"'));
  const action = form?.match(/action="([^"]*)"/)?.[1];
  return action === undefined ? undefined : new URL(action.replaceAll('&amp;', '&'), pageUrl).href;
}

const isLoopback = (url: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);

class Buying {
  private token = '';
  private order: Order | undefined;
  step: Step = 'sign-up';

  constructor(private readonly wish: Purchase) {}

  get orderId(): string | undefined {
    return this.order?.orderId;
  }

  private api<T>(path: string, body?: unknown, key?: string): Promise<T> {
    const options = {
      ...(this.token ? { token: this.token } : {}),
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { key }),
    };
    return call<T>(`${this.wish.url}/api/v1${path}`, options);
  }

  private async timed(step: Step, work: () => Promise<string | void>): Promise<void> {
    this.step = step;
    const startMs = performance.now();
    const note = await work();
    this.wish.onStep(step, performance.now() - startMs, note ?? undefined);
  }

  async run(): Promise<void> {
    await this.timed('sign-up', () => this.signUp());
    await this.timed('panel account', () => this.panelAccount());
    await this.timed('checkout', () => this.checkout());
    await this.timed('payment', () => this.pay());
    await this.timed('webhook', () => this.recorded('StripeEventReceived', RECORD_WITHIN_MS));
    await this.timed('order', () => this.paid());
    await this.timed('provisioning', () => this.provisioned());
  }

  private async signUp(): Promise<string> {
    const customer = { email: `smoke-${randomUUID()}@example.com`, password: `smoke-${randomUUID()}`, name: 'Smoke Test' };
    const { customerId, accessToken } = await this.api<{ customerId: string; accessToken: string }>('/customers', customer, randomUUID());
    this.token = accessToken;
    return customerId;
  }

  private panelAccount(): Promise<string> {
    return until('the panel account', LINK_WITHIN_MS, async () => {
      const { panelAccount } = await this.api<{ panelAccount: { status: string } }>('/me');
      if (panelAccount.status === 'conflict') throw new Error('the panel account is in conflict');
      return panelAccount.status === 'linked' ? 'linked' : undefined;
    });
  }

  private async checkout(): Promise<string> {
    const { planId, region, term, payment } = this.wish;
    this.order = await this.api<Order>('/orders', { planId, region, term, payment, configuration: {} }, randomUUID());
    if (!this.order.checkoutUrl) throw new Error(`the order is ${this.order.status} and has no checkout`);
    return `order ${this.order.orderId}`;
  }

  private async pay(): Promise<string> {
    const url = this.order?.checkoutUrl ?? '';
    const form = isLoopback(url) ? payFormIn(await (await fetch(url)).text(), url) : undefined;
    if (form !== undefined) {
      const answer = await fetch(form, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: '',
      });
      if (answer.status >= 400) throw new Error(`the checkout page answered ${answer.status}`);
      return this.wish.payment;
    }
    this.wish.say(`  Stripe's own test mode: a person has to pay. Open this page, card 4242 4242 4242 4242, any later date:\n  ${url}`);
    await this.recorded('PaymentSucceeded', PERSON_PAYS_WITHIN_MS);
    return `${this.wish.payment}, by a person`;
  }

  async timeline(): Promise<readonly TimelineEntry[]> {
    return this.orderId === undefined ? [] : (await this.api<{ entries: TimelineEntry[] }>(`/orders/${this.orderId}/timeline`)).entries;
  }

  private async recorded(type: string, withinMs: number): Promise<string> {
    const entry = await until(type, withinMs, async () => (await this.timeline()).find((candidate) => candidate.type === type));
    return entry.stream;
  }

  private read(): Promise<Order> {
    return this.api<Order>(`/orders/${this.orderId ?? ''}`);
  }

  private paid(): Promise<string> {
    return until('OrderPaid', RECORD_WITHIN_MS, async () => {
      const order = await this.read();
      if (order.status === 'ended') throw new Error(`the order has ended: ${order.statusReason ?? 'no reason given'}`);
      return order.paidAt ? 'paid' : undefined;
    });
  }

  private provisioned(): Promise<string> {
    return until('a ready server', this.wish.installWithinMs, async () => {
      const { status, statusReason } = await this.read();
      if (status === 'attention' || status === 'ended') throw new Error(`the order is in ${status}: ${statusReason ?? 'no reason given'}`);
      return status === 'ready' ? 'ready' : undefined;
    });
  }
}

/** Buys one server; throws PurchaseFailed with the step, the reason and the order's timeline. */
export async function buy(wish: Purchase): Promise<void> {
  const buying = new Buying(wish);
  try {
    await buying.run();
  } catch (error) {
    const reason =
      error instanceof Error ? (error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message) : String(error);
    const timeline = await buying.timeline().catch(() => []);
    throw new PurchaseFailed(buying.step, reason, buying.orderId, timeline);
  }
}
