/** What the customer of a story asks of us rather than of Stripe, and what must have become of it when the order rests again. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call, type Buyer } from './buyer.js';
import type { World } from './local-world.js';
import type { StoryAtStripe } from './money-stories.js';

export const PLAN = 'among-us-512m';
const OTHER_PLAN = 'among-us-1g';

/** How we answered, as the code of a refusal or as this. */
const TAKEN = 'taken';

interface Standing {
  readonly status: string;
  readonly reason: string;
  readonly planId: string;
  /** ISO-8601. */
  readonly paidThrough: string;
  readonly now: string;
  readonly servers: readonly string[];
}

export class Wishes {
  private plan = 'none';
  private end = 'none';

  constructor(
    private readonly world: World,
    private readonly one: StoryAtStripe,
    private readonly buyer: Buyer,
  ) {}

  /** The same for both of a pair. */
  get answers(): string {
    return `plan ${this.plan}, end ${this.end}`;
  }

  async wantPlan(): Promise<void> {
    if (!this.one.story.otherPlan) return;
    const { code, quoteId } = await this.ask<{ quoteId: string }>('plan-change/quote', { planId: OTHER_PLAN });
    this.plan = code ?? (await this.ask('plan-change', { quoteId })).code ?? TAKEN;
  }

  async wantEnd(): Promise<void> {
    const { end } = this.one.story;
    if (end === 'none') return;
    this.end = (await this.ask('cancel', { when: end === 'now' ? end : 'periodEnd' })).code ?? TAKEN;
    if (end === 'undone' && this.end === TAKEN) this.end = (await this.ask('cancel/undo', {})).code ?? TAKEN;
  }

  private async ask<T>(path: string, body: unknown): Promise<Partial<T> & { code?: string | null }> {
    const { url, token } = this.buyer;
    const asked = await call<Partial<T> & { code?: string | null }>(url, `/api/v1/orders/${this.one.orderId}/${path}`, {
      ...{ token, body, key: randomUUID() },
    });
    assert.ok(asked.status < 500, `${path} was answered with ${asked.status}: ${JSON.stringify(asked.body)}`);
    return asked.body;
  }

  /** Fails unless what we took on is done, and nothing else. */
  async kept(standing: Standing): Promise<void> {
    const { story, orderId, purchases } = this.one;
    const told = `${JSON.stringify(story)}\n${orderId}: ${this.answers}, ${JSON.stringify(standing)}`;
    assert.equal(standing.planId, this.plan === TAKEN ? OTHER_PLAN : PLAN, told);
    const runsOn = standing.status !== 'ending' && standing.status !== 'ended';
    const subscriptions = await Promise.all(purchases.map((purchase) => purchase.subscription()));
    const charging = subscriptions.filter((subscription) => subscription !== null && subscription.status !== 'canceled');
    assert.ok(charging.length <= (runsOn ? 1 : 0), `${charging.length} subscriptions still charge\n${told}`);
    if (this.end !== TAKEN) return;
    if (story.end === 'now') assert.deepEqual([standing.status, standing.servers], ['ended', []], told);
    else if (runsOn) assert.equal(await this.endsAfter(standing.now), story.end === 'periodEnd', told);
    else if (story.payment === 'once' && standing.reason === 'cancelled') assert.ok(standing.paidThrough <= standing.now, told);
  }

  /** Whether the order, and for a subscription Stripe, will end it, which is to be after this time. */
  private async endsAfter(now: string): Promise<boolean> {
    const events = await this.world.eventsOf(`order-${this.one.orderId}`);
    const last = events.findLast(({ type }) => /^OrderCancellation(Scheduled|Revoked)$/.test(type));
    const endAt = last?.type === 'OrderCancellationScheduled' ? (last.data as { endAt: string }).endAt : null;
    const subscriptions = await Promise.all(this.one.purchases.map((purchase) => purchase.subscription()));
    const running = subscriptions.find((subscription) => subscription !== null && subscription.status !== 'canceled');
    if (running) assert.equal(running.cancel_at !== null, endAt !== null, `Stripe and order ${this.one.orderId} disagree about its end`);
    assert.ok(endAt === null || endAt > now, `order ${this.one.orderId} was to end at ${endAt}`);
    return endAt !== null;
  }
}

type Known = readonly { readonly type: string; readonly stream: string; readonly data: Record<string, unknown> }[];

const JUDGED: readonly string[] = ['OrderPaid', 'OrderPaymentAccepted', 'OrderPaymentNotAccepted'];

/** Fails unless every payment of the order either pays for something or was refused, once, and one at most bought it. */
export function judgedOnce(orderId: string, events: Known): void {
  const ids = (stream: string, types: readonly string[]): unknown[] =>
    events.filter((event) => event.stream === stream && types.includes(event.type)).map(({ data }) => data['paymentId']);
  const paid = ids(`payment-${orderId}`, ['PaymentSucceeded']);
  assert.deepEqual(ids(`order-${orderId}`, JUDGED).toSorted(), paid.toSorted(), `payments of ${orderId} that were not judged once`);
  assert.ok(ids(`order-${orderId}`, ['OrderPaid']).length <= 1, `${orderId} was bought twice`);
}
