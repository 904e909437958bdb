/** From money to server: which fact asks which stream for what. Every command's id follows from the fact, so telling it twice is silence. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { LedgerEvent } from '../ledger.events.js';
import { CommitRoom, LeaveAllRoom, ReleaseRoom } from '../nodes/node.commands.js';
import { AcceptPayment, RecordDelivery } from '../orders/order.commands.js';
import type { UnpaidEndReason } from '../orders/order.events.js';
import { RoomOfPaidOrder } from '../orders/order.queries.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import type { Reactor } from '../platform/reactor.js';
import { StartProvisioning } from './provisioning.commands.js';

/** Ends of orders that nobody paid: late money may bring such an order back, with room of its own. */
const UNPAID_ENDS: readonly string[] = ['noCapacity', 'abandoned', 'checkoutRefused', 'paymentFailed'] satisfies UnpaidEndReason[];

@Injectable()
export class PurchaseProcess implements Reactor {
  readonly name = 'purchase';
  readonly prefixes = ['payment-', 'order-', 'provisioning-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** The order: its streams share its id. */
  readonly key = (event: Recorded): string => event.stream.slice(event.stream.indexOf('-') + 1);

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as Recorded<LedgerEvent>;
    if (event.type === 'PaymentSucceeded' && event.data.kind === 'initial') {
      const { orderId, paymentId, subtotal, total, paidThrough, receivedAt } = event.data;
      await this.commands.execute(
        new AcceptPayment({ orderId, paymentId, subtotal, total, paidThrough, receivedAt }, causedBy(event, 'accept')),
      );
    }
    if (event.type === 'OrderPaid') await this.provision(event);
    if (event.type === 'OrderEnded') await this.giveBack(event);
    if (event.type === 'ServerReady') await this.commands.execute(new RecordDelivery(event.data, causedBy(event, 'deliver')));
  };

  /** Late money may have revived the order with the very room its end named: then the room stays. */
  private async giveBack(event: Recorded<Extract<LedgerEvent, { type: 'OrderEnded' }>>): Promise<void> {
    const { orderId, hold, reason } = event.data;
    if (!hold) return;
    const used = await this.queries.execute(new RoomOfPaidOrder(orderId));
    if (used?.nodeId === hold.nodeId) return;
    await this.commands.execute(new ReleaseRoom({ nodeId: hold.nodeId, orderId, reason }, causedBy(event, 'release')));
    // A move may have kept room elsewhere. An order that was served never comes back.
    if (!UNPAID_ENDS.includes(reason)) await this.commands.execute(new LeaveAllRoom({ orderId, reason }));
  }

  private async provision(event: Recorded<Extract<LedgerEvent, { type: 'OrderPaid' }>>): Promise<void> {
    const { orderId, customerId, panelUserId, planId, gameId, configurationId, resources, hold, paidAt } = event.data;
    await this.commands.execute(new CommitRoom({ nodeId: hold.nodeId, orderId }, causedBy(event, 'commit')));
    const order = { orderId, customerId, panelUserId, planId, gameId, configurationId, resources, hold, paidAt };
    await this.commands.execute(new StartProvisioning(order, causedBy(event, 'provision')));
  }
}
