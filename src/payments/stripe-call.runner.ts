/** Performs what we want of Stripe: claim, look, call, record. No acknowledged claim, no call; what is not recorded is looked for again. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { IdentityStore } from '../customers/identity/identity.store.js';
import { OrderFacts } from '../orders/order.queries.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Decision } from '../platform/decider.js';
import type { Actor } from '../platform/event.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { derivedId } from '../platform/ids.js';
import { Refusal } from '../platform/refusal.js';
import type { CallOutcome } from '../stripe/call-outcome.js';
import { AskForMoney, BookStripeObject } from '../stripe/stripe.commands.js';
import { StripeCalls } from '../stripe/stripe-calls.js';
import { paymentDecider, type Payments } from './payment.decider.js';
import type { PaymentEvent } from './payment.events.js';
import { claimCall, failCall, settleCall, type KnownCall } from './stripe-call.decider.js';
import type { StripeCall } from './stripe-call.events.js';
import { callBackOffMs, nextCallStep } from './stripe-call.saga.js';

type Done = Extract<CallOutcome, { ok: 'done' }>;
/** A checkout that cannot be closed because it is complete, or an invoice that cannot be void because it is paid, has brought money. */
const bringsMoney = (call: StripeCall, status: string | null): boolean =>
  (call.do === 'expireCheckout' && status === 'complete') || ['voidInvoices', 'changePlan', 'dropChange'].includes(call.do);

const ACTOR: Actor = { kind: 'saga', id: 'stripe-calls' };
const STEPS_MAX = 20;
/** Longer than the few requests of one attempt may take together, so that nobody repeats a call that still runs. */
const CALL_DEADLINE_MS = 120_000;

@Injectable()
export class StripeCallRunner {
  constructor(
    private readonly streams: StreamRepository,
    private readonly stripe: StripeCalls,
    private readonly people: IdentityStore,
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  /** Does what is due for one order; answers when to look again, null when nothing is left. */
  async run(orderId: string): Promise<Date | null> {
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const { state } = await this.streams.load(paymentDecider, orderId);
      const step = nextCallStep(state.calls, this.clock.iso());
      if (step.do === 'nothing') return null;
      if (step.do === 'wait') return new Date(step.until);
      const known = state.calls[step.callId];
      if (known) await this.attempt(orderId, { callId: step.callId, lookFirst: step.lookFirst, attempts: known.attempts });
    }
    return this.clock.now();
  }

  private async attempt(orderId: string, wish: { callId: string; lookFirst: boolean; attempts: number }): Promise<void> {
    const { callId, lookFirst, attempts } = wish;
    const claimed = await this.claim(orderId, callId, attempts);
    if (claimed?.status !== 'calling') return;
    const customerEmail = claimed.call.do === 'openCheckout' ? await this.emailOf(orderId) : null;
    const { call, idempotencyKey, callDeadlineAt: deadlineAt } = claimed;
    const outcome = await this.stripe.perform({ orderId, callId, call, idempotencyKey, lookFirst, deadlineAt, customerEmail });
    // Booked before it is settled: after a crash between the two the call is found done and booked again, which is silence.
    if (outcome.ok === 'done') await this.book(orderId, call, outcome);
    await this.record(orderId, this.told(callId, outcome, claimed.attempts));
  }

  private async book(orderId: string, call: StripeCall, { objectId, status }: Done): Promise<void> {
    if (call.do === 'refund') await this.commands.execute(new BookStripeObject(orderId, { kind: 'refund', objectId }, call.paymentId));
    if (bringsMoney(call, status)) await this.commands.execute(new AskForMoney(orderId));
    if (call.do === 'endBilling' || call.do === 'scheduleCancellation' || call.do === 'revokeCancellation')
      await this.commands.execute(new BookStripeObject(orderId, { kind: 'subscription', objectId }, null));
  }

  /** Undefined when somebody else was faster. */
  private async claim(orderId: string, callId: string, attempts: number): Promise<KnownCall | undefined> {
    const at = this.clock.iso();
    const callDeadlineAt = this.after(CALL_DEADLINE_MS);
    const newKey = attempts === 0 ? callId : derivedId('stripe-call', callId, String(attempts + 1));
    try {
      return (await this.record(orderId, claimCall({ callId, at, callDeadlineAt, newKey }))).calls[callId];
    } catch (error) {
      if (error instanceof Refusal && error.code === 'CALL_NOT_DUE') return undefined;
      throw error;
    }
  }

  private told(callId: string, outcome: CallOutcome, attempt: number): (payments: Payments) => Decision<PaymentEvent> {
    const at = this.clock.iso();
    if (outcome.ok === 'done') return settleCall({ callId, objectId: outcome.objectId, status: outcome.status, settledAt: at });
    const { code } = outcome;
    if (outcome.ok === 'refused') return failCall({ callId, attempt, code, keySpent: false, failedAt: at, retryAt: null });
    return failCall({ callId, attempt, code, keySpent: outcome.keySpent, failedAt: at, retryAt: this.after(callBackOffMs(attempt)) });
  }

  private async emailOf(orderId: string): Promise<string | null> {
    const facts = await this.queries.execute(new OrderFacts(orderId));
    const person = facts && (await this.people.personOf(facts.customerId));
    return person?.email ?? null;
  }

  private async record(orderId: string, decide: (payments: Payments) => Decision<PaymentEvent>): Promise<Payments> {
    return (await this.streams.execute({ decider: paymentDecider, id: orderId }, claimOf(orderId, ACTOR), decide)).state;
  }

  private after(ms: number): string {
    return new Date(this.clock.now().getTime() + ms).toISOString();
  }
}
