/** The life of a ledger with as many orders as wanted, event by event in the order in which a log would have them: many orders at once, each with all its streams. */
import type { LedgerEvent } from '../../../src/ledger.events.js';
import type { Metadata } from '../../../src/platform/event.js';
import type { Hold, Money, Resources } from '../../../src/orders/order.events.js';
import type { StripeObject } from '../../../src/stripe/stripe.events.js';
import { seededId } from './seed.js';

export interface Told {
  readonly stream: string;
  readonly event: LedgerEvent;
  readonly metadata: Metadata;
}

const NODES = 200;
const RENEWALS = 8;
/** Orders that are placed between two renewals of one. */
const RENEWAL_EVERY = 400;
/** One of so many orders is never paid; one of so many has a failed attempt; one of so many waits for a human. */
const ABANDONED_OF = 10;
const STUMBLING_OF = 25;
const STUCK_OF = 100;
/** Events of an average order, to know how many orders a number of events takes. */
export const EVENTS_PER_ORDER = 49;
const FIRST_MS = Date.parse('2026-01-01T00:00:00.000Z');
const ORDER_EVERY_MS = 60_000;

const PRICE: Money = { amountMinor: 1_299, currency: 'eur' };
const RESOURCES: Resources = {
  memoryMib: 4_096,
  diskMib: 20_480,
  cpuPercent: 200,
  swapMib: 0,
  io: 500,
  threads: null,
  databases: 1,
  backups: 1,
  ports: 1,
};
const PLANS = ['minecraft-4g', 'rust-8g', 'palworld-16g', 'factorio-2g'];
const REGIONS = ['eu-central', 'us-east', 'ap-south'];

/** Everything about an order that does not change. */
interface Subject {
  readonly index: number;
  readonly orderId: string;
  readonly customerId: string;
  readonly planId: string;
  readonly gameId: string;
  readonly region: string;
  readonly hold: Hold;
  readonly sessionId: string;
  readonly subscriptionId: string;
}

const subjectOf = (index: number): Subject => {
  const planId = PLANS[index % PLANS.length] ?? '';
  return {
    index,
    orderId: seededId(`order-${index}`),
    customerId: seededId(`customer-${index}`),
    planId,
    gameId: planId.split('-')[0] ?? '',
    region: REGIONS[index % REGIONS.length] ?? '',
    hold: { nodeId: String(1 + (index % NODES)), allocationIds: [10_000 + index] },
    sessionId: `cs_live_${seededId(`session-${index}`).replaceAll('-', '')}`,
    subscriptionId: `sub_${index}`,
  };
};

const isAbandoned = ({ index }: Subject): boolean => index % ABANDONED_OF === ABANDONED_OF - 1;

type Step = (subject: Subject, at: string) => readonly (readonly [stream: string, event: LedgerEvent])[];

const stripeObject = (
  { orderId, subscriptionId }: Subject,
  fields: Partial<StripeObject> & Pick<StripeObject, 'id' | 'object'>,
): StripeObject => ({
  orderId,
  mode: 'subscription',
  status: 'complete',
  paymentStatus: 'paid',
  amountTotal: PRICE.amountMinor,
  amountSubtotal: PRICE.amountMinor,
  amountPaid: null,
  currency: PRICE.currency,
  paymentIntent: null,
  subscription: subscriptionId,
  customer: 'cus_RCb1xYz8Qw3T',
  invoice: null,
  billingReason: null,
  paidThrough: null,
  ...fields,
});

const webhook = (type: string, object: StripeObject, at: string): readonly [string, LedgerEvent] => {
  const stripeEventId = `evt_${seededId(`${type}-${object.id}`).replaceAll('-', '')}`;
  const created = Math.floor(Date.parse(at) / 1_000);
  const data = { stripeEventId, type, apiVersion: '2026-10-28.endive', livemode: true, created, quarantine: null, object, receivedAt: at };
  return [`stripeEvent-${stripeEventId}`, { type: 'StripeEventReceived', data }];
};

const paidThroughOf = (at: string): string => new Date(Date.parse(at) + 30 * 86_400_000).toISOString();

const signUp: Step = ({ customerId, index }, at) => {
  const stream = `customer-${customerId}`;
  return [
    [stream, { type: 'CustomerRegistered', data: { customerId, registeredAt: at } }],
    [stream, { type: 'PanelAccountLinkIntended', data: { customerId, attempt: 1, callDeadlineAt: at } }],
    [stream, { type: 'PanelAccountLinked', data: { customerId, panelUserId: index + 1, how: 'created', linkedAt: at } }],
  ];
};

const place: Step = ({ orderId, customerId, planId, gameId, region, hold, sessionId, index }, at) => {
  const stream = `order-${orderId}`;
  const { memoryMib, diskMib } = RESOURCES;
  const about = { orderId, customerId, panelUserId: index + 1, planId, gameId, region, term: 'monthly', payment: 'subscription' } as const;
  const configuration = { configurationId: seededId(`configuration-${index}`), configurationHash: seededId(`hash-${index}`) };
  const expiresAt = new Date(Date.parse(at) + 3_600_000).toISOString();
  return [
    [
      stream,
      { type: 'OrderPlaced', data: { ...about, price: PRICE, priceId: 'price_1', resources: RESOURCES, ...configuration, placedAt: at } },
    ],
    [
      stream,
      { type: 'OrderCheckoutIntended', data: { orderId, attempt: 1, idempotencyKey: `checkout-${orderId}`, expiresAt, intendedAt: at } },
    ],
    [
      `node-${hold.nodeId}`,
      {
        type: 'NodeCapacityHeld',
        data: { nodeId: hold.nodeId, orderId, memoryMib, diskMib, allocationIds: hold.allocationIds, heldAt: at },
      },
    ],
    [stream, { type: 'OrderCapacityHeld', data: { orderId, hold, candidates: [], heldAt: at } }],
    [stream, { type: 'OrderCheckoutOpened', data: { orderId, attempt: 1, sessionId, expiresAt, openedAt: at } }],
  ];
};

const abandon: Step = (subject, at) => {
  const { orderId, hold, sessionId } = subject;
  return [
    webhook('checkout.session.expired', stripeObject(subject, { id: sessionId, object: 'checkout.session', status: 'expired' }), at),
    [`order-${orderId}`, { type: 'OrderCheckoutExpired', data: { orderId, sessionId, expiredAt: at } }],
    [`order-${orderId}`, { type: 'OrderEnded', data: { orderId, reason: 'abandoned', hold, endedAt: at } }],
    [`node-${hold.nodeId}`, { type: 'NodeHoldReleased', data: { nodeId: hold.nodeId, orderId, reason: 'abandoned', releasedAt: at } }],
  ];
};

/** The invoice of the turn-th period; the 0th is the first payment. */
const charge = (subject: Subject, turn: number, at: string): ReturnType<Step> => {
  const kind = turn === 0 ? 'initial' : 'renewal';
  const { orderId, customerId, planId, region, subscriptionId, index } = subject;
  const invoice = `in_${index}_${turn}`;
  const money = { total: PRICE, subtotal: PRICE, subscriptionId, paidThrough: paidThroughOf(at) };
  const about = { orderId, customerId, planId, region, term: 'monthly' } as const;
  const object = stripeObject(subject, {
    id: invoice,
    object: 'invoice',
    invoice,
    amountPaid: PRICE.amountMinor,
    billingReason: 'subscription_cycle',
  });
  return [
    webhook('invoice.created', object, at),
    webhook('invoice.paid', object, at),
    webhook('customer.subscription.updated', stripeObject(subject, { id: `${subscriptionId}_${turn}`, object: 'subscription' }), at),
    [
      `payment-${orderId}`,
      { type: 'PaymentSucceeded', data: { ...about, ...money, paymentId: invoice, kind, sessionId: null, receivedAt: at } },
    ],
  ];
};

const pay: Step = (subject, at) => {
  const { orderId, customerId, planId, gameId, region, hold, sessionId, subscriptionId, index } = subject;
  const about = { orderId, customerId, panelUserId: index + 1, planId, gameId, resources: RESOURCES, hold };
  const configurationId = seededId(`configuration-${index}`);
  const paidThrough = paidThroughOf(at);
  const installLimitMs = 900_000;
  return [
    webhook('checkout.session.completed', stripeObject(subject, { id: sessionId, object: 'checkout.session' }), at),
    [
      `payment-${orderId}`,
      { type: 'SubscriptionLinked', data: { orderId, subscriptionId, stripeCustomerId: 'cus_RCb1xYz8Qw3T', linkedAt: at } },
    ],
    ...charge(subject, 0, at),
    [
      `order-${orderId}`,
      { type: 'OrderPaid', data: { ...about, region, configurationId, paymentId: `in_${index}_0`, paidThrough, paidAt: at } },
    ],
    [`node-${hold.nodeId}`, { type: 'NodeHoldCommitted', data: { nodeId: hold.nodeId, orderId, committedAt: at } }],
    [
      `provisioning-${orderId}`,
      { type: 'ProvisioningStarted', data: { ...about, configurationId, externalId: orderId, installLimitMs, paidAt: at, startedAt: at } },
    ],
  ];
};

const attempt = ({ orderId, hold: { nodeId } }: Subject, number: number, at: string): LedgerEvent => ({
  type: 'ServerCreationStarted',
  data: { orderId, attempt: number, externalId: orderId, nodeId, callDeadlineAt: at, settledAt: at },
});

const stumble: Step = (subject, at) => {
  const { orderId, index } = subject;
  if (index % STUMBLING_OF !== 0) return [];
  const stream = `provisioning-${orderId}`;
  const failed = { orderId, step: 'create', attempt: 1, code: 'http_503', field: null, failedAt: at, retryAt: at } as const;
  const help: LedgerEvent[] =
    index % STUCK_OF === 0
      ? [
          { type: 'ProvisioningNeedsHuman', data: { orderId, step: 'create', code: 'http_503', raisedAt: at } },
          { type: 'ProvisioningRetryRequested', data: { orderId, requestedAt: at } },
        ]
      : [];
  return [attempt(subject, 1, at), { type: 'ProvisioningAttemptFailed', data: failed } satisfies LedgerEvent, ...help].map(
    (event) => [stream, event] as const,
  );
};

const deliver: Step = (subject, at) => {
  const { orderId, hold, index } = subject;
  const stream = `provisioning-${orderId}`;
  const server = { serverId: index + 1, identifier: orderId.slice(0, 8) };
  const created = { orderId, ...server, nodeId: hold.nodeId, adopted: false, createdAt: at, installDeadlineAt: at };
  return [
    [stream, attempt(subject, 2, at)],
    [stream, { type: 'ServerCreated', data: created }],
    [stream, { type: 'ServerReady', data: { orderId, ...server, readyAt: at } }],
    [`order-${orderId}`, { type: 'OrderDelivered', data: { orderId, ...server, readyAt: at, paidThrough: paidThroughOf(at) } }],
  ];
};

/** What happens to an order so many orders after its own place. */
const life: readonly (readonly [after: number, step: Step])[] = [
  [0, signUp],
  [1, place],
  [4, (subject, at) => (isAbandoned(subject) ? [] : pay(subject, at))],
  [5, (subject, at) => (isAbandoned(subject) ? [] : stumble(subject, at))],
  [8, (subject, at) => (isAbandoned(subject) ? [] : deliver(subject, at))],
  [60, (subject, at) => (isAbandoned(subject) ? abandon(subject, at) : [])],
  ...Array.from(
    { length: RENEWALS },
    (_, turn) =>
      [(turn + 1) * RENEWAL_EVERY, (subject: Subject, at: string) => (isAbandoned(subject) ? [] : charge(subject, turn + 1, at))] as const,
  ),
];

const nodes = (at: string): (readonly [string, LedgerEvent])[] =>
  Array.from({ length: NODES }, (_, index) => String(index + 1)).flatMap((nodeId) => {
    const region = REGIONS[Number(nodeId) % REGIONS.length] ?? '';
    const observed = {
      nodeId,
      memoryMib: 524_288,
      diskMib: 4_194_304,
      foreignMemoryMib: 0,
      foreignDiskMib: 0,
      allocations: [],
      observedAt: at,
    };
    return [
      [`node-${nodeId}`, { type: 'NodeRegistered', data: { nodeId, region, reserveMemoryMib: 0, reserveDiskMib: 0, registeredAt: at } }],
      [`node-${nodeId}`, { type: 'NodeEnabled', data: { nodeId, enabledAt: at } }],
      [`node-${nodeId}`, { type: 'NodeCapacityObserved', data: observed }],
    ] as const;
  });

const told = (stream: string, event: LedgerEvent, { correlation, at }: { correlation: string; at: string }): Told => {
  const cause = seededId(`${correlation}-${at}-${event.type}`);
  const metadata: Metadata = {
    $correlationId: correlation,
    $causationId: cause,
    commandId: cause,
    actor: { kind: 'system', id: 'bench' },
    occurredAt: at,
    schemaVersion: 1,
    traceparent: `00-${cause.replaceAll('-', '')}-0123456789abcdef-01`,
  };
  return { stream, event, metadata };
};

/** All events of so many orders; the same each time. */
export function* ledgerLife(orders: number): Generator<Told> {
  const start = new Date(FIRST_MS).toISOString();
  for (const [stream, event] of nodes(start)) yield told(stream, event, { correlation: stream, at: start });
  const longest = Math.max(...life.map(([after]) => after));
  for (let tick = 0; tick < orders + longest; tick += 1) {
    const at = new Date(FIRST_MS + tick * ORDER_EVERY_MS).toISOString();
    for (const [after, step] of life) {
      const index = tick - after;
      if (index < 0 || index >= orders) continue;
      const subject = subjectOf(index);
      for (const [stream, event] of step(subject, at)) yield told(stream, event, { correlation: subject.orderId, at });
    }
  }
}
