/** The part of the control plane between this Stripe and its endpoints: where events go, how they are signed, and what happens on the way. */
import type { FastifyInstance } from 'fastify';
import type { ChaosRule } from './chaos.js';
import { bodyOf } from './control-body.js';
import { CONFIGURED, newEndpoint, newSecret, rowsOf, secretsOf } from './endpoints.js';
import { noSuch, wrongState } from './errors.js';
import { EVENT_TYPES } from './event-types.js';
import type { World } from './world.js';
import type { Flow } from './webhooks.js';

interface Named {
  Params: { id: string };
}

export interface Configured {
  readonly url: string | null;
  readonly secrets: readonly string[];
  /** Event types that are delivered; `*` means all. */
  readonly events: readonly string[];
}

function configuredNow(world: World): Configured {
  const endpoint = world.store.get('webhook_endpoint', CONFIGURED);
  const events = endpoint?.enabled_events ?? EVENT_TYPES;
  return { url: endpoint?.url ?? null, secrets: secretsOf(world.store, CONFIGURED), events };
}

/** The endpoint of the command line, as `change` makes it; without an address there is none. */
export async function configureEndpoint(world: World, change: Partial<Configured>): Promise<void> {
  const { url, secrets, events } = { ...configuredNow(world), ...change };
  const gone = { table: 'object' as const, key: CONFIGURED, value: undefined };
  if (url === null) return world.store.write([gone]);
  return world.store.write(rowsOf(newEndpoint({ id: CONFIGURED, now: world.now(), url, events, secrets })));
}

export function shownSettings(world: World): object {
  const endpoint = world.store.get('webhook_endpoint', CONFIGURED);
  const secrets = secretsOf(world.store, CONFIGURED).length;
  return { url: endpoint?.url ?? null, events: endpoint?.enabled_events ?? [], ...world.webhooks.flow, secrets };
}

/** Only what was given: an absent field leaves the setting as it is. */
const picked = <T extends object>(body: object, names: readonly (keyof T & string)[]): Partial<T> =>
  Object.fromEntries(Object.entries(body).filter(([name]) => (names as readonly string[]).includes(name))) as Partial<T>;

function registerDeliveries(app: FastifyInstance, world: World): void {
  app.get('/_control/deliveries', () => ({ deliveries: world.webhooks.deliveries() }));
  for (const [verb, change] of [
    ['drop', () => ({ state: 'dropped' as const })],
    ['send', () => ({ nextAttemptAt: Date.now() })],
  ] as const) {
    app.post<Named>(`/_control/deliveries/:id/${verb}`, async (request) => {
      const altered = await world.webhooks.alter(request.params.id, change());
      if (!altered) throw wrongState({ message: 'This delivery is not owed any more.' });
      return altered;
    });
  }
  app.post<Named>('/_control/events/:id/resend', async (request) => {
    const event = world.store.get('event', request.params.id);
    if (!event) throw noSuch('event', request.params.id);
    const rows = world.webhooks.resend(event);
    await world.store.write(rows);
    world.webhooks.accept(rows);
    return { deliveries: rows.map(({ value }) => value) };
  });
}

export function registerWebhookControl(app: FastifyInstance, world: World): void {
  app.post('/_control/webhooks', async (request) => {
    const body = bodyOf(request.body);
    await configureEndpoint(world, picked<Configured>(body, ['url', 'secrets', 'events']));
    await world.webhooks.configure(picked<Flow>(body, ['paused', 'duplicate', 'reorder']));
    return shownSettings(world);
  });
  app.post('/_control/webhooks/rotate', async () => {
    const secret = newSecret();
    await configureEndpoint(world, { secrets: [secret, ...secretsOf(world.store, CONFIGURED).slice(0, 1)] });
    return { secret };
  });
  app.post('/_control/chaos', (request, reply) => {
    world.webhooks.chaos.add(bodyOf<ChaosRule>(request.body));
    return reply.code(201).send({ added: true });
  });
  app.delete('/_control/chaos', () => {
    world.webhooks.chaos.clear();
    return { cleared: true };
  });
  registerDeliveries(app, world);
}
