/** From one stream to the next in a change of plan: which fact asks whom to go on. Told twice, each is silence. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { LedgerEvent } from '../ledger.events.js';
import { SettleRoom } from '../nodes/node.commands.js';
import { IntendStripeCall } from '../payments/payment.commands.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import { derivedId } from '../platform/ids.js';
import type { Reactor } from '../platform/reactor.js';
import { ContinuePlanChange, FailPlanChange, RecordPlanChanged, SizeOfOrder } from './order.commands.js';

type EventOf<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;

/** Facts after which there may be a next step; of a call that failed for now the runner of due work keeps count. */
const GOES_ON_AFTER: readonly LedgerEvent['type'][] = [
  ...(['OrderPlanChangeConfirmed', 'OrderPlanChangeRequested', 'OrderPlanChangePaid'] as const),
  ...(['InvoicePaymentFailed', 'StripeCallSettled', 'SubscriptionChanged'] as const),
];

@Injectable()
export class PlanChangeProcess implements Reactor {
  readonly name = 'plan-change';
  readonly prefixes = ['payment-', 'order-', 'provisioning-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** The order: its streams share its id. */
  readonly key = (event: Recorded): string => event.stream.slice(event.stream.indexOf('-') + 1);

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as Recorded<LedgerEvent>;
    if (GOES_ON_AFTER.includes(event.type)) await this.commands.execute(new ContinuePlanChange(this.key(event)));
    if (event.type === 'ServerResized') await this.commands.execute(new RecordPlanChanged(event.data, causedBy(event, 'plan changed')));
    if (event.type === 'ServerResizeGivenUp')
      await this.commands.execute(new FailPlanChange(event.data, causedBy(event, 'plan not changed')));
    if (event.type === 'OrderPlanChangeFailed') await this.undo(event);
    if (event.type === 'OrderPlanChanged' || event.type === 'OrderPlanChangeFailed') await this.settleRoom(event);
  };

  /** From now on the node counts the plan that the order has; the panel has confirmed that its server is no larger. */
  private async settleRoom(event: EventOf<'OrderPlanChanged' | 'OrderPlanChangeFailed'>): Promise<void> {
    const { orderId, changeId } = event.data;
    const room = await this.queries.execute(new SizeOfOrder(orderId));
    if (room) await this.commands.execute(new SettleRoom({ ...room, orderId, changeId }, causedBy(event, 'settle room')));
  }

  /** The old plan at Stripe again, prorated from the same second, so that what was taken becomes credit and what was credited is taken. */
  private async undo(event: EventOf<'OrderPlanChangeFailed'>): Promise<void> {
    const { orderId, changeId, undo } = event.data;
    if (!undo) return;
    const call = { do: 'changePlan', changeId, ...undo } as const;
    const data = { orderId, callId: derivedId('plan-change', changeId, 'undo'), call, reason: 'planChangeFailed', noteId: null };
    await this.commands.execute(new IntendStripeCall(data, causedBy(event, 'undo')));
  }
}
