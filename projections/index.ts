/** Every read model of the ledger: its fold and its table. */
import { OrderListEntity } from './order-list/order-list.entity.js';
import { orderList } from './order-list/order-list.projection.js';
import { OrderTimelineEntity } from './order-timeline/order-timeline.entity.js';
import { orderTimeline } from './order-timeline/order-timeline.projection.js';
import { ServerFleetEntity } from './server-fleet/server-fleet.entity.js';
import { serverFleet } from './server-fleet/server-fleet.projection.js';
import { DueWorkEntity } from './due-work/due-work.entity.js';
import { dueWork } from './due-work/due-work.projection.js';
import { AttentionEntity } from './attention/attention.entity.js';
import { attention } from './attention/attention.projection.js';
import { NodeCapacityEntity } from './node-capacity/node-capacity.entity.js';
import { nodeCapacity } from './node-capacity/node-capacity.projection.js';
import { CustomerAccountsEntity } from './customer-accounts/customer-accounts.entity.js';
import { customerAccounts } from './customer-accounts/customer-accounts.projection.js';
import { PlanAvailabilityEntity } from './plan-availability/plan-availability.entity.js';
import { planAvailability } from './plan-availability/plan-availability.projection.js';
import { PaymentsEntity } from './payments/payments.entity.js';
import { payments } from './payments/payments.projection.js';
import { WebhookLogEntity } from './webhook-log/webhook-log.entity.js';
import { webhookLog } from './webhook-log/webhook-log.projection.js';
import { ProvisioningHealthEntity } from './provisioning-health/provisioning-health.entity.js';
import { provisioningHealth } from './provisioning-health/provisioning-health.projection.js';
import { DeliveryInvariantEntity } from './delivery-invariant/delivery-invariant.entity.js';
import { deliveryInvariant } from './delivery-invariant/delivery-invariant.projection.js';
import { ServiceWorkEntity } from './service-work/service-work.entity.js';
import { serviceWork } from './service-work/service-work.projection.js';
import { StripeLinksEntity } from './stripe-links/stripe-links.entity.js';
import { stripeLinks } from './stripe-links/stripe-links.projection.js';
import { NotificationsEntity } from './notifications/notifications.entity.js';
import { notifications } from './notifications/notifications.projection.js';
import { ListNotificationsHandler } from './notifications/notifications.query.js';
import { SeenDriftsHandler } from './attention/seen-drifts.query.js';
import { OpenMattersHandler } from './attention/attention.query.js';
import { GetCustomerAccountHandler, ListCustomersHandler } from './customer-accounts/customer-accounts.query.js';
import { AllNodesHandler, NodesOfRegionHandler } from './node-capacity/node-capacity.query.js';
import { GetOrderDaysHandler } from './order-list/order-days.query.js';
import { GetOrderHandler, SearchOrdersHandler } from './order-list/order-list.query.js';
import { GetTimelineHandler } from './order-timeline/order-timeline.query.js';
import { PlanChecksHandler } from './plan-availability/plan-availability.query.js';
import { GetServerHandler, ListServersHandler, StandingServersHandler } from './server-fleet/server-fleet.query.js';
import { AwaitedMoneyHandler } from './payments/awaited-money.query.js';
import { IsMoneyCountedHandler, MoneyMovedHandler } from './payments/movements.query.js';
import { GetMrrHandler, GetRevenueHandler, ListPaymentsHandler } from './payments/payments.query.js';
import { ListWebhooksHandler } from './webhook-log/webhook-log.query.js';
import { GetProvisioningHealthHandler, ListProvisioningFactsHandler } from './provisioning-health/provisioning-health.query.js';
import { ListPromisesHandler } from './delivery-invariant/delivery-invariant.query.js';
import {
  InvoiceOfPaymentIntentHandler,
  LinksHavePassedHandler,
  OrderOfStripeCustomerHandler,
  OrderOfStripeObjectHandler,
} from './stripe-links/stripe-links.query.js';

export const readModels = [
  { projection: orderList, entity: OrderListEntity },
  { projection: orderTimeline, entity: OrderTimelineEntity },
  { projection: serverFleet, entity: ServerFleetEntity },
  { projection: dueWork, entity: DueWorkEntity },
  { projection: serviceWork, entity: ServiceWorkEntity },
  { projection: attention, entity: AttentionEntity },
  { projection: nodeCapacity, entity: NodeCapacityEntity },
  { projection: customerAccounts, entity: CustomerAccountsEntity },
  { projection: planAvailability, entity: PlanAvailabilityEntity },
  { projection: payments, entity: PaymentsEntity },
  { projection: webhookLog, entity: WebhookLogEntity },
  { projection: provisioningHealth, entity: ProvisioningHealthEntity },
  { projection: deliveryInvariant, entity: DeliveryInvariantEntity },
  { projection: stripeLinks, entity: StripeLinksEntity },
  { projection: notifications, entity: NotificationsEntity },
];

/** Everything that answers questions from the read models. */
export const queryHandlers = [
  OpenMattersHandler,
  SeenDriftsHandler,
  GetCustomerAccountHandler,
  AllNodesHandler,
  NodesOfRegionHandler,
  GetOrderHandler,
  SearchOrdersHandler,
  GetOrderDaysHandler,
  ListCustomersHandler,
  GetTimelineHandler,
  PlanChecksHandler,
  GetServerHandler,
  ListServersHandler,
  StandingServersHandler,
  ListPaymentsHandler,
  AwaitedMoneyHandler,
  IsMoneyCountedHandler,
  MoneyMovedHandler,
  GetRevenueHandler,
  GetMrrHandler,
  ListWebhooksHandler,
  GetProvisioningHealthHandler,
  ListProvisioningFactsHandler,
  ListPromisesHandler,
  ListNotificationsHandler,
  InvoiceOfPaymentIntentHandler,
  LinksHavePassedHandler,
  OrderOfStripeCustomerHandler,
  OrderOfStripeObjectHandler,
];
