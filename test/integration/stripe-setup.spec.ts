/** `ledger stripe setup`: an account that sells nothing comes to sell the catalog, and running it again changes nothing. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { startStripe, type RunningStripe } from '../../local/stripe/server.js';
import { Catalog } from '../../src/catalog/catalog.js';
import { withPriceIds } from '../../src/catalog/price-ids.js';
import { StripeSetup, type SetupOutcome } from '../../src/stripe/stripe-setup.js';
import { SUBSCRIBED_EVENTS } from '../../src/stripe/subscribed-events.js';

const URL = 'https://api.example.com/webhooks/stripe';
const CATALOG = readFileSync('catalog.yaml', 'utf8');
const SECOND_GAME = CATALOG.indexOf('\n  - id: ', CATALOG.indexOf('\n  - id: ', CATALOG.indexOf('\ngames:')) + 1);
/** One game; every plan in three terms, once and recurring. */
const original = CATALOG.slice(0, SECOND_GAME + 1);
const PRICES = Catalog.parse(original).plans.length * 6;

let server: RunningStripe;
let stripe: Stripe;
let text = original;
beforeAll(async () => {
  server = await startStripe();
  stripe = new Stripe('sk_test_setup', server.client);
});
afterAll(() => server.close());

const run = async (options: { dryRun: boolean; url?: string }): Promise<SetupOutcome> => {
  const outcome = await new StripeSetup(stripe, Catalog.parse(text).plans, options.url ?? URL).run(options);
  const ids = outcome.steps.flatMap(({ price }) => (price?.newId ? [[price.priceId, price.newId] as const] : []));
  if (!options.dryRun) text = withPriceIds(text, new Map(ids));
  return outcome;
};
const counts = ({ steps }: SetupOutcome): Record<string, number> => {
  const count: Record<string, number> = {};
  for (const { outcome } of steps) count[outcome] = (count[outcome] ?? 0) + 1;
  return count;
};
const prices = async (): Promise<Stripe.Price[]> => stripe.prices.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });

describe('setting up the Stripe account', () => {
  it('only says what it would do when asked to', async () => {
    const { webhookSecret, ...outcome } = await run({ dryRun: true });
    expect(counts({ ...outcome, webhookSecret })).toStrictEqual({ create: PRICES + 1 });
    expect(webhookSecret).toBeNull();
    expect(await prices()).toStrictEqual([]);
    expect((await stripe.webhookEndpoints.list()).data).toStrictEqual([]);
  });

  it('makes every price of the catalog, one-time and recurring, and the endpoint at the pinned version', async () => {
    const outcome = await run({ dryRun: false });
    expect(counts(outcome)).toStrictEqual({ create: PRICES + 1 });
    expect(outcome.webhookSecret).toMatch(/^whsec_/);
    const [plan] = Catalog.parse(text).plans;
    const { quarterly } = plan?.plan.terms ?? {};
    expect(await stripe.prices.retrieve(quarterly?.recurringPriceId ?? '', { expand: ['product'] })).toMatchObject({
      unit_amount: quarterly?.amountMinor,
      currency: quarterly?.currency,
      recurring: { interval: 'month', interval_count: 3 },
      product: { id: `${plan?.plan.id}-quarterly` },
    });
    expect((await stripe.prices.retrieve(quarterly?.oneTimePriceId ?? '')).recurring).toBeNull();
    const [endpoint, ...others] = (await stripe.webhookEndpoints.list()).data;
    expect(others).toStrictEqual([]);
    expect(endpoint).toMatchObject({ url: URL, api_version: Stripe.API_VERSION, enabled_events: [...SUBSCRIBED_EVENTS] });
  });

  it('changes nothing when it is run again', async () => {
    const before = text;
    const outcome = await run({ dryRun: false });
    expect(counts(outcome)).toStrictEqual({ fits: PRICES + 1 });
    expect(outcome.webhookSecret).toBeNull();
    expect(text).toBe(before);
    expect(await prices()).toHaveLength(PRICES);
  });

  it('finds its own prices again when the catalog has lost their ids', async () => {
    const made = text;
    text = original;
    expect(counts(await run({ dryRun: false }))).toStrictEqual({ matches: PRICES, fits: 1 });
    expect(text).toBe(made);
    expect(await prices()).toHaveLength(PRICES);
  });

  it('makes a new price for a new amount and leaves the old one', async () => {
    const [old] = Catalog.parse(text).plans.map(({ plan }) => plan.terms.monthly);
    text = text.replace(`amountMinor: ${old?.amountMinor}`, 'amountMinor: 1099');
    expect(counts(await run({ dryRun: false }))).toStrictEqual({ create: 2, fits: PRICES - 1 });
    expect(await prices()).toHaveLength(PRICES + 2);
    expect((await stripe.prices.retrieve(old?.recurringPriceId ?? '')).unit_amount).toBe(old?.amountMinor);
  });

  it('subscribes an endpoint to what is missing, and puts one of another version beside it', async () => {
    const [endpoint] = (await stripe.webhookEndpoints.list()).data;
    await stripe.webhookEndpoints.update(endpoint?.id ?? '', { enabled_events: ['invoice.paid'] });
    expect((await run({ dryRun: false })).steps.at(-1)).toMatchObject({ outcome: 'update' });
    expect((await stripe.webhookEndpoints.retrieve(endpoint?.id ?? '')).enabled_events).toStrictEqual([...SUBSCRIBED_EVENTS]);

    const other = 'https://other.example.com/webhooks/stripe';
    await stripe.webhookEndpoints.create({ url: other, enabled_events: [...SUBSCRIBED_EVENTS], api_version: '2026-09-30.endive' });
    const { steps, webhookSecret } = await run({ dryRun: false, url: other });
    expect(steps.at(-1)?.detail).toContain('1 of another API version');
    expect(webhookSecret).toMatch(/^whsec_/);
  });
});
