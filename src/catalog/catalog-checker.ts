/** Compares every plan with panel and Stripe: egg id and name, the variables it names, price ids, amounts and intervals. */
import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Term } from '../orders/order.events.js';
import { Clock } from '../platform/clock.js';
import { EggShelf } from '../provisioning/egg-shelf.js';
import { buildEnvironment, generateSecret } from '../pterodactyl/egg-environment.js';
import type { EggVariable, PanelEgg } from '../pterodactyl/panel.types.js';
import { StripeGateway, type PriceFacts } from '../stripe/stripe.gateway.js';
import { Catalog, comparedHash, TERMS, variablesOf, type PlanOfGame } from './catalog.js';
import { RecordPlanCheck } from './catalog.commands.js';
import type { Game, TermPrice } from './catalog.schema.js';
import type { PlanProblem, PlanSetting } from './plan.events.js';

/** How Stripe counts our terms. */
export const INTERVALS: Readonly<Record<Term, { interval: 'month' | 'year'; count: number }>> = {
  monthly: { interval: 'month', count: 1 },
  quarterly: { interval: 'month', count: 3 },
  yearly: { interval: 'year', count: 1 },
};

@Injectable()
export class CatalogChecker {
  private readonly log = new Logger(CatalogChecker.name);

  constructor(
    private readonly catalog: Catalog,
    private readonly eggs: EggShelf,
    private readonly stripe: StripeGateway,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  /**
   * Checks all plans; what could not be compared keeps its last answer.
   * @returns false when the panel could not be asked. @throws Refusal STRIPE_UNAVAILABLE
   */
  async check(): Promise<boolean> {
    const eggs = await this.eggs.all();
    if (eggs.ok !== 'done') {
      this.log.warn('the panel could not be read; the catalog is checked again soon');
      return false;
    }
    for (const sold of this.catalog.plans) {
      const { game, plan } = sold;
      const problems = [...eggProblems(game, eggs.value), ...(await this.priceProblems(plan))];
      const checked = {
        planId: plan.id,
        sellable: problems.length === 0,
        problems,
        checkedAt: this.clock.iso(),
        compared: comparedHash(sold),
        settings: settingsOf(game, eggs.value),
      };
      await this.commands.execute(new RecordPlanCheck(checked));
    }
    return true;
  }

  private async priceProblems(plan: PlanOfGame['plan']): Promise<PlanProblem[]> {
    const perTerm = await Promise.all(
      TERMS.map(async (term) => {
        const expected = plan.terms[term];
        const [once, recurring] = await Promise.all([
          this.stripe.price(expected.oneTimePriceId),
          this.stripe.price(expected.recurringPriceId),
        ]);
        return [
          ...differences({ subject: expected.oneTimePriceId, found: once, expected, interval: null }),
          ...differences({ subject: expected.recurringPriceId, found: recurring, expected, interval: INTERVALS[term] }),
        ];
      }),
    );
    return perTerm.flat();
  }
}

/** What of the egg keeps a game from being sold; the first wrong thing hides what follows from it. */
export const eggProblems = (game: Game, eggs: readonly PanelEgg[]): PlanProblem[] => {
  const egg = eggs.find(({ id }) => id === game.egg.id);
  if (!egg) return [{ code: 'EGG_MISSING', subject: String(game.egg.id) }];
  if (egg.name !== game.egg.name) return [{ code: 'EGG_NAME_DIFFERS', subject: String(game.egg.id) }];
  const known = new Map(egg.variables.map((variable) => [variable.envVariable, variable]));
  const problem =
    (code: PlanProblem['code']) =>
    (subject: string): PlanProblem => ({ code, subject });
  const unknown = variablesOf(game).filter((variable) => !known.has(variable));
  if (unknown.length > 0) return unknown.map(problem('EGG_VARIABLE'));
  const asked = game.configuration.map(({ variable }) => variable);
  const closed = asked.filter((variable) => known.get(variable)?.userEditable === false);
  return [...closed.map(problem('EGG_VARIABLE_CLOSED')), ...brokenWithoutChoices(game, egg.variables).map(problem('EGG_RULE'))];
};

const ANY_PORT = 25_565;
const NO_BYTES = new Uint8Array(64);

/** Variables that break the egg's rules though a customer leaves everything as it is; what they must choose is not among them. */
function brokenWithoutChoices({ environment, ports, secrets, configuration }: Game, variables: readonly EggVariable[]): string[] {
  const rulesOf = (name: string): string => variables.find(({ envVariable }) => envVariable === name)?.rules ?? '';
  const built = buildEnvironment({
    variables,
    plan: environment ?? {},
    ports: Object.fromEntries(ports.flatMap(({ variable }) => (variable ? [[variable, ANY_PORT]] : []))),
    secrets: Object.fromEntries(secrets.map((name) => [name, generateSecret(rulesOf(name), NO_BYTES) ?? ''])),
  });
  const chosen = configuration.filter(({ required }) => required).map(({ variable }) => variable);
  return built.ok ? [] : built.problems.map(({ variable }) => variable).filter((variable) => !chosen.includes(variable));
}

/** The panel's own words may be long; a form shows a line or two. */
const DESCRIPTION_MAX = 300;

/** What the egg says of the settings that the game offers; nothing of an egg that is another one. */
export const settingsOf = (game: Game, eggs: readonly PanelEgg[]): PlanSetting[] => {
  const variables = eggs.find(({ id, name }) => id === game.egg.id && name === game.egg.name)?.variables ?? [];
  return game.configuration.flatMap(({ variable }) => {
    const found = variables.find(({ envVariable }) => envVariable === variable);
    if (!found) return [];
    const { rules, defaultValue, description } = found;
    return [
      { variable, rules, defaultValue: game.environment?.[variable] ?? defaultValue, description: description.slice(0, DESCRIPTION_MAX) },
    ];
  });
};

type Interval = { readonly interval: string; readonly count: number } | null;

const sameInterval = (one: Interval, other: Interval): boolean => one?.interval === other?.interval && one?.count === other?.count;

/** Whether Stripe asks what the catalog promises; `interval` null: a price paid once. */
export const differences = (price: {
  subject: string;
  found: PriceFacts | null;
  expected: TermPrice;
  interval: Interval;
}): PlanProblem[] => {
  const { subject, found, expected, interval } = price;
  if (!found?.active) return [{ code: 'PRICE_MISSING', subject }];
  const sameAmount = found.currency === expected.currency && found.amountMinor === expected.amountMinor;
  return sameAmount && sameInterval(found.recurring, interval) ? [] : [{ code: 'PRICE_DIFFERS', subject }];
};
