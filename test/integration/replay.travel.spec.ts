/** Time travel through a troubled order, event by event: its states are the fold of what was there, its rows what the live read models held right then. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { readModels } from '../../projections/index.js';
import { replay, type Replay } from '../../src/ops/replay/replay.js';
import { orderDecider } from '../../src/orders/order.decider.js';
import { paymentDecider } from '../../src/payments/payment.decider.js';
import type { Decider } from '../../src/platform/decider.js';
import type { Fact, Recorded } from '../../src/platform/event.js';
import { Refusal } from '../../src/platform/refusal.js';
import { provisioningDecider } from '../../src/provisioning/provisioning.decider.js';
import { historyOf, orderIdOf, type Move } from '../support/histories.js';
import type { TestDatabase } from '../support/postgres.js';
import { expectSameRows, heldBy } from '../support/replayed-rows.js';
import { IMMORTAL, Lives } from './readers.mortal.support.js';
import { ListLog, connect, engineDatabase } from './readers.support.js';

const [OURS, OTHER] = [0, 1];
const NODE = 1;
const acts = (order: number, ...whats: readonly Move['what'][]): Move[] => whats.map((what) => ({ order, node: NODE, what }));

/** Declined, paid twice, failed, given up, tried again and delivered, beside another that gives back the room of the same node. */
const TROUBLED: readonly Move[] = [
  ...acts(OURS, 'observe', 'place', 'hold'),
  ...acts(OTHER, 'place', 'observe', 'hold', 'intend', 'open'),
  ...acts(OURS, 'intend', 'open', 'pend', 'decline', 'pay', 'payAgain', 'strange', 'accept', 'accept', 'commit'),
  ...acts(OTHER, 'expire', 'end', 'release', 'unmatched', 'check'),
  ...acts(OURS, 'start', 'claim', 'fail', 'claim', 'fail', 'help', 'retry', 'claim', 'create', 'check', 'install', 'deliver', 'observe'),
];
const TYPES = [
  ...['PaymentPending', 'PaymentFailed', 'OrderPaymentNotAccepted', 'StrangeThing', 'NodeHoldReleased', 'UnmatchedMoneyReceived'],
  ...['ProvisioningAttemptFailed', 'ProvisioningNeedsHuman', 'ProvisioningRetryRequested', 'ServerReady', 'OrderDelivered'],
];

let database: TestDatabase;
let source: DataSource;
let lives: Lives;
beforeAll(async () => {
  database = await engineDatabase();
  source = await connect(
    database.url,
    readModels.map(({ entity }) => entity),
  );
  lives = new Lives(source, readModels);
  await lives.ensureTables();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** The stream's state, folded by its decider from the events that it knows. */
const stateOf = <S, E extends Fact>(decider: Decider<S, E>, orderId: string, events: readonly Recorded[]): S =>
  events
    .filter(
      ({ stream, type, metadata }) =>
        stream === `${decider.category}-${orderId}` && type !== 'StrangeThing' && metadata.schemaVersion === 1,
    )
    .reduce((state, event) => decider.evolve(state, event as unknown as E), decider.initial);

const replayed = (orderId: string, log: readonly Recorded[], position: bigint): Replay => {
  const told = replay({ orderId, events: log, readModels, at: { kind: 'position', position }, now: '2026-12-01T00:00:00.000Z' });
  if (told instanceof Refusal) throw told;
  return told;
};

describe('a troubled order', () => {
  it('is at every event what its history had made of it by then, and the read models showed exactly what the replay says', async () => {
    const whole = historyOf(TROUBLED);
    expect(whole.map(({ type }) => type)).toEqual(expect.arrayContaining(TYPES));
    // What a later release wrote: whatever is about this payment stands still from there on.
    const declined = whole.findIndex(({ type }) => type === 'PaymentFailed');
    const log = whole.map((event, index) => (index === declined ? { ...event, metadata: { ...event.metadata, schemaVersion: 2 } } : event));
    const past = new ListLog();
    for (const event of log) {
      past.append(event);
      await lives.live(past, IMMORTAL);
      const held = await heldBy(source);
      for (const order of [OURS, OTHER]) {
        const orderId = orderIdOf(order);
        const told = replayed(orderId, log, event.position.commit);
        expect(told.states).toStrictEqual({
          order: stateOf(orderDecider, orderId, past.events),
          payment: stateOf(paymentDecider, orderId, past.events),
          provisioning: stateOf(provisioningDecider, orderId, past.events),
        });
        if (told.at.step > 0) expectSameRows(told, held);
      }
    }
    expect(replayed(orderIdOf(OURS), log, log.at(-1)?.position.commit ?? 0n).states.order.status).toBe('delivered');
  }, 240_000);
});
