/** What may be due and when. Only a hint: whoever takes a row folds the stream and asks the saga what really is to be done. */
import type {
  CustomerRegistered,
  PanelAccountConflicted,
  PanelAccountLinkFailed,
  PanelAccountLinkIntended,
  PanelAccountLinked,
} from '../../src/customers/customer.events.js';
import type {
  CustomerEmailChanged,
  CustomerRenamed,
  PanelAccountUpdated,
  PanelAccountUpdateFailed,
  PanelAccountUpdateIntended,
} from '../../src/customers/customer-details.events.js';
import type { PanelAccountClaimed } from '../../src/customers/panel-account.events.js';
import type {
  OrderCapacityHeld,
  OrderCheckoutExpired,
  OrderCheckoutIntended,
  OrderCheckoutOpened,
  OrderEnded,
  OrderPaid,
  OrderPlaced,
} from '../../src/orders/order.events.js';
import type {
  ProvisioningAttemptFailed,
  ProvisioningNeedsHuman,
  ServerCreated,
  ServerCreationStarted,
} from '../../src/provisioning/provisioning.events.js';
import type { ServerRepairRequested } from '../../src/provisioning/drift.events.js';
import type { ServerChangeStarted, ServerDeleted, ServerStateWanted } from '../../src/provisioning/server-life.events.js';
import type { ServerInstallFailed, ServerMovePlaced } from '../../src/provisioning/server-move.events.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import {
  nodeEventsIgnored,
  paymentEventsIgnored,
  serviceEventsIgnored,
  unmatchedMoneyIgnored,
  notificationEventsIgnored,
  panelUseIgnored,
} from '../ignored.projection.js';

export type WorkKind = 'placement' | 'provisioning' | 'panel-account';

/** `install`: it is yet to be ready; `follow`: a panel account has yet to say of its owner what we do. */
type Task = 'install' | 'resize' | 'move' | 'reinstall' | 'follow';

export interface DueWorkRow {
  workKey: string;
  kind: WorkKind;
  subjectId: string;
  dueAt: string;
  /** Of a provisioning: what the order wants of its server and the panel has not confirmed since; null when that is nothing. */
  wish: ServerStateWanted['data']['want'] | null;
  /** What else is to be done to the server, or to the panel account, and the panel has not confirmed. */
  tasks: readonly Task[];
}

/** How long the request that placed an order walks it alone before the runner finishes what a crash may have left. */
export const PLACEMENT_HEAD_START_MS = 10_000;

const after = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();

type Due<E extends LedgerEvent> = (event: Recorded<E>, row: DueWorkRow | undefined) => string | null;

/** A row of this kind for the event's subject, due when `at` says; null removes it. */
const due =
  (kind: WorkKind) =>
  <E extends LedgerEvent>(subject: (event: Recorded<E>) => string, at: Due<E>) => ({
    key: (event: Recorded<E>) => `${kind}:${subject(event)}`,
    evolve: (row: DueWorkRow | undefined, event: Recorded<E>): DueWorkRow | undefined => {
      const dueAt = at(event, row);
      if (dueAt === null) return undefined;
      return {
        workKey: `${kind}:${subject(event)}`,
        kind,
        subjectId: subject(event),
        dueAt,
        wish: row?.wish ?? null,
        tasks: row?.tasks ?? [],
      };
    },
  });

const orderId = (event: { data: { orderId: string } }): string => event.data.orderId;
const customerId = (event: { data: { customerId: string } }): string => event.data.customerId;
const placement = due('placement');
const provisioning = due('provisioning');
const panelAccount = due('panel-account');
const soon = (event: Recorded<LedgerEvent>): string => after(event.metadata.occurredAt, PLACEMENT_HEAD_START_MS);
const now = (event: Recorded<LedgerEvent>): string => event.metadata.occurredAt;
const never = (): null => null;

/** The panel has confirmed a state: done, unless something else is wanted of the server by now. */
const reached =
  (...others: readonly NonNullable<DueWorkRow['wish']>[]) =>
  (row: DueWorkRow | undefined, event: Recorded<LedgerEvent>): DueWorkRow | undefined => {
    if (!row) return undefined;
    const wish = row.wish && others.includes(row.wish) ? row.wish : null;
    return wish || row.tasks.length > 0 ? { ...row, wish, dueAt: now(event) } : undefined;
  };

const without = (tasks: DueWorkRow['tasks'], task: Task): DueWorkRow['tasks'] => tasks.filter((other) => other !== task);

/** One task is over, and another may come of it; what is left is due. */
const over =
  (task: Task, ...next: readonly Task[]) =>
  (row: DueWorkRow | undefined, event: Recorded<LedgerEvent>): DueWorkRow | undefined => {
    if (!row) return undefined;
    const tasks = next.reduce((left, one) => [...without(left, one), one], without(row.tasks, task));
    return row.wish || tasks.length > 0 ? { ...row, tasks, dueAt: now(event) } : undefined;
  };

const wanted = {
  ...provisioning<ServerStateWanted>(orderId, now),
  key: (event: { data: { orderId: string } }) => `provisioning:${orderId(event)}`,
};
const repairWanted = provisioning<ServerRepairRequested>(orderId, now);
type OfOrder = Extract<LedgerEvent, { data: { orderId: string } }>;
const again = provisioning<OfOrder>(orderId, now);
const wanting = (task: Task) => ({
  key: wanted.key,
  evolve: (row: DueWorkRow | undefined, event: Recorded<OfOrder>): DueWorkRow | undefined => {
    const due = again.evolve(row, event);
    return due && { ...due, tasks: [...without(due.tasks, task), task] };
  },
});

const changed = panelAccount<CustomerEmailChanged | CustomerRenamed>(customerId, now);
/** The panel account is to follow, now or when there is one. */
const following = {
  key: changed.key,
  evolve: (row: DueWorkRow | undefined, event: Recorded<CustomerEmailChanged | CustomerRenamed>): DueWorkRow | undefined => {
    const due = changed.evolve(row, event);
    return due && { ...due, tasks: ['follow'] };
  },
};

export const dueWork = projection<DueWorkRow, LedgerEvent>({
  name: 'due-work',
  version: 5,
  key: (event) => event.id,
  on: {
    OrderPlaced: placement<OrderPlaced>(orderId, soon),
    OrderCapacityHeld: placement<OrderCapacityHeld>(orderId, soon),
    OrderCheckoutIntended: placement<OrderCheckoutIntended>(orderId, soon),
    OrderCheckoutOpened: placement<OrderCheckoutOpened>(orderId, ({ data }) => data.expiresAt),
    OrderCheckoutExpired: placement<OrderCheckoutExpired>(orderId, now),
    OrderPaid: placement<OrderPaid>(orderId, never),
    OrderEnded: placement<OrderEnded>(orderId, never),
    ProvisioningStarted: wanting('install'),
    ServerCreationStarted: provisioning<ServerCreationStarted>(orderId, now),
    ServerCreated: provisioning<ServerCreated>(orderId, now),
    ProvisioningAttemptFailed: provisioning<ProvisioningAttemptFailed>(orderId, ({ data }) => data.retryAt),
    ServerReady: {
      key: wanted.key,
      evolve: (row, event) => reached('suspended', 'gone')(row && { ...row, tasks: without(row.tasks, 'install') }, event),
    },
    // An install that a person was asked about may still end well, so it is watched on; and what is wanted is not forgotten meanwhile.
    ProvisioningNeedsHuman: provisioning<ProvisioningNeedsHuman>(orderId, (event, row) =>
      event.data.step === 'install' || row?.wish || without(row?.tasks ?? [], 'install').length > 0 ? now(event) : null,
    ),
    // Without a row it could not be created.
    ProvisioningRetryRequested: {
      key: wanted.key,
      evolve: (row, event) => (row ? again.evolve(row, event) : wanting('install').evolve(row, event)),
    },
    ServerStateWanted: {
      key: wanted.key,
      evolve: (row, event) => {
        const due = wanted.evolve(row, event);
        return due && { ...due, wish: event.data.want };
      },
    },
    ServerChangeStarted: provisioning<ServerChangeStarted>(orderId, now),
    ServerSizeWanted: wanting('resize'),
    ServerMoveWanted: wanting('move'),
    ServerReinstallWanted: wanting('reinstall'),
    ServerInstallFailed: provisioning<ServerInstallFailed>(orderId, now),
    ServerReinstalled: { key: wanted.key, evolve: over('reinstall', 'install') },
    ServerMovePlaced: provisioning<ServerMovePlaced>(orderId, now),
    ServerMoveGivenUp: { key: wanted.key, evolve: over('move') },
    ServerRemoved: { key: wanted.key, evolve: over('move', 'install') },
    ServerSuspended: { key: wanted.key, evolve: reached('running', 'gone') },
    ServerUnsuspended: { key: wanted.key, evolve: reached('suspended', 'gone') },
    ServerResized: { key: wanted.key, evolve: over('resize') },
    ServerResizeGivenUp: { key: wanted.key, evolve: over('resize') },
    ServerDeleted: provisioning<ServerDeleted>(orderId, never),
    ServerRepairRequested: {
      key: wanted.key,
      // A server that nobody should have is no business of the saga's.
      evolve: (row, event) => {
        if (event.data.kind === 'unexpected') return row;
        const due = repairWanted.evolve(row, event);
        const task: Task | undefined = event.data.kind === 'limits' ? 'resize' : undefined;
        return due && { ...due, tasks: task ? [...without(due.tasks, task), task] : due.tasks };
      },
    },
    ...ignoring('ServerDriftObserved', 'ServerDriftCleared', 'ServerRepairFailed', 'ServerSyncRequested', 'ServerSynced'),
    CustomerRegistered: panelAccount<CustomerRegistered>(customerId, now),
    PanelAccountLinkIntended: panelAccount<PanelAccountLinkIntended>(customerId, ({ data }) => data.callDeadlineAt),
    PanelAccountLinkFailed: panelAccount<PanelAccountLinkFailed>(customerId, ({ data }) => data.retryAt),
    // What changed while the account was being made is yet to be compared with it.
    PanelAccountLinked: panelAccount<PanelAccountLinked>(customerId, (event, row) => (row?.tasks.includes('follow') ? now(event) : null)),
    PanelAccountConflicted: panelAccount<PanelAccountConflicted>(customerId, never),
    PanelAccountClaimed: panelAccount<PanelAccountClaimed>(customerId, now),
    CustomerEmailChanged: following,
    CustomerRenamed: following,
    PanelAccountUpdateIntended: panelAccount<PanelAccountUpdateIntended>(customerId, ({ data }) => data.callDeadlineAt),
    PanelAccountUpdateFailed: panelAccount<PanelAccountUpdateFailed>(customerId, ({ data }) => data.retryAt),
    PanelAccountUpdated: panelAccount<PanelAccountUpdated>(customerId, never),
    OrderPaymentNotAccepted: ignored,
    ...ignoring('OrderDelivered', 'OrderMoved'),
    ...serviceEventsIgnored,
    ...paymentEventsIgnored,
    ...panelUseIgnored,
    ...nodeEventsIgnored,
    ...unmatchedMoneyIgnored,
    ...notificationEventsIgnored,
    ...ignoring('PlanChecked', 'StripeEventReceived'),
  },
});
