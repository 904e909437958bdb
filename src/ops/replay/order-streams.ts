/**
 * Which streams tell of an order. Three share its id; the others are named by what stands in those: the customer, the plan, the nodes that were
 * looked at, the Stripe events that caused something, and money that came in under a payment of this order before anybody knew whose it was.
 */
import type { Recorded } from '../../platform/event.js';

/** Streams whose names end in the order's id. */
const OWN = ['order', 'payment', 'provisioning'] as const;
/** Streams that tell of many orders: only what carries this order's id is the order's. */
const SHARED = /^(node|customer|plan)-/;

/** Fields that name a stream, wherever in an event's data they stand, so that event types to come are followed as well. */
const NAMING: Readonly<Record<string, string>> = {
  customerId: 'customer-',
  planId: 'plan-',
  nodeId: 'node-',
  stripeEventId: 'stripeEvent-',
  // Money nobody could match is filed under the object that brought it.
  paymentId: 'unmatchedMoney-',
  paymentIntent: 'unmatchedMoney-',
  sessionId: 'unmatchedMoney-',
  invoice: 'unmatchedMoney-',
  objectId: 'unmatchedMoney-',
};
const DEPTH_MAX = 8;

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

const namedIn = (value: unknown, depth = 0): string[] => {
  if (!isTree(value) || depth > DEPTH_MAX) return [];
  return Object.entries(value).flatMap(([field, inner]) => {
    const prefix = Object.hasOwn(NAMING, field) ? NAMING[field] : undefined;
    return prefix !== undefined && isName(inner) ? [prefix + inner] : namedIn(inner, depth + 1);
  });
};

/** The object of a Stripe event is named by its bare `id`. */
const stripeObject = ({ data }: Recorded): string[] => {
  const object = isTree(data) ? data['object'] : undefined;
  return isTree(object) && isName(object['id']) ? [`unmatchedMoney-${object['id']}`] : [];
};

const causingStripeEvent = ({ metadata }: Recorded): string[] => {
  const actor = (metadata as Partial<Recorded['metadata']> | undefined)?.actor;
  return actor?.kind === 'stripe' && isName(actor.id) ? [`stripeEvent-${actor.id}`] : [];
};

/** The streams of which at least the names are known beforehand. */
export const ownStreams = (orderId: string): string[] => OWN.map((category) => `${category}-${orderId}`);

/** Whether an event of one of these streams is about this order, or only about something that the order shares with others. */
export const isOfOrder = (orderId: string, event: Recorded): boolean => {
  if (!SHARED.test(event.stream)) return true;
  const correlationId = (event.metadata as Partial<Recorded['metadata']> | undefined)?.$correlationId;
  return correlationId === orderId || (isTree(event.data) && event.data['orderId'] === orderId);
};

/** Further streams that the order's own events name, each once. */
export const streamsNamedBy = (orderId: string, events: readonly Recorded[]): string[] => {
  const own = events.filter((event) => isOfOrder(orderId, event));
  return [...new Set(own.flatMap((event) => [...namedIn(event.data), ...stripeObject(event), ...causingStripeEvent(event)]))];
};
