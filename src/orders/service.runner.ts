/** Brings a paid order to where money and time say it is: one fact after the other, until there is nothing to say. May be walked by two at once. */
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { CloseWaysToPay, EndBilling } from '../payments/payment.commands.js';
import { MoneyOfOrderQuery } from '../payments/payment.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { AskForMoney } from '../stripe/stripe.commands.js';
import { orderDecider, type Order } from './order.decider.js';
import { continueService } from './order-service.decider.js';
import {
  closesFirst,
  isPayable,
  nextLookAt,
  wantsAsking,
  type Circumstances,
  type MoneyOfOrder,
  type Served,
  type ServiceRules,
} from './service.saga.js';

export const SERVICE_RULES = Symbol('ServiceRules');

const ACTOR: Actor = { kind: 'saga', id: 'service' };
/** Each step records a fact or asks Stripe once; an order that was left alone for long may have a payment for every month of it to judge. */
const STEPS_MAX = 100;
/** What comes of closing is told at once; this is for when it is not. */
const CLOSING_LOOK_MS = 10_000;

const servedOf = (order: Order): Served | null => (order.status === 'paid' || order.status === 'delivered' ? order : null);

@Injectable()
export class ServiceRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
    @Inject(SERVICE_RULES) private readonly rules: ServiceRules,
  ) {}

  /** Records what is to be said of one order now; answers when time alone will give it more to say, null: never. */
  async run(orderId: string): Promise<Date | null> {
    let { state: order } = await this.streams.load(orderDecider, orderId);
    let processing: boolean | undefined;
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const money = await this.queries.execute(new MoneyOfOrderQuery(orderId));
      const circumstances = { money, rules: this.rules, processing, at: this.clock.iso() };
      if (this.mustAsk(order, circumstances)) {
        ({ processing } = await this.commands.execute(new AskForMoney(orderId)));
        continue;
      }
      const said = await this.say(orderId, circumstances);
      order = said.order;
      if (!said.more) return this.settle(order, circumstances);
    }
    return this.clock.now();
  }

  private mustAsk(order: Order, circumstances: Circumstances): boolean {
    const served = servedOf(order);
    return served !== null && wantsAsking(served, circumstances);
  }

  /** With a fresh command id each time: of two runners at one revision one wins, and the other decides anew on what it finds. */
  private async say(orderId: string, circumstances: Circumstances): Promise<{ order: Order; more: boolean }> {
    const target = { decider: orderDecider, id: orderId };
    const { state, events } = await this.streams.execute(target, claimOf(orderId, ACTOR), continueService(circumstances));
    return { order: state, more: events.length > 0 };
  }

  private async settle(order: Order, circumstances: Circumstances): Promise<Date | null> {
    const served = servedOf(order);
    if (!served) return this.finish(order, circumstances.money);
    const reason = closesFirst(served, circumstances);
    if (!reason) return dateOf(nextLookAt(served, this.rules, this.clock.iso()));
    const { deleteAt } = served.service;
    const subscriptionId = circumstances.money.subscription?.subscriptionId;
    const invoiced = reason === 'unpaid' && deleteAt !== null && subscriptionId !== undefined;
    await this.close(served.placed.orderId, { subscription: invoiced ? { subscriptionId, endsAt: deleteAt } : null, reason });
    return new Date(this.clock.now().getTime() + CLOSING_LOOK_MS);
  }

  /** Nothing is left to be collected for a service that is over. */
  private async finish(order: Order, money: MoneyOfOrder): Promise<null> {
    if (order.status !== 'ending' && order.status !== 'ended') return null;
    const { orderId } = order.placed;
    if (order.status === 'ending' && !order.billingEnded) {
      // A subscription may have been linked only after the end was decided.
      const subscriptionId = order.ending.subscriptionId ?? money.subscription?.subscriptionId ?? null;
      await this.commands.execute(new EndBilling({ orderId, subscriptionId, reason: order.ending.reason }, claimOf(orderId, ACTOR)));
    } else if (isPayable(money)) {
      // Somebody was about to open a checkout when it ended.
      await this.close(orderId, { subscription: null, reason: 'ended' });
    }
    return null;
  }

  private async close(orderId: string, wish: Omit<CloseWaysToPay['data'], 'orderId'>): Promise<void> {
    await this.commands.execute(new CloseWaysToPay({ orderId, ...wish }, claimOf(orderId, ACTOR)));
  }
}

const dateOf = (iso: string | null): Date | null => (iso === null ? null : new Date(iso));
