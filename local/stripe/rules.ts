/** Parameter rules: what a call accepts, read into typed values; anything else is refused in Stripe's words. */
import { invalidRequest, missingParameter, StripeFailure, unknownParameter } from './errors.js';
import type { Param, Params } from './form.js';
import type { Metadata } from './records.js';

export interface Rule<T> {
  read(value: Param, path: string): T;
}
export interface RequiredRule<T> extends Rule<T> {
  readonly required: true;
}
export type Shape = Readonly<Record<string, Rule<unknown>>>;
export type Read<S extends Shape> = {
  [K in keyof S]: S[K] extends RequiredRule<infer T> ? T : S[K] extends Rule<infer T> ? T | undefined : never;
};

const METADATA_KEYS_MAX = 50;
const METADATA_KEY_LENGTH_MAX = 40;
const METADATA_VALUE_LENGTH_MAX = 500;
const TEXT_LENGTH_MAX = 5000;

export const text: Rule<string> = {
  read(value, path) {
    if (typeof value !== 'string') throw invalidRequest({ message: `Invalid string: ${JSON.stringify(value)}`, param: path });
    if (value.length > TEXT_LENGTH_MAX) {
      throw invalidRequest({ message: `Invalid string: must be at most ${TEXT_LENGTH_MAX} characters`, param: path });
    }
    return value;
  },
};

export const integer: Rule<number> = {
  read(value, path) {
    if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
    throw invalidRequest({ code: 'parameter_invalid_integer', message: `Invalid integer: ${shown(value)}`, param: path });
  },
};

export const boolean: Rule<boolean> = {
  read(value, path) {
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalidRequest({ message: `Invalid boolean: ${shown(value)}`, param: path });
  },
};

export const url: Rule<string> = {
  read(value, path) {
    const address = text.read(value, path);
    if (!URL.canParse(address)) throw invalidRequest({ code: 'url_invalid', message: 'Not a valid URL', param: path });
    return address;
  },
};

export const oneOf = <const T extends string>(...names: readonly T[]): Rule<T> => ({
  read(value, path) {
    const found = names.find((name) => name === value);
    if (found !== undefined) return found;
    const last = names.at(-1) ?? '';
    const list = names.length > 1 ? `one of ${names.slice(0, -1).join(', ')}, or ${last}` : last;
    throw invalidRequest({ message: `Invalid ${path}: must be ${list}`, param: path });
  },
});

export const list = <T>(rule: Rule<T>): Rule<T[]> => ({
  read(value, path) {
    if (!Array.isArray(value)) throw invalidRequest({ message: 'Invalid array', param: path });
    return value.map((entry, index) => rule.read(entry, `${path}[${index}]`));
  },
});

export const object = <S extends Shape>(shape: S): Rule<Read<S>> => ({
  read(value, path) {
    if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest({ message: 'Invalid object', param: path });
    return readShape(shape, value, path);
  },
});

/** An empty value removes the key, as with Stripe; the merge happens where the metadata lives. */
export const metadata: Rule<Metadata> = {
  read(value, path) {
    if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest({ message: 'Invalid object', param: path });
    const entries = Object.entries(value).map(([key, entry]): [string, string] => [key, text.read(entry, `${path}[${key}]`)]);
    if (entries.length > METADATA_KEYS_MAX)
      throw invalidRequest({ message: `Metadata can have up to ${METADATA_KEYS_MAX} keys`, param: path });
    for (const [key, entry] of entries) {
      if (key.length > METADATA_KEY_LENGTH_MAX) {
        throw invalidRequest({ message: `Metadata keys can be at most ${METADATA_KEY_LENGTH_MAX} characters`, param: `${path}[${key}]` });
      }
      if (entry.length > METADATA_VALUE_LENGTH_MAX) {
        throw invalidRequest({
          message: `Metadata values can have up to ${METADATA_VALUE_LENGTH_MAX} characters`,
          param: `${path}[${key}]`,
        });
      }
    }
    return Object.fromEntries(entries);
  },
};

/** Accepted for form's sake: the stand-in behaves the same with and without it. */
export const ignored: Rule<Param> = { read: (value) => value };

export const required = <T>(rule: Rule<T>): RequiredRule<T> => ({ required: true, read: (value, path) => rule.read(value, path) });

/** Like the rule, but an empty value means null: the field is cleared instead of left as it is. */
export const clearable = <T>(rule: Rule<T>): Rule<T | null> & { clearable: true } => ({
  clearable: true,
  read: (value, path) => (value === '' ? null : rule.read(value, path)),
});

/** The first of two rules that can read the value. */
export const either = <A, B>(first: Rule<A>, second: Rule<B>): Rule<A | B> => ({
  read(value, path) {
    try {
      return first.read(value, path);
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      return second.read(value, path);
    }
  },
});

const shown = (value: Param): string => (typeof value === 'string' ? value : JSON.stringify(value));
const isRequired = (rule: Rule<unknown>): boolean => 'required' in rule;
const isClearable = (rule: Rule<unknown>): boolean => 'clearable' in rule;

/** Reads `params` by `shape`. Throws a 400: parameter_unknown, parameter_missing, or what the rule says. */
export function readShape<S extends Shape>(shape: S, params: Params, prefix = ''): Read<S> {
  const pathOf = (name: string): string => (prefix === '' ? name : `${prefix}[${name}]`);
  const unknown = Object.keys(params).find((name) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) throw unknownParameter(pathOf(unknown));
  const values = Object.entries(shape).map(([name, rule]): [string, unknown] => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    const unset = value === undefined || (value === '' && !isClearable(rule));
    if (unset && isRequired(rule)) throw missingParameter(pathOf(name));
    return [name, unset ? undefined : rule.read(value, pathOf(name))];
  });
  return Object.fromEntries(values) as Read<S>;
}
