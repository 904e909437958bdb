/** Consoles and power against the real panel's stand-in, on a clock: one connection for all who look, tokens renewed, ends, and calls that are never made twice. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore } from '../../local/eventstore/server.js';
import { LOCAL_APP_KEY, LOCAL_CLIENT_KEY, startPanel } from '../../local/pterodactyl/server.js';
import type { Running } from '../../local/support/program.js';
import { Clock } from '../../src/platform/clock.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository, type CommandContext } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import type { ConsoleViewer } from '../../src/provisioning/live/console-feed.js';
import { ConsoleHub } from '../../src/provisioning/live/console-hub.js';
import { LiveStatus } from '../../src/provisioning/live/live-status.js';
import { ServerControl } from '../../src/provisioning/live/server-control.js';
import { serverActionDecider, startAction } from '../../src/provisioning/server-action.decider.js';
import { LivePanel } from '../../src/pterodactyl/live-panel.js';
import { PanelClient } from '../../src/pterodactyl/panel.client.js';
import { newServer } from '../contract/pterodactyl/support.js';
import { eventually } from '../support/eventually.js';
import { METADATA, sample } from '../support/project.js';

const START_MS = 60_000;
const MINUTE_MS = 60_000;
const claim = { remainingMs: () => 20_000 };

class StoodClock extends Clock {
  private atMs = Date.parse('2026-12-12T11:00:00Z');
  now(): Date {
    return new Date(this.atMs);
  }
  pass(ms: number): void {
    this.atMs += ms;
  }
}
class HastyHub extends ConsoleHub {
  protected override readonly lingerMs = 0;
}

const clock = new StoodClock();
let panel: Running;
let local: Running;
let store: EventStore;
let client: PanelClient;
let live: LivePanel;
let hub: ConsoleHub;
beforeAll(async () => {
  [panel, local] = await Promise.all([
    startPanel({ installMs: 0, rateLimit: 0, clock: () => clock.now() }),
    startEventStore({ inMemory: true, port: 0 }),
  ]);
  store = new EventStore(local.url);
  client = new PanelClient({ url: panel.url, appKey: LOCAL_APP_KEY, callsMax: 10_000 });
  live = new LivePanel({ url: panel.url, clientKey: LOCAL_CLIENT_KEY, callsMax: 10_000 });
  hub = new HastyHub(live);
}, START_MS);
afterAll(async () => {
  hub.onModuleDestroy();
  await store.close();
  await Promise.all([panel.close(), local.close()]);
}, START_MS);

const control = async (path: string, body: unknown): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${panel.url}/_control${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
};
const seen = async (): Promise<{ consoles: number; tokens: number; signals: string[] }> =>
  (await (await fetch(`${panel.url}/_control/calls`)).json()) as { consoles: number; tokens: number; signals: string[] };
const untilConsoles = (count: number): Promise<unknown> =>
  eventually(async () => (await seen()).consoles === count, { what: `${count} open consoles` });

/** A server that runs. */
const made = async () => {
  const created = await client.createServer(await newServer({ client }));
  if (created.ok !== 'done') throw new Error(JSON.stringify(created));
  await live.power(created.value.identifier, 'start', claim);
  clock.pass(10_000);
  return created.value;
};

/** Everything a viewer is told, as one word each with its text. */
const viewer = () => {
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  const who: ConsoleViewer = {
    reset: () => tell('reset'),
    line: ({ text }) => tell(`line ${text}`),
    state: (state) => tell(`state ${state}`),
    stats: (stats) => tell(`stats ${stats}`),
    connection: (isThere) => tell(`connection ${isThere}`),
    end: (code) => tell(`end ${code}`),
  };
  const until = (text: string): Promise<unknown> => eventually(() => told.some((one) => one.includes(text)), { what: text });
  return { who, told, until };
};
const say = async (identifier: string, text: string): Promise<void> => void (await live.command(identifier, `say ${text}`, claim));

describe('the console of a server', () => {
  it('is one connection for all who look, and none when nobody does', async () => {
    const { identifier } = await made();
    const [one, two] = [viewer(), viewer()];
    const before = (await seen()).tokens;
    const leaveOne = hub.watch(identifier, one.who);
    await one.until('connection true');
    const leaveTwo = hub.watch(identifier, two.who);
    await say(identifier, 'hello');
    await Promise.all([one.until('[Server] hello'), two.until('[Server] hello')]);
    expect([(await seen()).consoles, (await seen()).tokens - before]).toEqual([1, 1]);
    leaveOne();
    await say(identifier, 'still');
    await two.until('[Server] still');
    expect(one.told.some((text) => text.includes('still'))).toBe(false);
    leaveTwo();
    await untilConsoles(0);
  });

  it('goes on beyond the life of its token, with another one and the same connection', async () => {
    const { identifier } = await made();
    const one = viewer();
    const leave = hub.watch(identifier, one.who);
    await one.until('state running');
    const before = (await seen()).tokens;
    for (let renewals = 1; renewals <= 3; renewals += 1) {
      clock.pass(9 * MINUTE_MS);
      await eventually(async () => (await seen()).tokens === before + renewals, { what: `renewal ${renewals}` });
    }
    await say(identifier, 'later');
    await one.until('[Server] later');
    expect(one.told.filter((text) => text.startsWith('connection'))).toEqual(['connection false', 'connection true']);
    leave();
    await untilConsoles(0);
  });

  it('is connected again when the node went away, also when that does not answer at first', async () => {
    const { identifier } = await made();
    const one = viewer();
    const leave = hub.watch(identifier, one.who);
    await one.until('state running');
    await control('/faults', { match: 'GET /api/servers/*/ws', fault: 'down', times: 2 });
    await control('/wings/restart', {});
    await one.until('reset');
    expect(one.told.filter((text) => text.startsWith('connection'))).toEqual([
      'connection false',
      'connection true',
      'connection false',
      'connection true',
    ]);
    leave();
    await untilConsoles(0);
  });

  it('ends for all when the server is deleted, or is not to be used', async () => {
    const [gone, held] = [await made(), await made()];
    const [one, two] = [viewer(), viewer()];
    hub.watch(gone.identifier, one.who);
    await one.until('state running');
    await client.deleteServer(gone.id);
    await one.until('end SERVER_DELETED');
    await client.suspendServer(held.id);
    hub.watch(held.identifier, two.who);
    await two.until('end SERVER_STATE_CONFLICT');
    await untilConsoles(0);
  });

  it('has room for twenty who look, and keeps at most 200 lines', async () => {
    const { identifier } = await made();
    const leaves = Array.from({ length: 20 }, () => hub.watch(identifier, viewer().who));
    expect(() => hub.watch(identifier, viewer().who)).toThrow(/Too many look/);
    leaves.forEach((leave) => leave());
    expect((await hub.recent(identifier)).length).toBeLessThanOrEqual(200);
    await untilConsoles(0);
  });
});

describe('an action on a server', () => {
  const orderWith = async (identifier: string, serverId: number): Promise<string> => {
    const orderId = newId();
    const types = ['ProvisioningStarted', 'ServerCreationStarted', 'ServerCreated', 'ServerReady'] as const;
    const facts = types.map((type) => ({ type, data: { ...sample(type).data, orderId, serverId, identifier } }));
    await store.append({ stream: `provisioning-${orderId}`, expectedRevision: -1n, facts, metadata: { ...METADATA, commandId: newId() } });
    return orderId;
  };
  const context = (orderId: string, commandId = newId()): CommandContext => ({
    ...{ commandId, correlationId: orderId, causationId: commandId, actor: { kind: 'customer', id: 'c' } },
  });
  const parts = () => {
    const streams = new StreamRepository(store, clock);
    return { streams, control: new ServerControl(streams, live, new LiveStatus(live, clock), clock) };
  };
  const told = async (orderId: string): Promise<unknown[]> =>
    (await store.read(`provisioning-${orderId}`)).slice(4).map(({ type, data }) => {
      const { outcome, code } = data as { outcome?: string; code?: string };
      return outcome === undefined ? type : `${type} ${outcome} ${code}`;
    });

  it('whose sender died before its end is never sent again, and is unknown', async () => {
    const { id, identifier } = await made();
    const orderId = await orderWith(identifier, id);
    const { streams, control: hand } = parts();
    const before = (await seen()).signals.length;
    const wish = context(orderId);
    const at = clock.iso();
    const callDeadlineAt = new Date(clock.now().getTime() + 25_000).toISOString();
    const start = startAction({ actionId: newId(), action: 'restart', noteId: null, at, callDeadlineAt });
    await streams.execute({ decider: serverActionDecider, id: orderId }, wish, start);
    const again = await hand.act({ orderId, action: 'restart', noteId: null }, wish);
    expect([again.outcome, again.code, (await seen()).signals.length]).toEqual(['unknown', 'INTERRUPTED', before]);
    clock.pass(25_000);
    expect((await hand.act({ orderId, action: 'stop', noteId: null }, context(orderId))).outcome).toBe('done');
    expect((await seen()).signals.slice(before)).toEqual([`${identifier} stop`]);
    expect(await told(orderId)).toEqual([
      'ServerActionStarted',
      'ServerActionEnded unknown INTERRUPTED',
      'ServerActionStarted',
      'ServerActionEnded done null',
    ]);
  });

  it('that two send under one command is sent once', async () => {
    const { id, identifier } = await made();
    const orderId = await orderWith(identifier, id);
    const before = (await seen()).signals.length;
    const wish = context(orderId);
    const answers = await Promise.all([1, 2, 3].map(() => parts().control.act({ orderId, action: 'kill', noteId: null }, wish)));
    expect(new Set(answers.map(({ actionId }) => actionId)).size).toBe(1);
    expect((await seen()).signals.slice(before)).toEqual([`${identifier} kill`]);
  });

  it('is told in codes that stay the same, whatever the panel says', async () => {
    const { id, identifier } = await made();
    const orderId = await orderWith(identifier, id);
    const answer = async (fault: string, action: 'start' | 'command' = 'start'): Promise<unknown[]> => {
      if (fault !== '')
        await control('/faults', { match: `POST /api/client/servers/*/${action === 'start' ? 'power' : 'command'}`, fault });
      const { outcome, code } = await parts().control.act({ orderId, action, command: 'list', noteId: null }, context(orderId));
      return [outcome, code];
    };
    expect(await answer('wingsDown')).toEqual(['unknown', 'NODE_UNREACHABLE']);
    expect(await answer('wings500')).toEqual(['unknown', 'NODE_UNREACHABLE']);
    expect(await answer('html502')).toEqual(['unknown', 'PANEL_UNAVAILABLE']);
    expect(await answer('maintenance503', 'command')).toEqual(['unknown', 'PANEL_UNAVAILABLE']);
    expect(await answer('down')).toEqual(['unknown', 'PANEL_UNAVAILABLE']);
    expect(await answer('absent404')).toEqual(['refused', 'SERVER_NOT_ON_PANEL']);
    expect(await answer('transfer409')).toEqual(['refused', 'SERVER_STATE_CONFLICT']);
    await live.power(identifier, 'kill', claim);
    expect(await answer('', 'command')).toEqual(['refused', 'SERVER_OFFLINE']);
    await client.suspendServer(id);
    expect(await answer('')).toEqual(['refused', 'SERVER_STATE_CONFLICT']);
  });

  it('without a key is refused before anything is recorded, and so is a console', async () => {
    const { id, identifier } = await made();
    const orderId = await orderWith(identifier, id);
    const shut = new LivePanel({ url: panel.url, clientKey: undefined, callsMax: 60 });
    const hand = new ServerControl(new StreamRepository(store, clock), shut, new LiveStatus(shut, clock), clock);
    const refused = { code: 'PANEL_CLIENT_KEY_MISSING', status: 503 };
    await expect(hand.act({ orderId, action: 'stop', noteId: null }, context(orderId))).rejects.toMatchObject(refused);
    await expect(new ConsoleHub(shut).recent(identifier)).rejects.toMatchObject(refused);
    expect(await new LiveStatus(shut, clock).of(identifier)).toEqual({ code: refused.code, isCertain: true });
    expect(await told(orderId)).toEqual([]);
  });
});
