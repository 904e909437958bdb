/** Serves the hosted Checkout page and what its buttons do. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Change } from './change.js';
import { noCall } from './change.js';
import { codeTyped, priced } from './checkout-totals.js';
import { declineSession, inputId, paySession } from './checkout.js';
import { CONFIGURED } from './endpoints.js';
import { StripeFailure } from './errors.js';
import { frontPage, missingPage, sessionPage } from './pages.js';
import type { Session } from './records.js';
import type { World } from './world.js';

/** Checkout waits this long for the shop to answer `checkout.session.completed` before it sends the customer back. */
const REDIRECT_WAIT_MS = 10_000;

interface Named {
  Params: { id: string };
}

export const html = (reply: FastifyReply, status: number, page: string): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').send(page);

/** The fields of a form that a page sent. */
export const formOf = (body: unknown): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(typeof body === 'string' ? body : ''));

/** A code that exists and fits changes what is owed; any other changes nothing. */
function applyCode(change: Change, id: string, typed: string): void {
  const session = change.get('checkout.session', id);
  const input = change.get('session_input', inputId(id));
  const coupon = codeTyped(change, typed);
  if (!session?.allow_promotion_codes || session.status !== 'open' || !input || !coupon) return;
  const next = priced(change, { session, input: { ...input, coupon } });
  change.put(next.input);
  change.put(next.session);
}

/** Pays and waits a moment for the webhook, as Stripe does. */
export async function payAndTell(world: World, id: string, method?: string): Promise<Session> {
  const done = await world.change(noCall, (change) => paySession(change, id, method));
  const completed = done.events.find(({ type }) => type === 'checkout.session.completed');
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, REDIRECT_WAIT_MS)));
  await Promise.race([world.webhooks.firstAttempt(completed?.id), patience]);
  clearTimeout(timer);
  return done.value;
}

function show(world: World, reply: FastifyReply, { id, declined }: { id: string; declined: boolean }): FastifyReply {
  const session = world.store.get('checkout.session', id);
  if (!session) return html(reply, 404, missingPage());
  const lines = world.store.get('session_input', inputId(id))?.lineItems ?? [];
  return html(reply, 200, sessionPage({ session, lines, declined }));
}

export function registerPages(app: FastifyInstance, world: World): void {
  app.get('/', (_request, reply) => html(reply, 200, frontPage(world.store.get('webhook_endpoint', CONFIGURED)?.url ?? null)));
  app.get<Named>('/c/pay/:id', (request, reply) => show(world, reply, { id: request.params.id, declined: false }));
  app.post<Named>('/c/pay/:id/pay', async (request, reply) => {
    const { id } = request.params;
    try {
      const session = await payAndTell(world, id, formOf(request.body)['payment_method']);
      if (session.status === 'open') return show(world, reply, { id, declined: true });
      return await reply.redirect(session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', id), 303);
    } catch (error) {
      if (error instanceof StripeFailure) return show(world, reply, { id, declined: false });
      throw error;
    }
  });
  app.post<Named>('/c/pay/:id/decline', async (request, reply) => {
    const { id } = request.params;
    try {
      await world.change(noCall, (change) => declineSession(change, id));
      return show(world, reply, { id, declined: true });
    } catch (error) {
      if (error instanceof StripeFailure) return show(world, reply, { id, declined: false });
      throw error;
    }
  });
  app.post<Named>('/c/pay/:id/promotion_code', async (request, reply) => {
    const { id } = request.params;
    await world.change(noCall, (change) => applyCode(change, id, formOf(request.body)['code'] ?? ''));
    return show(world, reply, { id, declined: false });
  });
  app.post<Named>('/c/pay/:id/leave', (request, reply) => {
    const session = world.store.get('checkout.session', request.params.id);
    if (!session?.cancel_url) return show(world, reply, { id: request.params.id, declined: false });
    return reply.redirect(session.cancel_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id), 303);
  });
}
