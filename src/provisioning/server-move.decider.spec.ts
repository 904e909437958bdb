import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER, ORDER, hold, resources } from '../../test/support/samples.js';
import { provisioningDecider, recordInstallFailed, recordReady } from './provisioning.decider.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { ATTEMPTS_MAX, nextStep } from './provisioning.saga.js';
import { claimChange, recordChanged, recordNoServer, wantServerSize } from './server-change.decider.js';
import type { ServerChange } from './server-life.events.js';
import type { ServerMoveWanted } from './server-move.events.js';
import { giveUpMove, recordMovePlaced, recordNothingToRemove, wantMove, wantRecreation, wantReinstall } from './server-move.decider.js';

const given = specification(provisioningDecider);
const LATER = '2026-11-01T10:05:00.000Z';
const INSTALL_BY = '2026-11-01T10:10:00.000Z';
const there = { nodeId: '2', allocationIds: [44] };
const times = { at: AT, callDeadlineAt: '2026-11-01T10:00:45.000Z', settledAt: '2026-11-01T10:01:45.000Z' };

const started: ProvisioningEvent = {
  type: 'ProvisioningStarted',
  data: {
    ...{ orderId: ORDER, customerId: CUSTOMER, panelUserId: 7, planId: 'minecraft-4g', gameId: 'minecraft', configurationId: 'c' },
    ...{ resources, hold, externalId: `order_${ORDER}`, installLimitMs: 600_000, paidAt: AT, startedAt: AT },
  },
};
const creation: ProvisioningEvent = {
  type: 'ServerCreationStarted',
  data: { orderId: ORDER, attempt: 1, externalId: `order_${ORDER}`, nodeId: '1', callDeadlineAt: AT, settledAt: AT },
};
const created = (serverId = 5, nodeId = '1'): ProvisioningEvent => ({
  type: 'ServerCreated',
  data: {
    ...{ orderId: ORDER, nodeId, attempt: 1, serverId, identifier: 'abcd1234', adopted: false, createdAt: AT },
    installDeadlineAt: INSTALL_BY,
  },
});
const installing = [started, creation, created()];
const ready: ProvisioningEvent = {
  type: 'ServerReady',
  data: { orderId: ORDER, serverId: 5, identifier: 'abcd1234', createdAt: AT, readyAt: AT },
};
const running = [...installing, ready];
const troubled = (code = 'INSTALL_FAILED'): ProvisioningEvent => ({
  type: 'ServerInstallFailed',
  data: { orderId: ORDER, serverId: 5, code, failedAt: AT },
});
const reinstalled: ProvisioningEvent = {
  type: 'ServerReinstalled',
  data: { orderId: ORDER, serverId: 5, reinstalledAt: AT, installDeadlineAt: INSTALL_BY },
};
const wish = { orderId: ORDER, moveId: 'm', target: 'node', nodeId: '2', reason: 'operator', noteId: 'n', wantedAt: AT } as const;
const moving: ProvisioningEvent = { type: 'ServerMoveWanted', data: { ...wish, dataLossAccepted: false } };
const movingAll: ProvisioningEvent = { type: 'ServerMoveWanted', data: { ...wish, dataLossAccepted: true } };
const recreating: ProvisioningEvent = {
  type: 'ServerMoveWanted',
  data: {
    ...{ orderId: ORDER, moveId: 'm', target: 'anywhere', nodeId: null, reason: 'INSTALL_FAILED', dataLossAccepted: false },
    ...{ noteId: null, wantedAt: AT },
  },
};
const placed: ProvisioningEvent = {
  type: 'ServerMovePlaced',
  data: { orderId: ORDER, moveId: 'm', hold: there, candidates: [], placedAt: AT },
};
const unmoved = (code: string, room: typeof there | null = there): ProvisioningEvent => ({
  type: 'ServerMoveGivenUp',
  data: { orderId: ORDER, moveId: 'm', code, hold: room, stays: hold, givenUpAt: AT },
});
const removed = (serverId: number | null = 5): ProvisioningEvent => ({
  type: 'ServerRemoved',
  data: { orderId: ORDER, moveId: 'm', serverId, from: hold, to: there, removedAt: AT },
});
const claim = (change: ServerChange, attempt = 1): ProvisioningEvent => ({
  type: 'ServerChangeStarted',
  data: { orderId: ORDER, change, serverId: 5, attempt, callDeadlineAt: times.callDeadlineAt, settledAt: times.settledAt },
});
const failed = (step: ServerChange, attempt = 1): ProvisioningEvent => ({
  type: 'ProvisioningAttemptFailed',
  data: { orderId: ORDER, step, attempt, code: 'Http502', field: null, failedAt: AT, retryAt: LATER },
});
const help = (step: 'create' | 'install' | 'resize'): ProvisioningEvent => ({
  type: 'ProvisioningNeedsHuman',
  data: { orderId: ORDER, step, code: 'X', raisedAt: AT },
});
const retry: ProvisioningEvent = { type: 'ProvisioningRetryRequested', data: { orderId: ORDER, requestedAt: AT } };
const wanted = (want: 'suspended' | 'gone'): ProvisioningEvent => ({
  type: 'ServerStateWanted',
  data: { orderId: ORDER, want, reason: 'unpaid', wantedAt: AT },
});
const size = { orderId: ORDER, changeId: 'c', planId: 'minecraft-8g', resources: { ...resources, memoryMib: 8192 }, wantedAt: AT };
const sized: ProvisioningEvent = { type: 'ServerSizeWanted', data: size };
const unsized = (serverId: number | null): ProvisioningEvent => ({
  type: 'ServerResizeGivenUp',
  data: { orderId: ORDER, changeId: 'c', serverId, code: 'SERVER_MADE_ANEW', givenUpAt: AT },
});
const step = (...past: ProvisioningEvent[]) => nextStep(given(...past).state, LATER);
const change = (name: ServerChange) => ({ do: 'changeServer', change: name, serverId: 5 });

describe('an install that does not end well', () => {
  it('is remembered once for each time it began', () => {
    const record = recordInstallFailed({ code: 'INSTALL_FAILED', at: AT });
    given(...installing)
      .when(record)
      .then(troubled());
    given(...installing, troubled())
      .when(record)
      .thenNothing();
    given(...installing, troubled(), claim('reinstall'), reinstalled)
      .when(record)
      .then(troubled());
    given(...running)
      .when(record)
      .thenNothing();
    given(...installing, help('install'))
      .when(record)
      .thenNothing();
  });

  it('is begun anew, then made anew, then a person’s', () => {
    const first = [...installing, troubled()];
    expect(step(...first)).toStrictEqual(change('reinstall'));
    const again = [...first, claim('reinstall'), reinstalled];
    expect(step(...again)).toStrictEqual({ do: 'watchInstall', serverId: 5, overdue: false });
    expect(step(...again, troubled())).toStrictEqual({ do: 'wantRecreation' });
    const recreated = [...again, troubled(), recreating, placed, claim('remove', 2), removed(), creation, created(6, '2')];
    expect(step(...recreated)).toStrictEqual({ do: 'watchInstall', serverId: 6, overdue: false });
    expect(step(...recreated, troubled('INSTALL_OVERDUE'))).toStrictEqual({ do: 'askForHelp', step: 'install', code: 'INSTALL_OVERDUE' });
    expect(step(...recreated, troubled(), help('install'), retry)).toStrictEqual({ do: 'watchInstall', serverId: 6, overdue: false });
    expect(step(...recreated, troubled(), help('install'), retry, troubled())).toMatchObject({ change: 'reinstall' });
  });

  it('goes to the next rung when the panel does not begin it anew', () => {
    const tries = [1, 2, 3].flatMap((attempt) => [claim('reinstall', attempt), failed('reinstall', attempt)]);
    expect(step(...installing, troubled(), ...tries.slice(0, 4))).toStrictEqual(change('reinstall'));
    expect(step(...installing, troubled(), ...tries)).toStrictEqual({ do: 'wantRecreation' });
  });

  it('of a server that was ready once is never made anew by itself', () => {
    const again = [...running, claim('reinstall'), reinstalled, troubled()];
    expect(step(...again)).toStrictEqual({ do: 'askForHelp', step: 'install', code: 'INSTALL_FAILED' });
    given(...again)
      .when(wantRecreation({ moveId: 'm', at: AT }))
      .thenNothing();
  });

  it('may end well after all, and the room for another server goes back', () => {
    given(...installing, troubled(), recreating, placed)
      .when(recordReady({ at: AT }))
      .then(ready, unmoved('READY_MEANWHILE'));
    expect(step(...installing, troubled(), recreating, placed, ready, unmoved('READY_MEANWHILE'))).toStrictEqual({ do: 'nothing' });
  });

  it('yields to the end of the order, with the room that was kept for another', () => {
    const past = [...installing, troubled(), recreating, placed, wanted('gone')];
    expect(step(...past)).toStrictEqual(change('delete'));
    const deleted: ProvisioningEvent = { type: 'ServerDeleted', data: { orderId: ORDER, serverId: 5, deletedAt: AT } };
    given(...past, claim('delete'))
      .when(recordChanged({ change: 'delete', at: AT }))
      .then(unmoved('ORDER_ENDS'), deleted);
  });
});

describe('a size that is wanted', () => {
  const want = wantServerSize({ ...size, nodeId: hold.nodeId });
  it('of a server that stays is waited for', () =>
    given(...running)
      .when(want)
      .then(sized));
  it('of a server that is made anew elsewhere is given up, wherever that is by now', () => {
    given(...running, movingAll)
      .when(want)
      .then(sized, unsized(5));
    given(...running, movingAll, placed)
      .when(want)
      .then(sized, unsized(5));
    given(...running, movingAll, placed, claim('remove'), removed())
      .when(want)
      .then(sized, unsized(null));
    const after = [...running, movingAll, placed, claim('remove'), removed(), sized, unsized(null)];
    expect(given(...after).state).toMatchObject({ status: 'toCreate', sized: true });
    given(...after)
      .when(want)
      .thenNothing();
  });
  it('is wanted of a server that was made anew where room is kept for it', () =>
    given(...running, movingAll, placed, claim('remove'), removed(), creation)
      .when(wantServerSize({ ...size, nodeId: there.nodeId }))
      .then(sized));
  it('is given up with a server whose install failed elsewhere', () => {
    const again = [...running, movingAll, placed, claim('remove'), removed(), creation, created(6, '2'), sized];
    given(...again, troubled(), claim('reinstall'), reinstalled, troubled())
      .when(wantRecreation({ moveId: 'm', at: AT }))
      .then(unsized(6), recreating);
  });
});

describe('a move that an operator wants', () => {
  const ask = wantMove({ ...wish, dataLossAccepted: false });
  it('is taken before the server is ready, and answers a call for help', () => {
    given(...installing)
      .when(ask)
      .then(moving);
    given(started).when(ask).then(moving);
    given(...installing, help('install'))
      .when(ask)
      .then(retry, moving);
  });
  it('needs consent to the loss of what the server has saved once it was ready, also when it is installed anew', () => {
    given(...running)
      .when(ask)
      .thenRefused('DATA_LOSS_NOT_ACCEPTED');
    given(...running, claim('reinstall'), reinstalled)
      .when(ask)
      .thenRefused('DATA_LOSS_NOT_ACCEPTED');
    given(...running)
      .when(wantMove({ ...wish, dataLossAccepted: true }))
      .then(movingAll);
  });
  it('is refused where there is no server to come, beside another move, during a change of plan and to where it is', () => {
    given().when(ask).thenRefused('NO_SERVER_WANTED');
    given(...installing, wanted('gone'))
      .when(ask)
      .thenRefused('NO_SERVER_WANTED');
    given(...installing, moving)
      .when(ask)
      .thenRefused('MOVE_UNDER_WAY');
    given(...installing)
      .when(wantMove({ ...wish, nodeId: hold.nodeId, dataLossAccepted: false }))
      .thenRefused('ALREADY_THERE');
  });
  it('waits for a change of plan, unless the saga waits for a person: then it gives up the size', () => {
    given(...running, sized)
      .when(wantMove({ ...wish, dataLossAccepted: true }))
      .thenRefused('PLAN_CHANGE_UNDER_WAY');
    given(...running)
      .when(wantMove({ ...wish, dataLossAccepted: true }, true))
      .thenRefused('PLAN_CHANGE_UNDER_WAY');
    given(...running, sized, help('resize'))
      .when(wantMove({ ...wish, dataLossAccepted: true }, true))
      .then(retry, unsized(5), movingAll);
    expect(given(...running, sized, help('resize'), retry, unsized(5), movingAll).state).toMatchObject({ status: 'ready', sized: true });
  });
  it('of a server that has gone from the panel may end where it was, also when that is named', () => {
    const missing = (serverId: number): ProvisioningEvent => ({
      type: 'ServerDriftObserved',
      data: { orderId: ORDER, drifts: [{ kind: 'missing', serverId, expected: `${serverId}`, found: null }], observedAt: AT },
    });
    const ask = (over: Partial<ServerMoveWanted['data']>) => wantMove({ ...wish, dataLossAccepted: true, ...over });
    const wanted = (over: Partial<ServerMoveWanted['data']>): ProvisioningEvent => ({
      type: 'ServerMoveWanted',
      data: { ...wish, dataLossAccepted: true, ...over },
    });
    const gone = [...running, missing(5)];
    given(...gone)
      .when(ask({ nodeId: null }))
      .then(wanted({ nodeId: null, target: 'anywhere' }));
    given(...gone)
      .when(ask({ nodeId: hold.nodeId }))
      .then(wanted({ nodeId: hold.nodeId, target: 'anywhere' }));
    given(...gone)
      .when(ask({ nodeId: '2' }))
      .then(wanted({}));
    given(...gone)
      .when(ask({ nodeId: null, target: 'otherPorts' }))
      .then(wanted({ nodeId: null, target: 'otherPorts' }));
    given(...gone)
      .when(ask({ nodeId: null, dataLossAccepted: false }))
      .thenRefused('DATA_LOSS_NOT_ACCEPTED');
    // One that was missing before this one was made says nothing of it.
    given(...running, missing(4))
      .when(ask({ nodeId: null }))
      .then(wanted({ nodeId: null }));
    const helpless: ProvisioningEvent = {
      type: 'ProvisioningNeedsHuman',
      data: { orderId: ORDER, step: 'install', code: 'SERVER_GONE', raisedAt: AT },
    };
    given(...installing, helpless)
      .when(ask({ nodeId: null }))
      .then(retry, wanted({ nodeId: null, target: 'anywhere' }));
  });
  it('finds room first, removes then, and creates again last', () => {
    expect(step(...running, movingAll)).toStrictEqual({ do: 'placeMove' });
    expect(step(...running, movingAll, placed)).toStrictEqual(change('remove'));
    given(...running, movingAll, placed, claim('remove'))
      .when(recordChanged({ change: 'remove', at: AT }))
      .then(removed());
    expect(step(...running, movingAll, placed, claim('remove'), removed())).toStrictEqual({ do: 'createServer' });
    const { state } = given(...running, movingAll, placed, claim('remove'), removed());
    expect(state).toMatchObject({ status: 'toCreate', started: { hold: there }, tried: 1, move: null });
  });
  it('claims a removal only with room elsewhere', () => {
    const remove = claimChange({ change: 'remove', ...times });
    given(...running, movingAll)
      .when(remove)
      .thenRefused('CHANGE_NOT_DUE');
    given(...running, movingAll, placed)
      .when(remove)
      .then(claim('remove'));
  });
  it('comes to a person when the panel never lets the server go', () => {
    const tries = Array.from({ length: ATTEMPTS_MAX }, (_, index) => [claim('remove', index + 1), failed('remove', index + 1)]).flat();
    expect(step(...running, movingAll, placed, ...tries)).toStrictEqual({ do: 'askForHelp', step: 'remove', code: 'ATTEMPTS_EXHAUSTED' });
  });
  it('suspends again what was suspended', () => {
    const suspended: ProvisioningEvent = { type: 'ServerSuspended', data: { orderId: ORDER, serverId: 5, suspendedAt: AT } };
    const past = [...running, wanted('suspended'), suspended, movingAll, placed];
    given(...past)
      .when(recordChanged({ change: 'remove', at: AT }))
      .then(removed(), wanted('suspended'));
    const anew = [...past, removed(), wanted('suspended'), creation, created(5, '2')];
    expect(step(...anew)).toMatchObject({ do: 'watchInstall' });
    expect(step(...anew, ready)).toStrictEqual(change('suspend'));
  });
  it('takes the room that is found once, and no other move’s', () => {
    const found = { moveId: 'm', hold: there, candidates: [], at: AT };
    given(...installing, moving)
      .when(recordMovePlaced(found))
      .then(placed);
    given(...installing, moving, placed)
      .when(recordMovePlaced(found))
      .thenNothing();
    given(...installing, moving)
      .when(recordMovePlaced({ ...found, moveId: 'other' }))
      .thenNothing();
    given(...installing)
      .when(recordMovePlaced(found))
      .thenNothing();
  });
  it('is given up where no node has room, and the server stays', () => {
    const giveUp = giveUpMove({ moveId: 'm', code: 'NO_CAPACITY', at: AT });
    given(...running, movingAll)
      .when(giveUp)
      .then(unmoved('NO_CAPACITY', null));
    given(...running, movingAll, placed)
      .when(giveUp)
      .thenNothing();
    expect(step(...running, movingAll, unmoved('NO_CAPACITY', null))).toStrictEqual({ do: 'nothing' });
  });
  it('of a server that was never made removes nothing', () => {
    const none = recordNothingToRemove({ at: AT });
    expect(step(started, moving)).toStrictEqual({ do: 'placeMove' });
    expect(step(started, moving, placed)).toStrictEqual({ do: 'moveWithoutServer' });
    given(started, moving, placed).when(none).then(removed(null));
    given(started, moving).when(none).thenNothing();
    given(...installing, moving, placed)
      .when(none)
      .thenNothing();
    given(started, moving, placed, wanted('gone'))
      .when(recordNoServer({ at: AT }))
      .then(unmoved('ORDER_ENDS'), {
        type: 'ServerDeleted',
        data: { orderId: ORDER, serverId: null, deletedAt: AT },
      });
  });
});

describe('a reinstall that an operator wants', () => {
  const reinstallWish = { orderId: ORDER, reinstallId: 'r', dataLossAccepted: false, noteId: 'n', wantedAt: AT };
  const asked: ProvisioningEvent = { type: 'ServerReinstallWanted', data: { ...reinstallWish, dataLossAccepted: true } };
  it('needs consent once the server was ready', () => {
    given(...running)
      .when(wantReinstall(reinstallWish))
      .thenRefused('DATA_LOSS_NOT_ACCEPTED');
    given(...running)
      .when(wantReinstall({ ...reinstallWish, dataLossAccepted: true }))
      .then(asked);
    given(...running, asked)
      .when(wantReinstall({ ...reinstallWish, dataLossAccepted: true }))
      .thenNothing();
    given(started).when(wantReinstall(reinstallWish)).thenRefused('NO_SERVER_YET');
  });
  it('is done once, and the install watched', () => {
    expect(step(...running, asked)).toStrictEqual(change('reinstall'));
    given(...running, asked, claim('reinstall'))
      .when(recordChanged({ change: 'reinstall', at: AT }))
      .then(reinstalled);
    expect(step(...running, asked, claim('reinstall'), reinstalled)).toMatchObject({ do: 'watchInstall' });
    expect(step(...running, asked, claim('reinstall'), reinstalled, ready)).toStrictEqual({ do: 'nothing' });
  });
});
