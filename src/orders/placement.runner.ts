/** Performs the steps of an unpaid order: room on a node, Stripe session, and its end. Every step may be walked twice. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { IdentityStore, type Person } from '../customers/identity/identity.store.js';
import { HoldRoom, ReleaseRoom } from '../nodes/node.commands.js';
import { HasPaymentFailed } from '../payments/payment.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf, stepOf } from '../platform/commands.js';
import { inTurn, type Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository, type Loaded } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { BookCheckout } from '../stripe/stripe.commands.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import {
  endUnpaidOrder,
  intendCheckout,
  orderDecider,
  recordCheckoutExpired,
  recordCheckoutOpened,
  recordHold,
  type Order,
} from './order.decider.js';
import type { Hold, OrderEvent } from './order.events.js';
import { nextPlacementStep, type PlacementStep } from './placement.saga.js';

const ACTOR: Actor = { kind: 'saga', id: 'placement' };
/** Stripe allows 30 minutes to 24 hours from the call; the half hour more is how long an outage may last between our intent and the call. */
const CHECKOUT_OPEN_MS = 60 * 60_000;
const STEPS_MAX = 8;
/** So long after an order was placed nobody but its placer walks it: a repeat of the request and the due work begin later. */
const WALKED_ALONE_MS = 2_000;
/** How soon a checkout that Stripe has not settled is asked about again. */
const ASK_AGAIN_MS = 30_000;
/** Money of a delayed payment method takes days. */
const ASK_FOR_MONEY_AGAIN_MS = 15 * 60_000;

/**
 * The request for a checkout that an order makes of Stripe, as it stays however often it is sent.
 * @param at ISO-8601
 */
export const checkoutFor = (orderId: string, at: string): Parameters<typeof intendCheckout>[0] => ({
  expiresAt: new Date(Date.parse(at) + CHECKOUT_OPEN_MS).toISOString(),
  idempotencyKey: derivedId('checkout', orderId, '1'),
  at,
});

interface Walked {
  readonly order: Order;
  readonly position: bigint;
  readonly checkoutUrl: string | null;
  readonly again: Date | null;
}

@Injectable()
export class PlacementRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
    private readonly people: IdentityStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Walks the order until somebody else has to act: the customer, Stripe or the clock.
   * @param placed the order as this caller has just placed it, so that nobody else can have walked it
   */
  async walk(orderId: string, placed?: Loaded<Order>): Promise<Walked> {
    let known = placed ?? (await this.streams.load(orderDecider, orderId));
    let checkoutUrl: string | null = null;
    const walked = (again: Date | null): Walked => ({ order: known.state, position: known.position, checkoutUrl, again });
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const step = nextPlacementStep(known.state, this.clock.iso());
      if (step.do === 'nothing') return walked(null);
      if (step.do === 'wait') return walked(new Date(step.until));
      const done = await this.perform(step, known.state, known === placed);
      if (done.checkoutUrl !== undefined) checkoutUrl = done.checkoutUrl;
      if (!done.decide) return walked(this.after(done.againMs ?? ASK_AGAIN_MS));
      known = await this.streams.execute({ decider: orderDecider, id: orderId, known }, stepOf(orderId, done.purpose, ACTOR), done.decide);
      if (done.hold) await this.releaseSurplus(orderId, done.hold, known.state);
      if (done.failed) throw done.failed;
    }
    throw refuse('PLACEMENT_UNSETTLED', 503);
  }

  private after(ms: number): Date {
    return new Date(this.clock.now().getTime() + ms);
  }

  private async perform(step: Exclude<PlacementStep, { do: 'nothing' | 'wait' }>, order: Order, isNew: boolean): Promise<Performed> {
    switch (step.do) {
      case 'hold':
        return this.hold(order, isNew);
      case 'intendCheckout':
        return this.intend(order);
      case 'openCheckout':
        return this.open(order, await this.personOf(order));
      case 'settleCheckout':
        return this.settle(order, step.sessionId);
      case 'end':
        return { purpose: 'end', decide: endUnpaidOrder({ reason: step.reason, at: this.clock.iso() }) };
    }
  }

  /** Room first, then Stripe; both are recorded in one go, and the room also if Stripe does not answer. */
  private async hold(order: Order, isNew: boolean): Promise<Performed> {
    if (order.status !== 'placed') return { purpose: 'hold', decide: () => [] };
    const { orderId, region, resources } = order.placed;
    const need = { memoryMib: resources.memoryMib, diskMib: resources.diskMib, ports: resources.ports };
    const hasNone = isNew && this.clock.now().getTime() - Date.parse(order.placed.placedAt) < WALKED_ALONE_MS;
    const [{ hold, candidates }, person] = await Promise.all([
      this.commands.execute(new HoldRoom({ orderId, region, need, actor: ACTOR, hasNone })),
      this.personOf(order),
    ]);
    const at = this.clock.iso();
    if (!hold) return { purpose: 'end', decide: endUnpaidOrder({ reason: 'noCapacity', at }) };
    const held = recordHold({ hold, candidates, at });
    try {
      const opened = await this.open(order, person);
      return { ...opened, decide: inTurn(orderDecider, held, opened.decide), hold };
    } catch (error) {
      return { purpose: 'hold', decide: held, hold, failed: error as Error };
    }
  }

  /** Two walkers may have taken room on two nodes, or the order may have ended meanwhile: what it does not use goes back. */
  private async releaseSurplus(orderId: string, taken: Hold, order: Order): Promise<void> {
    const used = order.status !== 'ended' && order.status !== 'none' && order.status !== 'placed' ? holdOf(order) : null;
    if (used?.nodeId === taken.nodeId) return;
    await this.commands.execute(new ReleaseRoom({ nodeId: taken.nodeId, orderId, reason: 'surplus' }, claimOf(orderId, ACTOR)));
  }

  /** Only of an order that an earlier release has placed. */
  private intend(order: Order): Performed {
    if (order.status === 'none') return { purpose: 'intend checkout' };
    return { purpose: 'intend checkout', decide: intendCheckout(checkoutFor(order.placed.orderId, this.clock.iso())) };
  }

  private async personOf(order: Order): Promise<Person | undefined> {
    return order.status === 'none' ? undefined : this.people.personOf(order.placed.customerId);
  }

  private async open(order: Order, person: Person | undefined): Promise<Performed & Required<Pick<Performed, 'decide'>>> {
    if ((order.status !== 'placed' && order.status !== 'checkoutIntended') || !order.checkout) return { purpose: 'open', decide: () => [] };
    const { placed, checkout } = order;
    if (!person) throw refuse('PERSON_UNKNOWN', 404);
    const session = await this.stripe.tryToOpenCheckout({
      orderId: placed.orderId,
      customerEmail: person.email,
      payment: placed.payment,
      priceId: placed.priceId,
      expiresAt: checkout.expiresAt,
      idempotencyKey: checkout.idempotencyKey,
    });
    if (!session) return { purpose: 'end', decide: endUnpaidOrder({ reason: 'checkoutRefused', at: this.clock.iso() }) };
    const decide = recordCheckoutOpened({ sessionId: session.sessionId, at: this.clock.iso() });
    return { purpose: `open checkout ${checkout.attempt}`, decide, checkoutUrl: session.url };
  }

  /**
   * Only Stripe's word ends a checkout. A completed one is booked from Stripe's answer, because its webhook may never come; money on its way
   * is waited for until Stripe says that it did not arrive.
   */
  private async settle(order: Order, sessionId: string): Promise<Performed> {
    if (order.status !== 'awaitingPayment') return { purpose: 'settle' };
    const { orderId } = order.placed;
    const session = await this.stripe.expireCheckout(sessionId);
    if (session.status === 'expired')
      return { purpose: `expired ${sessionId}`, decide: recordCheckoutExpired({ sessionId, at: this.clock.iso() }) };
    if (session.status !== 'complete') return { purpose: 'settle' };
    await this.commands.execute(new BookCheckout({ orderId, session }, (purpose) => stepOf(orderId, purpose, ACTOR)));
    if (session.payment_status !== 'unpaid') return { purpose: 'settle' };
    // The first invoice of a subscription may be paid after its checkout failed; a payment once is over.
    const over = session.mode === 'payment' && (await this.queries.execute(new HasPaymentFailed(orderId, sessionId)));
    if (!over) return { purpose: 'settle', againMs: ASK_FOR_MONEY_AGAIN_MS };
    return { purpose: `failed ${sessionId}`, decide: endUnpaidOrder({ reason: 'paymentFailed', at: this.clock.iso() }) };
  }
}

interface Performed {
  readonly purpose: string;
  /** When to look again where there is nothing to record yet; default 30,000 ms. */
  readonly againMs?: number;
  /** Absent: nothing to record yet. */
  readonly decide?: (order: Order) => Decision<OrderEvent>;
  readonly checkoutUrl?: string | null;
  readonly hold?: Hold;
  /** What went wrong beside what is recorded. */
  readonly failed?: Error;
}

const holdOf = (order: Exclude<Order, { status: 'none' | 'placed' | 'ended' }>): Hold => ('paid' in order ? order.paid.hold : order.hold);
