/** The hosted Checkout page: plain HTML with three buttons, usable by a person and by a browser test. */
import { TEST_METHODS } from './payment-methods.js';
import type { LineItem, Session } from './records.js';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (value: string): string => value.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found);

/** Minor units as a person reads them; the currency knows its decimals. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

const STYLE = `body{margin:0;background:#f6f8fa;color:#1a1f36;font:16px/1.5 system-ui,sans-serif}
main{max-width:26rem;margin:8vh auto;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 8px 30px #1a1f3618}
h1{font-size:1.1rem;margin:0 0 .25rem}.total{font-size:2.2rem;font-weight:700;margin:0 0 1rem}
table{width:100%;border-collapse:collapse;margin:0 0 1.5rem}td{padding:.5rem 0;border-top:1px solid #e3e8ee}td:last-child{text-align:right}
button,select,input{box-sizing:border-box;width:100%;padding:.8rem;margin:.25rem 0;border:1px solid #d5dbe1;border-radius:8px;background:#fff;font:inherit;cursor:pointer}
#pay{background:#0a66ff;border-color:#0a66ff;color:#fff;font-weight:600}.note{color:#697386;font-size:.85rem}
.alert{padding:.7rem 1rem;border-radius:8px;background:#fdecea;color:#8a1c12}`;

export const frame = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;

const every = ({ price }: LineItem): string => {
  if (!price.recurring) return '';
  const { interval, interval_count: count } = price.recurring;
  return count === 1 ? ` every ${interval}` : ` every ${count} ${interval}s`;
};

const row = (line: LineItem): string =>
  `<tr><td>${line.quantity} × ${escapeHtml(line.description)}</td><td>${escapeHtml(money(line.amount_total, line.price.currency) + every(line))}</td></tr>`;

export const button = (id: string, label: string, action: string): string =>
  `<form method="post" action="${action}"><button id="${id}" type="submit">${label}</button></form>`;

export const NOTE = '<p class="note">Local stand-in for Stripe Checkout: no card is asked for and no money moves.</p>';

/** Any of the test payment methods, chosen by name. */
export const methodChooser = (id: string, label: string, action: string): string => {
  const options = Object.entries(TEST_METHODS).map(([token, method]) => `<option value="${token}">${escapeHtml(method.label)}</option>`);
  const select = `<select name="payment_method" id="${id}-method">${options.join('')}</select>`;
  return `<form method="post" action="${action}">${select}<button id="${id}" type="submit">${label}</button></form>`;
};

const codeField = (path: string): string =>
  `<form method="post" action="${path}/promotion_code"><input name="code" id="promotion-code" placeholder="Promotion code"><button id="apply-code" type="submit">Apply</button></form>`;

export interface PageFacts {
  readonly session: Session;
  readonly lines: readonly LineItem[];
  readonly declined: boolean;
}

function openPage({ session, lines, declined }: PageFacts): string {
  const path = `/c/pay/${session.id}`;
  const alert = declined ? '<p class="alert" id="declined" role="alert">Your card was declined. Try another card.</p>' : '';
  const leave = session.cancel_url === null ? '' : button('leave', 'Leave', `${path}/leave`);
  return `<h1>${session.mode === 'subscription' ? 'Subscribe' : 'Pay'}</h1><p class="total" id="total">${escapeHtml(money(session.amount_total, session.currency))}</p>
<table>${lines.map(row).join('')}</table>${alert}${button('pay', 'Pay', `${path}/pay`)}${button('decline', 'Decline card', `${path}/decline`)}${leave}${session.allow_promotion_codes ? codeField(path) : ''}<details><summary>Another way to pay</summary>${methodChooser('pay-with', 'Pay with this', `${path}/pay`)}</details>${NOTE}`;
}

const closed = (text: string): string => `<h1 id="closed">${text}</h1>${NOTE}`;

export function sessionPage(facts: PageFacts): string {
  switch (facts.session.status) {
    case 'open':
      return frame('Checkout', openPage(facts));
    case 'complete':
      return frame('Already paid', closed('This checkout is complete. You have already paid.'));
    case 'expired':
      return frame('Expired', closed('This checkout has expired. Go back to the shop and start again.'));
  }
}

export const missingPage = (): string => frame('Not found', closed('There is no such checkout.'));

export const frontPage = (webhookUrl: string | null): string =>
  frame(
    'Stripe stand-in',
    `<h1>Stripe stand-in</h1><p>Point the Stripe SDK here. Webhooks go to ${escapeHtml(webhookUrl ?? 'nobody yet')}.</p><p><a href="/_control/deliveries">Deliveries</a></p>`,
  );
