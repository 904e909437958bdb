/** The same command id changes nothing: proven for every intent of every decider, on the real store. A new intent without a line here fails. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startEventStore } from '../../local/eventstore/server.js';
import * as plan from '../../src/catalog/plan.decider.js';
import * as customer from '../../src/customers/customer.decider.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import * as notification from '../../src/notifications/notification.decider.js';
import * as moveRoom from '../../src/nodes/move-room.decider.js';
import * as node from '../../src/nodes/node.decider.js';
import * as service from '../../src/orders/order-service.decider.js';
import * as planChange from '../../src/orders/plan-change.decider.js';
import * as order from '../../src/orders/order.decider.js';
import type { MoneyOfOrder } from '../../src/orders/service.saga.js';
import * as checkouts from '../../src/payments/checkouts.decider.js';
import * as payment from '../../src/payments/payment.decider.js';
import * as refund from '../../src/payments/refund.decider.js';
import * as calls from '../../src/payments/stripe-call.decider.js';
import * as unmatched from '../../src/payments/unmatched-money.decider.js';
import { SystemClock } from '../../src/platform/clock.js';
import type { Decider, Decision } from '../../src/platform/decider.js';
import type { Fact } from '../../src/platform/event.js';
import { EventStore } from '../../src/platform/event-store/event-store.js';
import { StreamRepository } from '../../src/platform/event-store/stream-repository.js';
import { newId } from '../../src/platform/ids.js';
import * as provisioning from '../../src/provisioning/provisioning.decider.js';
import * as drift from '../../src/provisioning/drift.decider.js';
import * as action from '../../src/provisioning/server-action.decider.js';
import * as change from '../../src/provisioning/server-change.decider.js';
import * as move from '../../src/provisioning/server-move.decider.js';
import { METADATA, sample } from '../support/project.js';
import { AT } from '../support/samples.js';

type Type = LedgerEvent['type'];
type DataOf<T extends Type> = Extract<LedgerEvent, { type: T }>['data'];
/** What has happened before, by event type, and a wish that then is granted. */
type Case = readonly [past: readonly Type[], decide: (state: never) => Decision<Fact>];

const given = <T extends Type>(type: T) => (sample(type) as Extract<LedgerEvent, { type: T }>).data as DataOf<T>;
const { hold, candidates } = given('OrderCapacityHeld');
const { orderId } = given('OrderPlaced');
const { sessionId, expiresAt } = given('OrderCheckoutOpened');
const need = { memoryMib: 1024, diskMib: 1024, ports: 1 };
const { nodeId, registeredAt: _at, ...settings } = given('NodeRegistered');
const later = '2027-01-01T00:00:00.000Z';

const INTENDED: readonly Type[] = ['OrderPlaced', 'OrderCheckoutIntended'];
const HELD: readonly Type[] = [...INTENDED, 'OrderCapacityHeld'];
const OPENED: readonly Type[] = [...HELD, 'OrderCheckoutOpened'];
const CREATING: readonly Type[] = ['ProvisioningStarted', 'ServerCreationStarted'];
const WANTED: readonly Type[] = [...CREATING, 'ServerCreated', 'ServerReady', 'ServerStateWanted'];
const RUNNING: readonly Type[] = [...CREATING, 'ServerCreated', 'ServerReady'];
const LINKING: readonly Type[] = ['CustomerRegistered', 'PanelAccountLinkIntended'];
const SEEN: readonly Type[] = ['NodeRegistered', 'NodeEnabled', 'NodeCapacityObserved'];
const TELLING: readonly Type[] = ['NotificationIntended', 'NotificationStarted'];
const GIVING_BACK: readonly Type[] = ['UnmatchedMoneyReceived', 'UnmatchedMoneyRefundIntended'];

const DELIVERED: readonly Type[] = [...OPENED, 'OrderPaid', 'OrderDelivered'];
const QUOTED: readonly Type[] = [...DELIVERED, 'OrderPlanChangeQuoted'];
const CONFIRMED: readonly Type[] = [...QUOTED, 'OrderPlanChangeConfirmed'];
const PLAN_PAID: readonly Type[] = [...CONFIRMED, 'OrderPlanChangeRequested', 'OrderPlanChangePaid'];
const { changeId, toPlanId, resources, price, priceId } = given('OrderPlanChangeQuoted');
const plan8 = { planId: toPlanId, gameId: given('OrderPlaced').gameId, resources, price, priceId };
/** The sample is paid once, and only a subscription may change its plan. */
const subscribed = (decide: (state: order.Order) => Decision<Fact>) => (state: order.Order) =>
  decide(state.status === 'delivered' ? { ...state, placed: { ...state.placed, payment: 'subscription' } } : state);
const { moveId } = given('ServerMoveWanted');
const CALLING: readonly Type[] = ['StripeCallIntended', 'StripeCallStarted'];
const { callId } = given('StripeCallIntended');
const disputed: MoneyOfOrder = {
  ...{ payments: [], refundedMinor: {}, subscription: null, planCalls: [], changeDeclinedAt: null, failing: null },
  ...{ disputes: [{ paymentId: null, status: 'open' }], billingEnded: true, invoicesVoidFor: [], checkouts: [] },
};
const acting = given('ServerActionStarted');
const rules = { graceMs: 1, retentionMs: 1, renewalSlackMs: 1, processingMs: 1, reminderDays: [] };

const FACTS = [
  ...(['PaymentSucceeded', 'PaymentPending', 'PaymentFailed', 'PaymentAttemptFailed', 'SubscriptionLinked'] as const),
  ...(['InvoicePaymentFailed', 'InvoiceActionNeeded', 'InvoiceBlocked', 'InvoiceWrittenOff'] as const),
  ...(['SubscriptionChanged', 'SubscriptionChangeExpired', 'SubscriptionEnded'] as const),
  ...(['RefundPending', 'RefundSettled', 'RefundFailed'] as const),
  ...(['DisputeOpened', 'DisputeFundsMoved', 'DisputeClosed', 'DisputeUpdated'] as const),
];
const BEFORE: Partial<Record<Type, readonly Type[]>> = { SubscriptionChangeExpired: ['SubscriptionChanged'] };
/** A subscription is told as it is, and recorded as what changed. */
const told = (type: (typeof FACTS)[number]): object => ({
  type: type === 'SubscriptionChanged' ? 'SubscriptionObserved' : type,
  data: given(type),
});
const recorded = (type: (typeof FACTS)[number]) => payment.recordFacts([told(type) as Parameters<typeof payment.recordFacts>[0][number]]);

/** By category, then by the intent's name, and what it is asked with where that matters. */
const CASES: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  order: {
    placeOrder: [[], order.placeOrder(given('OrderPlaced'))],
    recordHold: [['OrderPlaced'], order.recordHold({ hold, candidates, at: AT })],
    intendCheckout: [['OrderPlaced'], order.intendCheckout({ expiresAt, idempotencyKey: 'key', at: AT })],
    recordCheckoutOpened: [HELD, order.recordCheckoutOpened({ sessionId, at: AT })],
    recordCheckoutExpired: [OPENED, order.recordCheckoutExpired({ sessionId, at: AT })],
    acceptPayment: [OPENED, order.acceptPayment({ ...given('PaymentSucceeded'), newHold: null, at: AT })],
    recordDelivery: [
      [...OPENED, 'OrderPaid'],
      order.recordDelivery({ serverId: 1, identifier: 'a', readyAt: AT, paidThrough: later, late: null }),
    ],
    endUnpaidOrder: [['OrderPlaced'], order.endUnpaidOrder({ reason: 'noCapacity', at: AT })],
    continueService: [DELIVERED, service.continueService({ money: disputed, rules, processing: undefined, at: AT })],
    endService: [DELIVERED, service.endService({ reason: 'operator', subscriptionId: null, at: AT })],
    scheduleCancellation: [DELIVERED, service.scheduleCancellation({ at: AT })],
    revokeCancellation: [[...DELIVERED, 'OrderCancellationScheduled'], service.revokeCancellation({ at: AT })],
    suspendByOperator: [DELIVERED, service.suspendByOperator({ suspend: true, at: AT })],
    quotePlanChange: [DELIVERED, subscribed(planChange.quotePlanChange({ plan: plan8, quote: given('OrderPlanChangeQuoted') }))],
    confirmPlanChange: [QUOTED, subscribed(planChange.confirmPlanChange({ changeId, at: AT }))],
    recordPlanRoom: [CONFIRMED, planChange.recordPlanRoom({ changeId, at: AT })],
    recordPlanChanged: [PLAN_PAID, planChange.recordPlanChanged({ changeId, at: AT })],
    failPlanChange: [PLAN_PAID, planChange.failPlanChange({ changeId, code: 'x', at: AT })],
    recordMove: [[...OPENED, 'OrderPaid'], order.recordMove({ moveId: 'm', hold: { nodeId: 'x', allocationIds: [9] }, at: AT })],
    recordServiceEnded: [[...DELIVERED, 'OrderEnding', 'OrderBillingEnded'], service.recordServiceEnded({ at: AT })],
  },
  payment: {
    ...Object.fromEntries(FACTS.map((type): [string, Case] => [`recordFacts ${type}`, [BEFORE[type] ?? [], recorded(type)]])),
    intendCall: [[], calls.intendCall(given('StripeCallIntended'))],
    closeWaysToPay: [
      [],
      checkouts.closeWaysToPay({
        ...{ orderId, subscription: { subscriptionId: 'sub_1', endsAt: AT }, reason: 'unpaid' },
        ...{ callId: (part: string) => part, at: AT },
      }),
    ],
    endBilling: [[], checkouts.endBilling({ orderId, subscriptionId: 'sub_1', reason: 'cancelled', callId: (part) => part, at: AT })],
    intendRefund: [
      ['PaymentSucceeded'],
      refund.intendRefund({ orderId, callId: 'c', paymentId: null, amountMinor: null, noteId: null, at: AT }),
    ],
    claimCall: [['StripeCallIntended'], calls.claimCall({ callId, at: later, callDeadlineAt: later, newKey: 'key' })],
    settleCall: [CALLING, calls.settleCall({ callId, objectId: 're_1', status: null, settledAt: AT })],
    failCall: [
      CALLING,
      calls.failCall({ callId, attempt: given('StripeCallStarted').attempt, code: 'x', keySpent: false, failedAt: AT, retryAt: null }),
    ],
  },
  unmatchedMoney: {
    receiveUnmatched: [[], unmatched.receiveUnmatched(given('UnmatchedMoneyReceived'))],
    assignUnmatched: [['UnmatchedMoneyReceived'], unmatched.assignUnmatched({ orderId, reason: 'known', at: AT })],
    refundUnmatched: [['UnmatchedMoneyReceived'], unmatched.refundUnmatched({ refundKey: 'key', reason: 'mistake', at: AT })],
    claimUnmatchedRefund: [GIVING_BACK, unmatched.claimUnmatchedRefund({ at: AT, callDeadlineAt: later })],
    settleUnmatchedRefund: [GIVING_BACK, unmatched.settleUnmatchedRefund({ refundId: 're_1', status: null, at: AT })],
    failUnmatchedRefund: [
      [...GIVING_BACK, 'UnmatchedMoneyRefundStarted'],
      unmatched.failUnmatchedRefund({
        attempt: given('UnmatchedMoneyRefundStarted').attempt,
        code: 'x',
        final: false,
        keySpent: false,
        at: AT,
      }),
    ],
    tellUnmatched: [
      ['UnmatchedMoneyReceived'],
      unmatched.tellUnmatched([{ is: 'moved', movement: given('UnmatchedMoneyMoved'), code: null }]),
    ],
    returnUnmatchedRefund: [
      ['UnmatchedMoneyReceived', 'UnmatchedMoneyRefundSettled'],
      unmatched.returnUnmatchedRefund({ refundId: given('UnmatchedMoneyRefundSettled').refundId, code: 'x', at: AT }),
    ],
  },
  provisioning: {
    wantServerState: [[], provisioning.wantServerState(given('ServerStateWanted'))],
    startProvisioning: [[], provisioning.startProvisioning(given('ProvisioningStarted'))],
    claimCreation: [['ProvisioningStarted'], provisioning.claimCreation({ at: later, callDeadlineAt: later, settledAt: later })],
    recordCreated: [CREATING, provisioning.recordCreated(given('ServerCreated'))],
    recordAttemptFailed: [CREATING, provisioning.recordAttemptFailed({ code: 'TIMEOUT', field: null, at: AT, retryAt: AT })],
    recordReady: [[...CREATING, 'ServerCreated'], provisioning.recordReady({ at: AT })],
    askForHelp: [['ProvisioningStarted'], provisioning.askForHelp({ step: 'create', code: 'TIMEOUT', at: AT })],
    claimChange: [WANTED, change.claimChange({ change: 'suspend', at: later, callDeadlineAt: later, settledAt: later })],
    recordChanged: [[...WANTED, 'ServerChangeStarted'], change.recordChanged({ change: 'suspend', at: AT })],
    recordChangeFailed: [
      [...WANTED, 'ServerChangeStarted'],
      change.recordChangeFailed({ code: 'TIMEOUT', field: null, at: AT, retryAt: AT, help: false }),
    ],
    wantServerSize: [WANTED, change.wantServerSize({ ...given('ServerSizeWanted'), nodeId: hold.nodeId })],
    giveUpResize: [[...WANTED, 'ServerSuspended', 'ServerSizeWanted'], change.giveUpResize({ code: 'x', at: AT })],
    recordNoServer: [
      ['ProvisioningStarted'],
      (saga: provisioning.Provisioning) =>
        change.recordNoServer({ at: AT })({ ...saga, wanted: { ...given('ServerStateWanted'), want: 'gone' } }),
    ],
    recordDrift: [[], drift.recordDrift({ orderId, drifts: given('ServerDriftObserved').drifts, at: AT })],
    requestRepair: [
      [...CREATING, 'ServerCreated', 'ServerReady', 'ServerDriftObserved'],
      drift.requestRepair({ orderId, kind: 'suspended', repairId: 'r', noteId: 'n', requestedAt: AT }),
    ],
    recordRepairFailed: [['ServerRepairRequested'], drift.recordRepairFailed(given('ServerRepairFailed'))],
    requestSync: [[], drift.requestSync(given('ServerSyncRequested'))],
    recordSynced: [['ServerSyncRequested'], drift.recordSynced(given('ServerSynced'))],
    recordInstallFailed: [[...CREATING, 'ServerCreated'], provisioning.recordInstallFailed({ code: 'x', at: AT })],
    wantMove: [CREATING, move.wantMove(given('ServerMoveWanted'))],
    wantReinstall: [[...CREATING, 'ServerCreated'], move.wantReinstall(given('ServerReinstallWanted'))],
    wantRecreation: [[...CREATING, 'ServerCreated', 'ServerInstallFailed'], move.wantRecreation({ moveId: 'm', at: AT })],
    recordMovePlaced: [[...CREATING, 'ServerMoveWanted'], move.recordMovePlaced({ moveId, hold, candidates, at: AT })],
    giveUpMove: [[...CREATING, 'ServerMoveWanted'], move.giveUpMove({ moveId, code: 'x', at: AT })],
    recordNothingToRemove: [['ProvisioningStarted', 'ServerMoveWanted', 'ServerMovePlaced'], move.recordNothingToRemove({ at: AT })],
    requestRetry: [['ProvisioningStarted', 'ProvisioningNeedsHuman'], provisioning.requestRetry({ at: AT })],
    startAction: [
      RUNNING,
      (saga: provisioning.Provisioning) =>
        action.startAction({ actionId: 'a', action: 'stop', noteId: null, at: AT, callDeadlineAt: later })({ saga, open: [], last: null }),
    ],
    startInstalled: [
      ['ProvisioningStarted', 'ServerCreationStarted', 'ServerCreated'],
      (saga: provisioning.Provisioning) =>
        action.startInstalled({ actionId: 'a', at: AT, callDeadlineAt: later })({ saga, open: [], last: null }),
    ],
    endAction: [
      RUNNING,
      (saga: provisioning.Provisioning) => action.endAction(given('ServerActionEnded'))({ saga, open: [acting], last: null }),
    ],
    requestRename: [
      RUNNING,
      (saga: provisioning.Provisioning) =>
        action.requestRename({ labelId: 'l', at: AT, callDeadlineAt: later })({ saga, open: [], last: null }),
    ],
    recordRename: [RUNNING, action.recordRename(given('ServerRenameRequested'), { code: null, at: AT })],
    openConsole: [
      RUNNING,
      (saga: provisioning.Provisioning) => action.openConsole({ noteId: 'n', at: AT })({ saga, open: [], last: null }),
    ],
  },
  notification: {
    intendNotification: [[], notification.intendNotification(given('NotificationIntended'))],
    claimNotification: [['NotificationIntended'], notification.claimNotification({ at: later, callDeadlineAt: later })],
    recordSent: [TELLING, notification.recordSent({ at: AT })],
    recordFailed: [TELLING, notification.recordFailed({ code: 'x', final: true, at: AT })],
    dropNotification: [['NotificationIntended'], notification.dropNotification({ reason: 'tooOld', at: AT })],
    retryNotification: [
      ['NotificationIntended', 'NotificationFailed'],
      (message: notification.Notification) =>
        notification.retryNotification({ at: AT })(message.status === 'none' ? message : { ...message, status: 'failed', code: 'x' }),
    ],
  },
  customer: {
    registerCustomer: [[], customer.registerCustomer({ customerId: 'c', at: AT })],
    intendLink: [['CustomerRegistered'], customer.intendLink({ at: AT, callDeadlineAt: AT })],
    recordLink: [LINKING, customer.recordLink({ panelUserId: 1, how: 'found', at: AT })],
    recordConflict: [LINKING, customer.recordConflict({ code: 'PANEL_EMAIL_TAKEN', at: AT })],
    claimAccount: [[...LINKING, 'PanelAccountConflicted'], customer.claimAccount(given('PanelAccountClaimed'))],
    recordLinkFailure: [LINKING, customer.recordLinkFailure({ code: 'TIMEOUT', retryAt: AT })],
    intendPasswordReset: [
      [...LINKING, 'PanelAccountLinked'],
      customer.intendPasswordReset({ resetId: 'r', noteId: null, at: AT, callDeadlineAt: later }),
    ],
    recordPasswordReset: [
      [...LINKING, 'PanelAccountLinked', 'PanelPasswordResetIntended'],
      customer.recordPasswordReset({ resetId: given('PanelPasswordReset').resetId, outcome: 'done', at: AT }),
    ],
    changeEmail: [['CustomerRegistered'], customer.changeEmail({ customerId: 'c', changeId: 'x', at: AT })],
    rename: [['CustomerRegistered'], customer.rename({ customerId: 'c', changeId: 'x', at: AT })],
    intendUpdate: [[...LINKING, 'PanelAccountLinked', 'CustomerEmailChanged'], customer.intendUpdate({ at: AT, callDeadlineAt: later })],
    recordUpdate: [
      [...LINKING, 'PanelAccountLinked', 'CustomerEmailChanged', 'PanelAccountUpdateIntended'],
      customer.recordUpdate({ changeId: given('PanelAccountUpdated').changeId, outcome: 'done', at: AT }),
    ],
  },
  node: {
    registerNode: [[], node.registerNode({ nodeId, settings, at: AT })],
    enableNode: [['NodeRegistered'], node.enableNode({ at: AT })],
    disableNode: [['NodeRegistered', 'NodeEnabled'], node.disableNode({ at: AT })],
    drainNode: [['NodeRegistered', 'NodeEnabled'], node.drainNode({ at: AT })],
    observeCapacity: [['NodeRegistered'], node.observeCapacity(given('NodeCapacityObserved'))],
    holdCapacity: [SEEN, node.holdCapacity({ orderId, need, at: AT })],
    commitHold: [[...SEEN, 'NodeCapacityHeld'], node.commitHold({ orderId, at: AT })],
    extendHold: [[...SEEN, 'NodeCapacityHeld'], node.extendHold({ orderId, changeId, size: need, at: AT })],
    settleExtension: [[...SEEN, 'NodeCapacityHeld'], node.settleExtension({ orderId, changeId, size: need, at: AT })],
    holdForMove: [SEEN, moveRoom.holdForMove({ orderId, need, at: AT })],
    addPorts: [
      [...SEEN, 'NodeCapacityHeld'],
      moveRoom.addPorts({ orderId, from: given('NodeCapacityHeld').allocationIds, ports: 1, at: AT }),
    ],
    leavePorts: [[...SEEN, 'NodeCapacityHeld'], moveRoom.leavePorts({ orderId, ports: given('NodeCapacityHeld').allocationIds, at: AT })],
    releaseHold: [[...SEEN, 'NodeCapacityHeld'], node.releaseHold({ orderId, reason: 'expired', at: AT })],
  },
  plan: { recordCheck: [[], plan.recordCheck(given('PlanChecked'))] },
};
/** What deciders export besides their intents: it answers questions. */
const QUESTIONS = [
  'actingServer',
  'attemptAt',
  'changeDue',
  'endOfMove',
  'endOfSize',
  'otherPorts',
  'removal',
  'evolve',
  'extensionOf',
  'isStanding',
  'isWanted',
  'lateCredit',
  'wantOf',
  'wantedAnew',
  'billingKeyOf',
  'billingOfOrder',
  'freeRoom',
  'hasFailed',
  'isBooked',
  'recordBilling',
  'moneyOfOrder',
  'needsRoom',
  'openMoneyOf',
  'ownSubscription',
  'strayIn',
  'textOfDrifts',
  'threadOf',
  'unsettledCheckouts',
  'planMoneyOf',
  'serviceOf',
  'wantOf',
  'whyNoPlanChange',
  'whyNotFit',
  'withBilling',
  'withCall',
  'withService',
];

const DECIDERS: Readonly<Record<string, unknown>> = {
  order: order.orderDecider,
  payment: payment.paymentDecider,
  unmatchedMoney: unmatched.unmatchedMoneyDecider,
  provisioning: provisioning.provisioningDecider,
  customer: customer.customerDecider,
  notification: notification.notificationDecider,
  node: node.nodeDecider,
  plan: plan.planDecider,
};
const all = Object.entries(CASES).flatMap(([category, cases]) =>
  Object.entries(cases).map(([intent, [past, decide]]) => ({ category, intent, past, decide })),
);
const factOf = (type: Type): Fact => ({ type, data: given(type) });
const samples = readdirSync('test/samples').flatMap((file) => (file.endsWith('.v1.json') ? [file.replace('.v1.json', '') as Type] : []));

let local: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStore;
beforeAll(async () => {
  local = await startEventStore({ inMemory: true, port: 0 });
  store = new EventStore(local.url);
});
afterAll(async () => {
  await store.close();
  await local.close();
});

/** Somebody else's events, whatever they are. */
const append = async (stream: string, types: readonly Type[]): Promise<void> => {
  if (types.length === 0) return;
  const expectedRevision = BigInt((await store.read(stream)).length - 1);
  await store.append({ stream, expectedRevision, facts: types.map(factOf), metadata: { ...METADATA, commandId: newId() } });
};
const bare = (events: readonly Fact[]): Fact[] => events.map(({ type, data }) => ({ type, data }));

describe('a command that is sent again', () => {
  it('is tried for every intent of every decider', async () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.decider.ts'));
    const found: Record<string, string[]> = {};
    for (const file of files.filter((one) => !one.startsWith('platform'))) {
      const exported = (await import(join(process.cwd(), 'src', file))) as Record<string, unknown>;
      const decider = Object.values(exported).find((value) => typeof value === 'object' && value !== null && 'evolve' in value);
      // A file without a decider of its own holds a part of its folder's stream.
      const category = (decider as Decider<unknown, Fact> | undefined)?.category ?? dirname(file).replace(/s$/, '');
      const intents = Object.keys(exported).filter((name) => typeof exported[name] === 'function' && !QUESTIONS.includes(name));
      found[category] = [...(found[category] ?? []), ...intents].sort();
    }
    const tried = Object.entries(CASES).map(([category, cases]) => [
      category,
      [...new Set(Object.keys(cases).map((name) => name.split(' ')[0]))].sort(),
    ]);
    expect(Object.fromEntries(tried)).toStrictEqual(found);
  });

  it.each(all)(
    'appends nothing and answers as before, whatever has happened since: $category $intent',
    async ({ category, past, decide }) => {
      const decider = DECIDERS[category] as Decider<unknown, Fact>;
      const others = samples.filter((type) => sample(type).stream.startsWith(`${category}-`));
      const since = fc.shuffledSubarray(others, { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(since, fc.boolean(), async (meanwhile, hot) => {
          const streams = new StreamRepository(store, new SystemClock(), new Set(hot ? [category] : []));
          const target = { decider, id: newId() };
          const stream = `${category}-${target.id}`;
          const context = { commandId: newId(), correlationId: 'c', causationId: 'c', actor: METADATA.actor };
          const send = (wish: (state: never) => Decision<Fact>) =>
            streams.execute(target, context, wish as (state: unknown) => Decision<Fact>);
          await append(stream, past);
          const first = await send(decide);
          expect([first.appended, first.events.length > 0]).toStrictEqual([true, true]);
          await append(stream, meanwhile);
          const before = await store.read(stream);
          // Asked again as it was, and by somebody whose rules would grant it at any time.
          for (const wish of [decide, () => first.events]) {
            const again = await send(wish);
            expect([again.appended, bare(again.events)]).toStrictEqual([false, bare(first.events)]);
            expect(again.position).toBe(before.at(-1)?.position.commit);
          }
          expect(await store.read(stream)).toStrictEqual(before);
        }),
        { numRuns: 3 },
      );
    },
  );
});
