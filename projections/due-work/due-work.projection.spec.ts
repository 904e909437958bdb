import { describe, expect, it } from '@jest/globals';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { project, sample } from '../../test/support/project.js';
import { dueWork } from './due-work.projection.js';

const fold = project(dueWork);
type Told = readonly Recorded<LedgerEvent>[];

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const CUSTOMER = '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210';
const placement = (time: string) => ({
  [`placement:${ORDER}`]: {
    workKey: `placement:${ORDER}`,
    kind: 'placement',
    subjectId: ORDER,
    dueAt: `2026-11-03T${time}.000Z`,
    wish: null,
    tasks: [],
  },
});
const provisioning = (time: string) => ({
  [`provisioning:${ORDER}`]: {
    workKey: `provisioning:${ORDER}`,
    kind: 'provisioning',
    subjectId: ORDER,
    dueAt: `2026-11-03T${time}.000Z`,
    wish: null,
    tasks: ['install'],
  },
});
const account = (time: string) => ({
  [`panel-account:${CUSTOMER}`]: {
    workKey: `panel-account:${CUSTOMER}`,
    kind: 'panel-account',
    subjectId: CUSTOMER,
    dueAt: `2026-11-03T${time}.000Z`,
    wish: null,
    tasks: [],
  },
});

const checkout = [sample('OrderPlaced'), sample('OrderCapacityHeld'), sample('OrderCheckoutIntended'), sample('OrderCheckoutOpened')];
const created = [sample('ProvisioningStarted'), sample('ServerCreationStarted'), sample('ServerCreated')];
const asked = [sample('CustomerRegistered'), sample('PanelAccountLinkIntended')];

describe('due-work', () => {
  it('leaves a placement to its request for ten seconds after each step', () => {
    expect(fold(...checkout.slice(0, 1))).toStrictEqual(placement('18:20:14'));
    expect(fold(...checkout.slice(0, 2))).toStrictEqual(placement('18:20:15'));
    expect(fold(...checkout.slice(0, 3))).toStrictEqual(placement('18:20:15'));
  });

  it('looks at an open checkout when it expires, and at an expired one now', () => {
    expect(fold(...checkout)).toStrictEqual(placement('18:51:05'));
    expect(fold(...checkout, sample('OrderCheckoutExpired'))).toStrictEqual(placement('18:51:09'));
  });

  it('is done with a placement once the order is paid', () => {
    expect(fold(...checkout, sample('OrderPaid'))).toStrictEqual({});
  });

  it('is done with a placement once the order has ended', () => {
    expect(fold(...checkout, sample('OrderCheckoutExpired'), sample('OrderEnded'))).toStrictEqual({});
  });

  it('has a provisioning due at each step until the server is ready', () => {
    expect(fold(...created.slice(0, 1))).toStrictEqual(provisioning('18:22:42'));
    expect(fold(...created.slice(0, 2))).toStrictEqual(provisioning('18:22:43'));
    expect(fold(...created)).toStrictEqual(provisioning('18:22:46'));
    expect(fold(...created, sample('ServerReady'))).toStrictEqual({});
  });

  it('has a repair due at once, until the panel shows it', () => {
    const row = { ...Object.values(provisioning('00:00:00'))[0], tasks: [], dueAt: '2026-11-20T10:01:40.000Z' };
    const repair = sample('ServerRepairRequested');
    const limits = { ...repair, data: { ...repair.data, kind: 'limits' as const } };
    const key = `provisioning:${ORDER}`;
    expect(fold(sample('ServerDriftObserved'), repair, sample('ServerDriftCleared'))).toStrictEqual({ [key]: row });
    expect(fold({ ...repair, data: { ...repair.data, kind: 'unexpected' } })).toStrictEqual({});
    expect(fold(limits)).toStrictEqual({ [key]: { ...row, tasks: ['resize'] } });
    expect(fold(repair, sample('ServerUnsuspended'))).toStrictEqual({});
    expect(fold(limits, sample('ServerResized'))).toStrictEqual({});
  });

  it('waits with a failed attempt until it may be tried again', () => {
    expect(fold(...created.slice(0, 2), sample('ProvisioningAttemptFailed'))).toStrictEqual(provisioning('18:22:48'));
  });

  it('watches an overdue install on, but leaves a failed creation to a person until a retry', () => {
    const overdue = sample('ProvisioningNeedsHuman');
    const failed = { ...overdue, data: { ...overdue.data, step: 'create' as const } };
    expect(fold(...created, overdue)).toStrictEqual(provisioning('18:37:50'));
    expect(fold(...created.slice(0, 2), failed)).toStrictEqual({});
    expect(fold(...created.slice(0, 2), failed, sample('ProvisioningRetryRequested'))).toStrictEqual(provisioning('18:44:02'));
  });

  it('has a provisioning due from each new wish until the panel has what is wanted', () => {
    const ready = [...created, sample('ServerReady')];
    const wish = sample('ServerStateWanted');
    const running = { ...wish, data: { ...wish.data, want: 'running' as const } };
    const gone = { ...wish, data: { ...wish.data, want: 'gone' as const } };
    const dueAt = (...events: Told) => Object.values(fold(...events)).map((row) => `${row.dueAt} ${row.wish}`);
    expect(dueAt(...ready, wish)).toStrictEqual(['2026-12-06T18:22:41.000Z suspended']);
    expect(dueAt(...ready, wish, sample('ServerChangeStarted'))).toHaveLength(1);
    expect(dueAt(...ready, wish, sample('ServerSuspended'))).toStrictEqual([]);
    expect(dueAt(...ready, wish, running, sample('ServerSuspended'))).toStrictEqual(['2026-12-06T18:22:42.000Z running']);
    expect(dueAt(...ready, wish, running, sample('ServerSuspended'), sample('ServerUnsuspended'))).toStrictEqual([]);
    expect(dueAt(...ready, running, sample('ServerUnsuspended'))).toStrictEqual([]);
    expect(dueAt(...ready, running, wish, sample('ServerUnsuspended'))).toHaveLength(1);
    expect(dueAt(...ready, wish, gone, sample('ServerSuspended'))).toHaveLength(1);
    expect(dueAt(...ready, gone, sample('ServerDeleted'))).toStrictEqual([]);
  });

  it('forgets no wish over an install, or over a person who is asked', () => {
    const wish = sample('ServerStateWanted');
    const help = sample('ProvisioningNeedsHuman');
    const failed = { ...help, data: { ...help.data, step: 'create' as const } };
    const wishes = (...events: Told) => Object.values(fold(...events)).map((row) => row.wish);
    expect(wishes(wish, ...created, sample('ServerReady'))).toStrictEqual(['suspended']);
    expect(wishes(...created.slice(0, 2), wish, failed, sample('ProvisioningRetryRequested'))).toStrictEqual(['suspended']);
    expect(wishes(...created, sample('ServerReady'), failed)).toStrictEqual([]);
  });

  it('has a resize due until the panel has the size or it is given up, whatever else is done meanwhile', () => {
    const sized = [...created, sample('ServerReady'), sample('ServerSizeWanted')];
    const dueAfter = (...events: Told) => fold(...events)[`provisioning:${ORDER}`];
    expect(dueAfter(...sized)).toMatchObject({ tasks: ['resize'], wish: null });
    expect(dueAfter(...sized, sample('ServerStateWanted'), sample('ServerSuspended'))).toMatchObject({ tasks: ['resize'], wish: null });
    expect(dueAfter(...sized, sample('ServerStateWanted'), sample('ServerResized'))).toMatchObject({ tasks: [], wish: 'suspended' });
    for (const end of [sample('ServerResized'), sample('ServerResizeGivenUp')]) expect(dueAfter(...sized, end)).toBeUndefined();
  });

  it('has a move due until it is over, and the install that comes of it', () => {
    const dueAfter = (...events: Told) => fold(...events)[`provisioning:${ORDER}`]?.tasks;
    const ready = [...created, sample('ServerReady')];
    const moving = [...ready, sample('ServerMoveWanted'), sample('ServerMovePlaced')];
    expect(dueAfter(...moving)).toStrictEqual(['move']);
    expect(dueAfter(...moving, sample('ServerMoveGivenUp'))).toBeUndefined();
    expect(dueAfter(...created, sample('ServerMoveWanted'), sample('ServerMoveGivenUp'))).toStrictEqual(['install']);
    expect(dueAfter(...moving, sample('ServerRemoved'), sample('ServerCreated'))).toStrictEqual(['install']);
    expect(dueAfter(...moving, sample('ServerRemoved'), sample('ServerReady'))).toBeUndefined();
    const again = [...ready, sample('ServerReinstallWanted')];
    expect(dueAfter(...again)).toStrictEqual(['reinstall']);
    expect(dueAfter(...again, sample('ServerReinstalled'))).toStrictEqual(['install']);
    expect(dueAfter(...again, sample('ServerReinstalled'), sample('ServerReady'))).toBeUndefined();
  });

  it('has a panel account due until it is linked', () => {
    expect(fold(...asked.slice(0, 1))).toStrictEqual(account('18:17:09'));
    expect(fold(...asked)).toStrictEqual(account('18:17:40'));
    expect(fold(...asked, sample('PanelAccountLinkFailed'))).toStrictEqual(account('18:17:42'));
    expect(fold(...asked, sample('PanelAccountLinkFailed'), sample('PanelAccountLinked'))).toStrictEqual({});
  });

  it('is done with a panel account in conflict', () => {
    expect(fold(...asked, sample('PanelAccountConflicted'))).toStrictEqual({});
  });

  it('has the panel account follow who the customer is until it does, also one that was being made meanwhile', () => {
    const due = (iso: string) => ({
      [`panel-account:${CUSTOMER}`]: { ...Object.values(account('00:00:00'))[0], dueAt: iso, tasks: ['follow'] },
    });
    const linked = [...asked, sample('PanelAccountLinked')];
    for (const changed of [sample('CustomerEmailChanged'), sample('CustomerRenamed')]) {
      expect(fold(...linked, changed)).toStrictEqual(due('2026-11-05T09:12:04.000Z'));
      const [calling, failed] = [sample('PanelAccountUpdateIntended'), sample('PanelAccountUpdateFailed')];
      expect(fold(...linked, changed, calling)).toStrictEqual(due('2026-11-05T09:12:24.300Z'));
      expect(fold(...linked, changed, calling, failed)).toStrictEqual(due('2026-11-05T10:12:04.600Z'));
      expect(fold(...linked, changed, calling, sample('PanelAccountUpdated'))).toStrictEqual({});
      const meanwhile = sample('PanelAccountLinked');
      expect(fold(...asked, changed, meanwhile)).toStrictEqual(due(meanwhile.metadata.occurredAt));
    }
  });

  it('keeps the works of one order and its customer apart', () => {
    const rows = { ...provisioning('18:22:46'), ...account('18:17:40') };
    expect(fold(...asked, ...checkout, sample('OrderPaid'), ...created)).toStrictEqual(rows);
  });

  it('gives the same rows when folded again', () => {
    const events = [...asked, ...checkout, ...created];
    fold(...events);
    expect(fold(...events)).toStrictEqual({ ...account('18:17:40'), ...placement('18:51:05'), ...provisioning('18:22:46') });
  });
});
