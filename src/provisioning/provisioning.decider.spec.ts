import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER, ORDER, hold, resources } from '../../test/support/samples.js';
import {
  askForHelp,
  claimCreation,
  provisioningDecider,
  recordAttemptFailed,
  recordCreated,
  recordReady,
  requestRetry,
  startProvisioning,
  wantServerState,
} from './provisioning.decider.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { ATTEMPTS_MAX, backOffMs, nextStep } from './provisioning.saga.js';

const given = specification(provisioningDecider);
const LATER = '2026-11-01T10:00:10.000Z';
const DEADLINE = '2026-11-01T10:00:45.000Z';
const SETTLED = '2026-11-01T10:01:45.000Z';
const INSTALL_BY = '2026-11-01T10:10:00.000Z';

const started: ProvisioningEvent = {
  type: 'ProvisioningStarted',
  data: {
    ...{ orderId: ORDER, customerId: CUSTOMER, panelUserId: 7, planId: 'minecraft-4g', gameId: 'minecraft', configurationId: 'conf-1' },
    ...{ resources, hold, externalId: `order_${ORDER}`, installLimitMs: 600_000, paidAt: AT, startedAt: AT },
  },
};
const claim = (attempt: number): ProvisioningEvent => ({
  type: 'ServerCreationStarted',
  data: { orderId: ORDER, attempt, externalId: `order_${ORDER}`, nodeId: '1', callDeadlineAt: DEADLINE, settledAt: SETTLED },
});
const server = { serverId: 5, identifier: 'abcd1234', adopted: false, createdAt: AT, installDeadlineAt: INSTALL_BY };
const created: ProvisioningEvent = { type: 'ServerCreated', data: { orderId: ORDER, nodeId: '1', attempt: 1, ...server } };
const failed = (attempt: number): ProvisioningEvent => ({
  type: 'ProvisioningAttemptFailed',
  data: { orderId: ORDER, step: 'create', attempt, code: 'Http502', field: null, failedAt: AT, retryAt: LATER },
});
const help = (step: 'create' | 'install'): ProvisioningEvent => ({
  type: 'ProvisioningNeedsHuman',
  data: { orderId: ORDER, step, code: 'X', raisedAt: AT },
});
const ready: ProvisioningEvent = {
  type: 'ServerReady',
  data: { orderId: ORDER, serverId: 5, identifier: 'abcd1234', createdAt: AT, readyAt: AT },
};
const retry: ProvisioningEvent = { type: 'ProvisioningRetryRequested', data: { orderId: ORDER, requestedAt: AT } };
const wanted = (want: 'running' | 'suspended' | 'gone'): Extract<ProvisioningEvent, { type: 'ServerStateWanted' }> => ({
  type: 'ServerStateWanted',
  data: { orderId: ORDER, want, reason: 'unpaid', wantedAt: AT },
});
const times = { at: AT, callDeadlineAt: DEADLINE, settledAt: SETTLED };

describe('provisioning', () => {
  it('starts once', () => {
    given().when(startProvisioning(started.data)).then(started);
    given(started).when(startProvisioning(started.data)).thenNothing();
  });
  it('claims an attempt before the panel is called', () => void given(started).when(claimCreation(times)).then(claim(1)));
  it('gives no second claim while one stands', () =>
    void given(started, claim(1)).when(claimCreation(times)).thenRefused('CREATION_NOT_DUE'));
  it('gives no claim before the pause is over', () =>
    void given(started, claim(1), failed(1)).when(claimCreation(times)).thenRefused('CREATION_NOT_DUE'));
  it('counts attempts on', () => {
    const at = LATER;
    given(started, claim(1), failed(1))
      .when(claimCreation({ ...times, at }))
      .then(claim(2));
  });
  it('records the server the panel made, once', () => {
    given(started, claim(1)).when(recordCreated(server)).then(created);
    given(started, claim(1), created).when(recordCreated(server)).thenNothing();
  });
  it('records a failed attempt, once', () => {
    const failure = { code: 'Http502', field: null, at: AT, retryAt: LATER };
    given(started, claim(1)).when(recordAttemptFailed(failure)).then(failed(1));
    given(started, claim(1), failed(1)).when(recordAttemptFailed(failure)).thenNothing();
  });
  it('is ready when the install has ended, once', () => {
    given(started, claim(1), created)
      .when(recordReady({ at: AT }))
      .then(ready);
    given(started, claim(1), created, ready)
      .when(recordReady({ at: AT }))
      .thenNothing();
    given(started)
      .when(recordReady({ at: AT }))
      .thenNothing();
  });
  it('may still become ready after a person was asked', () =>
    void given(started, claim(1), created, help('install'))
      .when(recordReady({ at: AT }))
      .then(ready));
  it('asks for help once, and never about a call that may be under way', () => {
    const ask = askForHelp({ step: 'create', code: 'X', at: AT });
    given(started).when(ask).then(help('create'));
    given(started, help('create')).when(ask).thenNothing();
    given(started, claim(1)).when(ask).thenNothing();
    given().when(ask).thenNothing();
  });
  it('is tried again only when it waits for help', () => {
    given(started, help('create'))
      .when(requestRetry({ at: AT }))
      .then(retry);
    given(started)
      .when(requestRetry({ at: AT }))
      .thenRefused('PROVISIONING_NOT_WAITING_FOR_HELP');
  });
});

describe('what an order wants of its server', () => {
  const ask = (want: 'running' | 'suspended' | 'gone') => wantServerState(wanted(want).data);
  it('is recorded whenever it changes, whatever state the server is in', () => {
    const pasts = [[], [started], [started, claim(1)], [started, claim(1), created, ready], [started, help('create')]];
    for (const past of pasts) {
      given(...past)
        .when(ask('suspended'))
        .then(wanted('suspended'));
      given(...past, wanted('suspended'))
        .when(ask('running'))
        .then(wanted('running'));
      given(...past, wanted('suspended'))
        .when(ask('gone'))
        .then(wanted('gone'));
    }
  });
  it('is silence when it is wanted already', () => {
    given(started).when(ask('running')).thenNothing();
    given(started, wanted('suspended')).when(ask('suspended')).thenNothing();
  });
  it('is nothing more once the server is to go', () => {
    given(started, wanted('gone')).when(ask('running')).thenNothing();
    given(started, wanted('gone')).when(ask('suspended')).thenNothing();
  });
  it('outlives what happens to the server', () =>
    void given(wanted('suspended'), started, claim(1), failed(1), help('create'), retry).when(ask('suspended')).thenNothing());
});

describe('the next step of provisioning', () => {
  const after = (...events: ProvisioningEvent[]) => given(...events).state;
  it('creates when paid, waits when pausing', () => {
    expect(nextStep(after(started), AT)).toStrictEqual({ do: 'createServer' });
    expect(nextStep(after(started, claim(1), failed(1)), AT)).toStrictEqual({ do: 'wait', until: LATER });
    expect(nextStep(after(started, claim(1), failed(1)), LATER)).toStrictEqual({ do: 'createServer' });
  });
  it('looks an unsettled attempt up, and believes a 404 only after the window', () => {
    expect(nextStep(after(started, claim(1)), DEADLINE)).toStrictEqual({ do: 'settleCreation', final: false, settledAt: SETTLED });
    expect(nextStep(after(started, claim(1)), SETTLED)).toStrictEqual({ do: 'settleCreation', final: true, settledAt: SETTLED });
  });
  it('watches the install, also after a person was asked', () => {
    expect(nextStep(after(started, claim(1), created), AT)).toStrictEqual({ do: 'watchInstall', serverId: 5, overdue: false });
    expect(nextStep(after(started, claim(1), created), INSTALL_BY)).toStrictEqual({ do: 'watchInstall', serverId: 5, overdue: true });
    expect(nextStep(after(started, claim(1), created, help('install')), AT)).toMatchObject({ do: 'watchInstall' });
    expect(nextStep(after(started, claim(1), created, ready), AT)).toStrictEqual({ do: 'nothing' });
  });
  it('gives up after the last attempt, and starts counting anew when a person asks', () => {
    const tries = Array.from({ length: ATTEMPTS_MAX }, (_, index) => [claim(index + 1), failed(index + 1)]).flat();
    expect(nextStep(after(started, ...tries), LATER)).toStrictEqual({ do: 'askForHelp', step: 'create', code: 'ATTEMPTS_EXHAUSTED' });
    expect(nextStep(after(started, ...tries, help('create'), retry), AT)).toStrictEqual({ do: 'createServer' });
  });
  it('pauses twice as long after each failure, up to five minutes', () => {
    expect([1, 2, 3, 20].map(backOffMs)).toStrictEqual([2_000, 4_000, 8_000, 300_000]);
    const pausesMs = Array.from({ length: ATTEMPTS_MAX - 1 }, (_, index) => backOffMs(index + 1));
    expect(pausesMs.reduce((sum, pauseMs) => sum + pauseMs, 0)).toBe(13.5 * 60_000);
  });
});
