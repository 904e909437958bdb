/** What is for sale: catalog.yaml, read once at start and refused as a whole when any line of it is wrong. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { Resources, Term } from '../orders/order.events.js';
import { CatalogFile, type Game, type Plan, type TermPrice } from './catalog.schema.js';

export const TERMS: readonly Term[] = ['monthly', 'quarterly', 'yearly'];

export interface PlanOfGame {
  readonly game: Game;
  readonly plan: Plan;
}

/** Every mistake of the file, one per line: `catalog.yaml:12 games.0.egg.id must be an integer`. */
export class CatalogError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The catalog cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'CatalogError';
  }
}

export class Catalog {
  private readonly byPlan: ReadonlyMap<string, PlanOfGame>;

  private constructor(private readonly file: CatalogFile) {
    this.byPlan = new Map(file.games.flatMap((game) => game.plans.map((plan) => [plan.id, { game, plan }] as const)));
  }

  /** @throws CatalogError naming line and field of every mistake */
  static load(path: string): Catalog {
    return Catalog.parse(textOf(path), path);
  }

  /** @param name what the messages call the file */
  static parse(text: string, name = 'catalog.yaml'): Catalog {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    if (document.errors.length > 0)
      throw new CatalogError(document.errors.map((error) => `${name}:${lines.linePos(error.pos[0]).line} ${error.message.split('\n')[0]}`));
    if (!isMap(document.contents)) throw new CatalogError([`${name}:1 must hold regions and games`]);
    const file = plainToInstance(CatalogFile, document.toJS() as object);
    const mistakes = [...flatten(validateSync(file, { whitelist: true, forbidNonWhitelisted: true })), ...contradictions(file)];
    if (mistakes.length > 0)
      throw new CatalogError(mistakes.map(({ path, message }) => `${name}:${lineOf(document, lines, path)} ${path.join('.')} ${message}`));
    return new Catalog(file);
  }

  get regions(): CatalogFile['regions'] {
    return this.file.regions;
  }

  get games(): readonly Game[] {
    return this.file.games;
  }

  get plans(): readonly PlanOfGame[] {
    return [...this.byPlan.values()];
  }

  plan(planId: string): PlanOfGame | undefined {
    return this.byPlan.get(planId);
  }

  game(gameId: string): Game | undefined {
    return this.file.games.find(({ id }) => id === gameId);
  }
}

/** Hash of everything of a plan that is compared with panel and Stripe: egg, variables, prices. Another hash, another comparison. */
export const comparedHash = ({ game, plan }: PlanOfGame): string => {
  const prices = TERMS.map((term) => {
    const { oneTimePriceId, recurringPriceId, amountMinor, currency } = plan.terms[term];
    return [term, oneTimePriceId, recurringPriceId, amountMinor, currency];
  });
  const compared = [game.egg.id, game.egg.name, variablesOf(game), prices];
  return createHash('sha256').update(JSON.stringify(compared)).digest('hex');
};

/** Every variable of its egg that a game names. */
export const variablesOf = (game: Game): string[] => [
  ...game.secrets,
  ...Object.keys(game.environment ?? {}),
  ...game.configuration.map(({ variable }) => variable),
  ...game.ports.flatMap(({ variable }) => variable ?? []),
];

/** The check of a plan as the catalog has it now; undefined while only something else was compared. */
export const checkOf = <Check extends { planId: string; compared: string | null }>(
  sold: PlanOfGame,
  checks: readonly Check[],
): Check | undefined => {
  const check = checks.find(({ planId }) => planId === sold.plan.id);
  return check?.compared === comparedHash(sold) ? check : undefined;
};

/** What a plan takes from a node, with the ports of its game. */
export const resourcesOf = ({ game, plan }: PlanOfGame): Resources => {
  const { memoryMib, diskMib, cpuPercent, swapMib, io, threads, databases, backups } = plan;
  return { memoryMib, diskMib, cpuPercent, swapMib, io, threads, databases, backups, ports: game.ports.length };
};

/** The Stripe price to charge: a recurring one in subscription mode, a one-time one in payment mode; Stripe refuses the other way round. */
export const priceIdOf = (price: TermPrice, payment: 'once' | 'subscription'): string =>
  payment === 'subscription' ? price.recurringPriceId : price.oneTimePriceId;

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CatalogError([`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
};

interface Mistake {
  readonly path: readonly string[];
  readonly message: string;
}

const flatten = (errors: readonly ValidationError[], prefix: readonly string[] = []): Mistake[] =>
  errors.flatMap((error) => {
    const path = [...prefix, error.property];
    const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message: message.replace(`${error.property} `, '') }));
    return [...own, ...flatten(error.children ?? [], path)];
  });

/** What a list holds of its kind; the fields' own checks report the rest, and a value that is no list at all. */
const itemsOf = <T>(list: readonly T[]): readonly T[] => (Array.isArray(list) ? (list as readonly T[]) : []);

/** What no single field shows: ids used twice, one price id for two things. */
const contradictions = (file: CatalogFile): Mistake[] => {
  const seen = new Map<string, string>();
  const once = (kind: string, value: string | undefined, path: readonly string[]): Mistake[] => {
    const key = `${kind} ${value}`;
    const first = seen.get(key);
    seen.set(key, path.join('.'));
    return first === undefined || value === undefined ? [] : [{ path, message: `is used twice: ${value} also stands at ${first}` }];
  };
  return itemsOf(file.games).flatMap((game, g) => [
    ...once('game', game?.id, ['games', String(g), 'id']),
    ...itemsOf(game?.plans).flatMap((plan, p) => {
      const at = ['games', String(g), 'plans', String(p)];
      const prices = TERMS.flatMap((term) => {
        const price = plan?.terms?.[term];
        const path = [...at, 'terms', term];
        return [
          ...once('price', price?.oneTimePriceId, [...path, 'oneTimePriceId']),
          ...once('price', price?.recurringPriceId, [...path, 'recurringPriceId']),
        ];
      });
      return [...once('plan', plan?.id, [...at, 'id']), ...prices];
    }),
  ]);
};

/** Line of the field, or of the nearest thing around it that exists. */
const lineOf = (document: Document, lines: LineCounter, path: readonly string[]): number => {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === part);
      if (!pair) break;
      offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return lines.linePos(offset).line;
};
