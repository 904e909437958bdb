/** The stream of hints: who is told what, and how one who was cut off goes on. */
import { createHmac, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Buyer, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runningLedger } from '../support/running-ledger.js';

const PATH = '/api/v1/events';
const PATIENCE = { withinMs: 60_000 };

let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));

interface Hint {
  readonly kind: string;
  readonly type: string;
  readonly orderId: string | null;
  readonly subjectId: string | null;
  readonly position: string;
}
interface Told {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Hint & { readonly code?: string; readonly isThere?: boolean };
}

/** Somebody who looks on: keeps what he is told until he goes. */
class Listener {
  readonly told: Told[] = [];
  readonly raw: string[] = [];
  ended = false;

  private constructor(private readonly stop: AbortController) {}

  static async open(token: string, lastId?: string): Promise<Listener> {
    const listener = new Listener(new AbortController());
    const answer = await fetch(`${ledger.url}${PATH}`, {
      headers: { authorization: `Bearer ${token}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
      signal: listener.stop.signal,
    });
    if (!answer.ok || !answer.body) throw new Error(`the stream answered ${answer.status}`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    listener.read(answer.body).catch(() => (listener.ended = true));
    await eventually(() => listener.named('begin').length > 0, { ...PATIENCE, what: 'the beginning' });
    return listener;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) this.take(message);
    }
    this.ended = true;
  }

  private take(message: string): void {
    this.raw.push(message);
    const field = (name: string): string | undefined =>
      message
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const [event, data] = [field('event'), field('data')];
    if (event !== undefined && data !== undefined) this.told.push({ event, id: field('id'), data: JSON.parse(data) as Told['data'] });
  }

  named(event: string): Told[] {
    return this.told.filter((one) => one.event === event);
  }
  get hints(): Hint[] {
    return this.named('hint').map(({ data }) => data);
  }
  get lastId(): string {
    return this.told.findLast(({ id }) => id !== undefined)?.id ?? '';
  }
  leave(): void {
    this.stop.abort();
  }
}

/** What the log itself says of an order's own streams: stream kind and type, in the log's order. */
const logged = async (orderId: string): Promise<string[]> => {
  const streams = ['order', 'payment', 'provisioning'].map((kind) => `${kind}-${orderId}`);
  const events = (await world.allEvents()).filter(
    ({ stream, data, type }) => streams.includes(stream) || (type.startsWith('Notification') && data['orderId'] === orderId),
  );
  return events.map(({ stream, type }) => `${stream.split('-')[0]} ${type}`);
};
const of = (orderId: string, hints: readonly Hint[]): string[] =>
  hints
    .filter((hint) => hint.orderId === orderId && ['order', 'payment', 'provisioning', 'notification'].includes(hint.kind))
    .map(({ kind, type }) => `${kind} ${type}`);

const tokenOf = (claims: object): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${createHmac('sha256', world.ledgerEnvironment()['JWT_SECRET'] ?? '')
    .update(content)
    .digest('base64url')}`;
};

describe('the events of a purchase', () => {
  it('are told to its customer and to operators, to nobody else, without content, and go on after a cut', async () => {
    const email = `live-${randomUUID()}@example.com`;
    const [buyer, stranger] = [await Buyer.signUp(ledger.url, email), await Buyer.signUp(ledger.url)];
    const operator = await Listener.open(await world.operator(ledger.url));
    const other = await Listener.open(stranger.token);
    const first = await Listener.open(buyer.token);
    const { orderId, checkoutUrl } = await buyer.order({ planId: 'minecraft-4g' });
    await eventually(() => of(orderId, first.hints).includes('order OrderCheckoutOpened'), { ...PATIENCE, what: 'the checkout' });
    first.leave();
    await pay(checkoutUrl);
    await buyer.until(orderId, 'ready', 90_000);
    const second = await Listener.open(buyer.token, first.lastId);
    const all = await eventually(
      async () => {
        const [told, expected] = [[...of(orderId, first.hints), ...of(orderId, second.hints)], await logged(orderId)];
        expect(told).toStrictEqual(expected);
        expect(told.join()).toContain('NotificationSent');
        return told;
      },
      { ...PATIENCE, what: 'every event once' },
    );
    expect(all).toEqual(expect.arrayContaining(['order OrderPaid', 'payment PaymentSucceeded', 'provisioning ServerReady']));
    expect(second.named('reset')).toStrictEqual([]);
    await eventually(() => of(orderId, operator.hints).join() === all.join(), { ...PATIENCE, what: 'the operator’s hints' });
    expect(operator.hints.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['node', 'stripeEvent']));
    expect(JSON.stringify(other.raw)).not.toContain(orderId);
    expect(new Set(other.hints.map(({ kind }) => kind))).toEqual(new Set(['catalog']));
    expect([...operator.raw, ...second.raw].join()).not.toMatch(/live-|example\.com|Test Buyer/);
    const place = second.hints.findLast((hint) => hint.orderId === orderId)?.position ?? '';
    const read = await fetch(`${ledger.url}/api/v1/orders/${orderId}?atLeast=${place}`, {
      headers: { authorization: `Bearer ${buyer.token}` },
    });
    expect(read.status).toBe(200);
    for (const listener of [operator, other, second]) listener.leave();
  });
});

describe('a listener', () => {
  it('who missed more than is kept, or comes from another log, is told to read everything again', async () => {
    const token = await world.operator(ledger.url);
    for (const id of ['1', '99999999999999', 'nonsense']) {
      const listener = await Listener.open(token, id);
      expect([id, listener.told.map(({ event }) => event)]).toStrictEqual([id, ['reset', 'begin']]);
      listener.leave();
    }
    const fresh = await Listener.open(token);
    expect(fresh.told.map(({ event }) => event)).toStrictEqual(['begin']);
    fresh.leave();
  });

  it('is let go when the token ends, and not let in without one', async () => {
    const exp = Math.floor(Date.now() / 1_000) + 3;
    const listener = await Listener.open(tokenOf({ sub: randomUUID(), role: 'customer', exp }));
    await eventually(() => listener.ended, { ...PATIENCE, what: 'the end' });
    expect(listener.told.at(-1)).toMatchObject({ event: 'end', data: { code: 'TOKEN_EXPIRED' } });
    expect((await fetch(`${ledger.url}${PATH}?token=${await world.operator(ledger.url)}`)).status).toBe(401);
  });

  it('is told while the log is away, and goes on by himself', async () => {
    const token = await world.operator(ledger.url);
    const listener = await Listener.open(token);
    await world.stopEventStore();
    try {
      await eventually(() => listener.named('connection').at(-1)?.data.isThere === false, { ...PATIENCE, what: 'the outage' });
    } finally {
      await world.startEventStore();
    }
    const { customerId } = await eventually(() => Buyer.signUp(ledger.url), { ...PATIENCE, what: 'a sign-up' });
    await eventually(() => listener.hints.some(({ subjectId }) => subjectId === customerId), { ...PATIENCE, what: 'the hint' });
    expect(listener.named('connection').at(-1)?.data.isThere).toBe(true);
    listener.leave();
  });

  it('takes one of twenty places, and gives it back', async () => {
    const token = tokenOf({ sub: randomUUID(), role: 'customer', exp: Math.floor(Date.now() / 1_000) + 600 });
    const listeners = await Promise.all(Array.from({ length: 20 }, () => Listener.open(token)));
    await expect(Listener.open(token)).rejects.toThrow('503');
    for (const listener of listeners) listener.leave();
    const again = await eventually(() => Listener.open(token), { ...PATIENCE, what: 'a place' });
    again.leave();
  });
});
