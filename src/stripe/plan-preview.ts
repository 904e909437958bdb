/** Asks Stripe what a change of plan would cost now, from the subscription as it is. */
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import Stripe from 'stripe';
import { refuse, type Refusal } from '../platform/refusal.js';
import { PreviewPlanChange, type PlanPreview } from './stripe.commands.js';
import { StripeGateway } from './stripe.gateway.js';

type Item = Stripe.SubscriptionItem;

/** Why the subscription at Stripe cannot be changed now; null when it can. */
const whyNot = (subscription: Stripe.Subscription, oldPriceId: string): Refusal | null => {
  const { status, cancel_at_period_end: endsSoon, cancel_at: endsAt, pending_update: pending, items } = subscription;
  if (status !== 'active') return refuse('ORDER_NOT_PAID', 409, 'The subscription of this order is not paid for at the moment.');
  if (endsSoon || endsAt !== null) return refuse('ORDER_CANCELLED', 409, 'This subscription ends with its period; undo that first.');
  if (pending) return refuse('PLAN_CHANGE_UNDER_WAY', 409, 'A change of this subscription waits for its payment.');
  const isSold = items.data.length === 1 && items.data[0]?.price.id === oldPriceId;
  return isSold ? null : refuse('PLAN_DIFFERS_AT_STRIPE', 409, 'The subscription is not as this order has it; please contact support.');
};

const priceOf = ({ pricing }: Stripe.InvoiceLineItem): string | null => {
  const price = pricing?.price_details?.price;
  return typeof price === 'string' ? price : (price?.id ?? null);
};

const isProration = ({ parent }: Stripe.InvoiceLineItem): boolean =>
  (parent?.subscription_item_details?.proration ?? parent?.invoice_item_details?.proration) === true;

@QueryHandler(PreviewPlanChange)
export class PreviewPlanChangeHandler implements IQueryHandler<PreviewPlanChange> {
  constructor(private readonly stripe: StripeGateway) {}

  async execute({ change }: PreviewPlanChange): Promise<PlanPreview> {
    const { subscriptionId, oldPriceId, newPriceId, at } = change;
    const subscription = await this.stripe.asking(() => this.stripe.sdk.subscriptions.retrieve(subscriptionId));
    const refused = whyNot(subscription, oldPriceId);
    if (refused) throw refused;
    const item = subscription.items.data[0] as Item;
    const prorationDate = Math.max(Math.floor(Date.parse(at) / 1_000), item.current_period_start);
    const invoice = await this.preview(subscriptionId, { id: item.id, price: newPriceId }, prorationDate);
    const { currency, total: totalMinor, amount_due: dueMinor, lines } = invoice;
    return {
      ...{ itemId: item.id, prorationDate, periodEnd: new Date(item.current_period_end * 1_000).toISOString() },
      ...{ currency, totalMinor, dueMinor },
      lines: lines.data.map((line) => ({ amountMinor: line.amount, proration: isProration(line), priceId: priceOf(line) })),
    };
  }

  private async preview(subscription: string, item: { id: string; price: string }, date: number): Promise<Stripe.Invoice> {
    const details = { items: [item], proration_behavior: 'always_invoice' as const, proration_date: date };
    try {
      return await this.stripe.asking(() => this.stripe.sdk.invoices.createPreview({ subscription, subscription_details: details }));
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      throw Object.assign(refuse('QUOTE_REFUSED', 409, 'The payment provider will not quote this change.'), { cause: error });
    }
  }
}
