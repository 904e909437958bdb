/** Carries out one of our wishes toward Stripe; what an earlier attempt may have done is looked for first. */
import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import type { StripeCall } from '../payments/stripe-call.events.js';
import { Clock } from '../platform/clock.js';
import { BillingEnd } from './billing-end.js';
import { outcomeOfError, type CallOutcome } from './call-outcome.js';
import { StripeGateway } from './stripe.gateway.js';

export interface CallRequest {
  /** Null for money that names no order. */
  readonly orderId: string | null;
  readonly callId: string;
  readonly call: StripeCall;
  readonly idempotencyKey: string;
  /** Whether an earlier attempt may have been carried out. */
  readonly lookFirst: boolean;
  /** When the claim ends, ISO-8601: from then on somebody else may act, and nothing is sent any more. */
  readonly deadlineAt: string;
  /** Only for a checkout: who is asked to pay. */
  readonly customerEmail: string | null;
}

/** A card payment has a handful of refunds, an hour a bounded number of checkouts. */
const LOOK_AT_MAX = 1_000;
const CHECKOUT_LIVES_SECONDS = 24 * 3_600;

type Call<D extends StripeCall['do']> = Extract<StripeCall, { do: D }>;
type Request<D extends StripeCall['do']> = Omit<CallRequest, 'call'> & { readonly call: Call<D> };
type Subscription = Stripe.Subscription;

/** A process that stood still must not send what a successor has long done, perhaps under a key that Stripe has forgotten. */
const TOO_LATE: CallOutcome = { ok: 'unknown', code: 'too_late', keySpent: false };
class TooLate extends Error {}

const done = ({ id, status }: { id: string; status: string | null }): CallOutcome => ({ ok: 'done', objectId: id, status });
const endsLater = ({ cancel_at_period_end, cancel_at }: Subscription): boolean => cancel_at_period_end || cancel_at !== null;

@Injectable()
export class StripeCalls {
  constructor(
    private readonly gateway: StripeGateway,
    private readonly billingEnd: BillingEnd,
    private readonly clock: Clock,
  ) {}

  /** Never rejects for what Stripe or the network says. */
  async perform(request: CallRequest): Promise<CallOutcome> {
    try {
      return await this.carryOut(request);
    } catch (error) {
      return error instanceof TooLate ? TOO_LATE : outcomeOfError(error);
    }
  }

  /** To be asked immediately before anything is sent that changes something. */
  private inTime({ deadlineAt }: Pick<CallRequest, 'deadlineAt'>): void {
    if (this.clock.iso() >= deadlineAt) throw new TooLate();
  }

  private get stripe(): Stripe {
    return this.gateway.sdk;
  }

  /** The runner repeats, not the SDK, so that every attempt is on record. */
  private get once(): StripeGateway['once'] {
    return this.gateway.once;
  }

  private async carryOut(request: CallRequest): Promise<CallOutcome> {
    this.inTime(request);
    const { call, ...rest } = request;
    switch (call.do) {
      case 'refund':
        return this.refund({ ...rest, call });
      case 'endBilling':
        return this.billingEnd.end(call.subscriptionId);
      case 'voidInvoices':
        return this.billingEnd.voidInvoices(call.subscriptionId, () => this.inTime(request));
      case 'scheduleCancellation':
        return this.scheduleCancellation({ ...rest, call });
      case 'revokeCancellation':
        return this.revokeCancellation({ ...rest, call });
      case 'changePlan':
        return this.changePlan({ ...rest, call });
      case 'dropChange':
        return this.dropChange({ ...rest, call });
      case 'openCheckout':
        return this.openCheckout({ ...rest, call });
      case 'expireCheckout':
        return this.expireCheckout(call.sessionId);
    }
  }

  private async refund(request: Request<'refund'>): Promise<CallOutcome> {
    const { orderId, callId, call, idempotencyKey, lookFirst } = request;
    const intentId = await this.intentOf(call.paymentId);
    if (!intentId) return { ok: 'refused', code: 'no_payment_intent' };
    const known = lookFirst ? await this.refundOf(intentId, callId) : undefined;
    if (known) return done(known);
    const { amount, reason } = call;
    const metadata = { ...(orderId === null ? {} : { order_id: orderId }), refund_id: callId };
    const params = { payment_intent: intentId, amount: amount.amountMinor, reason, metadata };
    this.inTime(request);
    return done(await this.stripe.refunds.create(params, { idempotencyKey, ...this.once }));
  }

  /** An invoice is refunded through the payment intent that paid it; undefined for money that never went through Stripe. */
  private async intentOf(paymentId: string): Promise<string | undefined> {
    if (!paymentId.startsWith('in_')) return paymentId.startsWith('pi_') ? paymentId : undefined;
    const { data } = await this.stripe.invoicePayments.list({ invoice: paymentId, status: 'paid', limit: 100 }, this.once);
    const intent = data.map(({ payment }) => payment.payment_intent).find((one) => one !== undefined);
    return typeof intent === 'string' ? intent : intent?.id;
  }

  private async refundOf(intentId: string, callId: string): Promise<Stripe.Refund | undefined> {
    const refunds = await this.stripe.refunds
      .list({ payment_intent: intentId, limit: 100 }, this.once)
      .autoPagingToArray({ limit: LOOK_AT_MAX });
    return refunds.find(({ metadata }) => metadata?.['refund_id'] === callId);
  }

  private async scheduleCancellation(request: Request<'scheduleCancellation'>): Promise<CallOutcome> {
    const { call, idempotencyKey, lookFirst } = request;
    const { subscriptionId } = call;
    const known = lookFirst ? await this.stripe.subscriptions.retrieve(subscriptionId, {}, this.once) : undefined;
    if (known && endsLater(known)) return done(known);
    this.inTime(request);
    return done(await this.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true }, { idempotencyKey, ...this.once }));
  }

  /** In flexible billing the end may stand in `cancel_at` alone, where the customer's portal puts it. */
  private async revokeCancellation(request: Request<'revokeCancellation'>): Promise<CallOutcome> {
    const { call, idempotencyKey } = request;
    const { subscriptionId } = call;
    const known = await this.stripe.subscriptions.retrieve(subscriptionId, {}, this.once);
    const update = (change: Stripe.SubscriptionUpdateParams, key: string): Promise<Subscription> => {
      this.inTime(request);
      return this.stripe.subscriptions.update(subscriptionId, change, { idempotencyKey: key, ...this.once });
    };
    const runsOn = known.cancel_at_period_end ? await update({ cancel_at_period_end: false }, idempotencyKey) : known;
    return done(runsOn.cancel_at === null ? runsOn : await update({ cancel_at: '' }, `${idempotencyKey}:cancel_at`));
  }

  private async changePlan(request: Request<'changePlan'>): Promise<CallOutcome> {
    const { call, idempotencyKey, lookFirst } = request;
    const { subscriptionId, itemId, priceId, prorationDate } = call;
    const known = lookFirst ? await this.stripe.subscriptions.retrieve(subscriptionId, {}, this.once) : undefined;
    const isAsked = known?.items.data.some(({ price }) => price.id === priceId) || known?.pending_update;
    if (known && isAsked) return done(known);
    const proration =
      prorationDate === null
        ? { proration_behavior: 'none' as const }
        : {
            proration_behavior: 'always_invoice' as const,
            proration_date: prorationDate,
            payment_behavior: 'pending_if_incomplete' as const,
          };
    const params = { items: [{ id: itemId, price: priceId }], ...proration };
    this.inTime(request);
    return done(await this.stripe.subscriptions.update(subscriptionId, params, { idempotencyKey, ...this.once }));
  }

  /** Stripe forgets a change that waits for its payment once the invoice for it is void. */
  private async dropChange(request: Request<'dropChange'>): Promise<CallOutcome> {
    const { subscriptionId } = request.call;
    const waiting = await this.stripe.subscriptions.retrieve(subscriptionId, { expand: ['latest_invoice'] }, this.once);
    const { latest_invoice: invoice } = waiting;
    if (!waiting.pending_update) return done(waiting);
    this.inTime(request);
    if (invoice && typeof invoice === 'object' && invoice.status === 'open')
      await this.stripe.invoices.voidInvoice(invoice.id, {}, this.once);
    const dropped = await this.stripe.subscriptions.retrieve(subscriptionId, {}, this.once);
    return dropped.pending_update ? { ok: 'unknown', code: 'change_still_pending', keySpent: false } : done(dropped);
  }

  private async openCheckout(request: Request<'openCheckout'>): Promise<CallOutcome> {
    const known = request.lookFirst ? await this.checkoutOf(request) : undefined;
    if (known) return done(known);
    const { orderId, callId, call, idempotencyKey, customerEmail } = request;
    const metadata = { order_id: orderId, purpose: call.purpose, call_id: callId, ...(call.changeId ? { change_id: call.changeId } : {}) };
    const back = this.gateway.returnUrl(orderId ?? '');
    this.inTime(request);
    const session = await this.stripe.checkout.sessions.create(
      {
        mode: 'payment',
        line_items: [{ ...priced(call), quantity: 1 }],
        ...(orderId === null ? {} : { client_reference_id: orderId }),
        ...(customerEmail === null ? {} : { customer_email: customerEmail }),
        customer_creation: 'always',
        metadata,
        payment_intent_data: { metadata },
        success_url: `${back}?session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: back,
        expires_at: secondsOf(call.expiresAt),
        adaptive_pricing: { enabled: false },
        ...this.gateway.checkoutOptions,
      },
      { idempotencyKey, ...this.once },
    );
    return done(session);
  }

  private async checkoutOf({ callId, call }: Request<'openCheckout'>): Promise<Stripe.Checkout.Session | undefined> {
    const created = { gte: secondsOf(call.expiresAt) - CHECKOUT_LIVES_SECONDS };
    const sessions = await this.stripe.checkout.sessions.list({ created, limit: 100 }, this.once).autoPagingToArray({ limit: LOOK_AT_MAX });
    return sessions.find(({ metadata }) => metadata?.['call_id'] === callId);
  }

  /** Stripe will not close one that was paid since it was looked at, so that its word on the session itself counts. */
  private async expireCheckout(sessionId: string): Promise<CallOutcome> {
    const { sessions } = this.stripe.checkout;
    const before = await sessions.retrieve(sessionId, {}, this.once);
    if (before.status !== 'open') return done(before);
    try {
      return done(await sessions.expire(sessionId, {}, this.once));
    } catch (error) {
      if (outcomeOfError(error).ok !== 'refused') throw error;
      const after = await sessions.retrieve(sessionId, {}, this.once);
      return after.status === 'open' ? { ok: 'unknown', code: 'checkout_still_open', keySpent: false } : done(after);
    }
  }
}

const secondsOf = (iso: string): number => Math.floor(Date.parse(iso) / 1000);

/** A price of the catalog, or an amount of our own quote. */
const priced = ({ priceId, amount }: Call<'openCheckout'>): Stripe.Checkout.SessionCreateParams.LineItem => {
  if (priceId !== null) return { price: priceId };
  const { currency, amountMinor } = amount ?? { currency: '', amountMinor: 0 };
  return { price_data: { currency, unit_amount: amountMinor, product_data: { name: 'Change of plan' } } };
};
