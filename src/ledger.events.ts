/** Every event of the ledger, by its streams. */
import type { PlanEvent } from './catalog/plan.events.js';
import type { CustomerEvent } from './customers/customer.events.js';
import type { NodeEvent } from './nodes/node.events.js';
import type { NotificationEvent } from './notifications/notification.events.js';
import type { OrderEvent } from './orders/order.events.js';
import type { PaymentEvent } from './payments/payment.events.js';
import type { UnmatchedMoneyEvent } from './payments/unmatched-money.events.js';
import type { ProvisioningEvent } from './provisioning/provisioning.events.js';
import type { StripeEvent } from './stripe/stripe.events.js';

export type LedgerEvent =
  | OrderEvent
  | PaymentEvent
  | UnmatchedMoneyEvent
  | ProvisioningEvent
  | CustomerEvent
  | NodeEvent
  | PlanEvent
  | StripeEvent
  | NotificationEvent;

/** Prefixes of all our streams: what the projections subscribe to. */
export const LEDGER_PREFIXES = [
  'order-',
  'payment-',
  'unmatchedMoney-',
  'provisioning-',
  'customer-',
  'node-',
  'plan-',
  'stripeEvent-',
  'notification-',
] as const;
