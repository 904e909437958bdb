import { describe, expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { attention } from './attention.projection.js';

const fold = project(attention);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const CUSTOMER = '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210';
const PAYMENT = 'pi_3QK4dW2eZvKYlo2C1f8uXqLm';
const WEBHOOK = 'evt_1QK4dZ2eZvKYlo2CqR7bTn9x';

/** The one row of this kind about this subject. */
const matter = (kind: string, subjectId: string, rest: object) => ({
  [`${kind}:${subjectId}`]: { attentionKey: `${kind}:${subjectId}`, kind, subjectId, ...rest },
});
const failing = { severity: 'warning', orderId: ORDER, code: 'ValidationException', raisedAt: '2026-11-03T18:22:46.000Z' };
const attempt = { step: 'create', field: 'allocation.default', retryAt: '2026-11-03T18:22:48.000Z' };
const firstFailure = matter('provisioning', ORDER, { ...failing, details: { ...attempt, attempt: 1 } });
const overdue = { severity: 'critical', orderId: ORDER, code: 'INSTALL_OVERDUE', raisedAt: '2026-11-03T18:37:50.000Z' };
const timeout = { severity: 'warning', orderId: null, code: 'TIMEOUT', details: { attempt: 1 }, raisedAt: '2026-11-03T18:17:40.000Z' };
const unfit = { severity: 'critical', orderId: null, code: 'PLAN_NOT_SELLABLE', raisedAt: '2026-10-12T08:00:02.000Z' };

describe('attention', () => {
  it('raises a failed attempt as a warning, over once the server is created', () => {
    expect(fold(sample('ProvisioningAttemptFailed'))).toStrictEqual(firstFailure);
    expect(fold(sample('ProvisioningAttemptFailed'), sample('ServerCreated'))).toStrictEqual({});
  });

  it('keeps when it was raised while it stays as bad, and takes the new details', () => {
    const failed = sample('ProvisioningAttemptFailed');
    const metadata = { ...failed.metadata, occurredAt: '2026-11-03T18:22:50.000Z' };
    const again = { ...failed, data: { ...failed.data, attempt: 2 }, metadata };
    expect(fold(failed, again)).toStrictEqual(matter('provisioning', ORDER, { ...failing, details: { ...attempt, attempt: 2 } }));
  });

  it('raises it anew as critical when a person is needed, over once the server is ready or a retry is asked for', () => {
    const asked = [sample('ProvisioningAttemptFailed'), sample('ProvisioningNeedsHuman')];
    expect(fold(...asked)).toStrictEqual(matter('provisioning', ORDER, { ...overdue, details: { step: 'install' } }));
    expect(fold(...asked, sample('ServerReady'))).toStrictEqual({});
    expect(fold(...asked, sample('ProvisioningRetryRequested'))).toStrictEqual({});
  });

  it('raises a failing or conflicting panel account, over once it is linked', () => {
    const conflict = { severity: 'critical', orderId: null, code: 'PANEL_EMAIL_TAKEN', details: {}, raisedAt: '2026-11-03T18:17:11.000Z' };
    expect(fold(sample('PanelAccountLinkFailed'))).toStrictEqual(matter('panelAccount', CUSTOMER, timeout));
    expect(fold(sample('PanelAccountConflicted'))).toStrictEqual(matter('panelAccount', CUSTOMER, conflict));
    expect(fold(sample('PanelAccountLinkFailed'), sample('PanelAccountLinked'))).toStrictEqual({});
    expect(fold(sample('PanelAccountConflicted'), sample('PanelAccountLinked'))).toStrictEqual({});
  });

  it('raises a panel account that does not follow its owner, over once it does or they have another address', () => {
    const retryAt = '2026-11-05T10:12:04.600Z';
    const details = { step: 'update', attempt: 1, retryAt };
    const behind = { severity: 'warning', orderId: null, code: 'PANEL_EMAIL_TAKEN', details, raisedAt: '2026-11-05T09:12:04.600Z' };
    const failed = [sample('CustomerEmailChanged'), sample('PanelAccountUpdateIntended'), sample('PanelAccountUpdateFailed')];
    expect(fold(...failed)).toStrictEqual(matter('panelAccount', CUSTOMER, behind));
    expect(fold(...failed, sample('PanelAccountUpdateIntended'))).toStrictEqual(matter('panelAccount', CUSTOMER, behind));
    expect(fold(...failed, sample('PanelAccountUpdated'))).toStrictEqual({});
    expect(fold(sample('PanelAccountConflicted'), sample('CustomerEmailChanged'))).toStrictEqual({});
  });

  it('raises in what the panel differs, as bad as the worst of it, over once it does no more', () => {
    const observed = sample('ServerDriftObserved');
    const [limits, suspended] = observed.data.drifts;
    const row = { severity: 'critical', orderId: ORDER, code: 'suspended', raisedAt: '2026-11-20T09:15:02.000Z' };
    expect(fold(observed)).toStrictEqual(matter('drift', ORDER, { ...row, details: { drifts: [limits, suspended] } }));
    const less = { ...observed, data: { ...observed.data, drifts: limits ? [limits] : [] } };
    const warning = { ...row, severity: 'warning', code: 'limits', details: { drifts: [limits] } };
    expect(fold(observed, sample('ServerRepairRequested'), less)).toStrictEqual(matter('drift', ORDER, warning));
    expect(fold(observed, sample('ServerDriftCleared'))).toStrictEqual({});
    const failed = sample('ServerRepairFailed');
    const repair = { kind: 'unexpected', code: 'DaemonConnectionException' };
    const again = {
      ...row,
      code: 'repairFailed',
      raisedAt: failed.metadata.occurredAt,
      details: { ...{ drifts: [limits, suspended] }, repair },
    };
    expect(fold(observed, failed)).toStrictEqual(matter('drift', ORDER, again));
    expect(fold(observed, failed, sample('ServerDriftCleared'))).toStrictEqual({});
    expect(fold(failed)).toStrictEqual({});
  });

  it('raises a plan that cannot be sold, over once it can', () => {
    const checked = sample('PlanChecked');
    const sellable = { ...checked, data: { ...checked.data, sellable: true, problems: [] } };
    const problems = [
      { code: 'PRICE_DIFFERS', subject: 'price_1QJx0A2eZvKYlo2CmC4gM1ot' },
      { code: 'EGG_VARIABLE', subject: 'SERVER_JARFILE' },
    ];
    expect(fold(checked)).toStrictEqual(matter('plan', 'minecraft-4g', { ...unfit, details: { problems } }));
    expect(fold(checked, sellable)).toStrictEqual({});
  });

  it('raises money that is to be given back', () => {
    const details = { amount: { amountMinor: 999, currency: 'eur' } };
    const refund = { severity: 'critical', orderId: ORDER, code: 'noCapacity', details, raisedAt: '2026-11-03T18:52:30.000Z' };
    expect(fold(sample('OrderPaymentNotAccepted'))).toStrictEqual(matter('refund', PAYMENT, refund));
  });

  it('raises a refund that failed, and is content once the money is back in full', () => {
    const [failed, settled, refused] = [sample('RefundFailed'), sample('RefundSettled'), sample('OrderPaymentNotAccepted')];
    const details = { amount: { amountMinor: 1189, currency: 'eur' }, refund: 're_3QK4dW2eZvKYlo2C1tYb9LrP' };
    const row = { severity: 'critical', orderId: ORDER, code: 'expired_or_canceled_card', details, raisedAt: '2026-12-14T09:00:02.000Z' };
    expect(fold(settled, failed)).toStrictEqual(matter('refund', PAYMENT, row));
    expect(fold(refused, settled)).toStrictEqual({});
    const part = { ...settled, data: { ...settled.data, amount: { amountMinor: 998, currency: 'eur' } } };
    expect(Object.keys(fold(refused, part))).toStrictEqual([`refund:${PAYMENT}`]);
    const ofNothing = { ...failed, data: { ...failed.data, paymentId: null } };
    expect(fold(ofNothing)).toStrictEqual(matter('refund', failed.data.refundId, row));
  });

  it('raises a dispute, an inquiry only as a warning until it is more, over once it is closed', () => {
    const [opened, updated, closed] = [sample('DisputeOpened'), sample('DisputeUpdated'), sample('DisputeClosed')];
    const { disputeId, evidenceDueBy } = opened.data;
    const details = { amount: { amountMinor: 1189, currency: 'eur' }, inquiry: false, evidenceDueBy };
    const raised = { orderId: ORDER, raisedAt: '2026-12-15T09:00:02.000Z' };
    expect(fold(opened, updated)).toStrictEqual(
      matter('dispute', disputeId, { ...raised, severity: 'critical', code: 'fraudulent', details }),
    );
    expect(fold(opened, closed)).toStrictEqual({});
    expect(fold(updated)).toStrictEqual({});
    const inquiry = { ...opened, data: { ...opened.data, inquiry: true } };
    const asked = { ...details, inquiry: true };
    expect(fold(inquiry)).toStrictEqual(
      matter('dispute', disputeId, { ...raised, severity: 'warning', code: 'fraudulent', details: asked }),
    );
    expect(fold(inquiry, updated)).toStrictEqual(
      matter('dispute', disputeId, { ...raised, severity: 'critical', code: 'under_review', details: asked }),
    );
  });

  it('raises an invoice that cannot be finalized, over once it is paid or written off', () => {
    const [blocked, writtenOff, paid] = [sample('InvoiceBlocked'), sample('InvoiceWrittenOff'), sample('PaymentSucceeded')];
    const { invoiceId, subscriptionId, code } = blocked.data;
    const details = { subscription: subscriptionId };
    const row = { severity: 'critical', orderId: ORDER, code, details, raisedAt: blocked.metadata.occurredAt };
    expect(fold(blocked)).toStrictEqual(matter('invoice', invoiceId, row));
    expect(fold(blocked, { ...writtenOff, data: { ...writtenOff.data, invoiceId } })).toStrictEqual({});
    expect(fold(blocked, { ...paid, data: { ...paid.data, paymentId: invoiceId } })).toStrictEqual({});
  });

  it('raises a call that Stripe has refused for good, until something new is asked of Stripe for this order', () => {
    const failed = sample('StripeCallFailed');
    const refused = { ...failed, data: { ...failed.data, retryAt: null } };
    const { callId, code, attempt } = failed.data;
    const details = { call: callId, attempt };
    const row = { severity: 'critical', orderId: ORDER, code, details, raisedAt: failed.metadata.occurredAt };
    expect(fold({ ...failed, data: { ...failed.data, retryAt: '2026-12-14T09:00:05.000Z' } })).toStrictEqual({});
    expect(fold(refused)).toStrictEqual(matter('stripeCall', ORDER, row));
    for (const next of [sample('StripeCallIntended'), sample('StripeCallSettled')]) expect(fold(refused, next)).toStrictEqual({});
  });

  it('raises money that belongs to no order', () => {
    const details = { amount: { amountMinor: 2499, currency: 'eur' } };
    const unmatched = { severity: 'critical', orderId: null, code: 'noOrderId', details, raisedAt: '2026-11-03T19:03:17.000Z' };
    expect(fold(sample('UnmatchedMoneyReceived'))).toStrictEqual(matter('unmatchedMoney', PAYMENT, unmatched));
  });

  it('raises a dispute of money that belongs to no order, an inquiry only as a warning, over once it is decided', () => {
    const disputed = sample('UnmatchedMoneyDisputed');
    const { disputeId, objectId: money, amount, evidenceDueBy } = disputed.data;
    const details = { unmatched: money, amount, evidenceDueBy };
    const row = { severity: 'critical', orderId: null, code: 'needs_response', details, raisedAt: disputed.metadata.occurredAt };
    const standing = (status: string) => ({ ...disputed, data: { ...disputed.data, status } });
    expect(fold(disputed)).toStrictEqual(matter('dispute', disputeId, row));
    const inquiry = { ...row, severity: 'warning', code: 'warning_needs_response' };
    expect(fold(standing('warning_needs_response'))).toStrictEqual(matter('dispute', disputeId, inquiry));
    for (const status of ['won', 'lost', 'warning_closed']) expect(fold(disputed, standing(status))).toStrictEqual({});
  });

  it('raises a webhook in quarantine and no other', () => {
    const webhook = sample('StripeEventReceived');
    const details = { type: 'checkout.session.completed', object: 'cs_live_a1Qh7TtV0b4sYw2LrXk9PzJm3NcEd8FgUo5' };
    const row = { severity: 'critical', orderId: ORDER, code: 'wrongMode', details, raisedAt: '2026-11-03T18:22:40.000Z' };
    expect(fold(webhook)).toStrictEqual({});
    expect(fold({ ...webhook, data: { ...webhook.data, quarantine: 'wrongMode' } })).toStrictEqual(matter('webhook', WEBHOOK, row));
  });

  const endedFor = (reason: 'noCapacity' | 'checkoutRefused' | 'abandoned') => {
    const ended = sample('OrderEnded');
    return { ...ended, data: { ...ended.data, reason } };
  };

  it('raises an order whose checkout was refused, until it is paid after all', () => {
    const row = { severity: 'warning', orderId: ORDER, code: 'checkoutRefused', details: {}, raisedAt: '2026-11-03T18:51:10.000Z' };
    expect(fold(endedFor('checkoutRefused'))).toStrictEqual(matter('placement', ORDER, row));
    expect(fold(endedFor('checkoutRefused'), sample('OrderPaid'))).toStrictEqual({});
  });

  it.each(['abandoned', 'noCapacity'] as const)('raises no order that ended for %s', (reason) => {
    expect(fold(endedFor(reason))).toStrictEqual({});
  });

  it('gives the same rows when folded again, one matter beside the other', () => {
    const events = [sample('PanelAccountLinkFailed'), sample('ProvisioningAttemptFailed')];
    fold(...events);
    expect(fold(...events)).toStrictEqual({ ...matter('panelAccount', CUSTOMER, timeout), ...firstFailure });
  });

  it.each(['ServerSuspended', 'ServerUnsuspended', 'ServerDeleted'] as const)('is over with provisioning at %s', (type) => {
    expect(fold(sample('ProvisioningNeedsHuman'), sample(type))).toStrictEqual({});
  });
});
