/** How amounts, times and codes are put into words. */
import type { Money } from '../../orders/order.events.js';

/** Stripe's own lists, which differ from ISO 4217: ISK and UGX are written with two digits there. */
const ZERO_DECIMALS = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ');
const THREE_DECIMALS = 'bhd jod kwd omr tnd'.split(' ');

/** Of an amount, after the point. @param currency lower case */
export const digitsOf = (currency: string): number => {
  if (ZERO_DECIMALS.includes(currency)) return 0;
  return THREE_DECIMALS.includes(currency) ? 3 : 2;
};

/** For example `9.99 EUR`; digits after the point as Stripe has them for the currency. */
export const inMoney = ({ amountMinor, currency }: Money): string => {
  if (!/^[a-z]{3}$/i.test(currency)) return `${amountMinor} minor units`;
  const digits = digitsOf(currency.toLowerCase());
  return `${(amountMinor / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`;
};

/** ISO-8601 in UTC to the second, as people write it. */
export const inTime = (iso: string): string => iso.replace('T', ' ').replace(/([.]\d+)?Z$/, ' UTC');

const MEANINGS: Readonly<Record<string, string>> = {
  ATTEMPTS_EXHAUSTED: 'every attempt failed',
  INSTALL_FAILED: 'the panel says that the install failed',
  INSTALL_UNPROVEN: 'the panel called the install over, but the game does not run',
  INSTALL_OVERDUE: 'the install did not end in time',
  SUSPENDED_DURING_INSTALL: 'the panel shows it suspended, which hides its install',
  SERVER_ELSEWHERE: 'the server stands on a node that keeps no room for it',
  NOT_REINSTALLED: 'the panel does not show that it installs after the call was over',
  SERVER_GONE: 'the server is gone from the panel',
  NOT_CREATED: 'the panel has no server after the call was over',
  EXTERNAL_ID_TAKEN: "the order's id on the panel belongs to somebody else's server",
  SERVER_NOT_OURS: "the panel has another's server under its number",
  NOT_SUSPENDED: 'the panel shows the server running after the call was over',
  NOT_UNSUSPENDED: 'the panel shows the server suspended after the call was over',
  NOT_RESIZED: 'the panel shows the old size after the call was over',
  NO_CAPACITY: 'the node of the server has no room for it',
  PAYMENT_DECLINED: 'the payment for it was declined',
  PAYMENT_NOT_COMPLETED: 'nobody paid for it in time',
  NOT_DELETED: 'the panel has the server still after the call was over',
  NoLongerWanted: 'by then the order wanted otherwise, and the panel was not asked',
  noCapacity: 'no node has room',
  alreadyPaid: 'the order was already paid',
  amountMismatch: 'the amount is not the price',
  currencyMismatch: 'the currency is not that of the price',
  orderUnknown: 'there is no such order',
};

/** The code, and what it means where that is known. */
export const inWords = (code: string): string => (Object.hasOwn(MEANINGS, code) ? `${code}: ${MEANINGS[code] ?? ''}` : code);
