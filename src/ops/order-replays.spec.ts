import { describe, expect, it } from '@jest/globals';
import { readModels } from '../../projections/index.js';
import { historyOf, orderIdOf, type Move } from '../../test/support/histories.js';
import { Clock } from '../platform/clock.js';
import { OrderReplays } from './order-replays.js';

const ORDER = orderIdOf(0);
class StandingClock extends Clock {
  now(): Date {
    return new Date('2026-11-01T12:00:00.000Z');
  }
}

const course = (order: number, what: readonly Move['what'][]): Move[] => what.map((one) => ({ order, node: order, what: one }));
const advanced = (times: number): Move['what'][] => Array.from({ length: times }, () => 'advance');
const log = historyOf([...course(0, advanced(12)), ...course(1, advanced(5))]);

const replays = (
  seenIn: (orderId: string) => Promise<string[]> = () => Promise.resolve([]),
  head: bigint | undefined = log.at(-1)?.position.commit,
) => {
  const read: string[] = [];
  const eventsOf = (stream: string) => {
    read.push(stream);
    return Promise.resolve(log.filter((event) => event.stream === stream));
  };
  return { read, desk: new OrderReplays({ eventsOf, head: () => Promise.resolve(head), seenIn, clock: new StandingClock(), readModels }) };
};

describe("an order's replay", () => {
  it('reads each stream that tells of it once, and no other', async () => {
    const { read, desk } = replays();
    const { steps, next } = await desk.of(ORDER);
    expect(new Set(read).size).toBe(read.length);
    const webhook = log.find(({ type }) => type === 'StripeEventReceived')?.stream;
    expect(read).toStrictEqual(expect.arrayContaining([`order-${ORDER}`, `payment-${ORDER}`, `provisioning-${ORDER}`, 'node-1', webhook]));
    expect(read.filter((stream) => stream.includes(orderIdOf(1)) || stream === 'node-2')).toStrictEqual([]);
    expect([steps.length, next.by]).toStrictEqual([14, 'nobody']);
  });

  it('goes to the point asked for', async () => {
    const { steps, states } = await replays().desk.of(ORDER, 'payment@0');
    expect([steps.at(-1)?.event.type, states.payment.succeeded.length, states.order.status]).toStrictEqual([
      'PaymentSucceeded',
      1,
      'awaitingPayment',
    ]);
  });

  it('leaves out what was written while it read, so that no effect is told without its cause', async () => {
    const paid = log.find(({ type }) => type === 'OrderPaid')?.position.commit ?? 0n;
    const { steps, at } = await replays(undefined, paid).desk.of(ORDER);
    expect([steps.at(-1)?.event.type, at.laterSteps]).toStrictEqual(['OrderPaid', 0]);
  });

  it('also reads where the read model has seen it', async () => {
    const { read, desk } = replays(() => Promise.resolve(['stripeEvent-evt_unnamed']));
    expect((await desk.of(ORDER)).notes).toStrictEqual([]);
    expect(read).toContain('stripeEvent-evt_unnamed');
  });

  it('does without the read model, and says so', async () => {
    const { steps, notes } = await replays(() => Promise.reject(new Error('away'))).desk.of(ORDER);
    expect(steps).toHaveLength(14);
    expect(notes).toStrictEqual([expect.stringMatching(/order-timeline could not be asked/)]);
  });

  it.each([
    [ORDER, 'yesterday', { status: 422, code: 'REPLAY_AT_INVALID' }],
    [ORDER, '99', { status: 422, code: 'REPLAY_AT_UNKNOWN' }],
    ['0199f000-0000-7000-8000-00000000dead', undefined, { status: 404, code: 'NOT_FOUND' }],
    ['0199f000-0000-7000-8000-00000000dead', 'position:5', { status: 404, code: 'NOT_FOUND' }],
  ])('of %s at %j is refused with %j', async (orderId, at, refusal) => {
    await expect(replays().desk.of(orderId, at)).rejects.toMatchObject(refusal);
  });

  it('before anything had happened is empty, not unknown', async () => {
    const { at, states } = await replays().desk.of(ORDER, 'position:0');
    expect([at.step, at.laterSteps, states.order.status]).toStrictEqual([0, 14, 'none']);
  });

  it('of an order with more streams than anybody should have is refused', async () => {
    const many = Array.from({ length: 1_001 }, (_none, index) => `stripeEvent-${index}`);
    await expect(replays(() => Promise.resolve(many)).desk.of(ORDER)).rejects.toMatchObject({ status: 422, code: 'REPLAY_TOO_LARGE' });
  });
});
