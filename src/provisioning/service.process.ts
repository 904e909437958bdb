/** From money and time to the server of a paid order: which fact asks whom to look again, and what the server is to be. Told twice, each is silence. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { LedgerEvent } from '../ledger.events.js';
import { LeaveRoom } from '../nodes/node.commands.js';
import { ContinueService, RecordMove, RecordServiceEnded } from '../orders/order.commands.js';
import { ContinueStripeCalls } from '../payments/payment.commands.js';
import { causedBy } from '../platform/commands.js';
import type { Recorded } from '../platform/event.js';
import type { Reactor } from '../platform/reactor.js';
import { SetServerState } from './provisioning.commands.js';
import { DriftReconciler } from './drift-reconciler.js';
import { ServerNames } from './server-names.js';
import { StrayServers } from './stray-servers.js';

type State = SetServerState['wish']['want'];

/** Facts of the order itself after which its money is judged anew: it may have come before the order could take it. */
const JUDGED_AFTER: readonly LedgerEvent['type'][] = ['OrderPaid', 'OrderDelivered', 'OrderEnding'];
/** A call only announces itself; what came of it is money again. */
const UNDER_WAY: readonly LedgerEvent['type'][] = ['StripeCallIntended', 'StripeCallStarted', 'StripeCallFailed'];

@Injectable()
export class ServiceProcess implements Reactor {
  readonly name = 'service';
  readonly prefixes = ['payment-', 'order-', 'provisioning-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly strays: StrayServers,
    private readonly drift: DriftReconciler,
    private readonly names: ServerNames,
  ) {}

  /** The order: its streams share its id. */
  readonly key = (event: Recorded): string => event.stream.slice(event.stream.indexOf('-') + 1);

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as Recorded<LedgerEvent>;
    const orderId = this.key(event);
    if (event.type === 'StripeCallIntended') await this.commands.execute(new ContinueStripeCalls(orderId));
    const isMoney = event.stream.startsWith('payment-') && !UNDER_WAY.includes(event.type);
    if (isMoney || JUDGED_AFTER.includes(event.type)) await this.commands.execute(new ContinueService(orderId));
    await this.bringServer(event);
    await this.askPanel(event);
    await this.moveRoom(event);
    if (event.type === 'ServerDeleted') await this.commands.execute(new RecordServiceEnded(orderId, causedBy(event, 'end')));
  };

  /** What people want of the panel at once. */
  private async askPanel(event: Recorded<LedgerEvent>): Promise<void> {
    if (event.type === 'ServerRepairRequested' && event.data.kind === 'unexpected')
      await this.strays.remove({ ...event, data: event.data });
    if (event.type === 'ServerSyncRequested') await this.drift.sync(event);
    if (event.type === 'ServerRenameRequested') await this.names.rename(event);
  }

  /** The order learns where its server stands from now on before the room it had is given to others. */
  private async moveRoom(event: Recorded<LedgerEvent>): Promise<void> {
    if (event.type === 'ServerRemoved') {
      const { orderId, moveId, from, to } = event.data;
      await this.commands.execute(new RecordMove({ orderId, moveId, hold: to }, causedBy(event, 'move')));
      await this.commands.execute(new LeaveRoom({ orderId, hold: from, stays: to, reason: 'moved' }, causedBy(event, 'leave')));
    }
    if (event.type === 'ServerMoveGivenUp' && event.data.hold) {
      const { orderId, hold, stays } = event.data;
      await this.commands.execute(new LeaveRoom({ orderId, hold, stays, reason: 'notMoved' }, causedBy(event, 'leave')));
    }
  }

  private async bringServer(event: Recorded<LedgerEvent>): Promise<void> {
    const wish = wishOf(event);
    if (!wish) return;
    const orderId = this.key(event);
    await this.commands.execute(new SetServerState({ orderId, ...wish }, causedBy(event, 'want')));
  }
}

/** What the order wants of its server from this fact on; undefined: what it wanted before. */
const wishOf = (event: Recorded<LedgerEvent>): { want: State; reason: string } | undefined => {
  if (event.type === 'OrderSuspended') return { want: 'suspended', reason: event.data.reason };
  if (event.type === 'OrderResumed' && event.data.runsAgain) return { want: 'running', reason: event.data.reason };
  return event.type === 'OrderBillingEnded' ? { want: 'gone', reason: 'serviceEnded' } : undefined;
};
