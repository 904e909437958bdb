/** What needs a human now: one row per open matter, gone when the matter is. */
import type { PlanChecked } from '../../src/catalog/plan.events.js';
import type { PanelAccountConflicted, PanelAccountLinkFailed, PanelAccountLinked } from '../../src/customers/customer.events.js';
import type { OrderEnded, OrderPaid, OrderPaymentNotAccepted } from '../../src/orders/order.events.js';
import type { UnmatchedMoneyReceived } from '../../src/payments/payment.events.js';
import type {
  ProvisioningAttemptFailed,
  ProvisioningNeedsHuman,
  ProvisioningRetryRequested,
  ServerCreated,
  ServerReady,
} from '../../src/provisioning/provisioning.events.js';
import type { StripeEventReceived } from '../../src/stripe/stripe.events.js';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { ignored, ignoring, projection } from '../../src/platform/projection.js';
import { nodeEventsIgnored, paymentEventsIgnored, serviceEventsIgnored, serverLifeEventsIgnored } from '../ignored.projection.js';

export type AttentionKind = 'refund' | 'unmatchedMoney' | 'panelAccount' | 'provisioning' | 'plan' | 'webhook' | 'placement';

export interface AttentionRow {
  attentionKey: string;
  kind: AttentionKind;
  severity: 'warning' | 'critical';
  /** Order, Stripe object, customer or plan. */
  subjectId: string;
  orderId: string | null;
  code: string;
  details: object;
  raisedAt: string;
}

type Matter = Omit<AttentionRow, 'attentionKey' | 'kind' | 'subjectId' | 'raisedAt'>;

/** A matter of this kind about `subject`; `matter` says what it is, or null when there is none (any more). */
const about =
  (kind: AttentionKind) =>
  <E extends LedgerEvent>(subject: (event: Recorded<E>) => string, matter: (event: Recorded<E>) => Matter | null) => ({
    key: (event: Recorded<E>) => `${kind}:${subject(event)}`,
    evolve: (row: AttentionRow | undefined, event: Recorded<E>): AttentionRow | undefined => {
      const found = matter(event);
      if (!found) return undefined;
      const subjectId = subject(event);
      const raisedAt = row?.severity === found.severity ? row.raisedAt : event.metadata.occurredAt;
      return { attentionKey: `${kind}:${subjectId}`, kind, subjectId, raisedAt, ...found };
    },
  });

const orderId = (event: { data: { orderId: string } }): string => event.data.orderId;
const over = (): null => null;

export const attention = projection<AttentionRow, LedgerEvent>({
  name: 'attention',
  version: 2,
  key: (event) => event.id,
  on: {
    OrderPaymentNotAccepted: about('refund')<OrderPaymentNotAccepted>(
      ({ data }) => data.paymentId,
      ({ data }) => ({ severity: 'critical', orderId: data.orderId, code: data.reason, details: { amount: data.amount } }),
    ),
    UnmatchedMoneyReceived: about('unmatchedMoney')<UnmatchedMoneyReceived>(
      ({ data }) => data.objectId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.reason, details: { amount: data.amount } }),
    ),
    PanelAccountConflicted: about('panelAccount')<PanelAccountConflicted>(
      ({ data }) => data.customerId,
      ({ data }) => ({ severity: 'critical', orderId: null, code: data.code, details: {} }),
    ),
    PanelAccountLinkFailed: about('panelAccount')<PanelAccountLinkFailed>(
      ({ data }) => data.customerId,
      ({ data }) => ({ severity: 'warning', orderId: null, code: data.code, details: { attempt: data.attempt } }),
    ),
    PanelAccountLinked: about('panelAccount')<PanelAccountLinked>(({ data }) => data.customerId, over),
    ProvisioningAttemptFailed: about('provisioning')<ProvisioningAttemptFailed>(orderId, ({ data }) => ({
      severity: 'warning',
      orderId: data.orderId,
      code: data.code,
      details: { step: data.step, attempt: data.attempt, field: data.field, retryAt: data.retryAt },
    })),
    ProvisioningNeedsHuman: about('provisioning')<ProvisioningNeedsHuman>(orderId, ({ data }) => ({
      severity: 'critical',
      orderId: data.orderId,
      code: data.code,
      details: { step: data.step },
    })),
    ProvisioningRetryRequested: about('provisioning')<ProvisioningRetryRequested>(orderId, over),
    ServerCreated: about('provisioning')<ServerCreated>(orderId, over),
    ServerReady: about('provisioning')<ServerReady>(orderId, over),
    // Neither an order that nobody paid nor one that found no room before it was paid needs a human.
    OrderEnded: about('placement')<OrderEnded>(orderId, ({ data }) =>
      data.reason === 'checkoutRefused' ? { severity: 'warning', orderId: data.orderId, code: data.reason, details: {} } : null,
    ),
    OrderPaid: about('placement')<OrderPaid>(orderId, over),
    PlanChecked: about('plan')<PlanChecked>(
      ({ data }) => data.planId,
      ({ data }) =>
        data.sellable ? null : { severity: 'critical', orderId: null, code: 'PLAN_NOT_SELLABLE', details: { problems: data.problems } },
    ),
    StripeEventReceived: {
      ...about('webhook')<StripeEventReceived>(
        ({ data }) => data.stripeEventId,
        ({ data }) =>
          data.quarantine === null
            ? null
            : {
                severity: 'critical',
                orderId: data.object.orderId,
                code: data.quarantine,
                details: { type: data.type, object: data.object.id },
              },
      ),
      first: true,
    },
    OrderDelivered: ignored,
    ...serviceEventsIgnored,
    ...paymentEventsIgnored,
    ...serverLifeEventsIgnored,
    ...nodeEventsIgnored,
    ...ignoring(
      'OrderPlaced',
      'OrderCapacityHeld',
      'OrderCheckoutIntended',
      'OrderCheckoutOpened',
      'OrderCheckoutExpired',
      'ProvisioningStarted',
      'ServerCreationStarted',
      'CustomerRegistered',
      'PanelAccountLinkIntended',
    ),
  },
});
