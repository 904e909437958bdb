/** Stripe's lists: newest first, `starting_after` and `ending_before` exclusive, and `has_more`. */
import { invalidRequest, noSuch } from './errors.js';
import type { StripeObject } from './records.js';
import { integer, object, text } from './rules.js';
import type { Read, Rule } from './rules.js';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

export const paging = { limit: integer, starting_after: text, ending_before: text };

const between = object({ gt: integer, gte: integer, lt: integer, lte: integer });

/** `created=<unix s>` or `created[gte]=<unix s>` and its kin, as a test on unix seconds. */
export const createdRange: Rule<(created: number) => boolean> = {
  read(value, path) {
    if (typeof value === 'string') {
      const exact = integer.read(value, path);
      return (created) => created === exact;
    }
    const { gt, gte, lt, lte } = between.read(value, path);
    const above = (created: number): boolean => created > (gt ?? -Infinity) && created >= (gte ?? -Infinity);
    return (created) => above(created) && created < (lt ?? Infinity) && created <= (lte ?? Infinity);
  },
};

export interface Listed {
  readonly object: 'list';
  readonly url: string;
  readonly has_more: boolean;
  readonly data: readonly unknown[];
}

function cursor(objects: readonly { id: string }[], id: string, param: string): number {
  const index = objects.findIndex((found) => found.id === id);
  if (index < 0) throw noSuch('object', id, param);
  return index;
}

/** One page of `objects`, which come newest first. */
export function page(url: string, objects: readonly ({ id: string } | StripeObject)[], asked: Read<typeof paging>): Listed {
  const { limit = LIMIT_DEFAULT, starting_after: after, ending_before: before } = asked;
  if (limit < 1 || limit > LIMIT_MAX) {
    throw invalidRequest({
      code: 'parameter_invalid_integer',
      message: `Invalid integer: ${limit} (must be between 1 and ${LIMIT_MAX})`,
      param: 'limit',
    });
  }
  if (after !== undefined && before !== undefined) {
    throw invalidRequest({
      message: 'You may only specify one of these parameters: starting_after, ending_before.',
      param: 'ending_before',
    });
  }
  if (before !== undefined) {
    const newer = objects.slice(0, cursor(objects, before, 'ending_before'));
    return { object: 'list', url, has_more: newer.length > limit, data: newer.slice(-limit) };
  }
  const older = after === undefined ? objects : objects.slice(cursor(objects, after, 'starting_after') + 1);
  return { object: 'list', url, has_more: older.length > limit, data: older.slice(0, limit) };
}
