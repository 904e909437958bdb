/** What follows when money without an order is assigned or to be given back; with automatic refunds, also that it is given back at all. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { LedgerEvent } from '../ledger.events.js';
import { OrderFacts } from '../orders/order.queries.js';
import { Clock } from '../platform/clock.js';
import { causedBy, claimOf } from '../platform/commands.js';
import { Settings } from '../platform/config/settings.js';
import type { Decision } from '../platform/decider.js';
import type { Recorded } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { NotYet, type Reactor } from '../platform/reactor.js';
import { Refusal } from '../platform/refusal.js';
import { AskForMoney } from '../stripe/stripe.commands.js';
import { StripeCalls } from '../stripe/stripe-calls.js';
import { NOT_TAKEN } from './own-subscription.decider.js';
import { IntendStripeCall, RecordFacts } from './payment.commands.js';
import { MoneyOfOrderQuery } from './payment.queries.js';
import { RefundUnmatchedMoney } from './unmatched-money.commands.js';
import {
  claimUnmatchedRefund,
  failUnmatchedRefund,
  settleUnmatchedRefund,
  unmatchedMoneyDecider,
  type UnmatchedMoney,
} from './unmatched-money.decider.js';
import type { UnmatchedMoneyAssigned, UnmatchedMoneyEvent } from './unmatched-money.events.js';

const ACTOR = { kind: 'saga', id: 'unmatched-money' } as const;
/** Longer than the requests of one attempt may take together. */
const CALL_DEADLINE_MS = 120_000;

type EventOf<T extends LedgerEvent['type']> = Recorded<Extract<LedgerEvent, { type: T }>>;

@Injectable()
export class UnmatchedMoneyProcess implements Reactor {
  readonly name = 'unmatched-money';
  readonly prefixes = ['unmatchedMoney-', 'order-'];

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly streams: StreamRepository,
    private readonly stripe: StripeCalls,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  readonly key = (event: Recorded): string => event.stream;

  readonly handle = async (recorded: Recorded): Promise<void> => {
    const event = recorded as Recorded<LedgerEvent>;
    const isAutomatic = this.settings.REFUND_UNMATCHED === 'auto';
    if (event.type === 'UnmatchedMoneyAssigned') await this.tellOrder(event);
    if (event.type === 'UnmatchedMoneyRefundIntended') await this.refund(event.data.objectId);
    if (event.type === 'UnmatchedMoneyReceived' && isAutomatic) {
      const wish = { objectId: event.data.objectId, reason: 'automatic' };
      await this.commands.execute(new RefundUnmatchedMoney(wish, causedBy(event, 'refund', ACTOR)));
    }
    if (event.type === 'OrderPaymentNotAccepted') await this.endSubscription(event);
    if (event.type === 'OrderPaymentNotAccepted' && isAutomatic) await this.giveBack(event);
  };

  /** A subscription whose first payment the order did not take would charge again, for nothing; that of a later one is the order's own. */
  private async endSubscription(event: EventOf<'OrderPaymentNotAccepted'>): Promise<void> {
    const { orderId, paymentId } = event.data;
    const { payments } = await this.queries.execute(new MoneyOfOrderQuery(orderId));
    const refused = payments.find((payment) => payment.paymentId === paymentId);
    if (refused?.kind !== 'initial' || refused.subscriptionId === null) return;
    const { subscriptionId } = refused;
    const callId = derivedId('end-not-accepted', orderId, subscriptionId);
    const data = { orderId, callId, call: { do: 'endBilling', subscriptionId }, reason: NOT_TAKEN, noteId: null } as const;
    await this.commands.execute(new IntendStripeCall(data, causedBy(event, 'end subscription', ACTOR)));
  }

  private async tellOrder(event: Recorded<UnmatchedMoneyAssigned>): Promise<void> {
    const { orderId, payment } = event.data;
    const about = await this.queries.execute(new OrderFacts(orderId));
    if (!about) throw new NotYet(`there is no order ${orderId}`);
    const context = { ...causedBy(event, 'assigned', ACTOR), correlationId: orderId };
    await this.commands.execute(new RecordFacts(orderId, [{ type: 'PaymentSucceeded', data: { ...about, ...payment } }], context));
    // What went back or was disputed before belongs to the order's money from now on.
    await this.commands.execute(new AskForMoney(orderId));
  }

  /** The same wish as an operator's: whoever makes our calls makes this one. */
  private async giveBack(event: EventOf<'OrderPaymentNotAccepted'>): Promise<void> {
    const { orderId, paymentId, amount, reason } = event.data;
    if (amount.amountMinor <= 0) return;
    const callId = derivedId('refund-not-accepted', orderId, paymentId);
    const call = { do: 'refund', paymentId, amount, reason: reason === 'alreadyPaid' ? 'duplicate' : 'requested_by_customer' } as const;
    const data = { orderId, callId, call, reason, noteId: null };
    await this.commands.execute(new IntendStripeCall(data, causedBy(event, 'give back', ACTOR)));
  }

  /** Claim, look, call, record; what has no outcome yet is tried again by whoever runs this reactor. @throws NotYet */
  private async refund(objectId: string): Promise<void> {
    const claimed = await this.claim(objectId);
    if (claimed?.status !== 'refunding') return;
    const { refundKey: callId, idempotencyKey, attempts, callDeadlineAt, amount } = claimed;
    const call = { do: 'refund', paymentId: objectId, amount, reason: 'requested_by_customer' } as const;
    const outcome = await this.stripe.perform({
      ...{ orderId: null, callId, call, idempotencyKey: idempotencyKey ?? callId, lookFirst: attempts > 1 },
      ...{ deadlineAt: callDeadlineAt ?? this.clock.iso(), customerEmail: null },
    });
    const at = this.clock.iso();
    if (outcome.ok === 'done') {
      await this.record(objectId, settleUnmatchedRefund({ refundId: outcome.objectId, status: outcome.status, at }));
      return;
    }
    const final = outcome.ok === 'refused';
    const failure = { attempt: attempts, code: outcome.code, final, keySpent: final || outcome.keySpent, at };
    await this.record(objectId, failUnmatchedRefund(failure));
    if (!final) throw new NotYet(`Stripe has not said whether ${objectId} is refunded: ${outcome.code}`);
  }

  /** Undefined when nothing is to be refunded (any more). @throws NotYet while another attempt may be under way */
  private async claim(objectId: string): Promise<UnmatchedMoney | undefined> {
    const { state } = await this.streams.load(unmatchedMoneyDecider, objectId);
    if (state.status !== 'refunding') return undefined;
    const callDeadlineAt = new Date(this.clock.now().getTime() + CALL_DEADLINE_MS).toISOString();
    try {
      return await this.record(objectId, claimUnmatchedRefund({ at: this.clock.iso(), callDeadlineAt }));
    } catch (error) {
      if (error instanceof Refusal && error.code === 'CALL_NOT_DUE') throw new NotYet('another attempt may be under way');
      throw error;
    }
  }

  private async record(objectId: string, decide: (money: UnmatchedMoney) => Decision<UnmatchedMoneyEvent>): Promise<UnmatchedMoney> {
    return (await this.streams.execute({ decider: unmatchedMoneyDecider, id: objectId }, claimOf(objectId, ACTOR), decide)).state;
  }
}
