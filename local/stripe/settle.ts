/** A payment on its way is decided: by time, or by somebody at the control plane. */
import type { Change } from './change.js';
import { tellSession } from './checkout.js';
import { decided } from './collection.js';
import { decide } from './payments.js';
import type { PaymentIntent } from './records.js';

/** Answers the intent as it then is; undefined when nothing was on its way. */
export function settle(change: Change, intentId: string, succeeds: boolean): PaymentIntent | undefined {
  const intent = decide(change, intentId, succeeds);
  if (!intent) return undefined;
  const payment = change.list('invoice_payment').find(({ payment: { payment_intent: of } }) => of === intentId);
  const invoice = payment && change.get('invoice', payment.invoice);
  if (!invoice) {
    tellSession(change, ({ payment_intent: of }) => of === intentId, succeeds);
    return intent;
  }
  if (invoice.status === 'open') decided(change, invoice, succeeds);
  tellSession(change, (session) => session.invoice === invoice.id, succeeds);
  return intent;
}
