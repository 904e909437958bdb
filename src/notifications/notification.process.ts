/** From facts to messages: each fact that customers are told of becomes one notification, however often it is met. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Catalog } from '../catalog/catalog.js';
import type { LedgerEvent } from '../ledger.events.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import { derivedId } from '../platform/ids.js';
import type { Reactor } from '../platform/reactor.js';
import { noticeOf } from './notices.saga.js';
import { IntendNotification } from './notification.commands.js';

const MINUTE_MS = 60_000;
/** What customers are promised; slower games have their own time. */
const PROMISE_MINUTES = 5;

@Injectable()
export class NotificationProcess implements Reactor {
  readonly name = 'notifier';
  readonly prefixes = ['order-', 'payment-', 'customer-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly catalog: Catalog,
  ) {}

  /** The order, whose streams share its id, or the customer. */
  readonly key = (event: Recorded): string => event.stream.slice(event.stream.indexOf('-') + 1);

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const told = noticeOf(recorded as Recorded<LedgerEvent>, (gameId) => this.promiseMs(gameId));
    if (!told) return;
    const { notice, dueAt = recorded.metadata.occurredAt } = told;
    const whose = notice.kind === 'emailChanged' ? { orderId: null, customerId: this.key(recorded) } : { orderId: this.key(recorded) };
    const about = { notificationId: derivedId('notification', recorded.id, notice.kind), ...whose };
    const data = { ...about, notice, happenedAt: recorded.metadata.occurredAt, dueAt };
    await this.commands.execute(new IntendNotification(data, causedBy(recorded, `tell ${notice.kind}`)));
  };

  private promiseMs(gameId: string): number {
    return Math.max(this.catalog.game(gameId)?.install.longestMinutes ?? 0, PROMISE_MINUTES) * MINUTE_MS;
  }
}
