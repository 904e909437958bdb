/** The control plane under `/_control`: what a test or a person does to this Stripe that its API cannot do. */
import type { FastifyInstance } from 'fastify';
import type { FaultRule, Faults } from '../support/faults.js';
import { noCall } from './change.js';
import { declineSession, expireSession } from './checkout.js';
import { bodyOf } from './control-body.js';
import { registerDisputeControl } from './control.disputes.js';
import { registerWebhookControl, shownSettings } from './control.webhooks.js';
import { registerMoneyControl } from './control.money.js';
import { payAndTell } from './pages.routes.js';
import type { World } from './world.js';

interface Named {
  Params: { id: string };
}

export function registerControl(app: FastifyInstance, world: World, faults: Faults): void {
  app.get('/_control/health', () => ({ status: 'ok', webhooks: shownSettings(world), now: world.now() }));

  app.post<Named>('/_control/sessions/:id/pay', (request) => {
    const { payment_method: method } = bodyOf<{ payment_method?: string }>(request.body);
    return payAndTell(world, request.params.id, method);
  });
  app.post<Named>('/_control/sessions/:id/decline', async (request) => {
    return (await world.change(noCall, (change) => declineSession(change, request.params.id))).value;
  });
  app.post<Named>('/_control/sessions/:id/expire', async (request) => {
    return (await world.change(noCall, (change) => expireSession(change, request.params.id))).value;
  });

  registerMoneyControl(app, world);
  registerDisputeControl(app, world);

  registerWebhookControl(app, world);

  app.post('/_control/faults', (request, reply) => {
    faults.add(bodyOf<FaultRule>(request.body));
    return reply.code(201).send({ added: true });
  });
  app.delete('/_control/faults', () => {
    faults.clear();
    return { cleared: true };
  });
}
