/** Carries out what is asked of a paid order's service. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../platform/clock.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { ContinueService, RecordMove, RecordServiceEnded } from './order.commands.js';
import { orderDecider, recordMove } from './order.decider.js';
import { recordServiceEnded } from './order-service.decider.js';
import { ServiceRunner } from './service.runner.js';

@CommandHandler(ContinueService)
export class ContinueServiceHandler implements ICommandHandler<ContinueService> {
  constructor(private readonly runner: ServiceRunner) {}

  async execute({ orderId }: ContinueService): Promise<Date | null> {
    return this.runner.run(orderId);
  }
}

@CommandHandler(RecordServiceEnded)
export class RecordServiceEndedHandler implements ICommandHandler<RecordServiceEnded> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ orderId, context }: RecordServiceEnded): Promise<Written> {
    return this.streams.execute({ decider: orderDecider, id: orderId }, context, recordServiceEnded({ at: this.clock.iso() }));
  }
}

@CommandHandler(RecordMove)
export class RecordMoveHandler implements ICommandHandler<RecordMove> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: RecordMove): Promise<Written> {
    const { orderId, moveId, hold } = data;
    return this.streams.execute({ decider: orderDecider, id: orderId }, context, recordMove({ moveId, hold, at: this.clock.iso() }));
  }
}

export const serviceHandlers = [ServiceRunner, ContinueServiceHandler, RecordServiceEndedHandler, RecordMoveHandler];
