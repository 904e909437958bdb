/** Ends what Stripe collects for a subscription: cancelled, and none of its invoices left to be paid. Safe to be walked any number of times. */
import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { outcomeOfError, type CallOutcome } from './call-outcome.js';
import { StripeGateway } from './stripe.gateway.js';

const INVOICES_MAX = 100;

const isOver = ({ status }: Stripe.Subscription): boolean => status === 'canceled' || status === 'incomplete_expired';

@Injectable()
export class BillingEnd {
  constructor(private readonly gateway: StripeGateway) {}

  /** Done only when Stripe, asked again, says that the subscription is over and no invoice of it is open or a draft. */
  async end(subscriptionId: string): Promise<CallOutcome> {
    const subscription = await this.cancelled(subscriptionId);
    if (!isOver(subscription)) return { ok: 'unknown', code: 'subscription_not_cancelled', keySpent: false };
    const invoices = await this.voidInvoices(subscriptionId, () => undefined);
    return invoices.ok === 'done' ? { ...invoices, status: subscription.status } : invoices;
  }

  /**
   * Done only when Stripe, asked again, says that no invoice of it is open or a draft; one that was paid meanwhile is neither.
   * @param inTime asked immediately before each is void, throws when it is too late
   */
  async voidInvoices(subscriptionId: string, inTime: () => void): Promise<CallOutcome> {
    for (const invoice of await this.unsettled(subscriptionId)) {
      inTime();
      const left = await this.voided(invoice);
      if (left) return left;
    }
    const left = await this.unsettled(subscriptionId);
    if (left.length > 0) return { ok: 'unknown', code: 'invoices_left', keySpent: false };
    return { ok: 'done', objectId: subscriptionId, status: null };
  }

  private get stripe(): Stripe {
    return this.gateway.sdk;
  }

  /** Cancelling is a DELETE, which Stripe takes without an idempotency key; every step looks first. */
  private get once(): StripeGateway['once'] {
    return this.gateway.once;
  }

  /** Stripe answers 404 for one that is cancelled already, so that its word on the subscription itself counts. */
  private async cancelled(subscriptionId: string): Promise<Stripe.Subscription> {
    const before = await this.stripe.subscriptions.retrieve(subscriptionId, {}, this.once);
    if (isOver(before)) return before;
    try {
      return await this.stripe.subscriptions.cancel(subscriptionId, {}, this.once);
    } catch (error) {
      if (outcomeOfError(error).ok !== 'refused') throw error;
      return this.stripe.subscriptions.retrieve(subscriptionId, {}, this.once);
    }
  }

  private async unsettled(subscription: string): Promise<Stripe.Invoice[]> {
    const listed = (status: 'open' | 'draft'): Promise<Stripe.Invoice[]> =>
      this.stripe.invoices.list({ subscription, status, limit: 100 }, this.once).autoPagingToArray({ limit: INVOICES_MAX });
    return [...(await listed('open')), ...(await listed('draft'))];
  }

  /** A subscription's draft cannot be deleted: it is finalized without being collected, then void. One that will not be void yet is asked again later. */
  private async voided({ id, status }: Stripe.Invoice): Promise<CallOutcome | undefined> {
    try {
      const open = status === 'draft' ? await this.stripe.invoices.finalizeInvoice(id, { auto_advance: false }, this.once) : { status };
      if (open.status === 'open') await this.stripe.invoices.voidInvoice(id, {}, this.once);
      return undefined;
    } catch (error) {
      const { code } = outcomeOfError(error);
      return { ok: 'unknown', code, keySpent: false };
    }
  }
}
