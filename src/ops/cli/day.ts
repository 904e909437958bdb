/** A day or a time given on the command line. */

/** @param option its name, for the message of the error that is thrown for anything else */
export const dayOf = (text: string, option: string): Date => {
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(date.getTime()))
    throw new Error(`--${option} takes a day (2026-11-21) or a time in UTC (2026-11-21T10:00:00Z), not "${text}"`);
  return date;
};
