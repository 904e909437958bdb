/** The state of a paid order's service, folded from its events. Pure. */
import type { OrderGraceStarted, ServiceEvent, SuspensionReason } from './service.events.js';

export interface Service {
  /** Null until the server is ready, for a payment once. */
  readonly paidThrough: string | null;
  /** The payment that paid for the last period. */
  readonly lastPaymentId: string;
  readonly grace: { readonly until: string; readonly cause: OrderGraceStarted['data']['cause'] } | null;
  readonly suspensions: readonly SuspensionReason[];
  readonly deleteAt: string | null;
  readonly cancelAt: string | null;
  /** Of the running period. */
  readonly reminded: readonly number[];
}

/** Every type of them, by which they are told from the events of the purchase. */
export const SERVICE_EVENTS: Readonly<Record<ServiceEvent['type'], true>> = {
  OrderPaymentAccepted: true,
  OrderReminderRaised: true,
  OrderGraceStarted: true,
  OrderGraceExtended: true,
  OrderGraceEnded: true,
  OrderSuspended: true,
  OrderResumed: true,
  OrderCancellationScheduled: true,
  OrderCancellationRevoked: true,
  OrderEnding: true,
  OrderBillingEnded: true,
  OrderPlanChangeQuoted: true,
  OrderPlanChangeRequested: true,
  OrderPlanChangePaid: true,
  OrderPlanChanged: true,
  OrderPlanChangeFailed: true,
  OrderServiceCredited: true,
};

export const serviceOf = (paid: { readonly paymentId: string; readonly paidThrough: string | null }): Service => ({
  paidThrough: paid.paidThrough,
  lastPaymentId: paid.paymentId,
  grace: null,
  suspensions: [],
  deleteAt: null,
  cancelAt: null,
  reminded: [],
});

const withoutReason = (service: Service, reason: SuspensionReason): Service => ({
  ...service,
  suspensions: service.suspensions.filter((other) => other !== reason),
  ...(reason === 'unpaid' ? { deleteAt: null, grace: null } : {}),
});

/** Of a suspended service it is the end that waits. */
const extended = (service: Service, until: string): Service =>
  service.suspensions.includes('unpaid')
    ? { ...service, deleteAt: until }
    : { ...service, grace: service.grace && { ...service.grace, until } };

/** The service with one more fact. */
export const withService = (service: Service, event: ServiceEvent): Service => {
  switch (event.type) {
    case 'OrderPaymentAccepted': {
      const { paymentId, purpose, paidThrough } = event.data;
      const isPeriod = purpose === 'renewal' || purpose === 'extension';
      return isPeriod ? { ...service, paidThrough, lastPaymentId: paymentId, reminded: [] } : { ...service, paidThrough };
    }
    case 'OrderReminderRaised':
      return { ...service, reminded: [...service.reminded, event.data.daysBefore] };
    case 'OrderGraceStarted':
      return { ...service, grace: { until: event.data.graceUntil, cause: event.data.cause } };
    case 'OrderGraceExtended':
      return extended(service, event.data.graceUntil);
    case 'OrderGraceEnded':
      return { ...service, grace: null };
    case 'OrderSuspended': {
      const { reason, deleteAt } = event.data;
      return { ...service, suspensions: [...service.suspensions, reason], deleteAt: reason === 'unpaid' ? deleteAt : service.deleteAt };
    }
    case 'OrderResumed':
      return withoutReason(service, event.data.reason);
    case 'OrderCancellationScheduled':
      return { ...service, cancelAt: event.data.endAt };
    case 'OrderCancellationRevoked':
      return { ...service, cancelAt: null };
    case 'OrderEnding':
    case 'OrderBillingEnded':
    case 'OrderPlanChangeQuoted':
    case 'OrderPlanChangeRequested':
    case 'OrderPlanChangePaid':
    case 'OrderPlanChanged':
    case 'OrderPlanChangeFailed':
    case 'OrderServiceCredited':
      return service;
  }
};
