import { describe, expect, it } from '@jest/globals';
import { sample } from '../../test/support/project.js';
import { specification } from '../../test/support/specification.js';
import type { ProvisioningEvent } from './provisioning.events.js';
import { actingServer, endAction, openConsole, serverActionDecider, startAction, startInstalled } from './server-action.decider.js';

const given = specification(serverActionDecider);
const fact = (type: ProvisioningEvent['type']): ProvisioningEvent => {
  const { type: name, data } = sample(type);
  return { type: name, data } as unknown as ProvisioningEvent;
};
const AT = '2026-12-12T11:00:00.000Z';
const LATER = '2026-12-12T11:00:25.000Z';
const CREATED = [fact('ProvisioningStarted'), fact('ServerCreationStarted'), fact('ServerCreated')];
const READY = [...CREATED, fact('ServerReady')];
const wanted = (want: 'running' | 'suspended' | 'gone'): ProvisioningEvent => ({
  type: 'ServerStateWanted',
  data: { ...sample('ServerStateWanted').data, want },
});
const { orderId, serverId } = sample('ServerReady').data;
const wish = { actionId: 'a2', action: 'stop' as const, noteId: null, at: AT, callDeadlineAt: LATER };
const started = {
  type: 'ServerActionStarted',
  data: { orderId, actionId: 'a2', action: 'stop', serverId, noteId: null, callDeadlineAt: LATER, startedAt: AT },
} as const satisfies ProvisioningEvent;
const ended = (outcome: 'done' | 'refused' | 'unknown', code: string | null, endedAt = AT): ProvisioningEvent => ({
  type: 'ServerActionEnded',
  data: { orderId, actionId: 'a2', action: 'stop', outcome, code, endedAt },
});

describe('power and console', () => {
  it('of a running server are announced', () =>
    given(...READY)
      .when(startAction(wish))
      .then(started));

  it.each([
    ['before there is a server', [fact('ProvisioningStarted')], 'SERVER_NOT_CREATED'],
    ['during its install', CREATED, 'SERVER_INSTALLING'],
    ['while it is suspended', [...READY, fact('ServerSuspended')], 'SERVER_SUSPENDED'],
    ['while it is about to be', [...READY, wanted('suspended')], 'SERVER_SUSPENDED'],
    ['when it is to go', [...READY, wanted('gone')], 'SERVER_DELETED'],
    ['when it is gone', [...READY, fact('ServerDeleted')], 'SERVER_DELETED'],
  ] as const)('are refused %s', (_when, past, code) => {
    given(...past)
      .when(startAction(wish))
      .thenRefused(code);
    given(...past)
      .when(openConsole({ noteId: 'n', at: AT }))
      .thenRefused(code);
  });

  it('are allowed again when a suspension was lifted', () =>
    given(...READY, wanted('suspended'), fact('ServerSuspended'), wanted('running'), fact('ServerUnsuspended'))
      .when(startAction(wish))
      .then(started));

  it('end once', () => {
    const end = endAction({ actionId: 'a2', outcome: 'done', code: null, endedAt: AT });
    given(...READY, started)
      .when(end)
      .then(ended('done', null));
    given(...READY, started, ended('done', null))
      .when(end)
      .thenNothing();
    given(...READY)
      .when(end)
      .thenNothing();
  });

  it('of which no end was told in time are unknown when the next begins, and are not done again', () => {
    const next = { ...wish, actionId: 'a3', at: LATER, callDeadlineAt: '2026-12-12T11:00:50.000Z' };
    given(...READY, started)
      .when(startAction(next))
      .then(ended('unknown', 'INTERRUPTED', LATER), {
        type: 'ServerActionStarted',
        data: { orderId, actionId: 'a3', action: 'stop', serverId, noteId: null, callDeadlineAt: next.callDeadlineAt, startedAt: LATER },
      });
  });

  it('that are under way do not keep the next from beginning', () => {
    const next = startAction({ ...wish, actionId: 'a3', action: 'kill' });
    given(...READY, started)
      .when(next)
      .then({
        type: 'ServerActionStarted',
        data: { orderId, actionId: 'a3', action: 'kill', serverId, noteId: null, callDeadlineAt: LATER, startedAt: AT },
      });
  });

  it('name the server they go to, and what was done last', () => {
    const { state } = given(...READY, started, ended('refused', 'SERVER_OFFLINE'));
    expect(actingServer(state)).toStrictEqual({ orderId, serverId, identifier: sample('ServerReady').data.identifier });
    expect(state.open).toStrictEqual([]);
    expect(state.last).toStrictEqual({ started: started.data, ended: ended('refused', 'SERVER_OFFLINE').data });
  });

  it('leave the saga as it was', () => {
    expect(given(...READY, started).state.saga).toStrictEqual(given(...READY).state.saga);
  });
});

describe('a server that stands still after its install', () => {
  const start = startInstalled({ actionId: 'a2', at: AT, callDeadlineAt: LATER });
  const begun: ProvisioningEvent = { type: 'ServerActionStarted', data: { ...started.data, action: 'start' } };
  it('is started by the saga once, and once more when it was installed anew', () => {
    given(...CREATED)
      .when(start)
      .then(begun);
    given(...CREATED, begun)
      .when(start)
      .thenRefused('START_NOT_DUE');
    expect(given(...CREATED, begun).state.saga.install.startedAt).toBe(AT);
    given(...CREATED, begun, fact('ServerReinstalled'))
      .when(start)
      .then(begun);
  });
  it('is not started when it is ready or does not stand yet', () => {
    given(...READY)
      .when(start)
      .thenRefused('START_NOT_DUE');
    given(fact('ProvisioningStarted')).when(start).thenRefused('START_NOT_DUE');
  });
});
