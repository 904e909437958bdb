/** Sends one message: look up what it says and to whom, claim, send, record. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Catalog } from '../catalog/catalog.js';
import { DetailChangeStore } from '../customers/identity/detail-change.store.js';
import { IdentityStore } from '../customers/identity/identity.store.js';
import { IsDeliveryAwaited, OrderFacts } from '../orders/order.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import { dashboardUrl } from '../platform/config/derived.js';
import { Settings } from '../platform/config/settings.js';
import type { Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { Refusal } from '../platform/refusal.js';
import { Mailer, type Mail } from './mailer.js';
import { emailChangedMessage, messageOf } from './messages.js';
import {
  attemptAt,
  claimNotification,
  dropNotification,
  notificationDecider,
  recordFailed,
  recordSent,
  threadOf,
  type Notification,
} from './notification.decider.js';
import type { DropReason, NotificationEvent, NotificationIntended, OrderNotice } from './notification.events.js';

const ACTOR: Actor = { kind: 'saga', id: 'notifications' };
/** Longer than an attempt may take, so that nobody repeats one that still runs. */
const CALL_DEADLINE_MS = 60_000;
/** News that nobody could be told for so long would only confuse; a log that is read anew tells nobody anything. */
const NEWS_FOR_MS = 3 * 86_400_000;

type Known = Exclude<Notification, { status: 'none' }>;

@Injectable()
export class NotificationRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly people: IdentityStore,
    private readonly changes: DetailChangeStore,
    private readonly catalog: Catalog,
    private readonly mailer: Mailer,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Does what is due; answers when to look again, null when nothing is left. */
  async run(notificationId: string): Promise<Date | null> {
    const { state } = await this.streams.load(notificationDecider, notificationId);
    const from = attemptAt(state);
    if (from === null || state.status === 'none') return null;
    if (this.clock.iso() < from) return new Date(from);
    const mail = await this.mailOf(state.intended);
    if (typeof mail === 'string') return this.record(state, dropNotification({ reason: mail, at: this.clock.iso() }));
    const callDeadlineAt = new Date(this.clock.now().getTime() + CALL_DEADLINE_MS).toISOString();
    if (!(await this.claim(state, callDeadlineAt))) return new Date(callDeadlineAt);
    const outcome = await this.mailer.send(mail);
    const at = this.clock.iso();
    return this.record(state, outcome.ok ? recordSent({ at }) : recordFailed({ ...outcome, at }));
  }

  /** The mail, or why there is none to send. */
  private async mailOf(intended: NotificationIntended['data']): Promise<Mail | DropReason> {
    const { orderId, customerId, notice, happenedAt, dueAt } = intended;
    const newsFrom = Math.max(Date.parse(happenedAt), Date.parse(dueAt));
    if (this.clock.now().getTime() - newsFrom > NEWS_FOR_MS) return 'tooOld';
    if (notice.kind === 'emailChanged') return this.toOldAddress(intended, { customerId, changeId: notice.changeId });
    return orderId === null ? 'personUnknown' : this.ofOrder(intended, { orderId, notice });
  }

  private async toOldAddress(
    { notificationId, happenedAt }: NotificationIntended['data'],
    { customerId, changeId }: { customerId: string | undefined; changeId: string },
  ): Promise<Mail | DropReason> {
    if (!this.mailer.isConfigured) return 'noMailServer';
    const person = customerId === undefined ? undefined : await this.people.personOf(customerId);
    const address = await this.changes.previousEmail(changeId);
    if (!person || address === undefined) return 'personUnknown';
    const words = emailChangedMessage({ name: person.name, at: happenedAt, accountUrl: `${dashboardUrl(this.settings)}/account` });
    return { id: notificationId, to: { name: person.name, address }, ...words };
  }

  private async ofOrder(
    { notificationId }: NotificationIntended['data'],
    { orderId, notice }: { orderId: string; notice: OrderNotice },
  ): Promise<Mail | DropReason> {
    if (notice.kind === 'late' && !(await this.queries.execute(new IsDeliveryAwaited(orderId)))) return 'noLongerTrue';
    if (!this.mailer.isConfigured) return 'noMailServer';
    const order = await this.queries.execute(new OrderFacts(orderId));
    const person = order && (await this.people.personOf(order.customerId));
    if (!person) return 'personUnknown';
    const sold = this.catalog.plan(order.planId);
    const words = messageOf(notice, {
      name: person.name,
      product: sold?.plan.name ?? order.planId,
      orderId,
      orderUrl: `${dashboardUrl(this.settings)}/orders/${orderId}`,
      panelUrl: this.settings.PANEL_URL.replace(/\/+$/, ''),
    });
    return { id: notificationId, to: { name: person.name, address: person.email }, ...words };
  }

  /** False when somebody else was faster. */
  private async claim(known: Known, callDeadlineAt: string): Promise<boolean> {
    try {
      await this.record(known, claimNotification({ at: this.clock.iso(), callDeadlineAt }));
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'NOTIFICATION_NOT_DUE') return false;
      throw error;
    }
  }

  private async record({ intended }: Known, decide: (notification: Notification) => Decision<NotificationEvent>): Promise<Date | null> {
    const target = { decider: notificationDecider, id: intended.notificationId };
    const { state } = await this.streams.execute(target, claimOf(threadOf(intended), ACTOR), decide);
    const again = attemptAt(state);
    return again === null ? null : new Date(again);
  }
}
