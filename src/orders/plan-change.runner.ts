/** Walks a change of plan from the customer's yes to the resize: each step asks another stream, and may be asked twice. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ExtendRoom } from '../nodes/node.commands.js';
import { ContinueStripeCalls, IntendStripeCall } from '../payments/payment.commands.js';
import { MoneyOfOrderQuery } from '../payments/payment.queries.js';
import type { StripeCall } from '../payments/stripe-call.events.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { Refusal } from '../platform/refusal.js';
import { SetServerSize } from '../provisioning/provisioning.commands.js';
import { ContinueService } from './order.commands.js';
import { orderDecider, type Order } from './order.decider.js';
import type { OrderEvent } from './order.events.js';
import { failPlanChange, recordPlanRoom } from './plan-change.decider.js';
import { nextPlanStep, type PlanStep } from './plan-change.saga.js';
import type { PlanChange } from './service.decider.js';

const ACTOR: Actor = { kind: 'saga', id: 'plan-change' };
/** Room, Stripe's call and its judgement, and the resize; each once more for a walker that finds another at work. */
const STEPS_MAX = 8;

type Delivered = Extract<Order, { status: 'delivered' }>;

@Injectable()
export class PlanChangeRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  /** As far as it goes now; what comes of it is an event that asks again. */
  async walk(orderId: string): Promise<Order> {
    let last: PlanStep['do'] | undefined;
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const { state: order } = await this.streams.load(orderDecider, orderId);
      const change = order.status === 'delivered' ? order.service.change : null;
      if (order.status !== 'delivered' || !change) return order;
      const step = nextPlanStep(change, await this.queries.execute(new MoneyOfOrderQuery(orderId)));
      if (step.do === 'nothing' || step.do === last) return order;
      last = step.do;
      await this.perform(step.do, order, change);
    }
    return (await this.streams.load(orderDecider, orderId)).state;
  }

  private async perform(step: Exclude<PlanStep['do'], 'nothing'>, order: Delivered, change: PlanChange): Promise<void> {
    switch (step) {
      case 'holdRoom':
        return this.holdRoom(order, change);
      case 'changeAtStripe':
        return this.intend(order, change, callOf(change));
      case 'dropAtStripe':
        return this.intend(order, change, dropOf(change));
      case 'awaitStripe':
      case 'awaitPayment':
        return this.askStripe(order.placed.orderId);
      case 'resize':
        return this.resize(order, change);
    }
  }

  /** Where there is none the customer is told no, and nothing was taken. */
  private async holdRoom(order: Delivered, { quote }: PlanChange): Promise<void> {
    const { orderId, changeId, resources } = quote;
    const { memoryMib, diskMib } = resources;
    const room = { nodeId: order.paid.hold.nodeId, orderId, changeId, memoryMib, diskMib };
    try {
      await this.commands.execute(new ExtendRoom(room, claimOf(orderId, ACTOR)));
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 503) throw error;
      const code = error.code === 'NODE_FULL' ? 'NO_CAPACITY' : error.code;
      return this.record(orderId, failPlanChange({ changeId, code, at: this.clock.iso() }));
    }
    return this.record(orderId, recordPlanRoom({ changeId, at: this.clock.iso() }));
  }

  private async intend({ placed: { orderId } }: Delivered, { quote: { changeId } }: PlanChange, call: StripeCall | null): Promise<void> {
    if (!call) return;
    const data = { orderId, callId: derivedId('plan-change', changeId, call.do), call, reason: 'planChange', noteId: null };
    await this.commands.execute(new IntendStripeCall(data, claimOf(orderId, ACTOR)));
    await this.askStripe(orderId);
  }

  /** The order judges what Stripe has answered. */
  private async askStripe(orderId: string): Promise<void> {
    await this.commands.execute(new ContinueStripeCalls(orderId));
    await this.commands.execute(new ContinueService(orderId));
  }

  private async resize({ placed: { orderId }, paid }: Delivered, { quote, nodeId }: PlanChange): Promise<void> {
    const { changeId, toPlanId: planId, resources } = quote;
    const wish = { orderId, changeId, planId, resources, nodeId: nodeId ?? paid.hold.nodeId };
    await this.commands.execute(new SetServerSize(wish, claimOf(orderId, ACTOR)));
  }

  private async record(orderId: string, decide: (order: Order) => Decision<OrderEvent>): Promise<void> {
    await this.streams.execute({ decider: orderDecider, id: orderId }, claimOf(orderId, ACTOR), decide);
  }
}

/** What was quoted, from the second it was quoted for. */
const callOf = ({ quote: { changeId, priceId, inputs } }: PlanChange): StripeCall | null => {
  const { subscriptionId, itemId, prorationDate } = inputs;
  if (subscriptionId === null || itemId === null) return null;
  return { do: 'changePlan', changeId, subscriptionId, itemId, priceId, prorationDate };
};

const dropOf = ({ quote: { changeId, inputs } }: PlanChange): StripeCall | null =>
  inputs.subscriptionId === null ? null : { do: 'dropChange', changeId, subscriptionId: inputs.subscriptionId };
