import { describe, expect, it } from '@jest/globals';
import { recorded } from '../../../test/support/project.js';
import { CUSTOMER, ORDER, held, placed } from '../../../test/support/samples.js';
import type { Fact, Recorded } from '../../platform/event.js';
import { ownStreams, storyOf } from './order-streams.js';

const on = (stream: string, fact: Fact, metadata: Partial<Recorded['metadata']> = {}): Recorded => {
  const event = recorded(fact, 0);
  return { ...event, stream, metadata: { ...event.metadata, ...metadata } };
};

/** The streams found besides those that are known beforehand. */
const found = (...events: Recorded[]): string[] => storyOf(ORDER, events).streams.filter((stream) => !ownStreams(ORDER).includes(stream));
const isOwn = (event: Recorded): boolean => storyOf(ORDER, [event]).isOwn(event);

describe('the streams of an order', () => {
  it('begin with the three that share its id', () =>
    expect(ownStreams(ORDER)).toStrictEqual([`order-${ORDER}`, `payment-${ORDER}`, `provisioning-${ORDER}`]));

  it('are further those of its customer, its plan and the nodes that were looked at', () => {
    const candidates = [
      { nodeId: '1', rejected: null, freeMemoryMib: 1 },
      { nodeId: '2', rejected: 'memory' as const, freeMemoryMib: 0 },
    ];
    const events = [on(`order-${ORDER}`, placed), on(`order-${ORDER}`, { ...held, data: { ...held.data, candidates } })];
    expect(found(...events)).toStrictEqual([`customer-${CUSTOMER}`, 'plan-minecraft-4g', 'node-1', 'node-2']);
  });

  it('are those of the Stripe events that caused something, and of money filed under the same payment', () => {
    const data = { orderId: ORDER, paymentId: 'pi_1', sessionId: 'cs_1' };
    const payment = on(`payment-${ORDER}`, { type: 'PaymentSucceeded', data }, { actor: { kind: 'stripe', id: 'evt_1' } });
    expect(found(payment)).toStrictEqual(['unmatchedMoney-pi_1', 'unmatchedMoney-cs_1', 'stripeEvent-evt_1']);
  });

  it('are followed from one to the next', () => {
    const payment = on(`payment-${ORDER}`, { type: 'PaymentSucceeded', data: {} }, { actor: { kind: 'stripe', id: 'evt_1' } });
    const webhook = on('stripeEvent-evt_1', { type: 'StripeEventReceived', data: { stripeEventId: 'evt_1', object: { id: 'in_1' } } });
    expect(found(webhook, payment)).toStrictEqual(['stripeEvent-evt_1', 'unmatchedMoney-in_1']);
    expect(storyOf(ORDER, [webhook, payment]).isOwn(webhook)).toBe(true);
    expect(storyOf(ORDER, [webhook]).isOwn(webhook)).toBe(false);
  });

  it('are found from event types that nobody knows yet, and from no nonsense', () => {
    expect(found(on(`order-${ORDER}`, { type: 'OrderMoved', data: { to: { nodeId: '3' } } }))).toStrictEqual(['node-3']);
    expect(found(on(`order-${ORDER}`, { type: 'Odd', data: { nodeId: 3, customerId: '', planId: null } }))).toStrictEqual([]);
    expect(found({ ...on(`order-${ORDER}`, { type: 'Odd', data: null }), metadata: undefined as never })).toStrictEqual([]);
  });

  it('are not those that other orders name on a node we share', () => {
    const others = on('node-1', { type: 'NodeCapacityHeld', data: { nodeId: '1', orderId: 'other', planId: 'x' } });
    expect(found(others)).toStrictEqual([]);
  });
});

describe('an event of a stream that is shared', () => {
  it('is of the order if it carries its id', () => {
    expect(isOwn(on('node-1', { type: 'NodeCapacityHeld', data: { orderId: ORDER } }))).toBe(true);
    expect(isOwn(on('customer-1', { type: 'CustomerTold', data: {} }, { $correlationId: ORDER }))).toBe(true);
  });
  it('is somebody else’s if it does not', () => {
    expect(isOwn(on('node-1', { type: 'NodeCapacityHeld', data: { orderId: 'other' } }))).toBe(false);
    expect(isOwn(on('node-1', { type: 'NodeEnabled', data: { nodeId: '1' } }))).toBe(false);
  });
});
