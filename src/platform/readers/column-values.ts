/** What the columns of a read model can take. Judged per event and without PostgreSQL, which sees only the last of a batch's states of a row. */
import { messageOf, Unstorable } from './errors.js';
import type { Row } from './projection-definition.js';

/** Column types whose values come back from PostgreSQL as the fold made them (`numeric` and `bigint` as strings). */
export const COLUMN_TYPES = ['text', 'integer', 'smallint', 'bigint', 'numeric', 'boolean', 'double precision', 'jsonb'];

export interface Column {
  readonly name: string;
  readonly property: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** A value as PostgreSQL reads it. @throws Unstorable */
export const valueOf = ({ property, type }: Column, row: Row): string | null => {
  const value = row[property];
  if (value === null || value === undefined) return null;
  if (type !== 'jsonb' && typeof value === 'string') return value;
  return jsonOf(property, value);
};

/** What was judged is what is written, and neither folds nor the engine change a value: its JSON need not be made twice. */
const known = new WeakMap<object, string>();

const jsonOf = (property: string, value: unknown): string => {
  const object = typeof value === 'object' && value !== null ? value : undefined;
  const before = object && known.get(object);
  if (before !== undefined) return before;
  const json = madeJson(property, value);
  if (object) known.set(object, json);
  return json;
};

const madeJson = (property: string, value: unknown): string => {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new Unstorable(`${property} has no JSON: ${messageOf(error)}`);
  }
  if (json === undefined) throw new Unstorable(`${property} has no JSON: it is a ${typeof value}`);
  return json;
};

/** The zero character, and half of a pair. */
export const UNSTORABLE = /\0|\p{Surrogate}/u;

/** The same as JSON escapes them; an escaped backslash before a `u` is none of them. */
const UNSTORABLE_JSON = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?$/i;

const integerOf =
  (bits: number) =>
  (text: string): string | undefined => {
    if (!INTEGER.test(text)) return 'is not an integer';
    // Most are far within; BigInt is for those that may not be.
    const near = text.length < 5 ? 0n : BigInt(text.replace('+', ''));
    return BigInt.asIntN(bits, near) === near ? undefined : 'is out of range';
  };

const PROBLEMS: Readonly<Record<string, (text: string) => string | undefined>> = {
  text: (text) => (text.includes('\0') || !text.isWellFormed() ? 'has characters that PostgreSQL cannot store' : undefined),
  jsonb: (text) => (text.includes('\\u') && UNSTORABLE_JSON.test(text) ? 'has characters that PostgreSQL cannot store' : undefined),
  smallint: integerOf(16),
  integer: integerOf(32),
  bigint: integerOf(64),
  numeric: (text) => (NUMBER.test(text) ? undefined : 'is not a number'),
  'double precision': (text) => (NUMBER.test(text) && Number.isFinite(Number(text)) ? undefined : 'is not a number it can hold'),
  boolean: (text) => (text === 'true' || text === 'false' ? undefined : 'is neither true nor false'),
};

/** Why a column cannot take what a row has for it; undefined if it can. Names the property, never the value. */
export function columnProblem(column: Column, row: Row): string | undefined {
  const { property, type, nullable } = column;
  try {
    const text = valueOf(column, row);
    if (text === null) return nullable ? undefined : `${property} is missing`;
    const problem = PROBLEMS[type]?.(text);
    return problem && `${property} ${problem} for ${type}`;
  } catch (error) {
    if (error instanceof Unstorable) return error.message;
    throw error;
  }
}
