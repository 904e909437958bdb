/** Carries out what is told to an order about its change of plan. */
import { CommandHandler, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../platform/clock.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { ContinuePlanChange, FailPlanChange, RecordPlanChanged, SizeOfOrder, type OrderSize } from './order.commands.js';
import { orderDecider } from './order.decider.js';
import { failPlanChange, recordPlanChanged } from './plan-change.decider.js';
import { PlanChangeRunner } from './plan-change.runner.js';

const target = (orderId: string) => ({ decider: orderDecider, id: orderId });

@CommandHandler(ContinuePlanChange)
export class ContinuePlanChangeHandler implements ICommandHandler<ContinuePlanChange> {
  constructor(private readonly runner: PlanChangeRunner) {}

  async execute({ orderId }: ContinuePlanChange): Promise<void> {
    await this.runner.walk(orderId);
  }
}

@CommandHandler(RecordPlanChanged)
export class RecordPlanChangedHandler implements ICommandHandler<RecordPlanChanged> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { orderId, changeId }, context }: RecordPlanChanged): Promise<Written> {
    return this.streams.execute(target(orderId), context, recordPlanChanged({ changeId, at: this.clock.iso() }));
  }
}

@CommandHandler(FailPlanChange)
export class FailPlanChangeHandler implements ICommandHandler<FailPlanChange> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data: { orderId, changeId, code }, context }: FailPlanChange): Promise<Written> {
    return this.streams.execute(target(orderId), context, failPlanChange({ changeId, code, at: this.clock.iso() }));
  }
}

@QueryHandler(SizeOfOrder)
export class SizeOfOrderHandler implements IQueryHandler<SizeOfOrder> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: SizeOfOrder): Promise<OrderSize | null> {
    const { state } = await this.streams.load(orderDecider, orderId);
    if (!('paid' in state)) return null;
    const { memoryMib, diskMib } = state.placed.resources;
    return { nodeId: state.paid.hold.nodeId, memoryMib, diskMib };
  }
}

export const planChangeHandlers = [
  PlanChangeRunner,
  ContinuePlanChangeHandler,
  RecordPlanChangedHandler,
  FailPlanChangeHandler,
  SizeOfOrderHandler,
];
