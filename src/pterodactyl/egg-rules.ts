/** The Laravel rule strings that eggs put on their variables, as far as eggs use them. Pure. */

export interface Rule {
  readonly name: string;
  readonly argument: string;
}

/** Splits `a|b:1|regex:/x|y/`; a regex reaches to the end of its last delimiter, so a bar inside it does not split. */
export function parseRules(rules: string): Rule[] {
  const parts = rules.match(/regex:\/(?:\\.|[^/\\])*\/\w*|[^|]+/g) ?? [];
  return parts.map((part) => {
    const colon = part.indexOf(':');
    return colon < 0 ? { name: part.trim(), argument: '' } : { name: part.slice(0, colon).trim(), argument: part.slice(colon + 1) };
  });
}

/** The rule's pattern, or undefined when it cannot be read here; the panel then judges alone. */
export function patternOf(argument: string): RegExp | undefined {
  const end = argument.lastIndexOf('/');
  try {
    return new RegExp(argument.slice(1, end), argument.slice(end + 1).replace(/[^ims]/g, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isNumeric = (value: string): boolean => /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value);

/** Numbers count for their value only under a numeric rule; text by its characters. */
const sizeOf = (value: string, numeric: boolean): number => (numeric && isNumeric(value) ? Number(value) : [...value].length);

export const limitsIn = (argument: string): readonly [number, number] => {
  const [least = '0', most = '0'] = argument.split(',');
  return [Number(least), Number(most)];
};

/** The rules that name the signs of which a text is made. */
export const SIGNS = {
  alpha_dash: /^[\p{L}\p{M}\p{N}_-]+$/u,
  alpha_num: /^[\p{L}\p{M}\p{N}]+$/u,
  alpha: /^[\p{L}\p{M}]+$/u,
} as const;

type Check = (value: string, argument: string, numeric: boolean) => boolean;

const holds: Readonly<Record<string, Check>> = {
  string: () => true,
  integer: (value) => /^[+-]?\d+$/.test(value),
  numeric: isNumeric,
  boolean: (value) => value === '0' || value === '1',
  in: (value, argument) => argument.split(',').includes(value),
  max: (value, argument, numeric) => sizeOf(value, numeric) <= Number(argument),
  min: (value, argument, numeric) => sizeOf(value, numeric) >= Number(argument),
  between: (value, argument, numeric) => sizeOf(value, numeric) >= limitsIn(argument)[0] && sizeOf(value, numeric) <= limitsIn(argument)[1],
  size: (value, argument, numeric) => sizeOf(value, numeric) === Number(argument),
  regex: (value, argument) => patternOf(argument)?.test(value) ?? true,
  alpha_dash: (value) => SIGNS.alpha_dash.test(value),
  alpha_num: (value) => SIGNS.alpha_num.test(value),
  alpha: (value) => SIGNS.alpha.test(value),
  url: (value) => URL.canParse(value) && /^[a-z][a-z0-9+.-]*:\/\//i.test(value),
};

/** What an empty value still satisfies: the panel turns it into null, which has size 0 and is no text, number or pattern. */
const holdsForNull = (rule: Rule): boolean => {
  switch (rule.name) {
    case 'max':
      return true;
    case 'min':
      return Number(rule.argument) <= 0;
    case 'between':
      return limitsIn(rule.argument)[0] <= 0;
    case 'in':
      return rule.argument.split(',').includes('');
    default:
      return holds[rule.name] === undefined;
  }
};

/**
 * The first rule that a value breaks, by name; undefined when it meets them all. Values are text, trimmed as the panel does; an empty one is
 * null there, which only `nullable` variables may be. Rules unknown here are left to the panel.
 */
export function brokenRule(rules: string, value: string): string | undefined {
  const parsed = parseRules(rules);
  const has = (name: string): boolean => parsed.some((rule) => rule.name === name);
  const text = value.trim();
  if (text === '') {
    if (has('required')) return 'required';
    return has('nullable') ? undefined : parsed.find((rule) => !holdsForNull(rule))?.name;
  }
  const numeric = has('numeric') || has('integer');
  return parsed.find(({ name, argument }) => holds[name] !== undefined && !holds[name](text, argument, numeric))?.name;
}

export const SECRET_LENGTH_DEFAULT = 24;
const SECRET_LENGTH_MIN = 8;
/** 32 signs without look-alikes: every byte picks one without bias, and all pass `alpha_num`, `alpha_dash` and `[\w.-]`. */
const SECRET_SIGNS = 'abcdefghijkmnpqrstuvwxyzABCDEFGH';

/** How long a secret under these rules is: 24 signs, or what the rules allow; undefined when they allow fewer than 8. */
function secretLength(rules: string): number | undefined {
  const limits = parseRules(rules).flatMap(({ name, argument }) => {
    if (name === 'max') return [Number(argument)];
    return name === 'between' ? [limitsIn(argument)[1]] : [];
  });
  const length = Math.min(SECRET_LENGTH_DEFAULT, ...limits);
  return length >= SECRET_LENGTH_MIN ? length : undefined;
}

/** A secret made of the given random bytes (24 are enough), or undefined when no such secret meets the rules. Throws when there are too few bytes. */
export function generateSecret(rules: string, randomBytes: Uint8Array): string | undefined {
  const length = secretLength(rules);
  if (length === undefined) return undefined;
  if (randomBytes.length < length) throw new RangeError(`a secret of ${length} signs needs as many random bytes`);
  const secret = [...randomBytes.subarray(0, length)].map((byte) => SECRET_SIGNS[byte % SECRET_SIGNS.length]).join('');
  return brokenRule(rules, secret) === undefined ? secret : undefined;
}
