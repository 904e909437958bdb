import { describe, expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { orderTimeline } from './order-timeline.projection.js';

const fold = project(orderTimeline);

const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const held = sample('NodeCapacityHeld', 0);
const heldRow = {
  eventId: 'event-0',
  orderId: ORDER,
  position: '100',
  at: '2026-11-03T18:20:05.000Z',
  type: 'NodeCapacityHeld',
  stream: 'node-3',
  revision: 0,
  actorKind: 'customer',
  actorId: '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210',
  causationId: '2e059baf-c619-5068-afea-61b48f51a7ef',
  commandId: '4f0559ed-49f5-57ef-a958-d63f878950ba',
  data: {
    nodeId: '3',
    orderId: ORDER,
    memoryMib: 4096,
    diskMib: 10240,
    allocationIds: [1187],
    heldAt: '2026-11-03T18:20:05.000Z',
  },
};
const ready = sample('ServerReady', 1);
const readyRow = {
  eventId: 'event-1',
  orderId: ORDER,
  position: '200',
  at: '2026-11-03T18:25:11.000Z',
  type: 'ServerReady',
  stream: `provisioning-${ORDER}`,
  revision: 1,
  actorKind: 'saga',
  actorId: 'provisioning',
  causationId: 'aa262895-9ce7-5611-81eb-b0deb803013a',
  commandId: '4a8364cf-c467-588a-b68b-4f20cf3fc355',
  data: { orderId: ORDER, serverId: 2093, identifier: '9f1c27ab', readyAt: '2026-11-03T18:25:11.000Z' },
};

describe('order-timeline', () => {
  it('has one row per event, whichever stream it stands in', () => {
    expect(fold(held, ready)).toStrictEqual({ 'event-0': heldRow, 'event-1': readyRow });
  });

  it('finds the order of a webhook in its object', () => {
    const webhook = sample('StripeEventReceived', 2);
    const row = {
      eventId: 'event-2',
      orderId: ORDER,
      position: '300',
      at: '2026-11-03T18:22:40.000Z',
      type: 'StripeEventReceived',
      stream: 'stripeEvent-evt_1QK4dZ2eZvKYlo2CqR7bTn9x',
      revision: 2,
      actorKind: 'stripe',
      actorId: 'evt_1QK4dZ2eZvKYlo2CqR7bTn9x',
      causationId: '3564a862-b936-57cc-8b10-7ed1c25d8858',
      commandId: '9b2d77cf-61ce-5ac0-9baf-b3c3e6131551',
      data: webhook.data,
    };
    expect(fold(webhook)).toStrictEqual({ 'event-2': row });
  });

  it('leaves out a webhook about no order', () => {
    const webhook = sample('StripeEventReceived', 0);
    const object = { ...webhook.data.object, orderId: null };
    expect(fold({ ...webhook, data: { ...webhook.data, object } })).toStrictEqual({});
  });

  it('leaves out what is no order’s', () => {
    expect(fold(sample('NodeEnabled', 0), sample('CustomerRegistered', 1), sample('PlanChecked', 2))).toStrictEqual({});
  });

  it('writes a place too large for a number exactly', () => {
    const late = { ...held, position: { commit: 9007199254740993n, prepare: 9007199254740993n } };
    expect(fold(late)).toStrictEqual({ 'event-0': { ...heldRow, position: '9007199254740993' } });
  });

  it('gives the same rows when folded again, also with an event seen twice', () => {
    fold(held, ready);
    expect(fold(held, held, ready)).toStrictEqual({ 'event-0': heldRow, 'event-1': readyRow });
  });
});
