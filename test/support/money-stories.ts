/** What may happen at Stripe to the money of one order, chosen by fast-check and made by the local Stripe itself on the steered clock. */
import fc from 'fast-check';
import type Stripe from 'stripe';
import type { World } from './local-world.js';

/** A period of a subscription that follows the first. */
interface Period {
  readonly paid: boolean;
  /** Whether a failed collection is paid by hand after all. */
  readonly recovered: boolean;
}

export interface Story {
  readonly payment: 'once' | 'subscription';
  /** At the same moment paid in another tab, too. What then happens to the one happens to the other, so that it is all one which of them the order takes. */
  readonly secondTab: boolean;
  /** Only of a subscription; the last one is the running one. */
  readonly periods: readonly Period[];
  /** Of the payment that came last. */
  readonly refunds: 'none' | 'part' | 'twoParts' | 'failing' | 'full';
  readonly dispute: 'none' | 'open' | 'won' | 'lost' | 'inquiry' | 'escalated';
  /** In Stripe's dashboard or portal, without us. */
  readonly cancellation: 'none' | 'later' | 'undone' | 'now';
  /** Of a subscription, in Stripe's portal: another price within its first period. */
  readonly otherPrice: boolean;
  /** Of us, once all of that is heard: another plan, and then the end of the service. */
  readonly otherPlan: boolean;
  readonly end: 'none' | 'periodEnd' | 'undone' | 'now';
  /** Long after: paid in a tab that was left open, whatever has become of the order, or for another term of one that is paid once. */
  readonly late: 'none' | 'secondPayment' | 'extension';
}

const period = fc.record({ paid: fc.boolean(), recovered: fc.boolean() });

const wild: fc.Arbitrary<Story> = fc.record({
  payment: fc.constantFrom('once', 'subscription', 'subscription'),
  secondTab: fc.boolean(),
  periods: fc.array(period, { maxLength: 2 }),
  refunds: fc.constantFrom('none', 'part', 'twoParts', 'failing', 'full'),
  dispute: fc.constantFrom('none', 'open', 'won', 'lost', 'inquiry', 'escalated'),
  cancellation: fc.constantFrom('none', 'later', 'undone', 'now'),
  otherPrice: fc.boolean(),
  otherPlan: fc.boolean(),
  end: fc.constantFrom('none', 'periodEnd', 'undone', 'now'),
  late: fc.constantFrom('none', 'secondPayment', 'extension'),
});

/** With a service that runs when we are asked for something, as most of the others have not. */
const running: fc.Arbitrary<Story> = fc
  .record({
    wild,
    refunds: fc.constantFrom('none', 'part', 'failing'),
    dispute: fc.constantFrom('none', 'won', 'inquiry'),
    cancellation: fc.constantFrom('none', 'undone'),
  })
  .map(({ wild: { periods, ...story }, ...calm }) => ({
    ...story,
    ...calm,
    periods: periods.map(({ paid }) => ({ paid, recovered: true })),
    ...{ otherPrice: false, otherPlan: true },
  }));

export const story: fc.Arbitrary<Story> = fc.oneof(wild, running);

/** How many periods after the first any of them has. */
export const PERIODS_MAX = 2;
const OTHER_PRICE = 'price_among_us_1g_monthly';
const TWO_HOURS_MS = 2 * 3_600_000;
const idOf = (related: string | { id: string } | null | undefined): string => (typeof related === 'string' ? related : (related?.id ?? ''));

/** What happens to one of the sessions of an order, chapter by chapter. */
class Purchase {
  constructor(
    private readonly world: World,
    private readonly story: Story,
    readonly sessionId: string,
  ) {}

  async pay(): Promise<void> {
    await this.world.stripeControl(`/_control/sessions/${this.sessionId}/pay`, {});
  }

  async changePrice(): Promise<void> {
    const subscription = this.story.otherPrice ? await this.subscription() : null;
    const item = subscription?.items.data[0];
    if (!subscription || !item) return;
    const items = [{ id: item.id, price: OTHER_PRICE }];
    await this.world.stripe.subscriptions.update(subscription.id, { items, proration_behavior: 'always_invoice' });
  }

  /** When the running period ends, in milliseconds; null for a payment once. */
  async periodEndMs(): Promise<number | null> {
    const subscription = await this.subscription();
    const end = subscription?.items.data[0]?.current_period_end;
    return end === undefined ? null : end * 1_000 + TWO_HOURS_MS;
  }

  /** To be told before the period with this number begins. */
  async beforePeriod(index: number): Promise<void> {
    const next = this.story.periods[index];
    if (next && !next.paid) await this.payBy('pm_card_chargeCustomerFail');
  }

  /** After its invoice was asked for. Without a next period nothing ends the subscription, which is renewed in silence. */
  async afterPeriod(index: number): Promise<void> {
    const period = this.story.periods[index];
    if (!period || period.paid || !(period.recovered || index + 1 < this.story.periods.length)) return;
    const subscription = await this.subscription();
    if (!subscription) return;
    await this.payBy('pm_card_visa');
    await this.world.stripe.invoices.pay(idOf(subscription.latest_invoice));
  }

  async giveBack(): Promise<void> {
    const { refunds, dispute } = this.story;
    const intent = await this.lastIntent();
    const part = { payment_intent: intent, amount: 100 };
    if (refunds === 'part' || refunds === 'twoParts' || refunds === 'failing') {
      const { id } = await this.world.stripe.refunds.create(part);
      if (refunds === 'twoParts') await this.world.stripe.refunds.create(part);
      if (refunds === 'failing') await this.world.stripeControl(`/_control/refunds/${id}/fail`, {});
    }
    if (refunds === 'full') await this.world.stripe.refunds.create({ payment_intent: intent });
    else if (dispute !== 'none') await this.disputed(intent, dispute);
  }

  private async disputed(intent: string, dispute: Exclude<Story['dispute'], 'none'>): Promise<void> {
    const inquiry = dispute === 'inquiry' || dispute === 'escalated';
    const { id } = await this.world.stripeControl<{ id: string }>(`/_control/charges/${intent}/dispute`, { inquiry });
    const verb = { won: 'win', lost: 'lose', escalated: 'escalate', open: null, inquiry: null }[dispute];
    if (verb) await this.world.stripeControl(`/_control/disputes/${id}/${verb}`, {});
  }

  async cancel(): Promise<void> {
    const subscription = await this.subscription();
    if (!subscription || subscription.status === 'canceled') return;
    const { cancellation } = this.story;
    if (cancellation === 'now') await this.world.stripe.subscriptions.cancel(subscription.id);
    if (cancellation === 'later' || cancellation === 'undone')
      await this.world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    if (cancellation === 'undone') await this.world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
  }

  /** Null for a payment once. */
  async subscription(): Promise<Stripe.Subscription | null> {
    const id = idOf((await this.session()).subscription);
    return id === '' ? null : this.world.stripe.subscriptions.retrieve(id);
  }

  private async payBy(method: string): Promise<void> {
    const subscription = await this.subscription();
    if (subscription)
      await this.world.stripeControl(`/_control/customers/${idOf(subscription.customer)}/payment_method`, { payment_method: method });
  }

  private session(): Promise<Stripe.Checkout.Session> {
    return this.world.stripe.checkout.sessions.retrieve(this.sessionId);
  }

  private async lastIntent(): Promise<string> {
    const { payment_intent: intent, subscription } = await this.session();
    if (intent) return idOf(intent);
    const { data } = await this.world.stripe.invoices.list({ subscription: idOf(subscription), status: 'paid', limit: 1 });
    const paid = await this.world.stripe.invoicePayments.list({ invoice: data[0]?.id ?? '', status: 'paid' });
    return idOf(paid.data[0]?.payment.payment_intent);
  }
}

const sessionOf = (url: string): string => /cs_test_\w+/.exec(url)?.[0] ?? '';

/** One order's story at Stripe, so that many can be told on one clock. */
export class StoryAtStripe {
  readonly purchases: Purchase[];

  constructor(
    private readonly world: World,
    readonly story: Story,
    readonly orderId: string,
    checkoutUrl: string,
  ) {
    this.purchases = [new Purchase(world, story, sessionOf(checkoutUrl))];
  }

  async pay(): Promise<void> {
    if (this.story.secondTab) await this.anotherTab();
    await Promise.all(this.purchases.map((purchase) => purchase.pay()));
  }

  /** Answers the session, which nobody has heard of before; null when nothing is paid late. */
  async payLate(): Promise<string | null> {
    const { late, payment } = this.story;
    if (late === 'none' || (late === 'extension' && payment !== 'once')) return null;
    const url = await this.world.secondSession(this.orderId, late === 'extension' ? { purpose: late } : {});
    await this.world.stripeControl(`/_control/sessions/${sessionOf(url)}/pay`, {});
    return sessionOf(url);
  }

  private async anotherTab(): Promise<void> {
    this.purchases.push(new Purchase(this.world, this.story, sessionOf(await this.world.secondSession(this.orderId))));
  }
}

/** Tells all stories side by side: the clock passes every period once for all of them. @param setClock to unix milliseconds */
export async function tell(stories: readonly StoryAtStripe[], setClock: (ms: number) => Promise<void>): Promise<void> {
  for (const one of stories) await one.pay();
  const purchases = stories.flatMap((one) => one.purchases);
  const each = async (chapter: (purchase: Purchase) => Promise<void>): Promise<void> => {
    for (const purchase of purchases) await chapter(purchase);
  };
  await each((one) => one.changePrice());
  for (let index = 0; index < PERIODS_MAX; index += 1) {
    await each((one) => one.beforePeriod(index));
    const ends = (await Promise.all(purchases.map((one) => one.periodEndMs()))).filter((end) => end !== null);
    if (ends.length > 0) await setClock(Math.max(...ends));
    await each((one) => one.afterPeriod(index));
  }
  await each((one) => one.giveBack());
  await each((one) => one.cancel());
}
