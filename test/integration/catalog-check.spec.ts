/** Only what was compared with panel and Stripe is sold: a catalog that differs is told what differs, and an edit makes the old answer void. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Catalog } from '../../src/catalog/catalog.js';
import { Buyer, call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';

const CHANGED = 'teeworlds-256m';
const catalogs = mkdtempSync(join(tmpdir(), 'order-ledger-catalog-'));
const text = readFileSync('catalog.yaml', 'utf8');
const price = Catalog.parse(text).plan(CHANGED)?.plan.terms.monthly;

/** A start with the catalog edited in one place; throws when the place is not there. */
const edited = (name: string, from: RegExp, to: string): Record<string, string> => {
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`catalog.yaml has no ${from.source}`);
  writeFileSync(join(catalogs, name), changed);
  return { CATALOG_PATH: join(catalogs, name) };
};

let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;
beforeAll(async () => {
  world = await startWorld();
  ledger = await LedgerProcess.start(world);
  buyer = await Buyer.signUp(ledger.url);
}, 240_000);
afterAll(async () => {
  await ledger.stop();
  await world.close();
  rmSync(catalogs, { recursive: true });
}, 180_000);

/** Null once the order would be taken. */
const refusal = async (planId: string): Promise<string | null> => {
  const { status, body } = await buyer.tryToOrder({ planId }, randomUUID());
  return status === 201 ? null : (body.code ?? String(status));
};
const sellable = async (planId: string): Promise<boolean | undefined> => {
  const { body } = await call<{ plans: { planId: string; sellable: boolean }[] }>(ledger.url, '/api/v1/plans');
  return body.plans.find((shown) => shown.planId === planId)?.sellable;
};
const problems = async (planId: string): Promise<unknown> =>
  ((await world.eventsOf(`plan-${planId}`)).at(-1)?.data as { problems: unknown }).problems;

const problemsBecome = (expected: unknown): Promise<boolean> =>
  eventually(
    async () => {
      expect(await problems(CHANGED)).toStrictEqual(expected);
      return true;
    },
    { withinMs: 60_000, what: 'the comparison' },
  );

const restart = async (env: Record<string, string>): Promise<void> => {
  await ledger.restart({ env });
  buyer = buyer.at(ledger.url);
};

describe('a plan', () => {
  it('that agrees with panel and Stripe is sold', async () => {
    expect([await sellable(CHANGED), await refusal(CHANGED)]).toStrictEqual([true, null]);
  });

  it('is not sold by an older answer after an edit of its price, and says what differs once it is compared', async () => {
    await world.stripeControl('/_control/faults', { match: 'GET /v1/prices/*', fault: 'down', times: 1_000_000 });
    await restart(edited('price.yaml', /amountMinor: \d+(,\s+oneTimePriceId: price_teeworlds_256m_monthly_once)/, 'amountMinor: 1$1'));
    expect([await sellable(CHANGED), await refusal(CHANGED)]).toStrictEqual([false, 'PLAN_NOT_SELLABLE']);
    // Nothing was changed about the others, so what was found of them still holds.
    expect(await sellable('teeworlds-512m')).toBe(true);
    expect(await problems(CHANGED)).toStrictEqual([]);

    await fetch(`${world.stripeUrl}/_control/faults`, { method: 'DELETE' });
    const expected = [price?.oneTimePriceId, price?.recurringPriceId].map((subject) => ({ code: 'PRICE_DIFFERS', subject }));
    await problemsBecome(expected);
    expect(await refusal(CHANGED)).toBe('PLAN_NOT_SELLABLE');
  }, 240_000);

  it('is not sold while its egg bears another name on the panel, and sold again when the catalog is right', async () => {
    await restart(edited('egg.yaml', /egg: \{ id: 33, name: \w+ \}/, 'egg: { id: 33, name: Quake }'));
    const differs = [{ code: 'EGG_NAME_DIFFERS', subject: '33' }];
    await problemsBecome(differs);
    expect(await refusal(CHANGED)).toBe('PLAN_NOT_SELLABLE');
    await restart({});
    await eventually(async () => (await refusal(CHANGED)) === null, { withinMs: 60_000, what: 'the plan to be sold' });
  }, 240_000);
});
