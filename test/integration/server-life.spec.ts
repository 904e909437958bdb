/** A server that stands on the panel is suspended, unsuspended and deleted as its order wants it, whatever the panel answers and wherever the ledger dies: the real runner, log and panel, and a clock that the test moves. */
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import type { OrderEvent } from '../../src/orders/order.events.js';
import { ServerNameStore } from '../../src/customers/identity/server-name.store.js';
import { MayServerGoHandler } from '../../src/orders/order.queries.js';
import { MoneyOfOrderHandler } from '../../src/payments/payment.queries.js';
import { Clock } from '../../src/platform/clock.js';
import { claimOf as ledgerClaimOf } from '../../src/platform/commands.js';
import type { Decision } from '../../src/platform/decider.js';
import type { Fact, Recorded } from '../../src/platform/event.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import { SetServerState } from '../../src/provisioning/provisioning.commands.js';
import type { ProvisioningEvent } from '../../src/provisioning/provisioning.events.js';
import { SetServerStateHandler } from '../../src/provisioning/provisioning.handlers.js';
import { provisioningDecider, type Provisioning } from '../../src/provisioning/provisioning.decider.js';
import { InstallWatch } from '../../src/provisioning/install-watch.js';
import { ProofOfLife } from '../../src/provisioning/proof-of-life.js';
import { ProvisioningRunner } from '../../src/provisioning/provisioning.runner.js';
import { requestRename, serverActionDecider } from '../../src/provisioning/server-action.decider.js';
import type { ServerRenameRequested } from '../../src/provisioning/server-action.events.js';
import { wantServerSize } from '../../src/provisioning/server-change.decider.js';
import { PANEL_TIMES, ServerChanges } from '../../src/provisioning/server-changes.js';
import { wantReinstall } from '../../src/provisioning/server-move.decider.js';
import { ServerNames } from '../../src/provisioning/server-names.js';
import { ServerMoves } from '../../src/provisioning/server-moves.js';
import { ServerRequests } from '../../src/provisioning/server-request.js';
import { LivePanel } from '../../src/pterodactyl/live-panel.js';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import type { PanelClaim } from '../../src/pterodactyl/panel.transport.js';
import { closePanels, localPanel, newServer, newUser, type TestPanel } from '../contract/pterodactyl/support.js';
import { METADATA, sample } from '../support/project.js';
import { paid, placed, resources } from '../support/samples.js';

const TIMES = { createTimeoutMs: 10_000, settleMs: 20_000, pollMs: 1_000 };
const ROUNDS_MAX = 80;
/** What its customer calls a server that is renamed. */
const NAME = 'Friday night';

class Moved extends Clock {
  private ms = Date.parse('2026-12-01T00:00:00.000Z');
  now(): Date {
    return new Date(this.ms);
  }
  advance(ms: number): void {
    this.ms += ms;
  }
}

type Call = 'suspend' | 'unsuspend' | 'delete';

/** Something may happen right before a change is sent, or right after its answer has come; a throw there is the end of that process. */
class Watched extends PanelClient {
  before: (() => Promise<void>) | undefined;
  after: (() => Promise<void>) | undefined;

  override suspendServer(id: number, claim?: PanelClaim) {
    return this.around(() => super.suspendServer(id, claim));
  }
  override unsuspendServer(id: number, claim?: PanelClaim) {
    return this.around(() => super.unsuspendServer(id, claim));
  }
  override deleteServer(id: number, options: { force?: boolean; claim?: PanelClaim } = {}) {
    return this.around(() => super.deleteServer(id, options));
  }

  private async around<T>(call: () => Promise<T>): Promise<T> {
    const { before, after } = this;
    this.before = this.after = undefined;
    await before?.();
    const answer = await call();
    await after?.();
    return answer;
  }
}

class Killed extends Error {}
const die = (): Promise<void> => Promise.reject(new Killed());

const clock = new Moved();
let log: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
let panel: TestPanel;
let client: Watched;
let app: INestApplicationContext;
let runner: ProvisioningRunner;
let userId: number;

beforeAll(async () => {
  log = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(log.url);
  panel = await localPanel({ clock: () => clock.now() });
  client = new Watched({ url: panel.url, appKey: panel.appKey, callsMax: 100_000, timeoutMs: 5_000, wingsTimeoutMs: 5_000 });
  userId = await newUser(panel);
  @Module({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...[
        SetServerStateHandler,
        MayServerGoHandler,
        MoneyOfOrderHandler,
        ServerChanges,
        ServerMoves,
        ProvisioningRunner,
        InstallWatch,
        ProofOfLife,
        ServerNames,
      ],
      { provide: StreamRepository, useValue: new StreamRepository(store, clock) },
      { provide: Clock, useValue: clock },
      { provide: PanelClient, useValue: client },
      { provide: LivePanel, useValue: new LivePanel({ url: panel.url, clientKey: undefined, callsMax: 1 }) },
      { provide: PANEL_TIMES, useValue: TIMES },
      { provide: ServerNameStore, useValue: { read: () => Promise.resolve(NAME), markTaken: () => Promise.resolve() } },
      // Only a creation asks for these.
      { provide: ServerRequests, useValue: {} },
    ],
  })
  class Parts {}
  app = await NestFactory.createApplicationContext(Parts, { logger: false });
  await app.init();
  runner = app.get(ProvisioningRunner);
});
afterAll(async () => {
  await app?.close();
  await store?.close();
  await log?.close();
  await closePanels();
});

const append = async (stream: string, ...facts: Fact[]): Promise<void> => {
  const expectedRevision = BigInt((await store.read(stream)).length - 1);
  await store.append({ stream, expectedRevision, facts, metadata: { ...METADATA, commandId: newId() } });
};

interface Served {
  readonly orderId: string;
  readonly serverId: number;
}

/** Where `newServer` makes servers. */
const HERE = { nodeId: '1', allocationIds: [1] };
const startOf = (orderId: string): ProvisioningEvent => {
  const { data } = sample('ProvisioningStarted');
  return { type: 'ProvisioningStarted', data: { ...data, orderId, panelUserId: userId, externalId: `order_${orderId}`, hold: HERE } };
};
const claimOf = (orderId: string): ProvisioningEvent => {
  const { data } = sample('ServerCreationStarted');
  return { type: 'ServerCreationStarted', data: { ...data, orderId, settledAt: new Date(clock.now().getTime() + 20_000).toISOString() } };
};
const make = async (orderId: string): Promise<number> => {
  const made = await panel.client.createServer(await newServer(panel, { externalId: `order_${orderId}`, userId }));
  if (made.ok !== 'done') throw new Error('not created');
  return made.value.id;
};

/** A paid order whose server stands on the panel; `ready` unless it still installs. */
const served = async ({ ready = true } = {}): Promise<Served> => {
  const orderId = newId();
  await append(`order-${orderId}`, ...[placed, paid].map((fact) => ({ ...fact, data: { ...fact.data, orderId } })));
  const serverId = await make(orderId);
  const [created, done] = [sample('ServerCreated'), sample('ServerReady')];
  const installDeadlineAt = new Date(clock.now().getTime() + 900_000).toISOString();
  await append(`provisioning-${orderId}`, startOf(orderId), claimOf(orderId), {
    type: 'ServerCreated',
    data: { ...created.data, orderId, serverId, installDeadlineAt },
  });
  if (ready) await append(`provisioning-${orderId}`, { type: 'ServerReady', data: { ...done.data, orderId, serverId } });
  return { orderId, serverId };
};

/** The order ends, and Stripe has confirmed that nothing more is collected. */
const end = async (orderId: string): Promise<void> => {
  const ending: OrderEvent = { type: 'OrderEnding', data: { ...sample('OrderEnding').data, orderId } };
  await append(`order-${orderId}`, ending, { type: 'OrderBillingEnded', data: { ...sample('OrderBillingEnded').data, orderId } });
};

const want = (orderId: string, state: SetServerState['wish']['want']) =>
  app
    .get(CommandBus)
    .execute(
      new SetServerState(
        { orderId, want: state, reason: 'unpaid' },
        { commandId: newId(), correlationId: orderId, causationId: orderId, actor: METADATA.actor },
      ),
    );

/** As the runner of due work does, also over deaths, until nothing is left; the clock jumps to each next look. */
const rest = async (orderId: string): Promise<void> => {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    try {
      const next = await runner.run(orderId);
      if (!next) return;
      clock.advance(Math.max(next.getTime() - clock.now().getTime(), 1));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      clock.advance(1_000);
    }
  }
};

const ENDS: readonly string[] = ['ServerSuspended', 'ServerUnsuspended', 'ServerResized', 'ServerReinstalled', 'ServerRenamed'];
const FAILURES: Readonly<Record<string, string>> = {
  ...{ ProvisioningAttemptFailed: 'failed', ProvisioningNeedsHuman: 'help', ServerRenameFailed: 'not renamed' },
};
/** What is on record since the server's first wish, in short. */
const story = async (orderId: string): Promise<string[]> => {
  const events = (await store.read<ProvisioningEvent>(`provisioning-${orderId}`)) as readonly ProvisioningEvent[];
  return events.flatMap((event) => {
    if (event.type === 'ServerChangeStarted') return [`${event.data.change} ${event.data.attempt}`];
    if (event.type === 'ServerDeleted') return [event.data.serverId === null ? 'deleted: none' : 'deleted'];
    const failure = FAILURES[event.type];
    if (failure && 'code' in event.data) return [`${failure}: ${event.data.code}`];
    return ENDS.includes(event.type) ? [event.type.slice('Server'.length).toLowerCase()] : [];
  });
};

const stateOf = async ({ serverId }: Served): Promise<string> => {
  const { status, json } = await panel.call(`/servers/${serverId}`);
  return status === 404 ? 'gone' : ((json?.attributes?.['status'] ?? 'normal') as string);
};
const answer = (serverId: number, call: Call): string =>
  call === 'delete' ? `DELETE /api/application/servers/${serverId}` : `POST /api/application/servers/${serverId}/${call}`;

const CHANGES = { suspend: ['suspended', 'suspended', 'suspended'], delete: ['gone', 'deleted', 'gone'] } as const;
const changed = async (change: keyof typeof CHANGES): Promise<Served> => {
  const server = await served();
  if (change === 'delete') await end(server.orderId);
  await want(server.orderId, CHANGES[change][0]);
  return server;
};

describe.each(['suspend', 'delete'] as const)('to %s a server', (change) => {
  const [, told, shown] = CHANGES[change];
  const unchanged = change === 'suspend' ? 'NOT_SUSPENDED' : 'NOT_DELETED';
  const again = (code: string) => [`${change} 1`, `failed: ${code}`, `${change} 2`, told];

  it.each([
    ['goes well', undefined, [`${change} 1`, told]],
    ['fails at Wings and is put back', 'wingsDown', again('DaemonConnectionException')],
    ['is done and never answered', 'timeoutAfterCommit', [`${change} 1`, told]],
    ['is done and answered with an error', 'error500AfterCommit', [`${change} 1`, told]],
    ['is put back in silence', 'timeoutRolledBack', again(unchanged)],
    ['is answered by a proxy', 'html502', again(unchanged)],
    ['is throttled', '429', again('ThrottleRequestsException')],
    ['meets a transfer', 'transfer409', again('ConflictHttpException')],
  ])('when it %s', async (_what, fault, expected) => {
    const server = await changed(change);
    if (fault) await panel.fault({ match: answer(server.serverId, change), fault });
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([expected, shown]);
  });

  it('is tried again when the panel cannot be read, and on record', async () => {
    const server = await changed(change);
    await panel.fault({ match: `GET /api/application/servers/${server.serverId}`, fault: 'html502' });
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([again('Http502'), shown]);
  });

  it.each(['before', 'after'] as const)('survives a death right %s the call', async (place) => {
    const server = await changed(change);
    client[place] = die;
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([
      place === 'before' ? again(unchanged) : [`${change} 1`, told],
      shown,
    ]);
  });

  it('comes to a person when every attempt fails, and goes on where it stood when asked to', async () => {
    const server = await changed(change);
    await panel.fault({ match: answer(server.serverId, change), fault: 'wings500', times: 10 });
    await rest(server.orderId);
    expect((await story(server.orderId)).slice(-2)).toStrictEqual(['failed: DaemonConnectionException', 'help: ATTEMPTS_EXHAUSTED']);
    await append(`provisioning-${server.orderId}`, {
      type: 'ProvisioningRetryRequested',
      data: { orderId: server.orderId, requestedAt: clock.iso() },
    });
    await rest(server.orderId);
    expect([(await story(server.orderId)).slice(-2), await stateOf(server)]).toStrictEqual([[`${change} 11`, told], shown]);
  });

  it("is refused for a server that is not the order's own", async () => {
    const server = await changed(change);
    const body = { name: 'x', user: userId, external_id: `other_${change}` };
    await panel.call(`/servers/${server.serverId}/details`, { method: 'PATCH', body });
    await rest(server.orderId);
    expect(await story(server.orderId)).toStrictEqual([`${change} 1`, 'failed: SERVER_NOT_OURS', 'help: SERVER_NOT_OURS']);
    expect(await stateOf(server)).toBe('normal');
  });
});

describe('a process that stands still right before its call', () => {
  it('does not suspend a server that was paid for meanwhile', async () => {
    const server = await changed('suspend');
    client.before = async () => void (await want(server.orderId, 'running'));
    await rest(server.orderId);
    expect(await story(server.orderId)).toStrictEqual(['suspend 1', 'failed: NoLongerWanted', 'unsuspended']);
    expect(await stateOf(server)).toBe('normal');
  });

  it('does nothing when it wakes after another has taken over and the customer has paid', async () => {
    const server = await changed('suspend');
    client.before = async () => {
      clock.advance(TIMES.createTimeoutMs + TIMES.settleMs);
      await rest(server.orderId);
      expect(await stateOf(server)).toBe('suspended');
      await want(server.orderId, 'running');
      await rest(server.orderId);
    };
    await rest(server.orderId);
    expect(await story(server.orderId)).toStrictEqual([
      ...['suspend 1', 'failed: NOT_SUSPENDED', 'suspend 2', 'suspended', 'unsuspend 3', 'unsuspended'],
    ]);
    expect(await stateOf(server)).toBe('normal');
  });

  it('does not call when it wakes after its deadline', async () => {
    const server = await changed('suspend');
    client.before = () => Promise.resolve(clock.advance(TIMES.createTimeoutMs));
    await rest(server.orderId);
    expect(await story(server.orderId)).toStrictEqual(['suspend 1', 'failed: TooLateToSend', 'suspend 2', 'suspended']);
  });

  it('does not delete while money has come that the order has yet to judge', async () => {
    const server = await changed('delete');
    const { orderId } = server;
    const { data } = sample('PaymentSucceeded');
    const payment = { ...data, orderId, paymentId: 'pi_late', kind: 'extension' as const };
    client.before = () => append(`payment-${orderId}`, { type: 'PaymentSucceeded', data: payment });
    await rest(orderId);
    expect([await story(orderId), await stateOf(server)]).toStrictEqual([['delete 1', 'failed: NoLongerWanted'], 'normal']);
    const refused = { ...sample('OrderPaymentNotAccepted').data, orderId, paymentId: 'pi_late' };
    await append(`order-${orderId}`, { type: 'OrderPaymentNotAccepted', data: refused });
    await rest(orderId);
    expect([(await story(orderId)).slice(2), await stateOf(server)]).toStrictEqual([['delete 2', 'deleted'], 'gone']);
  });
});

describe('a deletion', () => {
  it('waits as long as the order does not end', async () => {
    const server = await served();
    await want(server.orderId, 'gone');
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([[], 'normal']);
  });

  it('does not believe a single 404', async () => {
    const server = await changed('delete');
    await panel.fault({ match: `GET /api/application/servers/${server.serverId}`, fault: 'absent404' });
    await panel.fault({ match: answer(server.serverId, 'delete'), fault: 'absent404' });
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([
      ['delete 1', 'failed: NOT_DELETED', 'delete 2', 'deleted'],
      'gone',
    ]);
  });

  it('is over at once for a server that is gone already', async () => {
    const server = await changed('delete');
    await panel.client.deleteServer(server.serverId);
    await rest(server.orderId);
    expect(await story(server.orderId)).toStrictEqual(['deleted']);
  });

  it('of a server that was never made makes none', async () => {
    const orderId = newId();
    await append(`order-${orderId}`, ...[placed, paid].map((fact) => ({ ...fact, data: { ...fact.data, orderId } })));
    await end(orderId);
    await want(orderId, 'gone');
    await append(`provisioning-${orderId}`, startOf(orderId));
    await rest(orderId);
    expect(await story(orderId)).toStrictEqual(['deleted: none']);
  });

  it('settles a creation that may still have effect, and deletes what came of it', async () => {
    const orderId = newId();
    await append(`order-${orderId}`, ...[placed, paid].map((fact) => ({ ...fact, data: { ...fact.data, orderId } })));
    await end(orderId);
    await append(`provisioning-${orderId}`, startOf(orderId), claimOf(orderId));
    await want(orderId, 'gone');
    await runner.run(orderId);
    expect(await story(orderId)).toStrictEqual([]);
    const serverId = await make(orderId);
    await rest(orderId);
    expect([await story(orderId), await stateOf({ orderId, serverId })]).toStrictEqual([['delete 1', 'deleted'], 'gone']);
  });
});

/** What the panel shows when the move is wanted: its one column, or that it has no such server, or nothing at all. */
const STATES = [null, 'installing', 'install_failed', 'reinstall_failed', 'suspended', 'restoring_backup', 'gone', 'unreachable'] as const;
type Shown = (typeof STATES)[number];
const MOVES = ['suspend', 'unsuspend', 'resize', 'reinstall', 'rename', 'delete'] as const;
type Move = (typeof MOVES)[number];

/** What is on record and what the panel shows then; `waits`: as long as the panel is at work on the server. An unsuspension follows a suspension, which was the first change. */
const TABLE: Readonly<Record<Move, Readonly<Record<`${Shown}`, string>>>> = {
  suspend: {
    null: 'suspend 1, suspended -> suspended',
    installing: 'waits, suspend 1, suspended -> suspended',
    install_failed: 'suspend 1, suspended -> suspended',
    reinstall_failed: 'suspend 1, suspended -> suspended',
    suspended: 'suspended -> suspended',
    restoring_backup: 'waits, suspend 1, suspended -> suspended',
    gone: 'suspend 1, failed: SERVER_GONE, help: SERVER_GONE -> gone',
    unreachable: 'suspend 1, failed: Http502, suspend 2, suspended -> suspended',
  },
  unsuspend: {
    null: 'unsuspended -> normal',
    installing: 'unsuspended -> installing',
    install_failed: 'unsuspended -> install_failed',
    reinstall_failed: 'unsuspended -> reinstall_failed',
    suspended: 'unsuspend 2, unsuspended -> normal',
    restoring_backup: 'unsuspended -> restoring_backup',
    gone: 'unsuspend 2, failed: SERVER_GONE, help: SERVER_GONE -> gone',
    unreachable: 'unsuspend 2, failed: Http502, unsuspend 3, unsuspended -> normal',
  },
  resize: {
    null: 'resize 1, resized -> normal',
    installing: 'waits, resize 1, resized -> normal',
    install_failed: 'resize 1, resized -> install_failed',
    reinstall_failed: 'resize 1, resized -> reinstall_failed',
    suspended: 'resize 1, resized -> suspended',
    restoring_backup: 'waits, resize 1, resized -> normal',
    gone: 'resize 1, failed: SERVER_GONE, help: SERVER_GONE -> gone',
    unreachable: 'resize 1, failed: Http502, resize 2, resized -> normal',
  },
  reinstall: {
    null: 'reinstall 1, reinstalled -> normal',
    installing: 'reinstall 1, reinstalled -> normal',
    install_failed: 'reinstall 1, reinstalled -> normal',
    reinstall_failed: 'reinstall 1, reinstalled -> normal',
    suspended: 'reinstall 1, reinstalled -> normal',
    restoring_backup: 'waits, reinstall 1, reinstalled -> normal',
    gone: 'reinstall 1, failed: SERVER_GONE, help: SERVER_GONE -> gone',
    unreachable: 'reinstall 1, failed: Http502, reinstall 2, reinstalled -> normal',
  },
  rename: {
    null: 'renamed -> normal',
    installing: 'renamed -> installing',
    install_failed: 'renamed -> install_failed',
    reinstall_failed: 'renamed -> reinstall_failed',
    suspended: 'renamed -> suspended',
    restoring_backup: 'renamed -> restoring_backup',
    gone: 'not renamed: SERVER_GONE -> gone',
    unreachable: 'not renamed: Http502 -> normal',
  },
  delete: {
    null: 'delete 1, deleted -> gone',
    installing: 'delete 1, deleted -> gone',
    install_failed: 'delete 1, deleted -> gone',
    reinstall_failed: 'delete 1, deleted -> gone',
    suspended: 'delete 1, deleted -> gone',
    restoring_backup: 'delete 1, deleted -> gone',
    gone: 'deleted -> gone',
    unreachable: 'delete 1, failed: Http502, delete 2, deleted -> gone',
  },
};

const wish = async (move: Move, orderId: string): Promise<void> => {
  const decide = (decision: (saga: Provisioning) => Decision<ProvisioningEvent>) =>
    app.get(StreamRepository).execute({ decider: provisioningDecider, id: orderId }, ledgerClaimOf(orderId, METADATA.actor), decision);
  const at = clock.iso();
  switch (move) {
    case 'suspend':
      return void (await want(orderId, 'suspended'));
    case 'unsuspend':
      return void (await want(orderId, 'running'));
    case 'resize': {
      const size = { ...resources, memoryMib: 2 * resources.memoryMib };
      return void (await decide(
        wantServerSize({ orderId, changeId: newId(), planId: placed.data.planId, resources: size, nodeId: HERE.nodeId, wantedAt: at }),
      ));
    }
    case 'reinstall':
      return void (await decide(wantReinstall({ orderId, reinstallId: newId(), dataLossAccepted: true, noteId: 'n', wantedAt: at })));
    case 'rename':
      return rename(orderId);
    case 'delete':
      await end(orderId);
      return void (await want(orderId, 'gone'));
  }
};

/** As its customer asks for it, and the process that is told of that. */
const rename = async (orderId: string): Promise<void> => {
  const callDeadlineAt = new Date(clock.now().getTime() + TIMES.createTimeoutMs).toISOString();
  const asked = requestRename({ labelId: newId(), at: clock.iso(), callDeadlineAt });
  await app.get(StreamRepository).execute({ decider: serverActionDecider, id: orderId }, ledgerClaimOf(orderId, METADATA.actor), asked);
  const events = (await store.read(`provisioning-${orderId}`)) as readonly (Recorded<ServerRenameRequested> | undefined)[];
  const request = events.at(-1);
  if (request?.type !== 'ServerRenameRequested') throw new Error('not asked for');
  await app.get(ServerNames).rename(request);
};

/** The panel comes to show the server so; of one that cannot be read, one look fails. */
const showAs = async (serverId: number, state: Shown): Promise<unknown> => {
  if (state === 'gone') return panel.client.deleteServer(serverId);
  if (state === 'unreachable') return panel.fault({ match: `GET /api/application/servers/${serverId}`, fault: 'html502' });
  return panel.control('/statuses', { serverId, status: state });
};

describe.each(MOVES)('to %s a server', (move) => {
  it.each(STATES)('that the panel shows as %s comes to what the table says', async (state) => {
    const server = move === 'unsuspend' ? await changed('suspend') : await served();
    await rest(server.orderId);
    const before = (await story(server.orderId)).length;
    await showAs(server.serverId, state);
    await wish(move, server.orderId);
    const row = TABLE[move][`${state}`];
    const waits = row.startsWith('waits, ');
    if (waits) {
      await runner.run(server.orderId);
      expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([[], state]);
      await showAs(server.serverId, null);
    }
    await rest(server.orderId);
    const told = (await story(server.orderId)).slice(before);
    expect(`${[...(waits ? ['waits'] : []), ...told].join(', ')} -> ${await stateOf(server)}`).toBe(row);
    if (told.includes('renamed')) expect(await panel.client.getServer(server.serverId)).toMatchObject({ value: { name: NAME } });
  });
});

describe('a suspension', () => {
  it('waits until the install has ended, and comes at once then', async () => {
    await panel.control('/settings', { installMs: 60_000 });
    const server = await served({ ready: false });
    await panel.control('/settings', { installMs: 0 });
    await want(server.orderId, 'suspended');
    await runner.run(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([[], 'installing']);
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([['suspend 1', 'suspended'], 'suspended']);
  });

  it('is lifted, and deleted with its server', async () => {
    const server = await changed('suspend');
    await rest(server.orderId);
    await want(server.orderId, 'running');
    await rest(server.orderId);
    expect(await stateOf(server)).toBe('normal');
    await want(server.orderId, 'suspended');
    await rest(server.orderId);
    await end(server.orderId);
    await want(server.orderId, 'gone');
    await rest(server.orderId);
    expect([await story(server.orderId), await stateOf(server)]).toStrictEqual([
      ['suspend 1', 'suspended', 'unsuspend 2', 'unsuspended', 'suspend 3', 'suspended', 'delete 4', 'deleted'],
      'gone',
    ]);
  });
});
