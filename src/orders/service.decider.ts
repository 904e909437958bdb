/** The state of a paid order's service, folded from its events. Pure. */
import type { OrderGraceStarted, OrderPlanChangeQuoted, ServiceEvent, SuspensionReason } from './service.events.js';

/** The change of plan that was asked about last. */
export interface PlanChange {
  readonly stage: 'quoted' | 'confirmed' | 'requested' | 'paid' | 'changed' | 'failed';
  readonly quote: OrderPlanChangeQuoted['data'];
  /** When room was found and Stripe was to be asked; null before. */
  readonly requestedAt: string | null;
  /** Where room is kept for both plans; null before. */
  readonly nodeId: string | null;
  /** Why it failed; null otherwise. */
  readonly code: string | null;
}

export interface Service {
  /** Null until the server is ready, for a payment once. */
  readonly paidThrough: string | null;
  /** The payment that paid for the last period. */
  readonly lastPaymentId: string;
  /** All money that the order has taken, by payment. */
  readonly accepted: readonly string[];
  readonly grace: { readonly until: string; readonly cause: OrderGraceStarted['data']['cause'] } | null;
  readonly suspensions: readonly SuspensionReason[];
  readonly deleteAt: string | null;
  readonly cancelAt: string | null;
  /** Of the running period. */
  readonly reminded: readonly number[];
  readonly change: PlanChange | null;
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
  OrderPlanChangeConfirmed: true,
  OrderPlanChangeRequested: true,
  OrderPlanChangePaid: true,
  OrderPlanChanged: true,
  OrderPlanChangeFailed: true,
  OrderServiceCredited: true,
};

export const serviceOf = (paid: { readonly paymentId: string; readonly paidThrough: string | null }): Service => ({
  paidThrough: paid.paidThrough,
  lastPaymentId: paid.paymentId,
  accepted: [paid.paymentId],
  grace: null,
  suspensions: [],
  deleteAt: null,
  cancelAt: null,
  reminded: [],
  change: null,
});

type PlanChangeEvent = Extract<ServiceEvent, { type: `OrderPlanChange${string}` }>;
const isPlanChange = (event: ServiceEvent): event is PlanChangeEvent => event.type.startsWith('OrderPlanChange');

const withPlanChange = (change: PlanChange | null, event: PlanChangeEvent): PlanChange | null => {
  if (event.type === 'OrderPlanChangeQuoted') return { stage: 'quoted', quote: event.data, requestedAt: null, nodeId: null, code: null };
  if (change?.quote.changeId !== event.data.changeId) return change;
  switch (event.type) {
    case 'OrderPlanChangeConfirmed':
      return { ...change, stage: 'confirmed' };
    case 'OrderPlanChangeRequested':
      return { ...change, stage: 'requested', requestedAt: event.data.requestedAt, nodeId: event.data.hold.nodeId };
    case 'OrderPlanChangePaid':
      return { ...change, stage: 'paid' };
    case 'OrderPlanChanged':
      return { ...change, stage: 'changed' };
    case 'OrderPlanChangeFailed':
      return { ...change, stage: 'failed', code: event.data.code };
  }
};

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
  if (isPlanChange(event)) return { ...service, change: withPlanChange(service.change, event) };
  switch (event.type) {
    case 'OrderPaymentAccepted': {
      const { paymentId, purpose, paidThrough } = event.data;
      const taken = { ...service, paidThrough, accepted: [...service.accepted, paymentId] };
      return purpose === 'renewal' || purpose === 'extension' ? { ...taken, lastPaymentId: paymentId, reminded: [] } : taken;
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
    case 'OrderServiceCredited':
      return service;
  }
};
