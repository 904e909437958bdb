/** How a customer pays from now on. */
import type { Change } from './change.js';
import { noSuch } from './errors.js';
import { methodNamed } from './payments.js';
import type { Customer, PaymentMethod } from './records.js';
import { find } from './route.js';

/** From now on every invoice of this customer is asked from this way to pay. */
export function payWith(change: Change, customerId: string, token: string): PaymentMethod {
  const customer = find(change, 'customer', { id: customerId });
  const method = methodNamed(change, token, customerId);
  if (!method) throw noSuch('PaymentMethod', token, 'payment_method');
  change.emit('payment_method.attached', method);
  const settings = { ...customer.invoice_settings, default_payment_method: method.id };
  change.emit<Customer>('customer.updated', { ...customer, invoice_settings: settings });
  for (const subscription of change.list('subscription')) {
    if (subscription.customer !== customerId || subscription.status === 'canceled' || subscription.default_payment_method === null)
      continue;
    change.emit('customer.subscription.updated', { ...structuredClone(subscription), default_payment_method: method.id });
  }
  return method;
}
