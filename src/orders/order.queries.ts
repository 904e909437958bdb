/** Questions about an order that must be answered from its stream, because a read model may lag. */
import { Query, QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { MoneyOfOrderQuery } from '../payments/payment.queries.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { orderDecider } from './order.decider.js';
import type { Hold, OrderEvent, Term } from './order.events.js';
import type { OrderServiceCredited } from './service.events.js';

/** What payment events carry of their order. */
export interface FactsOfOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly planId: string;
  readonly region: string;
  readonly term: Term;
}

/** Undefined when there is no such order. */
export class OrderFacts extends Query<FactsOfOrder | undefined> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(OrderFacts)
export class OrderFactsHandler implements IQueryHandler<OrderFacts> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: OrderFacts): Promise<FactsOfOrder | undefined> {
    const { state } = await this.streams.load(orderDecider, orderId);
    if (state.status === 'none') return undefined;
    const { customerId, planId, region, term } = state.placed;
    return { orderId, customerId, planId, region, term };
  }
}

/** The room that a paid order lives in; null for one that is not paid. */
export class RoomOfPaidOrder extends Query<Hold | null> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(RoomOfPaidOrder)
export class RoomOfPaidOrderHandler implements IQueryHandler<RoomOfPaidOrder> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: RoomOfPaidOrder): Promise<Hold | null> {
    const { state } = await this.streams.load(orderDecider, orderId);
    return 'paid' in state ? state.paid.hold : null;
  }
}

/** Whether a change of plan that the customer wants is neither done nor given up. */
export class IsPlanChanging extends Query<boolean> {
  constructor(readonly orderId: string) {
    super();
  }
}

const PLAN_CHANGING: readonly string[] = ['confirmed', 'requested', 'paid'];

@QueryHandler(IsPlanChanging)
export class IsPlanChangingHandler implements IQueryHandler<IsPlanChanging> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: IsPlanChanging): Promise<boolean> {
    const { state } = await this.streams.load(orderDecider, orderId);
    return state.status === 'delivered' && PLAN_CHANGING.includes(state.service.change?.stage ?? '');
  }
}

/** Whether an order is paid and its server not ready yet. */
export class IsDeliveryAwaited extends Query<boolean> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(IsDeliveryAwaited)
export class IsDeliveryAwaitedHandler implements IQueryHandler<IsDeliveryAwaited> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: IsDeliveryAwaited): Promise<boolean> {
    const { state } = await this.streams.load(orderDecider, orderId);
    return state.status === 'paid';
  }
}

/** Whether an order's server may be deleted now: its service ends, nothing more is collected for it, and it has judged all money that came. */
export class MayServerGo extends Query<boolean> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(MayServerGo)
export class MayServerGoHandler implements IQueryHandler<MayServerGo> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
  ) {}

  /** Money is read before the order: what comes in between is judged by an order that ends already. */
  async execute({ orderId }: MayServerGo): Promise<boolean> {
    const { payments } = await this.queries.execute(new MoneyOfOrderQuery(orderId));
    const { state } = await this.streams.load(orderDecider, orderId);
    if (state.status !== 'ending' || !state.billingEnded) return false;
    return payments.every(({ paymentId }) => state.seenPayments.includes(paymentId));
  }
}

/** What the customer of an order is owed for time in which it was not served, oldest first. */
export class CreditsOfOrder extends Query<readonly OrderServiceCredited['data'][]> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(CreditsOfOrder)
export class CreditsOfOrderHandler implements IQueryHandler<CreditsOfOrder> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: CreditsOfOrder): Promise<readonly OrderServiceCredited['data'][]> {
    const events = await this.streams.events<OrderEvent>(`${orderDecider.category}-${orderId}`);
    return events.flatMap((event) => (event.type === 'OrderServiceCredited' ? [event.data] : []));
  }
}
