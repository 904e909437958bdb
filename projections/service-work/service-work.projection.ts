/** When time alone may have something to say about a paid order, and which calls toward Stripe wait. Only a hint, like `due-work`: whoever takes a row asks the streams. */
import type { OrderDelivered, OrderEnded, OrderPaid, OrderPlaced, PaymentWay } from '../../src/orders/order.events.js';
import type { ReminderDays, RenewalSlackMs } from '../../src/orders/terms.events.js';
import type { ServiceEvent } from '../../src/orders/service.events.js';
import type { StripeCallEvent } from '../../src/payments/stripe-call.events.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  billingEventsIgnored,
  customerEventsIgnored,
  nodeEventsIgnored,
  provisioningEventsIgnored,
  serviceEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
} from '../ignored.projection.js';

/** What the next time follows from. */
interface Agenda {
  readonly payment: PaymentWay;
  readonly paidThrough: string | null;
  readonly reminded: readonly number[];
  readonly graceUntil: string | null;
  readonly deleteAt: string | null;
  readonly cancelAt: string | null;
  /** When Stripe is asked what became of a change of plan that waits for its payment. */
  readonly planDueAt: string | null;
}
/** By call id: from when on it may be made. */
type Waiting = Readonly<Record<string, string>>;

export interface ServiceWorkRow {
  workKey: string;
  kind: 'service' | 'stripe-calls';
  subjectId: string;
  /** Null: time alone has nothing to say. */
  dueAt: string | null;
  agenda: Agenda | null;
  waiting: Waiting | null;
}

const DAY_MS = 86_400_000;
const REMINDER_DAYS: ReminderDays = [7, 3, 1];
const RENEWAL_SLACK_MS: RenewalSlackMs = DAY_MS;
const PLAN_PAYMENT_WAIT_MS = DAY_MS;

const after = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();
const earliest = (times: readonly (string | null)[]): string | null => times.filter((time) => time !== null).sort()[0] ?? null;

const nextReminder = ({ payment, paidThrough, reminded, cancelAt }: Agenda): string | null => {
  if (payment !== 'once' || paidThrough === null || cancelAt !== null) return null;
  const next = REMINDER_DAYS.find((days) => !reminded.some((done) => done <= days));
  return next === undefined ? null : after(paidThrough, -next * DAY_MS);
};

const dueAtOf = (agenda: Agenda): string | null => {
  const { deleteAt, graceUntil, cancelAt, paidThrough, payment, planDueAt } = agenda;
  if (deleteAt !== null || graceUntil !== null) return earliest([deleteAt ?? graceUntil, cancelAt, planDueAt]);
  const lapse = paidThrough === null ? null : after(paidThrough, payment === 'once' ? 0 : RENEWAL_SLACK_MS);
  return earliest([nextReminder(agenda), lapse, cancelAt, planDueAt]);
};

type Row = ServiceWorkRow | undefined;
const serviceKey = ({ data }: { data: { orderId: string } }): string => `service:${data.orderId}`;
const callsKey = ({ data }: { data: { orderId: string } }): string => `stripe-calls:${data.orderId}`;

/** The agenda of one order with one more fact; null: the service is over, or on its way there, which needs no clock. */
const service = <E extends LedgerEvent & { data: { orderId: string } }>(next: (agenda: Agenda, event: Recorded<E>) => Agenda | null) => ({
  key: serviceKey,
  evolve: (row: Row, event: Recorded<E>): Row => {
    const agenda = row?.agenda ? next(row.agenda, event) : null;
    return row && agenda ? { ...row, agenda, dueAt: dueAtOf(agenda) } : undefined;
  },
});

const placed = {
  key: serviceKey,
  evolve: (_none: Row, { data }: Recorded<OrderPlaced>): Row => {
    const nothing = { paidThrough: null, reminded: [], graceUntil: null, deleteAt: null, cancelAt: null, planDueAt: null };
    return {
      ...{ workKey: serviceKey({ data }), kind: 'service', subjectId: data.orderId, dueAt: null, waiting: null },
      agenda: { payment: data.payment, ...nothing },
    };
  },
  first: true,
};

const planSettled = (agenda: Agenda): Agenda => ({ ...agenda, planDueAt: null });

type Told<T extends ServiceEvent['type']> = Extract<ServiceEvent, { type: T }>;

/** The calls that wait, with one more fact; a row without any is gone. */
const calls = <E extends StripeCallEvent>(dueAt: (event: Recorded<E>) => string | null) => ({
  key: callsKey,
  evolve: (row: Row, event: Recorded<E>): Row => {
    const { orderId, callId } = event.data;
    const at = dueAt(event);
    const others = Object.entries(row?.waiting ?? {}).filter(([id]) => id !== callId);
    const waiting: Waiting = Object.fromEntries(at === null ? others : [...others, [callId, at]]);
    const next = earliest(Object.values(waiting));
    if (next === null) return undefined;
    return { workKey: callsKey(event), kind: 'stripe-calls', subjectId: orderId, dueAt: next, agenda: null, waiting };
  },
});
type Called<T extends StripeCallEvent['type']> = Extract<StripeCallEvent, { type: T }>;

export const serviceWork = projection<ServiceWorkRow, LedgerEvent>({
  name: 'service-work',
  version: 2,
  key: (event) => event.id,
  on: {
    ...serviceEventsIgnored,
    OrderMoved: ignored,
    OrderPlaced: placed,
    OrderPaid: service<OrderPaid>((agenda, { data }) => ({ ...agenda, paidThrough: data.paidThrough })),
    OrderDelivered: service<OrderDelivered>((agenda, { data }) => ({ ...agenda, paidThrough: data.paidThrough })),
    OrderPaymentAccepted: service<Told<'OrderPaymentAccepted'>>((agenda, { data }) => {
      const isPeriod = data.purpose === 'renewal' || data.purpose === 'extension';
      return { ...agenda, paidThrough: data.paidThrough, reminded: isPeriod ? [] : agenda.reminded };
    }),
    OrderReminderRaised: service<Told<'OrderReminderRaised'>>((agenda, { data }) => ({
      ...agenda,
      reminded: [...agenda.reminded, data.daysBefore],
    })),
    OrderGraceStarted: service<Told<'OrderGraceStarted'>>((agenda, { data }) => ({ ...agenda, graceUntil: data.graceUntil })),
    OrderGraceExtended: service<Told<'OrderGraceExtended'>>((agenda, { data: { graceUntil } }) =>
      agenda.deleteAt === null ? { ...agenda, graceUntil } : { ...agenda, deleteAt: graceUntil },
    ),
    OrderGraceEnded: service<Told<'OrderGraceEnded'>>((agenda) => ({ ...agenda, graceUntil: null })),
    OrderSuspended: service<Told<'OrderSuspended'>>((agenda, { data }) => ({ ...agenda, deleteAt: data.deleteAt ?? agenda.deleteAt })),
    OrderResumed: service<Told<'OrderResumed'>>((agenda, { data }) =>
      data.reason === 'unpaid' ? { ...agenda, deleteAt: null, graceUntil: null } : agenda,
    ),
    OrderCancellationScheduled: service<Told<'OrderCancellationScheduled'>>((agenda, { data }) => ({ ...agenda, cancelAt: data.endAt })),
    OrderCancellationRevoked: service<Told<'OrderCancellationRevoked'>>((agenda) => ({ ...agenda, cancelAt: null })),
    OrderPlanChangeRequested: service<Told<'OrderPlanChangeRequested'>>((agenda, { data }) => ({
      ...agenda,
      planDueAt: after(data.requestedAt, PLAN_PAYMENT_WAIT_MS),
    })),
    OrderPlanChangePaid: service<Told<'OrderPlanChangePaid'>>(planSettled),
    OrderPlanChangeFailed: service<Told<'OrderPlanChangeFailed'>>(planSettled),
    OrderEnding: service<Told<'OrderEnding'>>(() => null),
    // Late money may still revive an order that nobody paid in time.
    OrderEnded: service<OrderEnded>((agenda) => agenda),
    StripeCallIntended: calls<Called<'StripeCallIntended'>>(({ data }) => data.intendedAt),
    StripeCallStarted: calls<Called<'StripeCallStarted'>>(({ data }) => data.callDeadlineAt),
    StripeCallFailed: calls<Called<'StripeCallFailed'>>(({ data }) => data.retryAt),
    StripeCallSettled: calls<Called<'StripeCallSettled'>>(() => null),
    ...ignoring('OrderCapacityHeld', 'OrderCheckoutIntended', 'OrderCheckoutOpened', 'OrderCheckoutExpired'),
    OrderPaymentNotAccepted: ignored,
    ...billingEventsIgnored,
    ...ignoring('PaymentSucceeded', 'PaymentPending', 'PaymentFailed', 'PaymentAttemptFailed', 'SubscriptionLinked'),
    ...provisioningEventsIgnored,
    ...customerEventsIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
