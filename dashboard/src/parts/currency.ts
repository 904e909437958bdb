/** How many digits an amount has after the point: by Stripe's own lists, for its minor units are what the API tells and takes. */

/** These differ from ISO 4217, which gives ISK and UGX no digits and MGA two. */
const ZERO_DECIMALS = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMALS = new Set('bhd jod kwd omr tnd'.split(' '));

/** @param currency ISO 4217, in any case */
export const digitsOf = (currency: string): number => {
  const code = currency.toLowerCase();
  if (ZERO_DECIMALS.has(code)) return 0;
  return THREE_DECIMALS.has(code) ? 3 : 2;
};

/** As the viewer's language writes it: without the digits that nobody uses, unless there is something in them. */
export const moneyIn = (language: string, amountMinor: number, currency: string): string => {
  const usual = new Intl.NumberFormat(language, { style: 'currency', currency }).resolvedOptions().minimumFractionDigits ?? 0;
  const digits = digitsOf(currency);
  const least = amountMinor % 10 ** digits === 0 ? Math.min(usual, digits) : digits;
  const format = { style: 'currency', currency, minimumFractionDigits: least, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(language, format).format(amountMinor / 10 ** digits);
};

/** Minor units of what somebody typed, with a point or a comma; undefined when it is no amount of this currency. */
export const minorOf = (text: string, currency: string): number | undefined => {
  const digits = digitsOf(currency);
  const [, units, parts = ''] = /^\s*(\d{1,9})(?:[.,](\d*))?\s*$/.exec(text) ?? [];
  return units === undefined || parts.length > digits ? undefined : Number(units + parts.padEnd(digits, '0'));
};
