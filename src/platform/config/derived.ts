/** Values that follow from the settings. */
import type { Settings } from './settings.js';

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

/** Where customers and Stripe reach this API, without a trailing slash. */
export const publicUrl = (settings: Settings): string => withoutSlash(settings.PUBLIC_URL ?? `http://127.0.0.1:${settings.PORT}`);

/** Where a browser returns after paying, without a trailing slash. */
export const dashboardUrl = (settings: Settings): string => withoutSlash(settings.DASHBOARD_URL ?? publicUrl(settings));

/** Fastify's `trustProxy`: false, a number of hops, or the proxies' addresses. */
export const trustProxy = ({ TRUST_PROXY: text }: Settings): false | number | string[] => {
  if (text === '0') return false;
  return /^\d$/.test(text) ? Number(text) : text.split(',').map((part) => part.trim());
};
