/** Events and the account. */
import { API_VERSION } from './change.js';
import { invalidRequest } from './errors.js';
import { createdRange, page, paging } from './listing.js';
import { newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, list, text } from './rules.js';

const NONE: ReadonlySet<string> = new Set();
const TYPES_MAX = 20;

const events: readonly Route[] = [
  route(
    'GET /v1/events',
    { ...paging, type: text, types: list(text), created: createdRange, delivery_success: boolean },
    ({ change, path }, input) => {
      if ((input.types?.length ?? 0) > TYPES_MAX)
        throw invalidRequest({ message: `types takes at most ${TYPES_MAX} values`, param: 'types' });
      const missed = input.delivery_success === undefined ? NONE : change.undelivered();
      const found = newestFirst(change, 'event')
        .filter(({ type }) => (input.type ?? type) === type && (input.types?.includes(type) ?? true))
        .filter(({ created }) => input.created?.(created) ?? true)
        .filter(({ id }) => input.delivery_success === undefined || input.delivery_success !== missed.has(id));
      return page(path, found, input);
    },
  ),
  retrieve('/v1/events', 'event'),
];

const account = route('GET /v1/account', {}, ({ change }) => ({
  id: 'acct_localledger000001',
  object: 'account',
  business_type: 'company',
  charges_enabled: true,
  country: 'DE',
  created: change.now,
  default_currency: 'eur',
  details_submitted: true,
  email: null,
  livemode: false,
  metadata: { api_version: API_VERSION },
  payouts_enabled: true,
  settings: { dashboard: { display_name: 'Order ledger sandbox', timezone: 'Etc/UTC' } },
  type: 'standard',
}));

export const eventRoutes: readonly Route[] = [...events, account];
