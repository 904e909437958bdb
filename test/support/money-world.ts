/** Stories of money told to the ledger twice, in order and in any other way, and what has become of both when everything is at rest. */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import Stripe from 'stripe';
import { SUBSCRIBED_EVENTS } from '../../src/stripe/subscribed-events.js';
import { AtRest } from './at-rest.js';
import { Buyer } from './buyer.js';
import { LedgerProcess } from './ledger-process.js';
import { startWorld, type World } from './local-world.js';
import { StoryAtStripe, tell, type Story } from './money-stories.js';
import { judgedOnce, PLAN, Wishes } from './money-wishes.js';
import { tableOfModel } from './projector-world.js';
import type { Random } from './random.js';
import { runBuilt } from './run-built.js';
import { startClock, type SteerableClock } from './steerable-clock.js';

const DAY_MS = 86_400_000;
/** Stripe lists events for 30 days; what is older is only ever told. */
const LISTED_SECONDS = 28 * 86_400;
const TIMES_MAX = 3;

interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data: { readonly object: unknown };
}

/** One order in order, its twin in any other way. */
export interface Pair {
  readonly story: Story;
  readonly inOrder: string;
  readonly anyOrder: string;
}

/** What has to be the same however Stripe was heard. */
export interface Outcome {
  readonly money: readonly string[];
  readonly order: string;
  readonly owed: string;
  readonly servers: readonly string[];
  /** How we answered what its customer asked of us. */
  readonly answers: string;
}

const IDS = /\b(?:cs_test|pi|ch|in|sub|cus|re|du|inpay)_[A-Za-z0-9]+/g;

type Named = { readonly event: StripeEvent; readonly ids: readonly string[] };
const ownerAmong = (ids: readonly string[], ownerOf: ReadonlyMap<string, string>): string | undefined =>
  ids.map((id) => ownerOf.get(id)).find((owner) => owner !== undefined);

/** Every id that is named beside one whose order is known belongs to that order. */
const spread = (named: readonly Named[], ownerOf: Map<string, string>): void => {
  for (const { ids } of named) {
    const owner = ownerAmong(ids, ownerOf);
    if (owner !== undefined) ids.forEach((id) => ownerOf.set(id, owner));
  }
};

/** Which order each event is about: through the ids of Stripe's objects that its objects name. */
const byOrder = (events: readonly StripeEvent[], ownerOf: Map<string, string>): Map<string, StripeEvent[]> => {
  const named = events.map((event) => ({ event, ids: [...new Set(JSON.stringify(event.data.object).match(IDS) ?? [])] }));
  for (let before = -1; before !== ownerOf.size;) {
    before = ownerOf.size;
    spread(named, ownerOf);
  }
  const found = new Map<string, StripeEvent[]>();
  for (const { event, ids } of named) {
    const owner = ownerAmong(ids, ownerOf);
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), event]);
  }
  return found;
};

const shuffled = <T>(values: readonly T[], random: Random): T[] => {
  const left = [...values];
  return values.map(() => left.splice(random.below(left.length), 1)[0] as T);
};

export class MoneyWorld {
  private readonly told = new Set<string>();
  private readonly stories: StoryAtStripe[] = [];
  private readonly wishes = new Map<string, Wishes>();
  /** The order of each of Stripe's objects that is known, by its id. */
  private readonly owners = new Map<string, string>();
  /** Its deliveries in the order of the last telling, for the message of a failure. */
  readonly heard: string[] = [];
  private readonly rested: AtRest;

  private constructor(
    readonly world: World,
    private readonly clock: SteerableClock,
    private readonly ledger: LedgerProcess,
    private readonly database: Client,
    private readonly startedAt: Date,
  ) {
    this.rested = new AtRest({ world, clock, ledger, database });
  }

  /** Nothing is left to be done. */
  rest(): Promise<void> {
    return this.rested.reach();
  }

  static async start(): Promise<MoneyWorld> {
    const clock = await startClock();
    const world = await startWorld({ clock });
    // By hand only, or it would tell in order what is to be told in another.
    const ledger = await LedgerProcess.start(world, { env: { STRIPE_SWEEP_SECONDS: '0', PANEL_POLL_MS: '10000' } });
    await world.stripeControl('/_control/chaos', { match: '*', do: 'drop' });
    const database = new Client({ connectionString: world.databaseUrl });
    await database.connect();
    return new MoneyWorld(world, clock, ledger, database, clock.clock());
  }

  async close(): Promise<void> {
    await this.ledger.stop();
    await this.database.end();
    await this.world.close();
    await this.clock.close();
  }

  /** Orders are placed, and while the ledger is away their stories happen at Stripe. */
  async happen(stories: readonly Story[]): Promise<Pair[]> {
    const buyer = await Buyer.signUp(this.ledger.url);
    const placed = async (story: Story): Promise<StoryAtStripe> => {
      const { orderId, checkoutUrl } = await buyer.order({ planId: PLAN, payment: story.payment });
      const one = new StoryAtStripe(this.world, story, orderId, checkoutUrl);
      this.wishes.set(orderId, new Wishes(this.world, one, buyer));
      return one;
    };
    const told: { one: StoryAtStripe; other: StoryAtStripe }[] = [];
    for (const story of stories) told.push({ one: await placed(story), other: await placed(story) });
    this.stories.push(...told.flatMap(({ one, other }) => [one, other]));
    await this.ledger.kill9();
    await tell(this.stories, async (ms) => {
      this.clock.set(new Date(ms));
      // Stripe does what is due whenever it is asked for anything.
      await this.world.stripe.subscriptions.list({ limit: 1 });
    });
    for (const { orderId, purchases } of this.stories) for (const { sessionId } of purchases) this.owners.set(sessionId, orderId);
    await this.ledger.restart();
    return told.map(({ one, other }) => ({ story: one.story, inOrder: one.orderId, anyOrder: other.orderId }));
  }

  /** What customers ask of us: another plan first, and an end of the service once that has come to something. */
  async ask(): Promise<void> {
    for (const wishes of this.wishes.values()) await wishes.wantPlan();
    await this.rest();
    for (const wishes of this.wishes.values()) await wishes.wantEnd();
    await this.rest();
  }

  /** What the stories end with, in a tab that was left open for long. */
  async happenLate(): Promise<void> {
    for (const story of this.stories) {
      const sessionId = await story.payLate();
      if (sessionId !== null) this.owners.set(sessionId, story.orderId);
    }
  }

  /** Time passes, and with it whatever Stripe does by itself. */
  async pass(days: number): Promise<void> {
    this.clock.advance(days * DAY_MS);
    await this.world.stripe.subscriptions.list({ limit: 1 });
  }

  /** Everything new: in order for the one of a pair, for the other in any order, some more than once and some not at all, with kills in between. */
  async tell(pairs: readonly Pair[], random: Random, kills: number): Promise<void> {
    const orders = byOrder(await this.newEvents(), this.owners);
    const queues = pairs.flatMap(({ inOrder, anyOrder }) => [
      [...(orders.get(inOrder) ?? [])],
      this.inAnyOrder(orders.get(anyOrder) ?? [], random),
    ]);
    const all: StripeEvent[] = [];
    for (let left = queues.filter((queue) => queue.length > 0); left.length > 0; left = left.filter((queue) => queue.length > 0))
      all.push(left[random.below(left.length)]?.shift() as StripeEvent);
    const killedAt = new Set(Array.from({ length: kills }, () => random.below(all.length)));
    for (const [index, event] of all.entries()) {
      await this.deliver(event);
      if (!killedAt.has(index)) continue;
      await this.ledger.kill9();
      await this.ledger.restart();
    }
  }

  private inAnyOrder(events: readonly StripeEvent[], random: Random): StripeEvent[] {
    const listedSince = this.clock.clock().getTime() / 1_000 - LISTED_SECONDS;
    const kept = events.filter(({ created }) => created < listedSince || !random.chance(0.3));
    const copies = kept.flatMap((event) => Array.from({ length: 1 + random.below(TIMES_MAX) }, () => event));
    const order = shuffled(copies, random);
    this.heard.push(order.map(({ type }) => type).join(' '));
    return order;
  }

  /** What was not delivered is found. */
  async sweep(): Promise<void> {
    const since = new Date(this.clock.clock().getTime() - 29 * DAY_MS).toISOString();
    // A webhook has a head start.
    this.clock.advance(5 * 60_000);
    const { code, stderr } = await runBuilt('src/ops/cli.js', ['stripe', 'sweep', '--since', since], this.world.ledgerEnvironment());
    assert.equal(code, 0, stderr);
  }

  private async newEvents(): Promise<StripeEvent[]> {
    const found: StripeEvent[] = [];
    for (let after = '', more = true; more;) {
      const url = `${this.world.stripeUrl}/v1/events?limit=100${after && `&starting_after=${after}`}`;
      const authorization = `Bearer ${this.world.ledgerEnvironment()['STRIPE_SECRET_KEY'] ?? ''}`;
      const page = (await (await fetch(url, { headers: { authorization } })).json()) as { data: StripeEvent[]; has_more: boolean };
      found.push(...page.data);
      [after, more] = [page.data.at(-1)?.id ?? '', page.has_more];
    }
    const subscribed: readonly string[] = SUBSCRIBED_EVENTS;
    const fresh = found.filter(({ id, type }) => !this.told.has(id) && subscribed.includes(type)).toReversed();
    for (const { id } of fresh) this.told.add(id);
    return fresh;
  }

  private async deliver(event: StripeEvent): Promise<void> {
    const payload = JSON.stringify(event, null, 2);
    const secret = this.world.ledgerEnvironment()['STRIPE_WEBHOOK_SECRET'] ?? '';
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    const { status } = await fetch(`${this.ledger.url}/webhooks/stripe`, { method: 'POST', headers, body: payload });
    assert.equal(status, 200, `${event.type} was answered with ${status}`);
  }

  /** Throws unless the order and its money are as they must be, whatever the other of the pair says. */
  async outcomeOf({ orderId, events }: { orderId: string; events: Awaited<ReturnType<World['allEvents']>> }): Promise<Outcome> {
    judgedOnce(orderId, events);
    const one = async (sql: string): Promise<string[]> =>
      (await this.database.query<{ said: string }>(sql, [orderId])).rows.map(({ said }) => said);
    // Of two payments at one moment the other is refused as one too many, or as too late when the first was heard to its end before.
    const money = await one(
      `select concat_ws(' ', kind, status, reason, currency, count(*), sum(amount_minor)) as said
       from (select kind, status, currency, amount_minor,
               case when ${this.hasSecondTab(orderId)} and reason in ('alreadyPaid', 'orderEnded') then 'notNeeded' else reason end as reason
             from ${tableOfModel('payments')} where order_id = $1) moved
       group by kind, status, reason, currency order by 1`,
    );
    const order = await one(`select concat_ws(' ', status, status_reason) as said from ${tableOfModel('order-list')} where order_id = $1`);
    const owed = await one(
      `select concat_ws(' ', servers_owed, 'owed', servers_running, 'running', excuses) as said from ${tableOfModel('delivery-invariant')} where order_id = $1`,
    );
    const found = (await this.world.panelServers()).filter(({ externalId }) => externalId === `order_${orderId}`);
    const servers = found.map(({ suspended }) => (suspended ? 'suspended' : 'running'));
    const wishes = this.wishes.get(orderId);
    const standing = await this.database.query<{ status: string; reason: string; planId: string; paidThrough: string }>(
      `select status, coalesce(status_reason, '') as reason, plan_id as "planId", coalesce(paid_through, '') as "paidThrough"
       from ${tableOfModel('order-list')} where order_id = $1`,
      [orderId],
    );
    for (const row of standing.rows) await wishes?.kept({ ...row, servers, now: this.clock.clock().toISOString() });
    return { money, order: order.join(), owed: owed.join(), servers, answers: wishes?.answers ?? '' };
  }

  private hasSecondTab(orderId: string): boolean {
    return this.stories.some((one) => one.orderId === orderId && one.story.secondTab);
  }

  /** Ledger and Stripe tell of the same money, object by object. */
  async reconciled(): Promise<void> {
    const from = new Date(this.startedAt.getTime() - DAY_MS).toISOString();
    const { code, stdout, stderr } = await runBuilt('src/ops/cli.js', ['reconcile', '--from', from], this.world.ledgerEnvironment());
    assert.equal(code, 0, `${stdout}${stderr}`);
  }
}
