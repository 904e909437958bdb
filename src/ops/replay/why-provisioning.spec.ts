import { describe, expect, it } from '@jest/globals';
import { METADATA, sample } from '../../../test/support/project.js';
import type { LedgerEvent } from '../../ledger.events.js';
import type { Recorded } from '../../platform/event.js';
import { provisioningDecider } from '../../provisioning/provisioning.decider.js';
import type { ProvisioningEvent } from '../../provisioning/provisioning.events.js';
import type { ServerChange } from '../../provisioning/server-life.events.js';
import { whyProvisioning } from './why-provisioning.js';

const AT = '2026-11-20T10:00:00.000Z';
const DEADLINE = '2026-11-20T10:02:00.000Z';
const SETTLED = '2026-11-20T10:03:00.000Z';
const orderId = 'o-1';
const SERVER = 'server 7 on node 1';

type Type = ProvisioningEvent['type'];
const fact = <T extends Type>(type: T, over: object = {}): ProvisioningEvent =>
  ({ type, data: { ...(sample(type) as { data: object }).data, orderId, ...over } }) as ProvisioningEvent;
const ready = [
  fact('ProvisioningStarted', { hold: { nodeId: '1', allocationIds: [1] } }),
  fact('ServerCreationStarted'),
  fact('ServerCreated', { nodeId: '1', serverId: 7 }),
  fact('ServerReady', { serverId: 7 }),
];
const wanted = (want: 'running' | 'suspended' | 'gone', reason: string) => fact('ServerStateWanted', { want, reason });
const claim = (change: ServerChange) =>
  fact('ServerChangeStarted', { change, serverId: 7, attempt: 1, callDeadlineAt: DEADLINE, settledAt: SETTLED });
const failed = (step: ServerChange) =>
  fact('ProvisioningAttemptFailed', { step, attempt: 1, code: 'Http502', field: null, retryAt: DEADLINE });
const suspended = fact('ServerSuspended', { serverId: 7 });

const why = (now: string, events: readonly ProvisioningEvent[]): string => {
  const past = events.map((event, revision) => ({ ...event, stream: `provisioning-${orderId}`, revision, metadata: METADATA }));
  const saga = events.reduce(provisioningDecider.evolve, provisioningDecider.initial);
  return whyProvisioning(saga, { states: {} as never, past: past as unknown as Recorded<LedgerEvent>[], now });
};

describe('why a server is not as its order wants it', () => {
  it.each<[string, ProvisioningEvent[], string]>([
    [
      'to be suspended',
      [wanted('suspended', 'unpaid')],
      `The order wants ${SERVER} to be suspended (unpaid), and the panel is to be asked for it.`,
    ],
    [
      'being suspended',
      [wanted('suspended', 'dispute'), claim('suspend')],
      `The panel has until 2026-11-20 10:02:00 UTC to answer attempt 1 to suspend ${SERVER}.`,
    ],
    [
      'perhaps suspended',
      [wanted('suspended', 'unpaid'), claim('suspend')],
      `Nobody recorded what became of attempt 1 to suspend ${SERVER}; it is looked up, and what the panel shows counts from 2026-11-20 10:03:00 UTC.`,
    ],
    [
      'not suspended yet',
      [wanted('suspended', 'unpaid'), claim('suspend'), failed('suspend')],
      `Attempt 1 of 10 to suspend ${SERVER} failed with Http502; it is tried again at 2026-11-20 10:02:00 UTC.`,
    ],
    ['suspended', [wanted('suspended', 'unpaid'), claim('suspend'), suspended], `The panel has what is wanted of ${SERVER}.`],
    [
      'to run again',
      [wanted('suspended', 'unpaid'), claim('suspend'), suspended, wanted('running', 'unpaid')],
      `The order wants ${SERVER} to run again (unpaid), and the panel is to be asked for it.`,
    ],
    [
      'to be deleted',
      [wanted('gone', 'serviceEnded')],
      `The order wants ${SERVER} to be deleted (serviceEnded), and the panel is to be asked for it.`,
    ],
    [
      'being deleted',
      [wanted('gone', 'serviceEnded'), claim('delete')],
      `The panel has until 2026-11-20 10:02:00 UTC to answer attempt 1 to delete ${SERVER}.`,
    ],
    ['deleted', [wanted('gone', 'serviceEnded'), claim('delete'), fact('ServerDeleted', { serverId: 7 })], 'Server 7 is deleted.'],
  ])('%s', (what, events, sentence) => expect(why(what === 'perhaps suspended' ? DEADLINE : AT, [...ready, ...events])).toBe(sentence));

  const trouble = fact('ServerInstallFailed', { serverId: 7, code: 'INSTALL_FAILED' });
  const anew = fact('ServerReinstalled', { serverId: 7 });
  const move = (reason: string, target: string, nodeId: string | null) =>
    fact('ServerMoveWanted', { moveId: 'm', reason, target, nodeId, dataLossAccepted: true });
  const room = fact('ServerMovePlaced', { moveId: 'm', hold: { nodeId: '2', allocationIds: [4] } });
  it.each<[string, ProvisioningEvent[], string]>([
    [
      'whose install failed',
      [...ready.slice(0, 3), trouble],
      `The install of ${SERVER} failed (INSTALL_FAILED: the panel says that the install failed), for the first time: the panel is to begin it anew.`,
    ],
    [
      'whose install failed again',
      [...ready.slice(0, 3), trouble, claim('reinstall'), anew, trouble],
      `The install of ${SERVER} failed (INSTALL_FAILED: the panel says that the install failed), also when it was begun anew: it is to be made anew, or an operator is asked.`,
    ],
    [
      'that is to go elsewhere',
      [...ready, move('operator', 'node', '2')],
      'Server 7 on node 1 is to be made anew on node 2 (an operator wants it): room for it is to be found.',
    ],
    [
      'that has room elsewhere',
      [...ready, move('INSTALL_FAILED', 'anywhere', null), room],
      'Server 7 on node 1 is to be made anew on another node if one has room (INSTALL_FAILED: the panel says that the install failed): node 2 keeps room for it, and what stands is removed first.',
    ],
    [
      'that was never made and is to have other ports',
      [...ready.slice(0, 1), move('operator', 'otherPorts', null)],
      'The server, planned for node 1, is to be made anew with other ports (an operator wants it): room for it is to be found.',
    ],
    [
      'that is being removed',
      [...ready, move('operator', 'node', '2'), room, claim('remove')],
      `The panel has until 2026-11-20 10:02:00 UTC to answer attempt 1 to remove ${SERVER}.`,
    ],
    [
      'that is removed',
      [...ready, move('operator', 'node', '2'), room, claim('remove'), fact('ServerRemoved', { to: { nodeId: '2', allocationIds: [4] } })],
      'The order is paid, and its server is to be created on node 2.',
    ],
  ])('of a server %s', (_what, events, sentence) => expect(why(AT, events)).toBe(sentence));

  it('says who is asked when a change cannot be made', () =>
    expect(
      why(AT, [
        ...[...ready, wanted('gone', 'serviceEnded'), claim('delete'), failed('delete')],
        fact('ProvisioningNeedsHuman', { step: 'delete', code: 'SERVER_NOT_OURS', raisedAt: AT }),
      ]),
    ).toMatch(/^An operator is needed to delete server 7 since 2026-11-20 10:00:00 UTC \(SERVER_NOT_OURS: .*\): look into it/));
  it('says of a server that was never made and is not wanted that none is made', () => {
    expect(why(AT, [wanted('gone', 'serviceEnded')])).toBe('The order wants no server any more (serviceEnded), and none is made for it.');
    expect(why(AT, [wanted('gone', 'serviceEnded'), fact('ServerDeleted', { serverId: null })])).toBe('No server was made for the order.');
  });
});
