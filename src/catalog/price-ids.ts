/** Writes price ids into the text of catalog.yaml and leaves every other character, comments too, as it is. Pure. */
import { isScalar, parseDocument, visit } from 'yaml';

const NAMES = new Set<unknown>(['oneTimePriceId', 'recurringPriceId']);

/** Each old id becomes the new one wherever a price is named. Ids that the text does not name are left out. */
export const withPriceIds = (text: string, ids: ReadonlyMap<string, string>): string => {
  const places: { readonly from: number; readonly to: number; readonly id: string }[] = [];
  visit(parseDocument(text), {
    Pair: (_key, { key, value }) => {
      if (!isScalar(key) || !NAMES.has(key.value) || !isScalar(value) || !value.range) return;
      const id = ids.get(String(value.value));
      if (id !== undefined) places.push({ from: value.range[0], to: value.range[1], id });
    },
  });
  // From the end, so that the places before keep theirs.
  return places.reverse().reduce((all, { from, to, id }) => all.slice(0, from) + id + all.slice(to), text);
};
