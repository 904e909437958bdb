/** Stripe's objects as they are now, asked for by id; reduced like those of its webhooks. */
import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { reduceObject } from './reduce-object.js';
import type { StripeObject } from './stripe.events.js';
import { StripeGateway } from './stripe.gateway.js';

type Retrieve = (sdk: Stripe, id: string) => Promise<object>;

const LINES_MAX = 1_000;

/** With all of its lines: an invoice carries the first page only, and how far it pays may stand on another. */
const wholeInvoice = async (sdk: Stripe, id: string): Promise<Stripe.Invoice> => {
  const invoice = await sdk.invoices.retrieve(id);
  if (!invoice.lines.has_more) return invoice;
  const data = await sdk.invoices.listLineItems(id, { limit: PAGE }).autoPagingToArray({ limit: LINES_MAX });
  return { ...invoice, lines: { ...invoice.lines, data, has_more: false } };
};

const RETRIEVE: Readonly<Record<string, Retrieve>> = {
  'checkout.session': (sdk, id) => sdk.checkout.sessions.retrieve(id),
  subscription: (sdk, id) => sdk.subscriptions.retrieve(id),
  invoice: (sdk, id) => wholeInvoice(sdk, id),
  invoice_payment: (sdk, id) => sdk.invoicePayments.retrieve(id),
  payment_intent: (sdk, id) => sdk.paymentIntents.retrieve(id),
  charge: (sdk, id) => sdk.charges.retrieve(id),
  refund: (sdk, id) => sdk.refunds.retrieve(id),
  dispute: (sdk, id) => sdk.disputes.retrieve(id),
};

const REFUNDS_MAX = 1_000;
const PAGE = 100;

@Injectable()
export class StripeObjects {
  constructor(private readonly gateway: StripeGateway) {}

  /** Null when Stripe has no such object. @param kind Stripe's own name of it: `invoice`, `checkout.session`. Rejects with a 503 Refusal while Stripe cannot be reached. */
  async current(kind: string, id: string): Promise<StripeObject | null> {
    const object = await this.asItIs(kind, id);
    return object && reduceObject(object);
  }

  /** The same, whole: to be reduced before anything of it is kept. */
  async asItIs(kind: string, id: string): Promise<object | null> {
    const retrieve = Object.hasOwn(RETRIEVE, kind) ? RETRIEVE[kind] : undefined;
    if (!retrieve || id === '') return null;
    try {
      return await this.gateway.asking(() => retrieve(this.gateway.sdk, id));
    } catch (error) {
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return null;
      throw error;
    }
  }

  /** Every refund of a payment, in whatever state. */
  async refundsOf(paymentIntent: string): Promise<StripeObject[]> {
    const { gateway } = this;
    const refunds = await gateway.asking(() =>
      gateway.sdk.refunds.list({ payment_intent: paymentIntent, limit: PAGE }).autoPagingToArray({ limit: REFUNDS_MAX }),
    );
    return refunds.map(reduceObject);
  }

  /** Every dispute of a payment, whatever became of it. */
  async disputesOf(paymentIntent: string): Promise<StripeObject[]> {
    const { gateway } = this;
    const { data } = await gateway.asking(() => gateway.sdk.disputes.list({ payment_intent: paymentIntent, limit: PAGE }));
    return data.map(reduceObject);
  }

  /** The payment intent behind money that is booked under this name; null for what never went through Stripe. */
  async intentOf(paymentId: string): Promise<string | null> {
    if (!paymentId.startsWith('in_')) return paymentId.startsWith('pi_') ? paymentId : null;
    const { gateway } = this;
    const { data } = await gateway.asking(() => gateway.sdk.invoicePayments.list({ invoice: paymentId, status: 'paid', limit: PAGE }));
    const intent = data.map(({ payment }) => payment.payment_intent).find((one) => one !== undefined);
    return typeof intent === 'string' ? intent : (intent?.id ?? null);
  }

  /** The invoice that was paid with this payment intent; null when it paid none. There is no other way from one to the other. */
  async invoicePaidWith(paymentIntent: string): Promise<string | null> {
    const { gateway } = this;
    const payment = { type: 'payment_intent', payment_intent: paymentIntent } as const;
    const { data } = await gateway.asking(() => gateway.sdk.invoicePayments.list({ payment, limit: 1 }));
    const invoice = data[0]?.invoice;
    return typeof invoice === 'string' ? invoice : (invoice?.id ?? null);
  }
}
