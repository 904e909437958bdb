/** Carries out what is asked of the notification- streams. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../platform/clock.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { ContinueNotification, IntendNotification, RetryNotification } from './notification.commands.js';
import { intendNotification, notificationDecider, retryNotification, threadOf } from './notification.decider.js';
import { NotificationRunner } from './notification.runner.js';

const target = (id: string) => ({ decider: notificationDecider, id });

@CommandHandler(IntendNotification)
export class IntendNotificationHandler implements ICommandHandler<IntendNotification> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ data, context }: IntendNotification): Promise<Written> {
    return this.streams.execute(target(data.notificationId), context, intendNotification({ ...data, intendedAt: this.clock.iso() }));
  }
}

@CommandHandler(RetryNotification)
export class RetryNotificationHandler implements ICommandHandler<RetryNotification> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ notificationId, context }: RetryNotification): Promise<Written> {
    const { state } = await this.streams.load(notificationDecider, notificationId);
    const correlationId = state.status === 'none' ? notificationId : threadOf(state.intended);
    const asked = { ...context, correlationId };
    return this.streams.execute(target(notificationId), asked, retryNotification({ at: this.clock.iso() }));
  }
}

@CommandHandler(ContinueNotification)
export class ContinueNotificationHandler implements ICommandHandler<ContinueNotification> {
  constructor(private readonly runner: NotificationRunner) {}

  async execute({ notificationId }: ContinueNotification): Promise<Date | null> {
    return this.runner.run(notificationId);
  }
}

export const notificationHandlers = [NotificationRunner, IntendNotificationHandler, RetryNotificationHandler, ContinueNotificationHandler];
