/** Carries out one of our wishes toward Stripe; what an earlier attempt may have done is looked for first. */
import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import type { StripeCall } from '../payments/stripe-call.events.js';
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
  /** Only for a checkout: who is asked to pay. */
  readonly customerEmail: string | null;
}

/** One request may take this long; the runner repeats, not the SDK, so that every attempt is on record. */
const REQUEST_TIMEOUT_MS = 20_000;
const ONCE = { timeout: REQUEST_TIMEOUT_MS, maxNetworkRetries: 0 } as const;
/** A card payment has a handful of refunds, an hour a bounded number of checkouts. */
const LOOK_AT_MAX = 1_000;
const CHECKOUT_LIVES_SECONDS = 24 * 3_600;

type Call<D extends StripeCall['do']> = Extract<StripeCall, { do: D }>;
type Request<D extends StripeCall['do']> = Omit<CallRequest, 'call'> & { readonly call: Call<D> };
type Subscription = Stripe.Subscription;

const done = ({ id, status }: { id: string; status: string | null }): CallOutcome => ({ ok: 'done', objectId: id, status });
const endsLater = ({ cancel_at_period_end, cancel_at }: Subscription): boolean => cancel_at_period_end || cancel_at !== null;

@Injectable()
export class StripeCalls {
  constructor(
    private readonly gateway: StripeGateway,
    private readonly billingEnd: BillingEnd,
  ) {}

  /** Never rejects for what Stripe or the network says. */
  async perform(request: CallRequest): Promise<CallOutcome> {
    try {
      return await this.carryOut(request);
    } catch (error) {
      return outcomeOfError(error);
    }
  }

  private get stripe(): Stripe {
    return this.gateway.sdk;
  }

  private carryOut(request: CallRequest): Promise<CallOutcome> {
    const { call, ...rest } = request;
    switch (call.do) {
      case 'refund':
        return this.refund({ ...rest, call });
      case 'endBilling':
        return this.billingEnd.end(call.subscriptionId);
      case 'scheduleCancellation':
        return this.scheduleCancellation({ ...rest, call });
      case 'revokeCancellation':
        return this.revokeCancellation({ ...rest, call });
      case 'changePlan':
        return this.changePlan({ ...rest, call });
      case 'dropChange':
        return this.dropChange(call.subscriptionId);
      case 'openCheckout':
        return this.openCheckout({ ...rest, call });
      case 'expireCheckout':
        return this.expireCheckout(call.sessionId);
    }
  }

  private async refund({ orderId, callId, call, idempotencyKey, lookFirst }: Request<'refund'>): Promise<CallOutcome> {
    const intentId = await this.intentOf(call.paymentId);
    if (!intentId) return { ok: 'refused', code: 'no_payment_intent' };
    const known = lookFirst ? await this.refundOf(intentId, callId) : undefined;
    if (known) return done(known);
    const { amount, reason } = call;
    const metadata = { ...(orderId === null ? {} : { order_id: orderId }), refund_id: callId };
    const params = { payment_intent: intentId, amount: amount.amountMinor, reason, metadata };
    return done(await this.stripe.refunds.create(params, { idempotencyKey, ...ONCE }));
  }

  /** An invoice is refunded through the payment intent that paid it; undefined for money that never went through Stripe. */
  private async intentOf(paymentId: string): Promise<string | undefined> {
    if (!paymentId.startsWith('in_')) return paymentId.startsWith('pi_') ? paymentId : undefined;
    const { data } = await this.stripe.invoicePayments.list({ invoice: paymentId, status: 'paid', limit: 100 }, ONCE);
    const intent = data.map(({ payment }) => payment.payment_intent).find((one) => one !== undefined);
    return typeof intent === 'string' ? intent : intent?.id;
  }

  private async refundOf(intentId: string, callId: string): Promise<Stripe.Refund | undefined> {
    const refunds = await this.stripe.refunds
      .list({ payment_intent: intentId, limit: 100 }, ONCE)
      .autoPagingToArray({ limit: LOOK_AT_MAX });
    return refunds.find(({ metadata }) => metadata?.['refund_id'] === callId);
  }

  private async scheduleCancellation({ call, idempotencyKey, lookFirst }: Request<'scheduleCancellation'>): Promise<CallOutcome> {
    const { subscriptionId } = call;
    const known = lookFirst ? await this.stripe.subscriptions.retrieve(subscriptionId, {}, ONCE) : undefined;
    if (known && endsLater(known)) return done(known);
    return done(await this.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true }, { idempotencyKey, ...ONCE }));
  }

  /** In flexible billing the end may stand in `cancel_at` alone, where the customer's portal puts it. */
  private async revokeCancellation({ call, idempotencyKey }: Request<'revokeCancellation'>): Promise<CallOutcome> {
    const { subscriptionId } = call;
    const known = await this.stripe.subscriptions.retrieve(subscriptionId, {}, ONCE);
    const update = (change: Stripe.SubscriptionUpdateParams, key: string): Promise<Subscription> =>
      this.stripe.subscriptions.update(subscriptionId, change, { idempotencyKey: key, ...ONCE });
    const runsOn = known.cancel_at_period_end ? await update({ cancel_at_period_end: false }, idempotencyKey) : known;
    return done(runsOn.cancel_at === null ? runsOn : await update({ cancel_at: '' }, `${idempotencyKey}:cancel_at`));
  }

  private async changePlan({ call, idempotencyKey, lookFirst }: Request<'changePlan'>): Promise<CallOutcome> {
    const { subscriptionId, itemId, priceId, prorationDate } = call;
    const known = lookFirst ? await this.stripe.subscriptions.retrieve(subscriptionId, {}, ONCE) : undefined;
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
    return done(await this.stripe.subscriptions.update(subscriptionId, params, { idempotencyKey, ...ONCE }));
  }

  /** Stripe forgets a change that waits for its payment once the invoice for it is void. */
  private async dropChange(subscriptionId: string): Promise<CallOutcome> {
    const waiting = await this.stripe.subscriptions.retrieve(subscriptionId, { expand: ['latest_invoice'] }, ONCE);
    const { latest_invoice: invoice } = waiting;
    if (!waiting.pending_update) return done(waiting);
    if (invoice && typeof invoice === 'object' && invoice.status === 'open') await this.stripe.invoices.voidInvoice(invoice.id, {}, ONCE);
    const dropped = await this.stripe.subscriptions.retrieve(subscriptionId, {}, ONCE);
    return dropped.pending_update ? { ok: 'unknown', code: 'change_still_pending', keySpent: false } : done(dropped);
  }

  private async openCheckout(request: Request<'openCheckout'>): Promise<CallOutcome> {
    const known = request.lookFirst ? await this.checkoutOf(request) : undefined;
    if (known) return done(known);
    const { orderId, callId, call, idempotencyKey, customerEmail } = request;
    const metadata = { order_id: orderId, purpose: call.purpose, call_id: callId, ...(call.changeId ? { change_id: call.changeId } : {}) };
    const back = this.gateway.returnUrl(orderId ?? '');
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
      { idempotencyKey, ...ONCE },
    );
    return done(session);
  }

  private async checkoutOf({ callId, call }: Request<'openCheckout'>): Promise<Stripe.Checkout.Session | undefined> {
    const created = { gte: secondsOf(call.expiresAt) - CHECKOUT_LIVES_SECONDS };
    const sessions = await this.stripe.checkout.sessions.list({ created, limit: 100 }, ONCE).autoPagingToArray({ limit: LOOK_AT_MAX });
    return sessions.find(({ metadata }) => metadata?.['call_id'] === callId);
  }

  private async expireCheckout(sessionId: string): Promise<CallOutcome> {
    const session = await this.stripe.checkout.sessions.retrieve(sessionId, {}, ONCE);
    return done(session.status === 'open' ? await this.stripe.checkout.sessions.expire(sessionId, {}, ONCE) : session);
  }
}

const secondsOf = (iso: string): number => Math.floor(Date.parse(iso) / 1000);

/** A price of the catalog, or an amount of our own quote. */
const priced = ({ priceId, amount }: Call<'openCheckout'>): Stripe.Checkout.SessionCreateParams.LineItem => {
  if (priceId !== null) return { price: priceId };
  const { currency, amountMinor } = amount ?? { currency: '', amountMinor: 0 };
  return { price_data: { currency, unit_amount: amountMinor, product_data: { name: 'Change of plan' } } };
};
