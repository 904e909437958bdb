/** Webhook endpoints as settings of the account. Deliveries go to the address that this stand-in was started with, whatever is set here. */
import { randomBytes } from 'node:crypto';
import { newId } from './ids.js';
import { page, paging } from './listing.js';
import type { WebhookEndpoint } from './records.js';
import { find, newestFirst, retrieve, route } from './route.js';
import type { Route } from './route.js';
import { boolean, ignored, list, metadata, required, text, url } from './rules.js';

const SECRET_BYTES = 24;

export const webhookEndpointRoutes: readonly Route[] = [
  route(
    'POST /v1/webhook_endpoints',
    { url: required(url), enabled_events: required(list(text)), api_version: text, description: text, metadata, connect: ignored },
    ({ change }, input) => {
      const endpoint: WebhookEndpoint = {
        id: newId('we'),
        object: 'webhook_endpoint',
        api_version: input.api_version ?? null,
        application: null,
        created: change.now,
        description: input.description ?? null,
        enabled_events: input.enabled_events,
        livemode: false,
        metadata: input.metadata ?? {},
        status: 'enabled',
        url: input.url,
      };
      change.put(endpoint);
      // Shown here and never again.
      return { ...endpoint, secret: `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}` };
    },
  ),
  route(
    'POST /v1/webhook_endpoints/:id',
    { url, enabled_events: list(text), disabled: boolean, description: text, metadata },
    ({ change, params }, input) => {
      const old = find(change, 'webhook_endpoint', { id: params['id'] ?? '' });
      const endpoint: WebhookEndpoint = {
        ...old,
        enabled_events: input.enabled_events ?? old.enabled_events,
        url: input.url ?? old.url,
        status: input.disabled === undefined ? old.status : input.disabled ? 'disabled' : 'enabled',
      };
      change.put(endpoint);
      return endpoint;
    },
  ),
  route('GET /v1/webhook_endpoints', paging, ({ change, path }, input) => page(path, newestFirst(change, 'webhook_endpoint'), input)),
  retrieve('/v1/webhook_endpoints', 'webhook_endpoint'),
];
