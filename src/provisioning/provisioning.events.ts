/** The saga's own stream: every intent before it is carried out, every outcome after. Stream `provisioning-<orderId>`. */
import type { Hold, Resources } from '../orders/order.events.js';
import type { Fact } from '../platform/event.js';
import type { DriftEvent } from './drift.events.js';
import type { ServerActionEvent } from './server-action.events.js';
import type { ServerChange, ServerLifeEvent } from './server-life.events.js';
import type { ServerMoveEvent } from './server-move.events.js';

export type ProvisioningStepName = 'create' | 'install' | ServerChange;

/** A paid order wants its server. */
export type ProvisioningStarted = Fact<
  'ProvisioningStarted',
  {
    readonly orderId: string;
    readonly customerId: string;
    readonly panelUserId: number;
    readonly planId: string;
    readonly gameId: string;
    readonly configurationId: string;
    readonly resources: Resources;
    readonly hold: Hold;
    /** The panel's external id: the same for every attempt, so the panel itself refuses a second server. */
    readonly externalId: string;
    /** When an install counts as stuck, in milliseconds after creation. */
    readonly installLimitMs: number;
    readonly paidAt: string;
    readonly startedAt: string;
  }
>;
/** The claim: this attempt may call the panel until the deadline, and nobody else acts before it and the settle window have passed. */
export type ServerCreationStarted = Fact<
  'ServerCreationStarted',
  {
    readonly orderId: string;
    readonly attempt: number;
    readonly externalId: string;
    readonly nodeId: string;
    readonly callDeadlineAt: string;
    readonly settledAt: string;
  }
>;
/** The server stands on the panel and installs. `adopted`: an earlier attempt had made it and we found it. */
export type ServerCreated = Fact<
  'ServerCreated',
  {
    readonly orderId: string;
    readonly serverId: number;
    readonly identifier: string;
    readonly nodeId: string;
    /** Of the attempt that came to this; absent in events from before it was told. */
    readonly attempt?: number;
    readonly adopted: boolean;
    readonly createdAt: string;
    readonly installDeadlineAt: string;
  }
>;
/** The attempt came to nothing; `code` is the panel's, never its text. */
export type ProvisioningAttemptFailed = Fact<
  'ProvisioningAttemptFailed',
  {
    readonly orderId: string;
    readonly step: ProvisioningStepName;
    readonly attempt: number;
    readonly code: string;
    readonly field: string | null;
    /** The panel has refused what was asked, and would again; absent where it is worth another try. */
    readonly final?: true;
    readonly failedAt: string;
    readonly retryAt: string;
  }
>;
/** The install has ended well; the customer can play. */
export type ServerReady = Fact<
  'ServerReady',
  {
    readonly orderId: string;
    readonly serverId: number;
    readonly identifier: string;
    /** When the install began; absent in events from before it was told. */
    readonly createdAt?: string;
    readonly readyAt: string;
  }
>;
/** The end of the road for the saga: a person decides (retry, move, refund). */
export type ProvisioningNeedsHuman = Fact<
  'ProvisioningNeedsHuman',
  { readonly orderId: string; readonly step: ProvisioningStepName; readonly code: string; readonly raisedAt: string }
>;
/** An operator looked at it and wants it tried again. */
export type ProvisioningRetryRequested = Fact<
  'ProvisioningRetryRequested',
  {
    readonly orderId: string;
    /** The operator's reason, which is kept sealed; absent when none was given. */
    readonly noteId?: string;
    readonly requestedAt: string;
  }
>;

export type ProvisioningEvent =
  | ProvisioningStarted
  | ServerCreationStarted
  | ServerCreated
  | ProvisioningAttemptFailed
  | ServerReady
  | ProvisioningNeedsHuman
  | ProvisioningRetryRequested
  | ServerLifeEvent
  | DriftEvent
  | ServerActionEvent
  | ServerMoveEvent;
