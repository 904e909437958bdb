/** Webhook endpoints by API: the secret is shown once, the version is fixed for ever. */
import { newEndpoint, newSecret } from './endpoints.js';
import { invalidRequest } from './errors.js';
import { page, paging } from './listing.js';
import type { Metadata, WebhookEndpoint } from './records.js';
import { find, merged, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, ignored, list, metadata, required, text, url } from './rules.js';
import type { Rule } from './rules.js';

/** Any version by its form: which ones exist is not known here. */
const version: Rule<string> = {
  read(value, path) {
    const asked = text.read(value, path);
    if (/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(asked)) return asked;
    throw invalidRequest({ message: `Invalid API version: ${asked}`, param: path });
  },
};

const TYPES_MAX = 250;
const shared = { description: text, metadata };

const checked = (types: string[] | undefined): string[] | undefined => {
  if (types === undefined || (types.length > 0 && types.length <= TYPES_MAX)) return types;
  throw invalidRequest({ message: 'You must provide at least one event type, and not too many.', param: 'enabled_events' });
};

export const webhookEndpointRoutes: readonly Route[] = [
  route(
    'POST /v1/webhook_endpoints',
    {
      ...shared,
      url: required(url),
      enabled_events: required(list(text)),
      api_version: version,
      connect: ignored,
    },
    ({ change }, input) => {
      const secret = newSecret();
      const [endpoint, secrets] = newEndpoint({
        now: change.now,
        url: input.url,
        events: checked(input.enabled_events) ?? [],
        secrets: [secret],
        more: { api_version: input.api_version ?? null, description: input.description ?? null, metadata: input.metadata ?? {} },
      });
      change.put(endpoint);
      change.put(secrets);
      return { ...endpoint, secret };
    },
  ),
  route(
    'POST /v1/webhook_endpoints/:id',
    { ...shared, url, enabled_events: list(text), disabled: boolean },
    ({ change, params }, input) => {
      const old = find(change, 'webhook_endpoint', { id: params['id'] ?? '' });
      const disabled = input.disabled ?? old.status === 'disabled';
      return change.put<WebhookEndpoint>({
        ...old,
        description: input.description ?? old['description'],
        enabled_events: checked(input.enabled_events) ?? old.enabled_events,
        metadata: merged(old['metadata'] as Metadata, input.metadata),
        status: disabled ? 'disabled' : 'enabled',
        url: input.url ?? old.url,
      });
    },
  ),
  route('DELETE /v1/webhook_endpoints/:id', {}, ({ change, params }) => {
    const { id } = find(change, 'webhook_endpoint', { id: params['id'] ?? '' });
    change.remove(id);
    return { id, object: 'webhook_endpoint', deleted: true };
  }),
  route('GET /v1/webhook_endpoints', paging, ({ change, path }, input) => page(path, newestFirst(change, 'webhook_endpoint'), input)),
  retrieve('/v1/webhook_endpoints', 'webhook_endpoint'),
];
