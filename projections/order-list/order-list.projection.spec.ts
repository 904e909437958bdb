import { describe, expect, it } from '@jest/globals';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { project, sample } from '../../test/support/project.js';
import { orderList } from './order-list.projection.js';

const fold = project(orderList);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const placed = {
  orderId: ORDER,
  customerId: '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210',
  planId: 'minecraft-4g',
  gameId: 'minecraft',
  region: 'eu-central',
  term: 'monthly',
  payment: 'once',
  status: 'placed',
  statusReason: null,
  failingStep: null,
  failingCode: null,
  amountMinor: 999,
  currency: 'eur',
  checkoutSession: null,
  checkoutExpiresAt: null,
  paymentIntent: null,
  subscription: null,
  nodeId: null,
  pteroServerId: null,
  pteroIdentifier: null,
  paidThrough: null,
  createdAt: '2026-11-03T18:20:04.000Z',
  paidAt: null,
  readyAt: null,
  graceCause: null,
  suspensions: [],
  graceUntil: null,
  deleteAt: null,
  endsAt: null,
};
const awaiting = {
  ...placed,
  status: 'awaitingPayment',
  nodeId: '3',
  checkoutSession: 'cs_live_a1Qh7TtV0b4sYw2LrXk9PzJm3NcEd8FgUo5',
  checkoutExpiresAt: '2026-11-03T18:51:05.000Z',
};
const paid = { ...awaiting, status: 'paid', paymentIntent: 'pi_3QK4dW2eZvKYlo2C1f8uXqLm', paidAt: '2026-11-03T18:22:41.000Z' };
const ready = {
  ...paid,
  status: 'ready',
  pteroServerId: 2093,
  pteroIdentifier: '9f1c27ab',
  readyAt: '2026-11-03T18:25:11.000Z',
  paidThrough: '2026-12-03T18:25:11.000Z',
};

const checkout = [sample('OrderPlaced'), sample('OrderCapacityHeld'), sample('OrderCheckoutIntended'), sample('OrderCheckoutOpened')];
const bought = [...checkout, sample('PaymentSucceeded'), sample('OrderPaid')];
const provisioned = [...bought, sample('ProvisioningStarted'), sample('ServerCreationStarted'), sample('ServerCreated')];
const life = [...provisioned, sample('ServerReady'), sample('OrderDelivered')];

describe('order-list', () => {
  it('starts with what was ordered', () => {
    expect(fold(sample('OrderPlaced'))).toStrictEqual({ [ORDER]: placed });
  });

  it('knows the node as soon as room is held', () => {
    expect(fold(...checkout.slice(0, 2))).toStrictEqual({ [ORDER]: { ...placed, status: 'held', nodeId: '3' } });
  });

  it('waits for payment once the checkout is open', () => {
    expect(fold(...checkout)).toStrictEqual({ [ORDER]: awaiting });
  });

  it('is paid, then installing, then ready', () => {
    const installing = { ...paid, status: 'installing', pteroServerId: 2093, pteroIdentifier: '9f1c27ab' };
    expect(fold(...bought)).toStrictEqual({ [ORDER]: paid });
    expect(fold(...provisioned)).toStrictEqual({ [ORDER]: installing });
    expect(fold(...life)).toStrictEqual({ [ORDER]: ready });
  });

  it('names an invoice no payment intent, and keeps the subscription', () => {
    const order = sample('OrderPaid');
    const byInvoice = { ...order, data: { ...order.data, paymentId: 'in_1', paidThrough: '2026-12-03T18:22:41.000Z' } };
    const row = { ...paid, paymentIntent: null, subscription: 'sub_1QK4dX2eZvKYlo2CwY5nHs0a', paidThrough: '2026-12-03T18:22:41.000Z' };
    expect(fold(...checkout, sample('SubscriptionLinked'), byInvoice)).toStrictEqual({ [ORDER]: row });
  });

  it('shows a pending payment and why it failed, but not after the order is paid', () => {
    const failed = { ...awaiting, statusReason: 'async_payment_failed' };
    expect(fold(...checkout, sample('PaymentPending'))).toStrictEqual({ [ORDER]: { ...awaiting, status: 'paymentPending' } });
    expect(fold(...checkout, sample('PaymentPending'), sample('PaymentFailed'))).toStrictEqual({ [ORDER]: failed });
    expect(fold(...bought, sample('PaymentPending'), sample('PaymentFailed'))).toStrictEqual({ [ORDER]: paid });
  });

  it.each([
    ['card_declined', 'insufficient_funds', 'insufficient_funds'],
    ['card_declined', 'stolen_card', 'card_declined'],
    ['expired_card', null, 'expired_card'],
    ['something_new', 'something_newer', 'payment_declined'],
  ])('shows that a card was declined as far as its owner can do something about it: %s, %s', (code, declineCode, statusReason) => {
    const declined = sample('PaymentAttemptFailed');
    const attempt = { ...declined, data: { ...declined.data, code, declineCode } };
    expect(fold(...checkout, attempt)).toStrictEqual({ [ORDER]: { ...awaiting, statusReason } });
  });

  it('shows a decline only while the card is what the first payment waits for', () => {
    const declined = sample('PaymentAttemptFailed');
    const extension = { ...declined, data: { ...declined.data, kind: 'extension' as const } };
    const failed = { ...awaiting, statusReason: 'asyncPaymentFailed' };
    const late = sample('PaymentFailed');
    const ours = { ...late, data: { ...late.data, code: 'asyncPaymentFailed' } };
    expect(fold(...checkout, extension)).toStrictEqual({ [ORDER]: awaiting });
    expect(fold(...checkout, declined, sample('PaymentPending'))).toStrictEqual({ [ORDER]: { ...awaiting, status: 'paymentPending' } });
    expect(fold(...checkout, sample('PaymentPending'), ours, declined)).toStrictEqual({ [ORDER]: failed });
    expect(fold(...bought, declined)).toStrictEqual({ [ORDER]: paid });
  });

  it('ends with the reason after an expired checkout', () => {
    const expired = { ...awaiting, statusReason: 'checkoutExpired' };
    expect(fold(...checkout, sample('OrderCheckoutExpired'))).toStrictEqual({ [ORDER]: expired });
    const ended = { ...awaiting, status: 'ended', statusReason: 'abandoned' };
    expect(fold(...checkout, sample('OrderCheckoutExpired'), sample('OrderEnded'))).toStrictEqual({ [ORDER]: ended });
  });

  it('asks for attention until an operator retries', () => {
    const started = [...bought, sample('ProvisioningStarted'), sample('ProvisioningAttemptFailed')];
    const provisioning = { ...paid, status: 'provisioning' };
    const failing = { failingStep: 'create', failingCode: 'ValidationException', statusReason: 'ValidationException' };
    expect(fold(...started)).toStrictEqual({ [ORDER]: { ...provisioning, ...failing } });
    const asked = [...started, sample('ProvisioningNeedsHuman')];
    expect(fold(...asked)).toStrictEqual({
      [ORDER]: { ...paid, status: 'attention', statusReason: 'INSTALL_OVERDUE', failingStep: 'install', failingCode: 'INSTALL_OVERDUE' },
    });
    expect(fold(...asked, sample('ProvisioningRetryRequested'))).toStrictEqual({ [ORDER]: provisioning });
  });

  it('shows grace and suspension also when they began before the server was ready, and the graver of two', () => {
    const standing = (...events: readonly Recorded<LedgerEvent>[]) => {
      const { status, statusReason } = fold(...events)[ORDER] ?? {};
      return [status, statusReason];
    };
    const suspended = sample('OrderSuspended');
    const resumed = sample('OrderResumed');
    const because = (reason: 'unpaid' | 'dispute') => ({ ...suspended, data: { ...suspended.data, reason } });
    const over = (reason: 'unpaid' | 'dispute') => ({ ...resumed, data: { ...resumed.data, reason, runsAgain: false } });
    const grace = sample('OrderGraceStarted');
    const early = [...provisioned, grace, sample('ServerReady'), sample('OrderDelivered')];
    expect(standing(...early)).toStrictEqual(['grace', grace.data.cause]);
    expect(standing(...early, sample('OrderGraceEnded'))).toStrictEqual(['ready', null]);
    expect(standing(...provisioned, because('dispute'), sample('OrderDelivered'))).toStrictEqual(['suspended', 'dispute']);
    expect(standing(...life, grace, because('unpaid'), because('dispute'))).toStrictEqual(['suspended', 'dispute']);
    expect(standing(...life, grace, because('dispute'), because('unpaid'), over('dispute'))).toStrictEqual(['suspended', 'unpaid']);
    expect(standing(...life, grace, because('unpaid'), over('unpaid'))).toStrictEqual(['ready', null]);
  });

  it('says what comes next and when: suspension, deletion, the end that was wished for', () => {
    const next = (...events: Recorded<LedgerEvent>[]) => {
      const { graceUntil, deleteAt, endsAt } = fold(...events)[ORDER] ?? {};
      return [graceUntil, deleteAt, endsAt];
    };
    const [grace, extended, suspended] = [sample('OrderGraceStarted'), sample('OrderGraceExtended'), sample('OrderSuspended')];
    const unpaid = { ...suspended, data: { ...suspended.data, reason: 'unpaid' as const } };
    const disputed = { ...suspended, data: { ...suspended.data, reason: 'dispute' as const, deleteAt: null } };
    const resumed = sample('OrderResumed');
    const paidAgain = { ...resumed, data: { ...resumed.data, reason: 'unpaid' as const } };
    const { graceUntil } = grace.data;
    const later = extended.data.graceUntil;
    const { deleteAt } = unpaid.data;
    expect(next(...life, grace)).toStrictEqual([graceUntil, null, null]);
    expect(next(...life, grace, extended)).toStrictEqual([later, null, null]);
    expect(next(...life, grace, sample('OrderGraceEnded'))).toStrictEqual([null, null, null]);
    expect(next(...life, grace, unpaid)).toStrictEqual([graceUntil, deleteAt, null]);
    expect(next(...life, grace, unpaid, disputed)).toStrictEqual([graceUntil, deleteAt, null]);
    expect(next(...life, grace, unpaid, extended)).toStrictEqual([graceUntil, later, null]);
    expect(next(...life, grace, unpaid, paidAgain)).toStrictEqual([null, null, null]);
    const cancelled = sample('OrderCancellationScheduled');
    expect(next(...life, cancelled)).toStrictEqual([null, null, cancelled.data.endAt]);
    expect(next(...life, cancelled, sample('OrderCancellationRevoked'))).toStrictEqual([null, null, null]);
  });

  it('keeps the business reason while the panel does not do what follows from it, and tells that apart', () => {
    const [failed, help] = [sample('ProvisioningAttemptFailed'), sample('ProvisioningNeedsHuman')];
    const about = { step: 'suspend', code: 'PANEL_UNAVAILABLE' } as const;
    const unable = [sample('OrderSuspended'), { ...failed, data: { ...failed.data, ...about } }];
    const [suspended] = Object.values(fold(...life, sample('OrderSuspended')));
    expect(suspended).toMatchObject({ status: 'suspended', statusReason: sample('OrderSuspended').data.reason });
    const failing = { ...suspended, failingStep: 'suspend', failingCode: 'PANEL_UNAVAILABLE' };
    expect(fold(...life, ...unable)).toStrictEqual({ [ORDER]: failing });
    const asked = [...unable, { ...help, data: { ...help.data, ...about } }];
    expect(fold(...life, ...asked)).toStrictEqual({ [ORDER]: failing });
    expect(fold(...life, ...asked, sample('ProvisioningRetryRequested'))).toStrictEqual({ [ORDER]: suspended });
    expect(fold(...life, ...asked, sample('ServerSuspended'))).toStrictEqual({ [ORDER]: suspended });
  });

  it('has no row for an order it never saw placed', () => {
    expect(fold(...life.slice(1))).toStrictEqual({});
  });

  it('gives the same rows when folded again', () => {
    fold(...life);
    expect(fold(...life)).toStrictEqual({ [ORDER]: ready });
  });
});
