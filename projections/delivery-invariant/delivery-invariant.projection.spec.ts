import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DriftKind } from '../../src/provisioning/drift.events.js';
import { sameRowsInAnyBatches } from '../../test/support/batches.js';
import { project, sample } from '../../test/support/project.js';
import { deliveryInvariant } from './delivery-invariant.projection.js';

const fold = project(deliveryInvariant);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const unpaid = {
  ...{ orderId: ORDER, customerId: '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210', planId: 'minecraft-4g', region: 'eu-central' },
  ...{ paidAt: null, paidThrough: null, serversOwed: 0, servers: {}, seen: {}, serversCreated: 0, serversRunning: 0, serversGone: 0 },
  ...{ dueAt: null, readyAt: null, reason: null, needsHuman: false, excuses: [] },
};
const owed = { ...unpaid, paidAt: '2026-11-03T18:22:41.000Z', serversOwed: 1, dueAt: '2026-11-03T18:27:41.000Z' };
const installing = { ...owed, servers: { 2093: 'installing' }, serversCreated: 1, dueAt: '2026-11-03T18:37:46.000Z' };
const running = { ...installing, servers: { 2093: 'running' }, serversRunning: 1, readyAt: '2026-11-03T18:25:11.000Z' };
const delivered = { ...running, paidThrough: '2026-12-03T18:25:11.000Z' };

const [placed, paid, deliveredEvent] = [sample('OrderPlaced'), sample('OrderPaid'), sample('OrderDelivered')];
const [failed, created, help] = [sample('ProvisioningAttemptFailed'), sample('ServerCreated'), sample('ProvisioningNeedsHuman')];
const [retry, ready, payment] = [sample('ProvisioningRetryRequested'), sample('ServerReady'), sample('PaymentSucceeded')];
const gone = { ...help, data: { ...help.data, code: 'SERVER_GONE' } };
const accepted = sample('OrderPaymentAccepted');
const renewal = { ...accepted, data: { ...accepted.data, paidThrough: '2027-01-03T18:25:11.000Z' } };
const another = { ...created, data: { ...created.data, serverId: 2094 } };

describe('delivery-invariant', () => {
  it('owes nothing for an order that is not paid', () => {
    expect(fold(placed)).toStrictEqual({ [ORDER]: unpaid });
  });

  it('owes one server within five minutes of the payment', () => {
    expect(fold(placed, paid)).toStrictEqual({ [ORDER]: owed });
    expect(fold(placed, payment, paid)).toStrictEqual({ [ORDER]: owed });
  });

  it('gives an install the time of its game', () => {
    expect(fold(placed, paid, created)).toStrictEqual({ [ORDER]: installing });
    const quick = { ...created, data: { ...created.data, installDeadlineAt: '2026-11-03T18:23:00.000Z' } };
    expect(fold(placed, paid, quick)).toStrictEqual({ [ORDER]: { ...installing, dueAt: owed.dueAt } });
  });

  it('is kept once the server runs, until the end of what is paid for', () => {
    expect(fold(placed, paid, created, ready)).toStrictEqual({ [ORDER]: running });
    expect(fold(placed, paid, created, ready, deliveredEvent)).toStrictEqual({ [ORDER]: delivered });
    const renewed = { ...delivered, paidThrough: '2027-01-03T18:25:11.000Z' };
    expect(fold(placed, paid, created, ready, deliveredEvent, renewal)).toStrictEqual({ [ORDER]: renewed });
  });

  it('takes the end of a subscription’s first period from the payment that the order took', () => {
    const bySubscription = { ...paid, data: { ...paid.data, paidThrough: '2026-12-03T18:22:41.000Z' } };
    expect(fold(placed, bySubscription)).toStrictEqual({ [ORDER]: { ...owed, paidThrough: '2026-12-03T18:22:41.000Z' } });
    const untaken = { ...payment, data: { ...payment.data, paidThrough: '2026-12-03T18:22:41.000Z' } };
    expect(fold(placed, untaken)).toStrictEqual({ [ORDER]: unpaid });
  });

  it('names why there is no server yet', () => {
    expect(fold(placed, paid, failed)).toStrictEqual({ [ORDER]: { ...owed, reason: 'ValidationException' } });
    expect(fold(placed, paid, failed, created)).toStrictEqual({ [ORDER]: installing });
    const stuck = { ...installing, reason: 'INSTALL_OVERDUE', needsHuman: true };
    expect(fold(placed, paid, created, help)).toStrictEqual({ [ORDER]: stuck });
    expect(fold(placed, paid, created, help, retry)).toStrictEqual({ [ORDER]: installing });
    expect(fold(placed, paid, created, help, ready)).toStrictEqual({ [ORDER]: running });
  });

  it('counts a server that the panel has lost', () => {
    const row = { ...installing, servers: { 2093: 'gone' }, serversGone: 1, reason: 'SERVER_GONE', needsHuman: true };
    expect(fold(placed, paid, created, gone)).toStrictEqual({ [ORDER]: row });
  });

  const [grace, graceOver, suspended, resumed] = [
    sample('OrderGraceStarted'),
    sample('OrderGraceEnded'),
    sample('OrderSuspended'),
    sample('OrderResumed'),
  ];
  const [stopped, lifted, deleted] = [sample('ServerSuspended'), sample('ServerUnsuspended'), sample('ServerDeleted')];
  const [ending, ended] = [sample('OrderEnding'), sample('OrderEnded')];
  const about = <E extends { data: { serverId: number | null } }>(event: E): E => ({ ...event, data: { ...event.data, serverId: 2093 } });
  const served = [placed, paid, created, ready, deliveredEvent];

  it('knows why a server may stand unpaid or still: grace, and each reason to suspend', () => {
    expect(fold(...served, grace)).toStrictEqual({ [ORDER]: { ...delivered, excuses: ['grace'] } });
    expect(fold(...served, grace, graceOver)).toStrictEqual({ [ORDER]: delivered });
    const still = { ...delivered, servers: { 2093: 'suspended' }, serversRunning: 0, excuses: ['grace', 'unpaid'] };
    expect(fold(...served, grace, suspended, about(stopped))).toStrictEqual({ [ORDER]: still });
    expect(fold(...served, grace, suspended, about(stopped), resumed, about(lifted))).toStrictEqual({ [ORDER]: delivered });
    const disputed = { ...suspended, data: { ...suspended.data, reason: 'dispute' as const } };
    expect(fold(...served, grace, disputed, suspended, resumed)).toStrictEqual({ [ORDER]: { ...delivered, excuses: ['dispute'] } });
  });

  it('owes nothing once the end is decided, and counts the deleted server as gone', () => {
    const over = { ...delivered, serversOwed: 0, excuses: ['ending'] };
    expect(fold(...served, ending)).toStrictEqual({ [ORDER]: over });
    const gone = { ...over, servers: { 2093: 'gone' }, serversRunning: 0, serversGone: 1 };
    expect(fold(...served, ending, about(deleted))).toStrictEqual({ [ORDER]: gone });
    expect(fold(...served, ending, about(deleted), ended)).toStrictEqual({ [ORDER]: { ...gone, excuses: [] } });
  });

  it('counts what the panel was seen to have instead, until it has that no more', () => {
    const [observed, over] = [sample('ServerDriftObserved'), sample('ServerDriftCleared')];
    const drift = (kind: DriftKind, serverId = 2093) => ({
      ...observed,
      data: { ...observed.data, drifts: [{ kind, serverId, expected: null, found: null }] },
    });
    const [missing, stray, byHand] = [drift('missing'), drift('unexpected', 9), drift('suspended')];
    expect(fold(...served, missing)[ORDER]).toMatchObject({ seen: { 2093: 'gone' }, serversCreated: 1, serversRunning: 0, serversGone: 1 });
    expect(fold(...served, stray)[ORDER]).toMatchObject({ serversCreated: 2, serversRunning: 2, serversGone: 0 });
    expect(fold(...served, byHand)[ORDER]).toMatchObject({ serversCreated: 1, serversRunning: 0 });
    expect(fold(...served, drift('owner'), missing, sample('ServerRepairRequested'), over)).toStrictEqual({ [ORDER]: delivered });
  });

  it('counts every server that was created, one that nobody paid for too', () => {
    const row = fold(placed, paid, created, ready, another)[ORDER];
    expect(row).toMatchObject({ servers: { 2093: 'running', 2094: 'installing' }, serversCreated: 2, serversRunning: 1, serversGone: 0 });
    expect(fold(created)[ORDER]).toMatchObject({ serversOwed: 0, serversCreated: 1, paidAt: null, customerId: null });
  });

  it('comes to the same whichever of an order’s streams is told first', () => {
    const streams = [[placed, paid, deliveredEvent, renewal], [payment], [failed, created, help, retry, ready]];
    const all = streams.flat();
    const turns = streams.flatMap((events, stream) => events.map(() => stream));
    const inOrder = fold(...all);
    expect(inOrder).toStrictEqual({ [ORDER]: { ...delivered, paidThrough: '2027-01-03T18:25:11.000Z' } });
    fc.assert(
      fc.property(fc.shuffledSubarray(turns, { minLength: turns.length, maxLength: turns.length }), (order) => {
        const rest = streams.map((events) => [...events]);
        expect(fold(...order.flatMap((stream) => rest[stream]?.shift() ?? []))).toStrictEqual(inOrder);
      }),
    );
  });

  it('is the same in any batches', () => {
    sameRowsInAnyBatches(deliveryInvariant, [
      placed,
      payment,
      paid,
      failed,
      created,
      help,
      retry,
      ready,
      deliveredEvent,
      renewal,
      another,
      gone,
    ]);
  });
});
