/** `ledger stripe`: the Stripe account that sells the catalog. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Catalog } from '../../catalog/catalog.js';
import { withPriceIds } from '../../catalog/price-ids.js';
import { publicUrl } from '../../platform/config/derived.js';
import { Settings } from '../../platform/config/settings.js';
import { StripeGateway } from '../../stripe/stripe.gateway.js';
import { StripeSweep } from '../../stripe/stripe-sweep.js';
import { StripeSetup, type SetupStep } from '../../stripe/stripe-setup.js';
import { dayOf } from './day.js';
import { columns } from './table.js';
import { withLedger } from './with-ledger.js';

/** Catalog ids that are to be replaced, by the ids they become. */
const newIds = (steps: readonly SetupStep[]): Map<string, string> =>
  new Map(steps.flatMap(({ price }) => (price?.newId ? [[price.priceId, price.newId] as const] : [])));

/** Written beside and moved over, so that a crash leaves one of the two whole. */
const rewrite = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};

export const addStripeCommands = (program: Command): void => {
  const stripe = program.command('stripe').description('the Stripe account that sells the catalog');
  stripe
    .command('sweep')
    .description('compares what Stripe lists with the log, records what no webhook delivered, and asks about open payments')
    .option('--since <time>', 'a day (UTC) or a time, at most 30 days ago; without it since the last sweep')
    .action(async ({ since }: { since?: string }) => {
      const from = since === undefined ? undefined : dayOf(since, 'since');
      await withLedger(async (app) => {
        const { compared, found, asked, sweptTo } = await app.get(StripeSweep).run(from);
        console.log(`${compared} events compared, ${found} found that were not delivered, ${asked} open payments asked about`);
        console.log(`swept to ${sweptTo}`);
      });
    });
  stripe
    .command('setup')
    .description('creates or matches products, prices and the webhook endpoint, and writes the price ids into the catalog')
    .option('--dry-run', 'says what would be done and changes nothing')
    .action(async ({ dryRun = false }: { dryRun?: boolean }) => {
      await withLedger(async (app) => {
        const settings = app.get(Settings);
        const webhookUrl = `${publicUrl(settings)}/webhooks/stripe`;
        const setup = new StripeSetup(app.get(StripeGateway).sdk, app.get(Catalog).plans, webhookUrl);
        const { steps, webhookSecret } = await setup.run({ dryRun });
        for (const line of columns(
          ['what', 'outcome', 'detail'],
          steps.map(({ subject, outcome, detail }) => [subject, outcome, detail]),
        ))
          console.log(line);
        const ids = newIds(steps);
        const path = settings.CATALOG_PATH;
        if (!dryRun && ids.size > 0) rewrite(path, withPriceIds(readFileSync(path, 'utf8'), ids));
        const open = steps.filter(({ outcome }) => outcome !== 'fits').length;
        console.log(dryRun ? `dry run: ${open} of ${steps.length} would be made or matched` : `${ids.size} price ids written to ${path}`);
        if (webhookSecret) console.log(`STRIPE_WEBHOOK_SECRET=${webhookSecret}   (Stripe shows it only now)`);
      });
    });
};
