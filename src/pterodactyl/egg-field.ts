/** What a form needs to know of an egg's variable, read from its rules. Pure. */
import { brokenRule, limitsIn, parseRules, patternOf, SIGNS, type Rule } from './egg-rules.js';

export const FIELD_TYPES = ['text', 'integer', 'number', 'choice', 'switch'] as const;

export interface FieldShape {
  readonly type: (typeof FIELD_TYPES)[number];
  /** Whether it may be empty. */
  readonly required: boolean;
  /** Of a number its least value, of a text its fewest characters. */
  readonly min: number | null;
  readonly max: number | null;
  /** What can be chosen; of a switch what is sent for on, then for off. */
  readonly options: readonly string[];
  /** The rule that asks for a form of the text, as JavaScript reads it. */
  readonly pattern: { readonly rule: string; readonly source: string; readonly flags: string } | null;
}

const TRUTHS = [
  ['1', '0'],
  ['true', 'false'],
] as const;

type Limits = Pick<FieldShape, 'min' | 'max'>;

const limitsOf: Readonly<Record<string, (argument: string) => Partial<Limits>>> = {
  min: (argument) => ({ min: Number(argument) }),
  max: (argument) => ({ max: Number(argument) }),
  size: (argument) => ({ min: Number(argument), max: Number(argument) }),
  between: (argument) => ({ min: limitsIn(argument)[0], max: limitsIn(argument)[1] }),
};

const isSigns = (name: string): name is keyof typeof SIGNS => Object.hasOwn(SIGNS, name);

const patternOfRule = ({ name, argument }: Rule): FieldShape['pattern'][] => {
  const pattern = name === 'regex' ? patternOf(argument) : isSigns(name) ? SIGNS[name] : undefined;
  return pattern ? [{ rule: name, source: pattern.source, flags: pattern.flags }] : [];
};

/** On and off, when these are all there is to choose. */
const truthIn = (options: readonly string[]): readonly string[] | undefined =>
  TRUTHS.find((truth) => options.length === truth.length && truth.every((value) => options.includes(value)));

const choiceOf = (rules: readonly Rule[]): Pick<FieldShape, 'type' | 'options'> | undefined => {
  const listed = rules.find(({ name }) => name === 'in');
  const options = listed?.argument.split(',') ?? (rules.some(({ name }) => name === 'boolean') ? [...TRUTHS[0]] : undefined);
  if (!options) return undefined;
  const truth = truthIn(options);
  return truth ? { type: 'switch', options: truth } : { type: 'choice', options };
};

const typedOf = (rules: readonly Rule[]): FieldShape['type'] => {
  if (rules.some(({ name }) => name === 'integer')) return 'integer';
  return rules.some(({ name }) => name === 'numeric') ? 'number' : 'text';
};

/** Rules that no form can show are left to `checkAgainstRules`, which judges before anything is sold. */
export function fieldShape(rules: string): FieldShape {
  const parsed = parseRules(rules);
  const limits = parsed.reduce<Limits>((known, { name, argument }) => ({ ...known, ...limitsOf[name]?.(argument) }), {
    min: null,
    max: null,
  });
  return {
    ...(choiceOf(parsed) ?? { type: typedOf(parsed), options: [] }),
    required: brokenRule(rules, '') !== undefined,
    ...limits,
    pattern: parsed.flatMap(patternOfRule)[0] ?? null,
  };
}
