/** What an invoice would be: the next renewal, with a change if one is asked about; or, with `always_invoice`, that of the change alone. */
import type { Invoice, Subscription } from './billing-records.js';
import { HOUR_SECONDS } from './calendar.js';
import type { Change } from './change.js';
import { invalidRequest } from './errors.js';
import { newInvoice } from './invoice-objects.js';
import { factsOf, pendingLines } from './invoicing.js';
import type { Billed } from './invoicing.js';
import { work } from './plan-change.js';
import type { PlanChange, Worked } from './plan-change.js';
import { nextPeriod, periodLine } from './renewal.js';
import { find, route } from './route.js';
import { boolean, object, required, text } from './rules.js';
import type { Read } from './rules.js';
import { planFields } from './routes.subscriptions.js';

const details = { ...planFields, cancel_at_period_end: boolean, cancel_now: boolean };
const fields = { customer: text, subscription: required(text), subscription_details: object(details) };

function changeOf(asked: Partial<Read<typeof details>>): PlanChange {
  const anchorNow = asked.billing_cycle_anchor?.type === 'now';
  const changes = asked.items !== undefined || anchorNow;
  const items = asked.items ?? [];
  const proration = changes ? (asked.proration_behavior ?? 'create_prorations') : 'none';
  return { items, proration, payment: 'allow_incomplete', prorationDate: asked.proration_date, anchorNow };
}

/** The lines of the invoice that comes next, and what it is for. */
function billedNext(change: Change, worked: Worked, proration: PlanChange['proration']): Billed {
  const { next, prorations, periods, at } = worked;
  const waiting = pendingLines(change, next.id).map(({ line }) => line);
  const shared = { prorationDate: at, finalizesAt: null };
  if (periods.length > 0 || (proration === 'always_invoice' && prorations.length > 0)) {
    const lines = [...waiting, ...prorations, ...periods];
    return { ...shared, reason: 'subscription_update', period: { start: at, end: at }, lines };
  }
  const upcoming = next.items.data.map((item) => periodLine(change, next, nextPeriod(next, item)));
  const [first] = next.items.data;
  const period = { start: first?.current_period_start ?? at, end: first?.current_period_end ?? at };
  return { ...shared, reason: 'upcoming', period, lines: [...waiting, ...prorations, ...upcoming] };
}

function previewed(change: Change, subscription: Subscription, asked: PlanChange): Invoice {
  const worked = work(change, subscription, asked);
  const billed = billedNext(change, worked, asked.proration);
  const facts = factsOf(change, worked.next, billed);
  const invoice = newInvoice({ ...facts, id: `upcoming_${subscription.id.replace('sub_', 'in_')}` });
  const balance = change.get('customer', subscription.customer)?.balance ?? 0;
  const due = Math.max(0, invoice.total + balance);
  return {
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    starting_balance: balance,
    ending_balance: Math.min(0, invoice.total + balance),
    next_payment_attempt: billed.reason === 'upcoming' ? billed.period.end + HOUR_SECONDS : worked.at,
  };
}

export const previewRoute = route('POST /v1/invoices/create_preview', fields, ({ change }, input) => {
  const subscription = find(change, 'subscription', { id: input.subscription, param: 'subscription' });
  const asked = changeOf(input.subscription_details ?? {});
  if (subscription.status === 'canceled' || (subscription.cancel_at !== null && asked.proration !== 'always_invoice')) {
    throw invalidRequest({ code: 'invoice_upcoming_none', message: `No upcoming invoices for customer: ${subscription.customer}` }, 404);
  }
  return previewed(change, subscription, asked);
});
