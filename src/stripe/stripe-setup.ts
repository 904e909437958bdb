/**
 * Makes a Stripe account sell what the catalog says: a product for each plan and term, a one-time and a recurring price for each, and the webhook
 * endpoint. What fits is left alone, so that it may be run again at any time; amounts of a price never change, a new price takes its place.
 */
import Stripe from 'stripe';
import { INTERVALS } from '../catalog/catalog-checker.js';
import { TERMS, type PlanOfGame } from '../catalog/catalog.js';
import type { PaymentWay, Term } from '../orders/order.events.js';
import { derivedId } from '../platform/ids.js';
import { SUBSCRIBED_EVENTS } from './subscribed-events.js';

export interface WantedPrice {
  readonly plan: PlanOfGame['plan'];
  readonly term: Term;
  readonly payment: PaymentWay;
  /** As catalog.yaml names it. */
  readonly priceId: string;
}

export interface SetupStep {
  /** `price minecraft-4g monthly once`, or `webhook https://…`. */
  readonly subject: string;
  /** `fits`: nothing to do; `matches`: Stripe has it under another id than the catalog. */
  readonly outcome: 'fits' | 'matches' | 'create' | 'update';
  readonly detail: string;
  /** Of a price: where the catalog names it, and what it should name; null until it is created. */
  readonly price?: WantedPrice & { readonly newId: string | null };
}

export interface SetupOutcome {
  readonly steps: readonly SetupStep[];
  /** Of a webhook endpoint that was created now; Stripe tells it only this once. */
  readonly webhookSecret: string | null;
}

const subjectOf = ({ plan, term, payment }: WantedPrice): string => `price ${plan.id} ${term} ${payment}`;
/** Says what the price is, so that another amount is another key and both can stand side by side. */
const lookupKeyOf = ({ plan, term, payment }: WantedPrice): string => {
  const { amountMinor, currency } = plan.terms[term];
  return `${plan.id}:${term}:${payment}:${currency}${amountMinor}`;
};
const productIdOf = ({ plan, term }: WantedPrice): string => `${plan.id}-${term}`;
const isMissing = (error: unknown): boolean => error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404;

export class StripeSetup {
  constructor(
    private readonly stripe: Stripe,
    private readonly plans: readonly PlanOfGame[],
    /** Where Stripe is to deliver. */
    private readonly webhookUrl: string,
  ) {}

  /** @param dryRun looks only and changes nothing */
  async run({ dryRun }: { readonly dryRun: boolean }): Promise<SetupOutcome> {
    const steps: SetupStep[] = [];
    for (const wanted of this.wanted()) {
      const step = await this.look(wanted);
      steps.push(step.outcome === 'create' && !dryRun ? await this.create(wanted) : step);
    }
    const { step, secret } = await this.endpoint(dryRun);
    return { steps: [...steps, step], webhookSecret: secret };
  }

  private wanted(): WantedPrice[] {
    return this.plans.flatMap(({ plan }) =>
      TERMS.flatMap((term) => {
        const { oneTimePriceId, recurringPriceId } = plan.terms[term];
        return [
          { plan, term, payment: 'once' as const, priceId: oneTimePriceId },
          { plan, term, payment: 'subscription' as const, priceId: recurringPriceId },
        ];
      }),
    );
  }

  private async look(wanted: WantedPrice): Promise<SetupStep> {
    const subject = subjectOf(wanted);
    const named = await orNull(this.stripe.prices.retrieve(wanted.priceId));
    if (named && fits(named, wanted)) return { subject, outcome: 'fits', detail: named.id };
    const { data } = await this.stripe.prices.list({ lookup_keys: [lookupKeyOf(wanted)], active: true });
    const found = data.find((price) => fits(price, wanted));
    if (found) return { subject, outcome: 'matches', detail: found.id, price: { ...wanted, newId: found.id } };
    const why = named ? `${wanted.priceId} is ${described(named)}` : `${wanted.priceId} is not known`;
    return { subject, outcome: 'create', detail: why, price: { ...wanted, newId: null } };
  }

  private async create(wanted: WantedPrice): Promise<SetupStep> {
    const { plan, term, payment } = wanted;
    const { amountMinor, currency } = plan.terms[term];
    const product = productIdOf(wanted);
    const metadata = { plan_id: plan.id, term };
    if (!(await orNull(this.stripe.products.retrieve(product))))
      await this.stripe.products.create(
        { id: product, name: `${plan.name} (${term})`, metadata },
        { idempotencyKey: derivedId('setup', product) },
      );
    const lookup_key = lookupKeyOf(wanted);
    const price = await this.stripe.prices.create(
      {
        ...{ product, currency, unit_amount: amountMinor, lookup_key, transfer_lookup_key: true, metadata: { ...metadata, payment } },
        ...(payment === 'subscription' ? { recurring: { interval: INTERVALS[term].interval, interval_count: INTERVALS[term].count } } : {}),
      },
      { idempotencyKey: derivedId('setup', lookup_key) },
    );
    return { subject: subjectOf(wanted), outcome: 'create', detail: price.id, price: { ...wanted, newId: price.id } };
  }

  private async endpoint(dryRun: boolean): Promise<{ step: SetupStep; secret: string | null }> {
    const subject = `webhook ${this.webhookUrl}`;
    const all = await this.stripe.webhookEndpoints.list({ limit: 100 });
    const ours = all.data.filter(({ url, status }) => url === this.webhookUrl && status === 'enabled');
    const current = ours.find(({ api_version }) => api_version === Stripe.API_VERSION);
    if (!current) return this.createEndpoint(subject, ours.length, dryRun);
    if (sameEvents(current.enabled_events)) return { step: { subject, outcome: 'fits', detail: current.id }, secret: null };
    if (!dryRun) await this.stripe.webhookEndpoints.update(current.id, { enabled_events: [...SUBSCRIBED_EVENTS] });
    return { step: { subject, outcome: 'update', detail: `${current.id}: other event types` }, secret: null };
  }

  /** An endpoint's API version can never be changed, so that an upgrade is a second endpoint beside the first, until that is removed. */
  private async createEndpoint(subject: string, others: number, dryRun: boolean): Promise<{ step: SetupStep; secret: string | null }> {
    const beside = others === 0 ? '' : `; ${others} of another API version is there too: remove it when both have delivered for a while`;
    const step = (detail: string): SetupStep => ({ subject, outcome: 'create', detail: detail + beside });
    if (dryRun) return { step: step(`with API version ${Stripe.API_VERSION}`), secret: null };
    const made = await this.stripe.webhookEndpoints.create({
      url: this.webhookUrl,
      api_version: Stripe.API_VERSION,
      enabled_events: [...SUBSCRIBED_EVENTS],
    });
    return { step: step(made.id), secret: made.secret ?? null };
  }
}

const orNull = async <T>(asked: Promise<T>): Promise<T | null> => {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
};

const fits = ({ active, currency, unit_amount, recurring }: Stripe.Price, { plan, term, payment }: WantedPrice): boolean => {
  const wanted = plan.terms[term];
  const { interval, count } = INTERVALS[term];
  const rhythm = payment === 'once' ? recurring === null : recurring?.interval === interval && recurring.interval_count === count;
  return active && rhythm && currency === wanted.currency && unit_amount === wanted.amountMinor;
};

const described = ({ active, currency, unit_amount, recurring }: Stripe.Price): string =>
  `${unit_amount} ${currency}${recurring ? ` every ${recurring.interval_count} ${recurring.interval}` : ' once'}${active ? '' : ', archived'}`;

const sameEvents = (events: readonly string[]): boolean =>
  events.length === SUBSCRIBED_EVENTS.length && SUBSCRIBED_EVENTS.every((type) => events.includes(type));
