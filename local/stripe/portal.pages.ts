/** The customer's own pages after the purchase: the portal, and the page of an invoice. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Invoice, Subscription } from './billing-records.js';
import { scheduled } from './cancellation.js';
import type { Change } from './change.js';
import { noCall } from './change.js';
import { collect } from './collection.js';
import { button, escapeHtml, frame, methodChooser, missingPage, money, NOTE } from './pages.js';
import { formOf, html } from './pages.routes.js';
import { methodNamed } from './payments.js';
import type { PortalSession } from './records.js';
import { hasEnded } from './standing.js';
import { payWith } from './wallet.js';
import type { World } from './world.js';

interface Named {
  Params: { id: string };
}
interface OfSubscription {
  Params: { id: string; subscription: string };
}

const day = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

function subscriptionPart(path: string, subscription: Subscription): string {
  const names = subscription.items.data.map(
    ({ price, quantity }) => `${quantity} × ${price.id} ${money(price.unit_amount, price.currency)}`,
  );
  const title = `<p data-subscription="${subscription.id}">${escapeHtml(names.join(', '))}: ${subscription.status}`;
  if (hasEnded(subscription)) return `${title}</p>`;
  if (subscription.cancel_at === null)
    return `${title}</p>${button('cancel', 'Cancel at the end of the period', `${path}/cancel/${subscription.id}`)}`;
  return `${title}, ends ${day(subscription.cancel_at)}</p>${button('undo', 'Keep it', `${path}/undo/${subscription.id}`)}`;
}

function portalPage(world: World, session: PortalSession): string {
  const path = `/p/session/${session.id}`;
  const mine = <T extends { customer: string }>(objects: T[]): T[] => objects.filter(({ customer }) => customer === session.customer);
  const subscriptions = mine(world.store.list('subscription')).map((subscription) => subscriptionPart(path, subscription));
  const invoices = mine(world.store.list('invoice'))
    .filter(({ hosted_invoice_url: url }) => url !== null)
    .map(
      (invoice) =>
        `<li><a href="/invoice/${invoice.id}">${invoice.number}: ${escapeHtml(money(invoice.total, invoice.currency))}, ${invoice.status}</a></li>`,
    );
  const back = session.return_url === null ? '' : `<p><a id="return" href="${escapeHtml(session.return_url)}">Back to the shop</a></p>`;
  const card = methodChooser('update-card', 'Pay with this from now on', `${path}/payment_method`);
  return frame(
    'Your subscriptions',
    `<h1>Your subscriptions</h1>${subscriptions.join('')}${card}<ul>${invoices.join('')}</ul>${back}${NOTE}`,
  );
}

function invoicePage(invoice: Invoice, declined: boolean): string {
  const alert = declined ? '<p class="alert" id="declined" role="alert">Your card was declined. Try another card.</p>' : '';
  const path = `/invoice/${invoice.id}`;
  const payable = invoice.status === 'open' || invoice.status === 'uncollectible';
  const forms = `${button('pay', 'Pay', `${path}/pay`)}${button('decline', 'Decline card', `${path}/decline`)}${methodChooser('pay-with', 'Pay with this', `${path}/pay`)}`;
  return frame(
    `Invoice ${invoice.number ?? ''}`,
    `<h1>Invoice ${invoice.number ?? ''}</h1><p class="total" id="total">${escapeHtml(money(invoice.amount_due, invoice.currency))}</p><p id="status">${invoice.status}</p>${alert}${payable ? forms : ''}${NOTE}`,
  );
}

function registerPortal(app: FastifyInstance, world: World): void {
  const acting = async (id: string, reply: FastifyReply, act: (change: Change, session: PortalSession) => void): Promise<FastifyReply> => {
    const session = world.store.get('billing_portal.session', id);
    if (!session) return html(reply, 404, missingPage());
    await world.change(noCall, (change) => act(change, session));
    return html(reply, 200, portalPage(world, session));
  };
  /** The portal schedules by `cancel_at` alone: `cancel_at_period_end` stays false. */
  const schedule = (change: Change, session: PortalSession, facts: { id: string; at: 'min_period_end' | null }): void => {
    const found = change.get('subscription', facts.id);
    if (!found || found.customer !== session.customer || hasEnded(found)) return;
    change.emit('customer.subscription.updated', scheduled(found, { cancel_at: facts.at }, change.now));
  };
  app.get<Named>('/p/session/:id', (request, reply) => acting(request.params.id, reply, () => undefined));
  for (const [verb, at] of [
    ['cancel', 'min_period_end'],
    ['undo', null],
  ] as const) {
    app.post<OfSubscription>(`/p/session/:id/${verb}/:subscription`, ({ params }, reply) =>
      acting(params.id, reply, (change, session) => schedule(change, session, { id: params.subscription, at })),
    );
  }
  app.post<Named>('/p/session/:id/payment_method', (request, reply) =>
    acting(request.params.id, reply, (change, session) => payWith(change, session.customer, formOf(request.body)['payment_method'] ?? '')),
  );
}

function registerInvoices(app: FastifyInstance, world: World): void {
  const paying = async (id: string, reply: FastifyReply, token: string): Promise<FastifyReply> => {
    const { value } = await world.change(noCall, (change) => {
      const invoice = change.get('invoice', id);
      if (invoice?.status !== 'open' && invoice?.status !== 'uncollectible') return invoice;
      return collect(change, invoice, { method: methodNamed(change, token, invoice.customer), present: true });
    });
    return value ? html(reply, 200, invoicePage(value, value.status === 'open' && value.attempted)) : html(reply, 404, missingPage());
  };
  app.get<Named>('/invoice/:id', (request, reply) => {
    const invoice = world.store.get('invoice', request.params.id);
    return invoice ? html(reply, 200, invoicePage(invoice, false)) : html(reply, 404, missingPage());
  });
  app.post<Named>('/invoice/:id/pay', (request, reply) =>
    paying(request.params.id, reply, formOf(request.body)['payment_method'] ?? 'pm_card_visa'),
  );
  app.post<Named>('/invoice/:id/decline', (request, reply) => paying(request.params.id, reply, 'pm_card_visa_chargeDeclined'));
}

export function registerCustomerPages(app: FastifyInstance, world: World): void {
  registerPortal(app, world);
  registerInvoices(app, world);
}
