/** What a customer may ask about another plan: what it would cost, and to have it. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { PlanChecks } from '../../projections/plan-availability/plan-availability.query.js';
import { Catalog, checkOf, priceIdOf, resourcesOf, type PlanOfGame } from '../catalog/catalog.js';
import { HasRoomForPlan } from '../nodes/node.commands.js';
import { MoneyOfOrderQuery } from '../payments/payment.queries.js';
import { Clock } from '../platform/clock.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { IsServerInPlace } from '../provisioning/provisioning.queries.js';
import { PreviewPlanChange, type PlanPreview } from '../stripe/stripe.commands.js';
import { ContinuePlanChange } from './order.commands.js';
import { orderDecider, type Order } from './order.decider.js';
import type { Term } from './order.events.js';
import { confirmPlanChange, quotePlanChange, whyNoPlanChange, type WantedPlan } from './plan-change.decider.js';
import type { PlanChange } from './service.decider.js';
import { contextOf, type Asking } from './service-desk.js';
import type { OrderPlanChangeQuoted } from './service.events.js';

type Delivered = Extract<Order, { status: 'delivered' }>;
export type Quote = OrderPlanChangeQuoted['data'];

/** How long a quote holds, unless its period ends before. */
const QUOTE_HOLDS_MS = 30 * 60_000;

@Injectable()
export class PlanChangeDesk {
  constructor(
    private readonly streams: StreamRepository,
    private readonly catalog: Catalog,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  /** Everything that is to be refused is refused before Stripe is asked. A repeat is answered with what was quoted. */
  async quote(asking: Asking, wish: { planId: string; term: Term | undefined }): Promise<Quote> {
    const { orderId, commandId } = asking;
    const changeId = derivedId('plan-change', commandId);
    const { state: order } = await this.streams.load(orderDecider, orderId);
    const known = 'service' in order ? order.service.change?.quote : undefined;
    if (known?.changeId === changeId) return known;
    const plan = await this.wanted(order, wish);
    const refused = whyNoPlanChange(order, plan);
    if (refused) throw refused;
    if (!(await this.queries.execute(new IsServerInPlace(orderId))))
      throw refuse('ORDER_NOT_SERVED', 409, 'The server of this order is being made anew, or waits for our support.');
    await this.checkRoom(order as Delivered, plan);
    const quote = await this.priced(order as Delivered, plan, changeId);
    const outcome = await this.streams.execute({ decider: orderDecider, id: orderId }, contextOf(asking), quotePlanChange({ plan, quote }));
    const quoted = outcome.events.find((event) => event.type === 'OrderPlanChangeQuoted');
    if (!quoted) throw refuse('QUOTE_UNKNOWN', 409, 'There is no such quote, or a later one has taken its place.');
    return quoted.data;
  }

  /** Walks as far as it goes at once; answers how far that is. @throws Refusal NO_CAPACITY when the room is gone meanwhile */
  async confirm(asking: Asking, changeId: string): Promise<PlanChange> {
    const { orderId } = asking;
    const confirm = confirmPlanChange({ changeId, at: this.clock.iso() });
    await this.streams.execute({ decider: orderDecider, id: orderId }, contextOf(asking), confirm);
    await this.commands.execute(new ContinuePlanChange(orderId));
    const { state } = await this.streams.load(orderDecider, orderId);
    const change = 'service' in state ? state.service.change : null;
    if (change?.quote.changeId !== changeId) throw refuse('QUOTE_UNKNOWN', 409, 'A later quote has taken the place of this one.');
    if (change.code === 'NO_CAPACITY') throw noCapacity();
    return change;
  }

  /** The plan at the order's own term: another term is another order. */
  private async wanted(order: Order, { planId, term }: { planId: string; term: Term | undefined }): Promise<WantedPlan> {
    if (order.status === 'none') throw refuse('NOT_FOUND', 404, 'There is no such order.');
    const sold = this.catalog.plan(planId);
    if (!sold) throw refuse('PLAN_UNKNOWN', 422, 'There is no such plan.');
    const { term: own, payment } = order.placed;
    if (term !== undefined && term !== own) throw refuse('TERM_MISMATCH', 422, 'A change of plan keeps the term of the order.');
    if (!checkOf(sold, await this.queries.execute(new PlanChecks(planId)))?.sellable)
      throw refuse('PLAN_NOT_SELLABLE', 409, 'This plan cannot be sold at the moment.');
    const price = sold.plan.terms[own];
    return wantedPlan(sold, { price, priceId: priceIdOf(price, payment) });
  }

  private async checkRoom({ paid, placed }: Delivered, { resources }: WantedPlan): Promise<void> {
    const { memoryMib, diskMib } = resources;
    const room = { nodeId: paid.hold.nodeId, orderId: placed.orderId, memoryMib, diskMib };
    if (!(await this.queries.execute(new HasRoomForPlan(room)))) throw noCapacity();
  }

  private async priced({ placed }: Delivered, plan: WantedPlan, changeId: string) {
    const { subscription } = await this.queries.execute(new MoneyOfOrderQuery(placed.orderId));
    if (!subscription || subscription.ended) throw refuse('ORDER_NOT_SERVED', 409, 'This order has no running subscription.');
    const { subscriptionId } = subscription;
    const at = this.clock.iso();
    const preview = await this.queries.execute(
      new PreviewPlanChange({ subscriptionId, oldPriceId: placed.priceId, newPriceId: plan.priceId, at }),
    );
    return { changeId, ...quoted(preview, { subscriptionId, at, oldPrice: placed.price }) };
  }
}

const noCapacity = () => refuse('NO_CAPACITY', 409, 'The node of this server has no room for this plan.');

const wantedPlan = (
  sold: PlanOfGame,
  { price, priceId }: { price: { amountMinor: number; currency: string }; priceId: string },
): WantedPlan => ({
  planId: sold.plan.id,
  gameId: sold.game.id,
  resources: resourcesOf(sold),
  price: { amountMinor: price.amountMinor, currency: price.currency },
  priceId,
});

/** The quote that Stripe's preview makes. */
const quoted = (
  preview: PlanPreview,
  { subscriptionId, at, oldPrice }: { subscriptionId: string; at: string; oldPrice: Quote['price'] },
) => {
  const { itemId, prorationDate, periodEnd, currency, totalMinor, dueMinor, lines } = preview;
  const holdsUntil = new Date(Date.parse(at) + QUOTE_HOLDS_MS).toISOString();
  return {
    due: { amountMinor: totalMinor, currency },
    inputs: { by: 'stripePreview' as const, subscriptionId, itemId, prorationDate, periodEnd, oldPrice },
    preview: { totalMinor, dueMinor, lines },
    quotedAt: at,
    validUntil: holdsUntil < periodEnd ? holdsUntil : periodEnd,
  };
};
