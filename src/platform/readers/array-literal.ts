/** Arrays in PostgreSQL's own notation. The driver makes them too, but character by character; these are most of what a batch costs. */

/** JSON writes these differently from PostgreSQL; the last two ranges are halves of pairs. */
const UNLIKE_JSON = /[\u0000-\u001f\ud800-\udfff]/;

const elementOf = (value: string | null): string => {
  if (value === null) return 'NULL';
  // Otherwise both quote a text in the same way, and the engine's JSON is native code.
  return UNLIKE_JSON.test(value) ? `"${value.replace(/[\\"]/g, '\\$&')}"` : JSON.stringify(value);
};

/** An escape that only JSON knows, or what looks like one. */
const JSON_ESCAPE = /\\[^"\\]/;

/** The text of an array with these elements. */
export const arrayOf = (values: readonly (string | null)[]): string => {
  // Nearly always the whole array is written alike in both; a null is one in any case of letters.
  const json = JSON.stringify(values);
  return JSON_ESCAPE.test(json) ? `{${values.map(elementOf).join(',')}}` : `{${json.slice(1, -1)}}`;
};
