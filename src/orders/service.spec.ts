import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import {
  continueService,
  endService,
  recordServiceEnded,
  revokeCancellation,
  scheduleCancellation,
  suspendByOperator,
} from './order-service.decider.js';
import { acceptPayment, orderDecider } from './order.decider.js';
import type { OrderEvent, OrderPaid, OrderPlaced, PaymentWay } from './order.events.js';
import {
  closesFirst,
  mayBeExtended,
  nextLookAt,
  wantsAsking,
  type Circumstances,
  type MoneyOfOrder,
  type ServiceRules,
} from './service.saga.js';
import type { ServiceEvent } from './service.events.js';

const given = specification(orderDecider);
const ORDER = 'o-1';
const PAID_AT = '2026-11-01T10:00:00.000Z';
const PAID_THROUGH = '2026-12-01T10:05:00.000Z';
const DAY_MS = 86_400_000;
const daysFrom = (iso: string, days: number): string => new Date(Date.parse(iso) + days * DAY_MS).toISOString();

const rules: ServiceRules = {
  graceMs: 3 * DAY_MS,
  retentionMs: 7 * DAY_MS,
  renewalSlackMs: DAY_MS,
  processingMs: DAY_MS,
  reminderDays: [7, 3, 1],
};
const price = { amountMinor: 999, currency: 'eur' };
const hold = { nodeId: '3', allocationIds: [7] };
const resources = {
  ...{ memoryMib: 4096, diskMib: 10240, cpuPercent: 100, swapMib: 0, io: 500, threads: null, databases: 0, backups: 0, ports: 1 },
};
const subject = { orderId: ORDER, customerId: 'c-1', panelUserId: 4, planId: 'minecraft-4g', gameId: 'minecraft', region: 'eu', resources };
const placed = (payment: PaymentWay): OrderPlaced => ({
  type: 'OrderPlaced',
  data: {
    ...{ ...subject, term: 'monthly', payment, price, priceId: 'price_1', configurationId: 'x' },
    ...{ configurationHash: 'h', placedAt: PAID_AT },
  },
});
const paid = (payment: PaymentWay): OrderPaid => ({
  type: 'OrderPaid',
  data: {
    ...{ ...subject, configurationId: 'x', hold, paymentId: payment === 'once' ? 'pi_1' : 'in_1' },
    ...{ paidThrough: payment === 'once' ? null : PAID_THROUGH, paidAt: PAID_AT },
  },
});
const served = (payment: PaymentWay): OrderEvent[] => [
  placed(payment),
  { type: 'OrderCapacityHeld', data: { orderId: ORDER, hold, candidates: [], heldAt: PAID_AT } },
  paid(payment),
  {
    type: 'OrderDelivered',
    data: { orderId: ORDER, serverId: 9, identifier: 'abc', readyAt: '2026-11-01T10:05:00.000Z', paidThrough: PAID_THROUGH },
  },
];

type Payment = MoneyOfOrder['payments'][number];
const payment = (paymentId: string, over: Partial<Payment> = {}): Payment => ({
  ...{ paymentId, kind: 'initial', total: price, subtotal: price, subscriptionId: null, paidThrough: null, paidAt: null, changeId: null },
  ...over,
});
const money = (over: Partial<MoneyOfOrder> = {}): MoneyOfOrder => ({
  payments: [payment('pi_1')],
  refundedMinor: {},
  subscription: null,
  planCalls: [],
  changeDeclinedAt: null,
  failing: null,
  disputes: [],
  billingEnded: true,
  invoicesVoidFor: [],
  checkouts: [],
  ...over,
});
const subscribed = (over: Partial<MoneyOfOrder> = {}): MoneyOfOrder =>
  money({
    payments: [payment('in_1', { paidThrough: PAID_THROUGH })],
    subscription: { subscriptionId: 'sub_1', priceId: 'price_1', pendingUntil: null, cancelAt: null, ended: null },
    billingEnded: false,
    ...over,
  });
const circumstances = (over: Partial<Circumstances> = {}): Circumstances => ({
  money: money(),
  rules,
  processing: undefined,
  at: '2026-11-10T00:00:00.000Z',
  ...over,
});
const fact = <T extends ServiceEvent['type']>(type: T, data: object): Extract<ServiceEvent, { type: T }> =>
  ({ type, data: { orderId: ORDER, ...data } }) as Extract<ServiceEvent, { type: T }>;

const failedAt = '2026-12-01T11:00:00.000Z';
const failing = { invoiceId: 'in_2', since: failedAt };
const graceUntil = daysFrom(failedAt, 3);
const grace = fact('OrderGraceStarted', { cause: 'renewalFailed', invoiceId: 'in_2', graceUntil, startedAt: failedAt });
const deleteAt = daysFrom(graceUntil, 7);
const suspended = fact('OrderSuspended', { reason: 'unpaid', deleteAt, suspendedAt: graceUntil });

describe('a service that is paid for', () => {
  it('says nothing', () => {
    given(...served('once'))
      .when(continueService(circumstances()))
      .thenNothing();
    given(...served('subscription'))
      .when(continueService(circumstances({ money: subscribed() })))
      .thenNothing();
  });
  it('runs on from the period that is paid for when it is extended', () =>
    given(...served('once'))
      .when(continueService(circumstances({ money: money({ payments: [payment('pi_1'), payment('pi_2', { kind: 'extension' })] }) })))
      .then(
        fact('OrderPaymentAccepted', {
          paymentId: 'pi_2',
          purpose: 'extension',
          paidThrough: '2027-01-01T10:05:00.000Z',
          acceptedAt: circumstances().at,
        }),
      ));
  it('runs as far as the invoice of a renewal reaches, and never shorter', () => {
    const renewal = (paidThrough: string): MoneyOfOrder =>
      subscribed({ payments: [payment('in_1'), payment('in_2', { kind: 'renewal', paidThrough })] });
    const accepted = (paidThrough: string) =>
      fact('OrderPaymentAccepted', { paymentId: 'in_2', purpose: 'renewal', paidThrough, acceptedAt: circumstances().at });
    const later = '2027-01-01T10:00:00.000Z';
    given(...served('subscription'))
      .when(continueService(circumstances({ money: renewal(later) })))
      .then(accepted(later));
    given(...served('subscription'))
      .when(continueService(circumstances({ money: renewal('2026-11-15T00:00:00.000Z') })))
      .then(accepted(PAID_THROUGH));
  });
  it('judges each payment once', () => {
    const accepted = fact('OrderPaymentAccepted', {
      paymentId: 'pi_2',
      purpose: 'extension',
      paidThrough: '2027-01-01T10:05:00.000Z',
      acceptedAt: PAID_AT,
    });
    given(...served('once'), accepted)
      .when(continueService(circumstances({ money: money({ payments: [payment('pi_1'), payment('pi_2', { kind: 'extension' })] }) })))
      .thenNothing();
  });
  it.each([
    ['amountMismatch', { subtotal: { amountMinor: 1, currency: 'eur' } }],
    ['currencyMismatch', { total: { amountMinor: 999, currency: 'usd' } }],
  ] as const)('keeps money it cannot take, for refund: %s', (reason, over) => {
    const wrong = payment('pi_2', { kind: 'extension', ...over });
    given(...served('once'))
      .when(continueService(circumstances({ money: money({ payments: [payment('pi_1'), wrong] }) })))
      .then({
        type: 'OrderPaymentNotAccepted',
        data: { orderId: ORDER, customerId: 'c-1', paymentId: 'pi_2', amount: wrong.total, reason, receivedAt: circumstances().at },
      });
  });
  it('keeps the renewal of a second subscription that nobody meant to have, for refund', () => {
    const other = payment('in_9', { kind: 'renewal', subscriptionId: 'sub_9', paidThrough: daysFrom(PAID_THROUGH, 30) });
    given(...served('subscription'))
      .when(continueService(circumstances({ money: subscribed({ payments: [payment('in_1'), other] }) })))
      .then({
        type: 'OrderPaymentNotAccepted',
        data: {
          ...{ orderId: ORDER, customerId: 'c-1', paymentId: 'in_9', amount: other.total, reason: 'alreadyPaid' },
          receivedAt: circumstances().at,
        },
      });
  });
  it.each([
    [-7, 7],
    [-5, 7],
    [-3, 3],
    [-0.5, 1],
  ])('is followed by the nearest reminder: %d days from its end, the one of %d days', (days, daysBefore) => {
    const at = daysFrom(PAID_THROUGH, days);
    given(...served('once'))
      .when(continueService(circumstances({ at })))
      .then(fact('OrderReminderRaised', { daysBefore, paidThrough: PAID_THROUGH, raisedAt: at }));
  });
  it('reminds once, and of a subscription never', () => {
    const at = daysFrom(PAID_THROUGH, -2);
    const reminded = fact('OrderReminderRaised', { daysBefore: 3, paidThrough: PAID_THROUGH, raisedAt: at });
    given(...served('once'), reminded)
      .when(continueService(circumstances({ at })))
      .thenNothing();
    given(...served('subscription'))
      .when(continueService(circumstances({ at, money: subscribed() })))
      .thenNothing();
  });
});

describe('a service that is not paid for', () => {
  const unpaid = subscribed({ failing });
  it('has grace from the failed renewal on, by Stripe’s clock, however late we hear of it', () => {
    const at = daysFrom(failedAt, 2);
    given(...served('subscription'))
      .when(continueService(circumstances({ money: unpaid, at })))
      .then(fact('OrderGraceStarted', { cause: 'renewalFailed', invoiceId: 'in_2', graceUntil, startedAt: at }));
  });
  it('has grace from the end of the period that was paid once', () =>
    given(...served('once'))
      .when(continueService(circumstances({ at: PAID_THROUGH })))
      .then(
        fact('OrderGraceStarted', { cause: 'periodOver', invoiceId: null, graceUntil: daysFrom(PAID_THROUGH, 3), startedAt: PAID_THROUGH }),
      ));
  it('is a subscription without a word from Stripe for a day after its period', () => {
    given(...served('subscription'))
      .when(continueService(circumstances({ money: subscribed(), at: PAID_THROUGH })))
      .thenNothing();
    const at = daysFrom(PAID_THROUGH, 1);
    given(...served('subscription'))
      .when(continueService(circumstances({ money: subscribed(), at })))
      .then(fact('OrderGraceStarted', { cause: 'periodOver', invoiceId: null, graceUntil: daysFrom(PAID_THROUGH, 3), startedAt: at }));
  });
  it('has grace when Stripe gave the subscription up', () =>
    given(...served('subscription'))
      .when(
        continueService(
          circumstances({
            at: failedAt,
            money: subscribed({
              subscription: {
                subscriptionId: 'sub_1',
                priceId: null,
                pendingUntil: null,
                cancelAt: null,
                ended: { reason: 'payment_failed', endedAt: failedAt },
              },
            }),
          }),
        ),
      )
      .then(fact('OrderGraceStarted', { cause: 'subscriptionEnded', invoiceId: null, graceUntil, startedAt: failedAt })));
  it('is suspended after grace only when Stripe was asked and knows of no payment on its way', () => {
    const order = given(...served('subscription'), grace);
    order.when(continueService(circumstances({ money: unpaid, at: daysFrom(failedAt, 2) }))).thenNothing();
    order.when(continueService(circumstances({ money: unpaid, at: graceUntil }))).thenNothing();
    order.when(continueService(circumstances({ money: unpaid, at: graceUntil, processing: false }))).then(suspended);
    order
      .when(continueService(circumstances({ money: unpaid, at: graceUntil, processing: true })))
      .then(fact('OrderGraceExtended', { reason: 'paymentProcessing', graceUntil: daysFrom(graceUntil, 1), extendedAt: graceUntil }));
  });
  it('is well again when it is paid in grace, and resumes when it is paid later', () => {
    const accepted = fact('OrderPaymentAccepted', {
      paymentId: 'in_2',
      purpose: 'renewal',
      paidThrough: '2027-01-01T10:00:00.000Z',
      acceptedAt: graceUntil,
    });
    const renewed = subscribed({
      payments: [payment('in_1'), payment('in_2', { kind: 'renewal', paidThrough: '2027-01-01T10:00:00.000Z' })],
    });
    given(...served('subscription'), grace, accepted)
      .when(continueService(circumstances({ money: renewed, at: graceUntil })))
      .then(fact('OrderGraceEnded', { endedAt: graceUntil }));
    given(...served('subscription'), grace, suspended, accepted)
      .when(continueService(circumstances({ money: renewed, at: graceUntil })))
      .then(fact('OrderResumed', { reason: 'unpaid', runsAgain: true, resumedAt: graceUntil }));
  });
  it('ends after retention, when Stripe was asked once more and leaves no invoice to be paid', () => {
    const order = given(...served('subscription'), grace, suspended);
    const settled = subscribed({ invoicesVoidFor: [deleteAt] });
    order.when(continueService(circumstances({ money: settled, at: deleteAt }))).thenNothing();
    for (const payable of [unpaid, subscribed({ failing, invoicesVoidFor: [graceUntil] })]) {
      const about = circumstances({ money: payable, at: deleteAt, processing: false });
      order.when(continueService(about)).thenNothing();
      expect(order.state.status === 'delivered' && closesFirst(order.state, about)).toBe('unpaid');
    }
    order
      .when(continueService(circumstances({ money: settled, at: deleteAt, processing: false })))
      .then(fact('OrderEnding', { reason: 'unpaid', subscriptionId: 'sub_1', endingAt: deleteAt }));
  });
  it('is kept by money that comes when retention is over, and resumes rather than ends', () => {
    const until = '2027-01-01T10:05:00.000Z';
    const paidOnce = money({ payments: [payment('pi_1'), payment('pi_2', { kind: 'extension' })] });
    const graceOver = fact('OrderGraceStarted', { cause: 'periodOver', invoiceId: null, graceUntil, startedAt: PAID_THROUGH });
    const late = circumstances({ money: paidOnce, at: deleteAt, processing: false });
    const accepted = fact('OrderPaymentAccepted', { paymentId: 'pi_2', purpose: 'extension', paidThrough: until, acceptedAt: deleteAt });
    given(...served('once'), graceOver, suspended)
      .when(continueService(late))
      .then(accepted);
    given(...served('once'), graceOver, suspended, accepted)
      .when(continueService(late))
      .then(fact('OrderResumed', { reason: 'unpaid', runsAgain: true, resumedAt: deleteAt }));
  });
  it.each(['payable', 'completed'] as const)(
    'does not end while there is a checkout for another term that is %s, which is closed first',
    (state) => {
      const order = given(...served('once'), grace, suspended);
      const about = (over: Partial<Circumstances>) => circumstances({ money: money({ checkouts: [{ state }] }), at: deleteAt, ...over });
      order.when(continueService(about({ processing: false }))).thenNothing();
      const standing = order.state.status === 'delivered' ? order.state : null;
      const closes = (over: Partial<Circumstances>) => standing && closesFirst(standing, about(over));
      expect(closes({ processing: false })).toBe('unpaid');
      // Only when all that is known of the money says that the service is to end.
      expect([closes({}), closes({ processing: true }), closes({ processing: false, at: graceUntil })]).toStrictEqual([null, null, null]);
      expect(closes({ processing: false, money: money() })).toBeNull();
      order
        .when(continueService(about({ processing: false, money: money() })))
        .then(fact('OrderEnding', { reason: 'unpaid', subscriptionId: null, endingAt: deleteAt }));
    },
  );
  it('may be extended until its end is due', () => {
    const extendable = (past: readonly OrderEvent[], at: string): boolean => {
      const { state } = given(...past);
      return state.status === 'delivered' && mayBeExtended(state, at);
    };
    const justBefore = new Date(Date.parse(deleteAt) - 1).toISOString();
    const left = [...served('once'), grace, suspended];
    expect([extendable(left, justBefore), extendable(left, deleteAt)]).toStrictEqual([true, false]);
    const cancelled = [...served('once'), fact('OrderCancellationScheduled', { endAt: PAID_THROUGH, scheduledAt: PAID_AT })];
    expect([extendable(cancelled, PAID_AT), extendable(cancelled, PAID_THROUGH)]).toStrictEqual([true, false]);
  });
  it('does not end while a payment is on its way, and Stripe is asked again only when that had its time', () => {
    const wait = fact('OrderGraceExtended', { reason: 'paymentProcessing', graceUntil: daysFrom(deleteAt, 1), extendedAt: deleteAt });
    const order = given(...served('subscription'), grace, suspended);
    order.when(continueService(circumstances({ money: unpaid, at: deleteAt, processing: true }))).then(wait);
    const { state } = given(...served('subscription'), grace, suspended, wait);
    if (state.status !== 'delivered') throw new Error(state.status);
    const at = daysFrom(deleteAt, 0.5);
    expect(wantsAsking(state, circumstances({ money: unpaid, at }))).toBe(false);
    expect(nextLookAt(state, rules, at)).toBe(daysFrom(deleteAt, 1));
  });
  it('asks Stripe before it is suspended and before it ends, and at no other time', () => {
    const asks = (past: readonly OrderEvent[], at: string, over: Partial<Circumstances> = {}): boolean => {
      const { state } = given(...past);
      return state.status === 'delivered' && wantsAsking(state, circumstances({ money: unpaid, at, ...over }));
    };
    const inGrace = [...served('subscription'), grace];
    expect(asks(inGrace, daysFrom(failedAt, 1))).toBe(false);
    expect(asks(inGrace, graceUntil)).toBe(true);
    expect(asks(inGrace, graceUntil, { processing: false })).toBe(false);
    expect(asks([...inGrace, suspended], graceUntil)).toBe(false);
    expect(asks([...inGrace, suspended], deleteAt)).toBe(true);
    const over = {
      subscriptionId: 'sub_1',
      priceId: null,
      pendingUntil: null,
      cancelAt: null,
      ended: { reason: 'cancellation_requested', endedAt: failedAt },
    };
    const ended = subscribed({ subscription: over });
    const lost = subscribed({ disputes: [{ paymentId: null, status: 'lost' }] });
    for (const final of [ended, lost]) {
      expect(asks(served('subscription'), failedAt, { money: final })).toBe(true);
      expect(asks(served('subscription'), failedAt, { money: final, processing: false })).toBe(false);
    }
    expect(asks(served('subscription'), failedAt, { money: subscribed() })).toBe(false);
  });
});

describe('a dispute', () => {
  const disputed = money({ disputes: [{ paymentId: null, status: 'open' }] });
  const stopped = fact('OrderSuspended', { reason: 'dispute', deleteAt: null, suspendedAt: circumstances().at });
  it('suspends, also while the server installs, and only once', () => {
    given(...served('once'))
      .when(continueService(circumstances({ money: disputed })))
      .then(stopped);
    given(...served('once').slice(0, 3))
      .when(continueService(circumstances({ money: disputed })))
      .then(stopped);
    given(...served('once'), stopped)
      .when(continueService(circumstances({ money: disputed })))
      .thenNothing();
  });
  it('that is won lets the server run again, unless it is stopped for another reason', () => {
    const resumed = (runsAgain: boolean) => fact('OrderResumed', { reason: 'dispute', runsAgain, resumedAt: circumstances().at });
    given(...served('once'), stopped)
      .when(continueService(circumstances()))
      .then(resumed(true));
    const byOperator = fact('OrderSuspended', { reason: 'operator', deleteAt: null, suspendedAt: PAID_AT });
    given(...served('once'), byOperator, stopped)
      .when(continueService(circumstances()))
      .then(resumed(false));
  });
  it('is the order’s only where the money is: what was refused waits for its refund and pays for nothing', () => {
    const refused = payment('pi_2');
    const about = (paymentId: string, status: 'open' | 'lost') =>
      circumstances({ money: money({ payments: [payment('pi_1'), refused], disputes: [{ paymentId, status }] }) });
    const notTaken: OrderEvent = {
      type: 'OrderPaymentNotAccepted',
      data: { orderId: ORDER, customerId: 'c-1', paymentId: 'pi_2', amount: price, reason: 'alreadyPaid', receivedAt: PAID_AT },
    };
    for (const status of ['open', 'lost'] as const)
      given(...served('once'), notTaken)
        .when(continueService(about('pi_2', status)))
        .thenNothing();
    given(...served('once'), notTaken)
      .when(continueService(about('pi_1', 'open')))
      .then(stopped);
  });
  it('that is lost ends the service', () =>
    given(...served('once'), stopped)
      .when(continueService(circumstances({ money: money({ disputes: [{ paymentId: null, status: 'lost' }] }) })))
      .then(fact('OrderEnding', { reason: 'disputeLost', subscriptionId: null, endingAt: circumstances().at })));
});

describe('the end of a service', () => {
  const ending = fact('OrderEnding', { reason: 'cancelled', subscriptionId: 'sub_1', endingAt: PAID_THROUGH });
  const billingEnded = fact('OrderBillingEnded', { billingEndedAt: PAID_THROUGH });
  it('comes with a refund of the period in full, and not with one in part', () => {
    given(...served('once'))
      .when(continueService(circumstances({ money: money({ refundedMinor: { pi_1: 998 } }) })))
      .thenNothing();
    given(...served('once'))
      .when(continueService(circumstances({ money: money({ refundedMinor: { pi_1: 999 } }) })))
      .then(fact('OrderEnding', { reason: 'refunded', subscriptionId: null, endingAt: circumstances().at }));
  });
  it('comes with a refund before delivery', () =>
    given(...served('once').slice(0, 3))
      .when(continueService(circumstances({ money: money({ refundedMinor: { pi_1: 999 } }) })))
      .then(fact('OrderEnding', { reason: 'refunded', subscriptionId: null, endingAt: circumstances().at })));
  it('is not that of a free order whose nothing was given back', () =>
    given(...served('once'))
      .when(
        continueService(circumstances({ money: money({ payments: [payment('pi_1', { total: { amountMinor: 0, currency: 'eur' } })] }) })),
      )
      .thenNothing());
  it('comes with Stripe’s word, whoever cancelled there', () =>
    given(...served('subscription'))
      .when(
        continueService(
          circumstances({
            money: subscribed({
              subscription: {
                subscriptionId: 'sub_1',
                priceId: null,
                pendingUntil: null,
                cancelAt: null,
                ended: { reason: 'cancellation_requested', endedAt: PAID_AT },
              },
            }),
          }),
        ),
      )
      .then(fact('OrderEnding', { reason: 'subscriptionEnded', subscriptionId: 'sub_1', endingAt: circumstances().at })));
  it('follows a cancellation at its date, and takes over one that was made in Stripe’s portal', () => {
    const portal = subscribed({
      subscription: { subscriptionId: 'sub_1', priceId: null, pendingUntil: null, cancelAt: PAID_THROUGH, ended: null },
    });
    const scheduled = fact('OrderCancellationScheduled', { endAt: PAID_THROUGH, scheduledAt: circumstances().at });
    given(...served('subscription'))
      .when(continueService(circumstances({ money: portal })))
      .then(scheduled);
    given(...served('subscription'), scheduled)
      .when(continueService(circumstances({ money: portal })))
      .thenNothing();
    given(...served('subscription'), scheduled)
      .when(continueService(circumstances({ money: subscribed() })))
      .then(fact('OrderCancellationRevoked', { revokedAt: circumstances().at }));
    given(...served('subscription'), scheduled)
      .when(continueService(circumstances({ money: portal, at: PAID_THROUGH })))
      .then(ending);
  });
  it('follows a cancellation no earlier than what was paid once reaches, also when the extension was paid after it', () => {
    const until = '2027-01-01T10:05:00.000Z';
    const extended = fact('OrderPaymentAccepted', { paymentId: 'pi_2', purpose: 'extension', paidThrough: until, acceptedAt: PAID_AT });
    const scheduled = (endAt: string) => fact('OrderCancellationScheduled', { endAt, scheduledAt: circumstances().at });
    const order = [...served('once'), scheduled(PAID_THROUGH), extended];
    given(...order)
      .when(continueService(circumstances()))
      .then(scheduled(until));
    given(...order)
      .when(continueService(circumstances({ at: PAID_THROUGH, processing: false })))
      .then(fact('OrderCancellationScheduled', { endAt: until, scheduledAt: PAID_THROUGH }));
    const moved = given(...order, scheduled(until));
    moved.when(continueService(circumstances({ at: PAID_THROUGH }))).thenNothing();
    moved
      .when(continueService(circumstances({ at: until, processing: false })))
      .then(fact('OrderEnding', { reason: 'cancelled', subscriptionId: null, endingAt: until }));
  });
  it('waits for Stripe to confirm that nothing more is collected', () => {
    const order = given(...served('subscription'), ending);
    order.when(continueService(circumstances({ money: subscribed() }))).thenNothing();
    order.when(recordServiceEnded({ at: PAID_THROUGH })).thenNothing();
    order
      .when(continueService(circumstances({ money: subscribed({ billingEnded: true }) })))
      .then(fact('OrderBillingEnded', { billingEndedAt: circumstances().at }));
    given(...served('subscription'), ending, billingEnded)
      .when(recordServiceEnded({ at: PAID_THROUGH }))
      .then({ type: 'OrderEnded', data: { orderId: ORDER, reason: 'cancelled', hold, endedAt: PAID_THROUGH } });
  });
  it('waits until no checkout may be paid any more, whatever it ends for', () => {
    for (const reason of ['cancelled', 'refunded', 'operator', 'unpaid'] as const) {
      const order = given(...served('once'), fact('OrderEnding', { reason, subscriptionId: null, endingAt: PAID_THROUGH }));
      const asked = (checkouts: MoneyOfOrder['checkouts']) => continueService(circumstances({ money: money({ checkouts }) }));
      order.when(asked([{ state: 'completed' }, { state: 'payable' }])).thenNothing();
      // Money that is on its way when the service ends is given back when it comes.
      order.when(asked([{ state: 'completed' }])).then(fact('OrderBillingEnded', { billingEndedAt: circumstances().at }));
    }
    given(...served('subscription'), ending)
      .when(continueService(circumstances({ money: subscribed({ billingEnded: true, checkouts: [{ state: 'payable' }] }) })))
      .thenNothing();
  });
  it('of an order paid once that was cancelled waits for a checkout that may be paid; one for what was done with the money does not', () => {
    const scheduled = fact('OrderCancellationScheduled', { endAt: PAID_THROUGH, scheduledAt: PAID_AT });
    const at = (state: 'payable' | 'completed', over: Partial<MoneyOfOrder> = {}) =>
      circumstances({ at: PAID_THROUGH, processing: false, money: money({ checkouts: [{ state }], ...over }) });
    const order = given(...served('once'), scheduled);
    order.when(continueService(at('payable'))).thenNothing();
    expect(order.state.status === 'delivered' && closesFirst(order.state, at('payable'))).toBe('cancelled');
    order
      .when(continueService(at('completed')))
      .then(fact('OrderEnding', { reason: 'cancelled', subscriptionId: null, endingAt: PAID_THROUGH }));
    const refunded = { refundedMinor: { pi_1: 999 } };
    order
      .when(continueService(at('payable', refunded)))
      .then(fact('OrderEnding', { reason: 'refunded', subscriptionId: null, endingAt: PAID_THROUGH }));
    expect(order.state.status === 'delivered' && closesFirst(order.state, at('payable', refunded))).toBeNull();
  });
  it('leaves money that comes later for refund: of a renewal and of a second checkout', () => {
    const ended: OrderEvent = { type: 'OrderEnded', data: { orderId: ORDER, reason: 'cancelled', hold, endedAt: PAID_THROUGH } };
    const late = subscribed({ payments: [payment('in_1'), payment('in_3', { kind: 'renewal' })] });
    const refused = (paymentId: string): OrderEvent => ({
      type: 'OrderPaymentNotAccepted',
      data: { orderId: ORDER, customerId: 'c-1', paymentId, amount: price, reason: 'orderEnded', receivedAt: circumstances().at },
    });
    for (const past of [[ending], [ending, billingEnded, ended]])
      given(...served('subscription'), ...past)
        .when(continueService(circumstances({ money: late })))
        .then(refused('in_3'));
    given(...served('subscription'), ending, billingEnded, ended)
      .when(
        acceptPayment({
          orderId: ORDER,
          paymentId: 'pi_7',
          subtotal: price,
          total: price,
          paidThrough: null,
          newHold: undefined,
          at: circumstances().at,
        }),
      )
      .then(refused('pi_7'));
  });
});

describe('a person', () => {
  const at = '2026-11-11T00:00:00.000Z';
  it('cancels to the end of the period that was paid once, undoes it, and repeats neither', () => {
    const scheduled = fact('OrderCancellationScheduled', { endAt: PAID_THROUGH, scheduledAt: at });
    given(...served('once'))
      .when(scheduleCancellation({ at }))
      .then(scheduled);
    given(...served('once'), scheduled)
      .when(scheduleCancellation({ at }))
      .thenNothing();
    given(...served('once'), scheduled)
      .when(revokeCancellation({ at }))
      .then(fact('OrderCancellationRevoked', { revokedAt: at }));
    given(...served('once'))
      .when(revokeCancellation({ at }))
      .thenNothing();
    given(placed('once')).when(scheduleCancellation({ at })).thenRefused('ORDER_NOT_SERVED');
  });
  it('ends a service at once, and only one that there is', () => {
    const wish = { reason: 'operator', subscriptionId: null, at } as const;
    const ending = fact('OrderEnding', { reason: 'operator', subscriptionId: null, endingAt: at });
    given(...served('once'))
      .when(endService(wish))
      .then(ending);
    given(...served('once'), ending)
      .when(endService(wish))
      .thenNothing();
    given(placed('once')).when(endService(wish)).thenRefused('ORDER_NOT_SERVED');
  });
  it('stops a server and lets it run again, unless something else keeps it stopped', () => {
    const stop = fact('OrderSuspended', { reason: 'operator', deleteAt: null, suspendedAt: at });
    given(...served('once'))
      .when(suspendByOperator({ suspend: true, at }))
      .then(stop);
    given(...served('once'), stop)
      .when(suspendByOperator({ suspend: true, at }))
      .thenNothing();
    given(...served('once'), stop)
      .when(suspendByOperator({ suspend: false, at }))
      .then(fact('OrderResumed', { reason: 'operator', runsAgain: true, resumedAt: at }));
    given(...served('once'), suspended, stop)
      .when(suspendByOperator({ suspend: false, at }))
      .then(fact('OrderResumed', { reason: 'operator', runsAgain: false, resumedAt: at }));
  });
});

describe('time', () => {
  const look = (past: readonly OrderEvent[], at: string): string | null => {
    const { state } = given(...past);
    return state.status === 'delivered' ? nextLookAt(state, rules, at) : 'not delivered';
  };
  it('brings the next reminder, the end of the period, of grace and of retention', () => {
    expect(look(served('once'), PAID_AT)).toBe(daysFrom(PAID_THROUGH, -7));
    const reminded = fact('OrderReminderRaised', { daysBefore: 1, paidThrough: PAID_THROUGH, raisedAt: PAID_AT });
    expect(look([...served('once'), reminded], PAID_AT)).toBe(PAID_THROUGH);
    expect(look(served('subscription'), PAID_AT)).toBe(daysFrom(PAID_THROUGH, 1));
    expect(look([...served('subscription'), grace], failedAt)).toBe(graceUntil);
    expect(look([...served('subscription'), grace, suspended], graceUntil)).toBe(deleteAt);
    expect(look([...served('subscription'), grace, suspended], deleteAt)).toBeNull();
  });
});
