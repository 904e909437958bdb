import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER, ORDER, hold, resources } from '../../test/support/samples.js';
import { provisioningDecider } from './provisioning.decider.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { changeDue, claimChange, recordChanged, recordChangeFailed, recordNoServer } from './server-change.decider.js';
import type { ServerChange } from './server-life.events.js';

const given = specification(provisioningDecider);
const LATER = '2026-11-01T10:05:00.000Z';
const times = { at: AT, callDeadlineAt: '2026-11-01T10:00:45.000Z', settledAt: '2026-11-01T10:01:45.000Z' };

const installing: ProvisioningEvent[] = [
  {
    type: 'ProvisioningStarted',
    data: {
      ...{ orderId: ORDER, customerId: CUSTOMER, panelUserId: 7, planId: 'minecraft-4g', gameId: 'minecraft', configurationId: 'c' },
      ...{ resources, hold, externalId: `order_${ORDER}`, installLimitMs: 600_000, paidAt: AT, startedAt: AT },
    },
  },
  {
    type: 'ServerCreationStarted',
    data: { orderId: ORDER, attempt: 1, externalId: `order_${ORDER}`, nodeId: '1', callDeadlineAt: AT, settledAt: AT },
  },
  {
    type: 'ServerCreated',
    data: {
      ...{ orderId: ORDER, nodeId: '1', attempt: 1, serverId: 5, identifier: 'abcd1234', adopted: false, createdAt: AT },
      installDeadlineAt: LATER,
    },
  },
];
const ready: ProvisioningEvent[] = [
  ...installing,
  { type: 'ServerReady', data: { orderId: ORDER, serverId: 5, identifier: 'abcd1234', createdAt: AT, readyAt: AT } },
];
const wanted = (want: 'running' | 'suspended' | 'gone'): ProvisioningEvent => ({
  type: 'ServerStateWanted',
  data: { orderId: ORDER, want, reason: 'unpaid', wantedAt: AT },
});
const claim = (change: ServerChange, attempt = 1): ProvisioningEvent => ({
  type: 'ServerChangeStarted',
  data: { orderId: ORDER, change, serverId: 5, attempt, callDeadlineAt: times.callDeadlineAt, settledAt: times.settledAt },
});
const suspended: ProvisioningEvent = { type: 'ServerSuspended', data: { orderId: ORDER, serverId: 5, suspendedAt: AT } };
const unsuspended: ProvisioningEvent = { type: 'ServerUnsuspended', data: { orderId: ORDER, serverId: 5, unsuspendedAt: AT } };
const deleted = (serverId: number | null): ProvisioningEvent => ({
  type: 'ServerDeleted',
  data: { orderId: ORDER, serverId, deletedAt: AT },
});
const failure = { code: 'Http502', field: null, at: AT, retryAt: LATER };
const failed = (step: ServerChange, attempt = 1): ProvisioningEvent => ({
  type: 'ProvisioningAttemptFailed',
  data: { orderId: ORDER, step, attempt, code: 'Http502', field: null, failedAt: AT, retryAt: LATER },
});
const due = (...past: ProvisioningEvent[]): ServerChange | null => {
  const { state } = given(...past);
  return state.status === 'installing' || state.status === 'ready' || state.status === 'suspended' ? changeDue(state) : null;
};

describe('which change is due', () => {
  it.each<[string, ProvisioningEvent[], ServerChange | null]>([
    ['none while nothing but running is wanted', ready, null],
    ['suspending a server that is ready', [...ready, wanted('suspended')], 'suspend'],
    ['not during the install, whose only word a suspension overwrites', [...installing, wanted('suspended')], null],
    ['deleting also during the install', [...installing, wanted('gone')], 'delete'],
    ['none once the panel has confirmed it', [...ready, wanted('suspended'), claim('suspend'), suspended], null],
    ['running again, once it is paid for', [...ready, wanted('suspended'), claim('suspend'), suspended, wanted('running')], 'unsuspend'],
    ['deleting, whatever was wanted before', [...ready, wanted('suspended'), wanted('gone')], 'delete'],
  ])('%s', (_what, past, change) => expect(due(...past)).toBe(change));
});

describe('a claim of a change', () => {
  const suspend = claimChange({ change: 'suspend', ...times });
  it('is given for the change that is due', () =>
    given(...ready, wanted('suspended'))
      .when(suspend)
      .then(claim('suspend')));
  it('is refused for any other, and where there is no server', () => {
    given(...ready)
      .when(suspend)
      .thenRefused('CHANGE_NOT_DUE');
    given(...ready, wanted('gone'))
      .when(suspend)
      .thenRefused('CHANGE_NOT_DUE');
    given(wanted('suspended')).when(suspend).thenRefused('CHANGE_NOT_DUE');
  });
  it('is refused while another stands, and before the pause is over', () => {
    given(...ready, wanted('suspended'), claim('suspend'))
      .when(suspend)
      .thenRefused('CHANGE_NOT_DUE');
    const past = [...ready, wanted('suspended'), claim('suspend'), failed('suspend')];
    given(...past)
      .when(suspend)
      .thenRefused('CHANGE_NOT_DUE');
    given(...past)
      .when(claimChange({ change: 'suspend', ...times, at: LATER }))
      .then(claim('suspend', 2));
  });
});

describe('what came of a change', () => {
  it.each<[ServerChange, ProvisioningEvent[], ProvisioningEvent]>([
    ['suspend', [...ready, wanted('suspended')], suspended],
    ['unsuspend', [...ready, wanted('suspended'), claim('suspend'), suspended, wanted('running')], unsuspended],
    ['delete', [...ready, wanted('gone')], deleted(5)],
  ])('%s is recorded once, by our call or found done before it', (change, past, outcome) => {
    const record = recordChanged({ change, at: AT });
    given(...past, claim(change))
      .when(record)
      .then(outcome);
    given(...past)
      .when(record)
      .then(outcome);
    given(...past, claim(change), outcome)
      .when(record)
      .thenNothing();
  });
  it('is nothing when another change is claimed', () =>
    given(...ready, wanted('suspended'), claim('suspend'))
      .when(recordChanged({ change: 'delete', at: AT }))
      .thenNothing());
  it('may be a failure, once; and a person is asked when trying again would not mend it', () => {
    const past = [...ready, wanted('suspended'), claim('suspend')];
    given(...past)
      .when(recordChangeFailed({ ...failure, help: false }))
      .then(failed('suspend'));
    given(...past, failed('suspend'))
      .when(recordChangeFailed({ ...failure, help: false }))
      .thenNothing();
    given(...past)
      .when(recordChangeFailed({ ...failure, help: true }))
      .then(failed('suspend'), {
        type: 'ProvisioningNeedsHuman',
        data: { orderId: ORDER, step: 'suspend', code: 'Http502', raisedAt: AT },
      });
  });
});

describe('a server that was never made', () => {
  const none = recordNoServer({ at: AT });
  it('is gone when it is to go, before or after provisioning began', () => {
    given(wanted('gone')).when(none).then(deleted(null));
    given(...installing.slice(0, 1), wanted('gone'))
      .when(none)
      .then(deleted(null));
  });
  it('is not gone while a creation is claimed, a server stands, or none is to go', () => {
    given(...installing.slice(0, 2), wanted('gone'))
      .when(none)
      .thenNothing();
    given(...ready, wanted('gone'))
      .when(none)
      .thenNothing();
    given(...installing.slice(0, 1), wanted('suspended'))
      .when(none)
      .thenNothing();
  });
});
