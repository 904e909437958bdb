/** Requests to the notification- streams. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { NotificationIntended } from './notification.events.js';

export class IntendNotification extends Command<Written> {
  constructor(
    readonly data: Omit<NotificationIntended['data'], 'intendedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Sends what is due; answers when to look again, null when nothing is left. */
export class ContinueNotification extends Command<Date | null> {
  constructor(readonly notificationId: string) {
    super();
  }
}

/** @throws Refusal NOTIFICATION_UNKNOWN, NOTIFICATION_NOT_FAILED */
export class RetryNotification extends Command<Written> {
  constructor(
    readonly notificationId: string,
    readonly context: Omit<CommandContext, 'correlationId'>,
  ) {
    super();
  }
}
