/** Everything we ask of Stripe, through one client. Answers are reduced to what the ledger reads. */
import { Injectable, Logger } from '@nestjs/common';
import Stripe from 'stripe';
import type { PaymentWay } from '../orders/order.events.js';
import { derivedId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { outcomeOfError } from './call-outcome.js';

export interface StripeSettings {
  readonly secretKey: string;
  /** Base URL of the stand-in; absent for Stripe itself. */
  readonly apiUrl?: string;
  /** Where people read about their orders. */
  readonly dashboardUrl: string;
  /** Where Checkout sends the customer back to, so that Stripe is asked at once; absent means the dashboard. */
  readonly returnUrl?: string;
  /** Both change what is paid, never the price that an order compares it with. */
  readonly promotionCodes?: boolean;
  readonly automaticTax?: boolean;
  /** How long one request may take; default 20,000. */
  readonly timeoutMs?: number;
}

export interface CheckoutRequest {
  readonly orderId: string;
  readonly customerEmail: string;
  readonly payment: PaymentWay;
  readonly priceId: string;
  /** ISO-8601; computed once and kept in the order, because a changed body under the same key is an error. */
  readonly expiresAt: string;
  readonly idempotencyKey: string;
}

export interface Checkout {
  readonly sessionId: string;
  /** Only while the session is open. */
  readonly url: string | null;
}

/** What Stripe says of a price; amounts in minor units. */
export interface PriceFacts {
  readonly active: boolean;
  readonly currency: string;
  readonly amountMinor: number | null;
  readonly recurring: { readonly interval: string; readonly count: number } | null;
}

const TIMEOUT_MS = 20_000;
const RETRIES = 2;
/** No session lives longer. */
const CHECKOUT_LIVES_SECONDS = 24 * 3_600;
const LOOK_AT_MAX = 1_000;
const secondsOf = (iso: string): number => Math.floor(Date.parse(iso) / 1000);

@Injectable()
export class StripeGateway {
  private readonly log = new Logger(StripeGateway.name);
  private client: Stripe | undefined;

  constructor(private readonly settings: StripeSettings) {}

  /** Whether what is paid here is real money. */
  get livemode(): boolean {
    return /^[sr]k_live_/.test(this.settings.secretKey);
  }

  /** Where Checkout sends the customer of this order back to. */
  returnUrl(orderId: string): string {
    return `${this.settings.returnUrl ?? this.settings.dashboardUrl}/orders/${orderId}`;
  }

  /** What every checkout of ours allows. */
  get checkoutOptions(): Pick<Stripe.Checkout.SessionCreateParams, 'allow_promotion_codes' | 'automatic_tax'> {
    const { promotionCodes = false, automaticTax = false } = this.settings;
    return {
      ...(promotionCodes ? { allow_promotion_codes: true } : {}),
      ...(automaticTax ? { automatic_tax: { enabled: true } } : {}),
    };
  }

  /** For a request that is repeated by whoever makes it, or by nobody, and not by the SDK. */
  get once(): { readonly timeout: number; readonly maxNetworkRetries: 0 } {
    return { timeout: this.settings.timeoutMs ?? TIMEOUT_MS, maxNetworkRetries: 0 };
  }

  /** Built on first use: the constructor refuses an empty key, and only the roles that need Stripe should fail for the lack of one. */
  get sdk(): Stripe {
    this.client ??= new Stripe(this.settings.secretKey, {
      ...endpointOf(this.settings.apiUrl),
      timeout: this.once.timeout,
      maxNetworkRetries: RETRIES,
      telemetry: false,
      appInfo: { name: 'order-ledger' },
    });
    return this.client;
  }

  /**
   * Opens a Checkout Session; the same request again gives the same session, also when Stripe has kept a failure under its key, or the request
   * was made from other settings before. Rejects with a 503 Refusal while Stripe cannot be reached.
   */
  async openCheckout(request: CheckoutRequest): Promise<Checkout> {
    return this.asking(async () => {
      try {
        return checkoutOf(await this.createCheckout(request, request.idempotencyKey));
      } catch (error) {
        const outcome = outcomeOfError(error);
        if (outcome.ok !== 'unknown' || !outcome.keySpent) throw error;
        const known = await this.openCheckoutOf(request);
        return checkoutOf(known ?? (await this.createCheckout(request, derivedId('another-key', request.idempotencyKey))));
      }
    });
  }

  private createCheckout(request: CheckoutRequest, idempotencyKey: string): Promise<Stripe.Checkout.Session> {
    const { orderId, payment, priceId, customerEmail } = request;
    const metadata = { order_id: orderId };
    const back = this.returnUrl(orderId);
    return this.sdk.checkout.sessions.create(
      {
        mode: payment === 'once' ? 'payment' : 'subscription',
        line_items: [{ price: priceId, quantity: 1 }],
        client_reference_id: orderId,
        customer_email: customerEmail,
        metadata,
        ...(payment === 'once'
          ? { customer_creation: 'always' as const, payment_intent_data: { metadata } }
          : { subscription_data: { metadata, billing_mode: { type: 'flexible' as const } } }),
        success_url: `${back}?session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: back,
        expires_at: secondsOf(request.expiresAt),
        adaptive_pricing: { enabled: false },
        ...this.checkoutOptions,
      },
      { idempotencyKey },
    );
  }

  private async openCheckoutOf({ orderId, expiresAt }: CheckoutRequest): Promise<Stripe.Checkout.Session | undefined> {
    const until = secondsOf(expiresAt);
    const page = { created: { gte: until - CHECKOUT_LIVES_SECONDS }, limit: 100 };
    const sessions = await this.sdk.checkout.sessions.list(page).autoPagingToArray({ limit: LOOK_AT_MAX });
    return sessions.find(({ client_reference_id: named, expires_at: ends }) => named === orderId && ends === until);
  }

  /** Like openCheckout, but null when Stripe definitely refuses the request: no session exists then, and none ever will under this key. */
  async tryToOpenCheckout(request: CheckoutRequest): Promise<Checkout | null> {
    try {
      return await this.openCheckout(request);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      this.log.error(`Stripe refused the checkout of order ${request.orderId}: ${error.code ?? error.type} ${error.param ?? ''}`);
      return null;
    }
  }

  /** The session as it is now, fresh. */
  async checkout(sessionId: string): Promise<Stripe.Checkout.Session> {
    return this.asking(() => this.sdk.checkout.sessions.retrieve(sessionId));
  }

  /** Makes sure that nobody can begin to pay the session any more; answers it as it then is. */
  async expireCheckout(sessionId: string): Promise<Stripe.Checkout.Session> {
    const session = await this.checkout(sessionId);
    if (session.status !== 'open') return session;
    return this.asking(() => this.sdk.checkout.sessions.expire(sessionId));
  }

  /** The invoice as it is now, fresh. */
  async invoice(invoiceId: string): Promise<Stripe.Invoice> {
    return this.asking(() => this.sdk.invoices.retrieve(invoiceId));
  }

  /** A short-lived key to the customer's billing page: to be handed on at once, never kept or logged. */
  async portalUrl(customer: string, orderId: string): Promise<string> {
    const returnUrl = `${this.settings.dashboardUrl}/orders/${orderId}`;
    return (await this.asking(() => this.sdk.billingPortal.sessions.create({ customer, return_url: returnUrl }, this.once))).url;
  }

  /** Null when Stripe has no such price. */
  async price(priceId: string): Promise<PriceFacts | null> {
    try {
      const price = await this.asking(() => this.sdk.prices.retrieve(priceId));
      const recurring = price.recurring ? { interval: price.recurring.interval, count: price.recurring.interval_count } : null;
      return { active: price.active, currency: price.currency, amountMinor: price.unit_amount, recurring };
    } catch (error) {
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return null;
      throw error;
    }
  }

  /** An outage becomes a 503 that can be tried again; Stripe's text is kept out of it. */
  async asking<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const outage =
        error instanceof Stripe.errors.StripeConnectionError ||
        error instanceof Stripe.errors.StripeAPIError ||
        error instanceof Stripe.errors.StripeRateLimitError;
      if (outage) throw Object.assign(refuse('STRIPE_UNAVAILABLE', 503, 'The payment provider does not answer.'), { cause: error });
      throw error;
    }
  }
}

const checkoutOf = (session: Stripe.Checkout.Session): Checkout => ({ sessionId: session.id, url: session.url });

const endpointOf = (apiUrl: string | undefined): { host?: string; port?: number; protocol?: 'http' | 'https' } => {
  if (!apiUrl) return {};
  const { hostname, port, protocol } = new URL(apiUrl);
  return { host: hostname, port: Number(port), protocol: protocol === 'http:' ? 'http' : 'https' };
};
