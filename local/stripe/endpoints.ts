/** Where events go: the endpoint of the command line, and those made by API. */
import { newId } from './ids.js';
import type { EndpointSecrets, WebhookEndpoint } from './records.js';
import type { Row, Store } from './store.js';

/** The endpoint that `--webhook-url` and `POST /_control/webhooks` set. */
export const CONFIGURED = 'we_configured00000000000001';

export const secretsId = (endpoint: string): string => `secrets:${endpoint}`;
export const newSecret = (): string => newId('whsec');

export interface NewEndpoint {
  readonly id?: string;
  readonly now: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly secrets: readonly string[];
  readonly more?: Partial<WebhookEndpoint>;
}

/** The endpoint as Stripe shows it, and its secrets apart from it. */
export function newEndpoint({ id = newId('we'), now, url, events, secrets, more = {} }: NewEndpoint): [WebhookEndpoint, EndpointSecrets] {
  const endpoint: WebhookEndpoint = {
    id,
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: now,
    description: null,
    enabled_events: [...events],
    livemode: false,
    metadata: {},
    status: 'enabled',
    url,
    ...more,
  };
  return [endpoint, { id: secretsId(id), object: 'endpoint_secrets', created: now, secrets: [...secrets] }];
}

export const rowsOf = (objects: readonly (WebhookEndpoint | EndpointSecrets)[]): Row[] =>
  objects.map((object) => ({ table: 'object', key: object.id, value: object }));

export const secretsOf = (store: Store, endpoint: string): readonly string[] =>
  store.get('endpoint_secrets', secretsId(endpoint))?.secrets ?? [];

/** Endpoints that want this type now. */
export const endpointsFor = (store: Store, type: string | undefined): WebhookEndpoint[] =>
  store
    .list('webhook_endpoint')
    .filter(({ status }) => status === 'enabled')
    .filter(({ enabled_events: types }) => type === undefined || types.includes('*') || types.includes(type));
