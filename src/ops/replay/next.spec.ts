import { describe, expect, it } from '@jest/globals';
import { readModels } from '../../../projections/index.js';
import { historyOf, orderIdOf, type Move } from '../../../test/support/histories.js';
import type { Recorded } from '../../platform/event.js';
import type { ServerReady } from '../../provisioning/provisioning.events.js';
import type { Next } from './next.js';
import { replay, type Replay } from './replay.js';

type What = Move['what'];

const LATER = '2026-11-01T12:00:00.000Z';
const CLAIMED = ['claim', 'fail', 'claim'] as const;
const AWAITING = ['place', 'hold', 'intend', 'open'] as const;
const PAID = [...AWAITING, 'pay', 'accept', 'commit'] as const;
const STARTED = [...PAID, 'start'] as const;

/** Whose turn it is after this course of events: a moment after the last, or at the time given. */
const after = (what: readonly What[], now?: string): Next & { notes: readonly string[] } => {
  const events = historyOf(what.map((one) => ({ order: 0, node: 0, what: one })));
  const last = events.at(-1) as Recorded;
  const answer = replay({ orderId: orderIdOf(0), events, readModels, at: { kind: 'now' }, now: now ?? last.metadata.occurredAt }) as Replay;
  return { ...answer.next, notes: answer.notes };
};

describe('whose turn it is, and why', () => {
  it('names the server that stands now, also when it was moved after its delivery', () => {
    const events = historyOf(
      [...STARTED, 'claim', 'create', 'install', 'deliver'].map((what) => ({ order: 0, node: 0, what: what as What })),
    );
    const ready = events.find(({ type }) => type === 'ServerReady') as Recorded<ServerReady>;
    const { position } = events.at(-1) as Recorded;
    const again = { ...ready, id: 'again', revision: ready.revision + 1, data: { ...ready.data, serverId: 6 } };
    const later = { ...again, position: { commit: position.commit + 1n, prepare: position.prepare + 1n } };
    const answer = replay({ orderId: orderIdOf(0), events: [...events, later], readModels, at: { kind: 'now' }, now: LATER }) as Replay;
    expect(answer.next.why).toMatch(/^All is well: server 6 on node 1 is ready since/);
  });
  it.each<[readonly What[], turn: string, RegExp]>([
    [[], 'nobody: nothing', /^Nothing is recorded of this order yet[.]$/],
    [
      ['place', 'intend'],
      'placement: hold',
      /placed, and a node has yet to keep room for it: 4096 MiB memory, 10240 MiB disk and 1 port in eu-central/,
    ],
    [['place', 'hold'], 'placement: intendCheckout', /^Node 1 keeps room .* checkout has yet to be prepared/],
    [['place', 'intend', 'hold'], 'placement: openCheckout', /Stripe has yet to answer/],
    [AWAITING, 'customer: wait', /^The customer has yet to pay 9.99 EUR; the checkout is open until 2026-11-01 10:\d\d:\d\d UTC/],
    [
      [...AWAITING, 'refuseCard'],
      'customer: wait',
      /^The customer .* declined \(expired_card\), and another may be tried until 2026-11-01/,
    ],
    [[...AWAITING, 'pend'], 'customer: wait', /^The customer has confirmed 9.99 EUR .* still on its way/],
    [
      [...AWAITING, 'pend', 'decline'],
      'customer: wait',
      /failed \(asyncPaymentFailed\); unless Stripe tells of other money, the order ends after 2026-11-01/,
    ],
    [[...AWAITING, 'pay'], 'purchase: acceptPayment', /^9.99 EUR arrived with pi_.* the order has yet to say whether it takes it/],
    [[...AWAITING, 'expire'], 'placement: end', /Stripe says that the checkout can no longer be paid/],
    [[...AWAITING, 'expire', 'end'], 'purchase: releaseRoom', /nobody paid .* its room on node 1 has yet to be given back/],
    [[...AWAITING, 'expire', 'end', 'release'], 'nobody: nothing', /nobody paid .*; its room was given back\.$/],
    [PAID, 'purchase: startProvisioning', /^The order is paid since .* provisioning has yet to be started/],
    [STARTED, 'provisioning: createServer', /its server is to be created on node 1/],
    [
      [...STARTED, 'claim'],
      'provisioning: settleCreation',
      /^The panel has until .* to answer attempt 1 to create the server on node 1[.]$/,
    ],
    [[...STARTED, 'claim', 'fail'], 'provisioning: wait', /^Attempt 1 of 10 .* failed with Http502; it is tried again at/],
    [
      [...STARTED, ...CLAIMED, 'create'],
      'provisioning: watchInstall',
      /^Server 5 was created on node 1 at .* and installs; it counts as stuck/,
    ],
    [[...STARTED, 'claim', 'create', 'install'], 'purchase: recordDelivery', /server is ready, and the order has yet to record/],
    [[...STARTED, 'claim', 'fail', 'help'], 'operator: nothing', /^An operator is needed since .* the last with Http502\): look into it/],
    [[...STARTED, 'claim', 'create', 'help'], 'operator: watchInstall', /^An operator is needed/],
    [
      [...STARTED, 'claim', 'create', 'install', 'deliver'],
      'nobody: nothing',
      /^All is well: server 5 on node 1 is ready since .* and paid through/,
    ],
  ])('after %j: %s', (what, turn, why) => {
    const found = after(what);
    expect(`${found.by}: ${found.step.do}`).toBe(turn);
    expect(found.why).toMatch(why);
  });

  it.each<[readonly What[], string, RegExp]>([
    [AWAITING, 'settleCheckout', /was open until .*; Stripe is asked what became of it: if it was paid, that is recorded/],
    [[...AWAITING, 'pend'], 'settleCheckout', /money is still on its way; Stripe is asked for it/],
    [[...AWAITING, 'pend', 'decline'], 'settleCheckout', /failed .* Stripe is asked to confirm it, and then the order ends/],
    [[...STARTED, 'claim'], 'settleCreation', /^Nobody recorded what became of attempt 1/],
    [[...STARTED, 'claim', 'fail'], 'createServer', /^Attempt 1 of 10/],
    [[...STARTED, 'claim', 'create'], 'watchInstall', /should have been installed by .* it is begun anew/],
  ])('after %j and two hours: %s', (what, step, why) => {
    const found = after(what, LATER);
    expect(found.step.do).toBe(step);
    expect(found.why).toMatch(why);
  });

  it('says when it will be due', () => {
    const waiting = after([...STARTED, 'claim', 'fail']);
    expect(waiting.dueAt).toBe((waiting.step as { until: string }).until);
    expect(after(STARTED).dueAt).toBeNull();
  });

  it('notices a webhook about money after which nothing was recorded', () => {
    const history = historyOf([...AWAITING, 'pay' as const].map((what) => ({ order: 0, node: 0, what })));
    const events = history.filter(({ type }) => type !== 'PaymentSucceeded');
    const ask = (rewritten: readonly Recorded[]): Replay =>
      replay({
        orderId: orderIdOf(0),
        events: rewritten,
        readModels,
        at: { kind: 'now' },
        now: events.at(-1)?.metadata.occurredAt ?? '',
      }) as Replay;
    expect(ask(events).next).toMatchObject({ by: 'intake', step: { do: 'recordPayment' } });
    const with_ = (change: object): Recorded[] =>
      events.map((event) => (event.type === 'StripeEventReceived' ? { ...event, data: { ...(event.data as object), ...change } } : event));
    const aside = ask(with_({ quarantine: 'wrongMode' }));
    expect(aside.next.by).toBe('customer');
    expect(aside.notes).toStrictEqual([expect.stringMatching(/^The webhook evt_.* was set aside and not acted on: wrongMode/)]);
    expect(ask(with_({ type: 'customer.updated' })).next.by).toBe('customer');
  });

  it('tells of money that the order could not take', () => {
    const twice = historyOf(
      [...AWAITING, 'pay' as const, 'payAgain' as const, 'accept' as const, 'accept' as const].map((what) => ({ order: 0, node: 0, what })),
    );
    const { notes } = replay({ orderId: orderIdOf(0), events: twice, readModels, at: { kind: 'now' }, now: LATER }) as Replay;
    expect(notes).toStrictEqual([
      expect.stringMatching(/^9.99 EUR of pi_.* could not be taken \(alreadyPaid: the order was already paid\)/),
    ]);
  });
});
