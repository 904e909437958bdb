import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readModels } from '../../../projections/index.js';
import { applied } from '../../../test/support/apply-changes.js';
import { historyOf, moves, orderIdOf, type Move } from '../../../test/support/histories.js';
import { project } from '../../../test/support/project.js';
import { orderDecider } from '../../orders/order.decider.js';
import { paymentDecider } from '../../payments/payment.decider.js';
import type { Decider } from '../../platform/decider.js';
import type { Fact, Recorded } from '../../platform/event.js';
import type { Projection } from '../../platform/projection.js';
import { Refusal } from '../../platform/refusal.js';
import { provisioningDecider } from '../../provisioning/provisioning.decider.js';
import type { Moment } from './moment.js';
import { storyOf } from './order-streams.js';
import { replay, type Replay } from './replay.js';
import type { RowAt, RowChange } from './rows.js';
import { BEFORE_ANYTHING } from './states.js';

const ORDER = orderIdOf(0);
const NOW = '2026-11-01T12:00:00.000Z';
const course = (...what: Move['what'][]): Recorded[] => historyOf(what.map((one) => ({ order: 0, node: 0, what: one })));
const advanced = (times: number): Move['what'][] => Array.from({ length: times }, () => 'advance');
const DELIVERED = course(...advanced(12));

const replayed = (events: readonly Recorded[], at: Moment = { kind: 'now' }, orderId = ORDER): Replay => {
  const answer = replay({ orderId, events, readModels, at, now: NOW });
  if (answer instanceof Refusal) throw answer;
  return answer;
};

describe('a replay of a purchase', () => {
  it('tells what happened, in the order of the log, and nothing of others', () => {
    const { steps } = replayed(DELIVERED.toReversed());
    expect(steps.map(({ number, event }) => `${number} ${event.type}`)).toStrictEqual([
      '1 OrderPlaced',
      '2 OrderCheckoutIntended',
      '3 NodeCapacityHeld',
      '4 OrderCapacityHeld',
      '5 OrderCheckoutOpened',
      '6 StripeEventReceived',
      '7 PaymentSucceeded',
      '8 OrderPaid',
      '9 NodeHoldCommitted',
      '10 ProvisioningStarted',
      '11 ServerCreationStarted',
      '12 ServerCreated',
      '13 ServerReady',
      '14 OrderDelivered',
    ]);
  });

  it('names the step that caused a step', () => {
    const causes = replayed(DELIVERED).steps.map(({ number, causedBy }) => [number, causedBy]);
    expect(causes.filter(([, cause]) => cause !== null)).toStrictEqual([
      [7, 6],
      [8, 7],
      [10, 8],
      [14, 13],
    ]);
  });

  it('ends in the states and rows of the present', () => {
    const { states, rows, at, next } = replayed(DELIVERED);
    expect([states.order.status, states.payment.succeeded.length, states.provisioning.status]).toStrictEqual(['delivered', 1, 'ready']);
    expect(rows.find(({ projection }) => projection === 'order-list')?.row).toMatchObject({ orderId: ORDER, status: 'ready' });
    expect(rows.find(({ projection }) => projection === 'node-capacity')?.row).toMatchObject({ nodeId: '1' });
    expect(rows.find(({ projection }) => projection === 'customer-accounts')?.row).toMatchObject({ status: 'linked' });
    expect(at).toStrictEqual({ step: 14, laterSteps: 0, position: DELIVERED.at(-1)?.position.commit.toString(), time: NOW });
    expect(next).toMatchObject({ by: 'nobody', step: { do: 'nothing' }, dueAt: null });
  });

  it('goes back to any point, and says how much came after', () => {
    const then = replayed(DELIVERED, { kind: 'revision', stream: `order-${ORDER}`, revision: 3 });
    expect([then.states.order.status, then.at.step, then.at.laterSteps]).toStrictEqual(['awaitingPayment', 5, 9]);
    expect(then.at.time).toBe(then.steps.at(-1)?.event.occurredAt);
    expect(then.next).toMatchObject({ by: 'customer', step: { do: 'wait' } });
  });

  it('holds the saga to a time that is asked for', () => {
    const expired = course(...advanced(4));
    const asked = replayed(expired, { kind: 'time', time: '2026-11-01T11:30:00.000Z' });
    expect(asked.next).toMatchObject({ by: 'placement', step: { do: 'settleCheckout' } });
    expect(asked.at.time).toBe('2026-11-01T11:30:00.000Z');
  });

  it('shows what each event changed, in the states and in the rows', () => {
    const held = replayed(DELIVERED).steps[3];
    expect(held?.changes).toStrictEqual([
      { path: '/order/status', before: 'placed', after: 'checkoutIntended' },
      { path: '/order/hold', after: { nodeId: '1', allocationIds: [101] } },
    ]);
    expect(held?.rows.map(({ projection }) => projection).toSorted()).toStrictEqual(['due-work', 'order-list', 'order-timeline']);
  });

  it('has the rows it shares with others as they are, and none that are only theirs', () => {
    const shared: Move[] = [
      ...advanced(3).map((what) => ({ order: 0, node: 0, what })),
      { order: 0, node: 2, what: 'observe' },
      ...advanced(3).map((what) => ({ order: 1, node: 0, what })),
    ];
    const { rows, meanwhile } = replayed(historyOf(shared));
    const node = rows.find(({ projection, rowKey }) => projection === 'node-capacity' && rowKey === '1');
    expect(Object.keys((node?.row as { holds: object }).holds)).toStrictEqual([ORDER, orderIdOf(1)]);
    expect(rows.filter(({ row }) => row['orderId'] === orderIdOf(1))).toStrictEqual([]);
    expect(meanwhile.map(({ projection }) => projection)).toStrictEqual(['node-capacity']);
  });

  it('knows nothing of an order that nobody placed', () => {
    const { states, steps, rows, next } = replayed([]);
    expect([states, steps, rows, next.by]).toStrictEqual([BEFORE_ANYTHING, [], [], 'nobody']);
  });
});

describe('an event that cannot be folded', () => {
  const strange = course('place', 'strange', 'hold');
  const rewrite = (type: string, change: (event: Recorded) => Recorded): Recorded[] =>
    DELIVERED.map((event) => (event.type === type ? change(event) : event));

  it('of an unknown type is shown and changes nothing', () => {
    const { steps, states, notes } = replayed(strange);
    expect(steps[1]).toMatchObject({ event: { type: 'StrangeThing' }, problem: 'unknown event type StrangeThing', changes: [], rows: [] });
    expect(states.order.status).toBe('held');
    expect(notes).toStrictEqual(['Step 2 (StrangeThing) is shown but not folded: unknown event type StrangeThing.']);
  });

  it('of an unknown version is shown and changes nothing; its rows stand still from then on, as in the engine', () => {
    const later = rewrite('OrderPaid', (event) => ({ ...event, metadata: { ...event.metadata, schemaVersion: 2 } }));
    const { steps, states, rows, notes } = replayed(later);
    expect(steps[7]).toMatchObject({ event: { type: 'OrderPaid' }, problem: 'unknown version of OrderPaid', changes: [], rows: [] });
    expect(states.order.status).toBe('awaitingPayment');
    expect(rows.find(({ projection }) => projection === 'order-list')?.row).toMatchObject({ status: 'awaitingPayment' });
    expect(notes).toContain(`The row ${ORDER} of order-list stands still: the version of OrderPaid is not known.`);
  });

  it('because its data is nonsense is shown with the reason', () => {
    const broken = rewrite('PaymentSucceeded', (event) => ({ ...event, data: null }));
    const { steps, states } = replayed(broken);
    expect(steps[6]?.problem).toMatch(/^not folded: /);
    expect(states.payment).toStrictEqual(BEFORE_ANYTHING.payment);
  });

  it('because it has no metadata at all is shown', () => {
    const bare = rewrite('OrderPaid', (event) => ({ ...event, metadata: undefined as never }));
    expect(replayed(bare).steps[7]).toMatchObject({ problem: 'unknown version of OrderPaid', event: { actor: null, occurredAt: '' } });
  });
});

/** The folds of the prefix, made by the deciders and projections directly. */
const folded = (prefix: readonly Recorded[], orderId: string) => {
  const known = prefix.filter(({ type }) => type !== 'StrangeThing');
  const state = (decider: unknown): unknown => {
    const { category, initial, evolve } = decider as Decider<unknown, Fact>;
    return known.filter(({ stream }) => stream === `${category}-${orderId}`).reduce(evolve, initial);
  };
  const rows = readModels.flatMap(({ projection }) => {
    const { name, version } = projection as unknown as Projection;
    const all = project(projection as unknown as Projection)(...known);
    return Object.entries(all).map(([rowKey, row]) => ({ projection: name, version, rowKey, row }) as RowAt);
  });
  return { states: { order: state(orderDecider), payment: state(paymentDecider), provisioning: state(provisioningDecider) }, rows };
};

const placeOf = ({ projection, rowKey }: { projection: string; rowKey: string }): string => `${projection} ${rowKey}`;
const byPlace = (rows: readonly RowAt[]): [string, unknown][] =>
  rows.map((row): [string, unknown] => [placeOf(row), row.row]).toSorted(([one], [other]) => (one < other ? -1 : 1));

describe('time travel through any history', () => {
  it('gives at every revision the fold of the prefix, and rows as the projections had them', () => {
    fc.assert(
      fc.property(moves(40), fc.constantFrom(0, 1), (made, order) => {
        const orderId = orderIdOf(order);
        const log = historyOf(made);
        const { isOwn } = storyOf(orderId, log);
        for (const [index, { stream, revision }] of log.entries()) {
          if (!isOwn(log[index] as Recorded)) continue;
          const then = replayed(log, { kind: 'revision', stream, revision }, orderId);
          const expected = folded(log.slice(0, index + 1), orderId);
          expect(then.states).toStrictEqual(expected.states);
          const ours = new Set(then.rows.map(placeOf));
          expect(byPlace(then.rows)).toStrictEqual(byPlace(expected.rows.filter((row) => ours.has(placeOf(row)))));
          expect(
            then.rows.filter(({ row }) => ![undefined, null, orderId].includes(row['orderId'] as string | null | undefined)),
          ).toStrictEqual([]);
          expect(expected.rows.filter(({ row }) => row['orderId'] === orderId).every((row) => ours.has(placeOf(row)))).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('is the same by revision, by position, and by the steps themselves', () => {
    fc.assert(
      fc.property(moves(40), (made) => {
        const log = historyOf(made);
        const whole = replayed(log);
        let states: unknown = whole.before;
        const rows = new Map<string, unknown>();
        const apply = (changed: readonly RowChange[]): void =>
          changed.forEach((change) => {
            const row = applied(rows.get(placeOf(change)), change.changes);
            if (row === undefined) rows.delete(placeOf(change));
            else rows.set(placeOf(change), row);
          });
        for (const { event, changes, meanwhile, rows: changed, next } of whole.steps) {
          states = applied(states, changes);
          apply(meanwhile);
          apply(changed);
          const then = replayed(log, { kind: 'position', position: BigInt(event.position) });
          expect(states).toStrictEqual(then.states);
          expect([...rows].toSorted(([one], [other]) => (one < other ? -1 : 1))).toStrictEqual(byPlace(then.rows));
          expect(then.next).toStrictEqual(next);
          expect(next.why).toMatch(/^[A-Z0-9].*[.]$/);
        }
        apply(whole.meanwhile);
        expect(states).toStrictEqual(whole.states);
        expect([...rows].toSorted(([one], [other]) => (one < other ? -1 : 1))).toStrictEqual(byPlace(whole.rows));
      }),
      { numRuns: 25 },
    );
  });
});
