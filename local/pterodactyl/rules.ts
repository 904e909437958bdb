/** Validation as the panel's framework does it: rule strings such as `required|integer|min:0`, one failure per rule that is not met. */
import type { Failure } from './errors.js';

export type Input = Readonly<Record<string, unknown>>;

/** The value under a dotted path; undefined when any part of the path is missing. */
export function valueAt(input: unknown, path: string): unknown {
  let value = input;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** Text is trimmed and `""` becomes null before anything is checked; passwords keep their spaces. */
export function normalise(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    const text = key.startsWith('password') ? value : value.trim();
    return text === '' ? null : text;
  }
  if (Array.isArray(value)) return value.map((item) => normalise(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalise(item, name)]));
  return value;
}

const isNumeric = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value));
const isInteger = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isInteger(value)) || (typeof value === 'string' && /^[+-]?\d+$/.test(value));

/** How big a value is: numbers count for their value only under a numeric rule, lists by length, everything else by characters. */
const sizeOf = (value: unknown, numeric: boolean): number => {
  if (numeric && isNumeric(value)) return Number(value);
  if (Array.isArray(value)) return value.length;
  return value === null || value === undefined ? 0 : [...scalar(value)].length;
};

const scalar = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : value === true ? '1' : '';

const isUrl = (value: unknown): boolean => typeof value === 'string' && URL.canParse(value) && /^[a-z][a-z0-9+.-]*:\/\//i.test(value);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** Reads a regex rule of the panel, `/body/flags`, as ours. */
const regexOf = (text: string): RegExp => {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1).replace(/[^ims]/g, ''));
};

type Check = (value: unknown, argument: string, numeric: boolean) => boolean;

const numbers = (argument: string): [number, number] => argument.split(',').map(Number) as [number, number];

const checks: Readonly<Record<string, Check>> = {
  string: (value) => typeof value === 'string',
  integer: isInteger,
  numeric: isNumeric,
  boolean: (value) => ([true, false, 0, 1, '0', '1'] as unknown[]).includes(value),
  array: (value) => typeof value === 'object' && value !== null,
  email: (value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value),
  url: isUrl,
  min: (value, argument, numeric) => sizeOf(value, numeric) >= Number(argument),
  max: (value, argument, numeric) => sizeOf(value, numeric) <= Number(argument),
  between: (value, argument, numeric) => sizeOf(value, numeric) >= numbers(argument)[0] && sizeOf(value, numeric) <= numbers(argument)[1],
  in: (value, argument) => argument.split(',').includes(scalar(value)),
  regex: (value, argument) => ['string', 'number'].includes(typeof value) && regexOf(argument).test(scalar(value)),
  alpha_dash: (value) => /^[\p{L}\p{M}\p{N}_-]+$/u.test(scalar(value)),
  alpha_num: (value) => /^[\p{L}\p{M}\p{N}]+$/u.test(scalar(value)),
  p_username: (value) => /^[a-z0-9][\w.-]+[a-z0-9]$/.test(scalar(value).toLowerCase()),
};

const messages: Readonly<Record<string, (argument: string) => string>> = {
  required: () => 'field is required.',
  present: () => 'field must be present.',
  string: () => 'must be a string.',
  integer: () => 'must be an integer.',
  numeric: () => 'must be a number.',
  boolean: () => 'field must be true or false.',
  array: () => 'must be an array.',
  email: () => 'must be a valid email address.',
  url: () => 'format is invalid.',
  min: (argument) => `must be at least ${argument}.`,
  max: (argument) => `may not be greater than ${argument}.`,
  between: (argument) => `must be between ${argument.replace(',', ' and ')}.`,
  regex: () => 'format is invalid.',
  unique: () => 'has already been taken.',
  alpha_dash: () => 'may only contain letters, numbers, and dashes.',
  alpha_num: () => 'may only contain letters and numbers.',
  p_username: () => 'must start and end with alpha-numeric characters and contain only letters, numbers, dashes, underscores, and periods.',
};

/** One failed rule in the panel's words. */
export const failure = (field: string, rule: string, { name = field.replaceAll('_', ' '), argument = '' } = {}): Failure => {
  const selected = rule === 'in' || rule === 'exists';
  const detail = selected ? `The selected ${name} is invalid.` : `The ${name} ${messages[rule]?.(argument) ?? 'is invalid.'}`;
  return { field, rule, detail };
};

/** A field to check: its dotted path, its rules, and (for `unique` and `exists`) what the tables say about a value that passed the rest. */
export interface Field {
  readonly path: string;
  readonly rules: string;
  readonly name?: string;
  readonly unique?: (value: unknown) => boolean;
  readonly exists?: (value: unknown) => boolean;
}

const parse = (rules: string): { rule: string; argument: string }[] =>
  rules.split('|').map((text) => {
    const colon = text.indexOf(':');
    return colon < 0 ? { rule: text, argument: '' } : { rule: text.slice(0, colon), argument: text.slice(colon + 1) };
  });

/** The rules that `value` breaks, by name; undefined means the field was not sent. */
export function brokenRules(value: unknown, rules: string): { rule: string; argument: string }[] {
  const parsed = parse(rules);
  const has = (rule: string): boolean => parsed.some((item) => item.rule === rule);
  if (has('required') && isEmpty(value)) return [{ rule: 'required', argument: '' }];
  if (has('present') && value === undefined) return [{ rule: 'present', argument: '' }];
  if (value === undefined || (value === null && has('nullable'))) return [];
  const numeric = has('numeric') || has('integer');
  return parsed.filter(({ rule, argument }) => checks[rule] !== undefined && !checks[rule](value, argument, numeric));
}

/** Checks one field; what the tables say is asked only when its own rules hold. */
export function checkField(input: Input, field: Field): Failure[] {
  const value = valueAt(input, field.path);
  const named = field.name === undefined ? {} : { name: field.name };
  const failures = brokenRules(value, field.rules).map(({ rule, argument }) => failure(field.path, rule, { ...named, argument }));
  if (failures.length > 0 || value === undefined || value === null) return failures;
  if (field.unique && !field.unique(value)) return [failure(field.path, 'unique', named)];
  if (field.exists && !field.exists(value)) return [failure(field.path, 'exists', named)];
  return [];
}

export const checkFields = (input: Input, fields: readonly Field[]): Failure[] => fields.flatMap((field) => checkField(input, field));
