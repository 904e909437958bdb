/**
 * Which streams tell of an order. Three share its id; the others are named by what stands in those: the customer, the plan, the nodes that were
 * looked at, the Stripe events that caused something, and money that came in under a payment of this order before anybody knew whose it was.
 */
import type { Recorded } from '../../platform/event.js';

/** Streams whose names end in the order's id. */
const OWN = ['order', 'payment', 'provisioning'] as const;
/** Streams about one matter each, which belong to the order that names them. Of all others (node, customer, plan) it shares. */
const SINGLE = /^(stripeEvent|unmatchedMoney)-/;

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

/** Whether the event itself says that it is about this order. */
const saysOrder = (orderId: string, { stream, metadata, data }: Recorded): boolean =>
  stream.slice(stream.indexOf('-') + 1) === orderId ||
  (metadata as Partial<Recorded['metadata']> | undefined)?.$correlationId === orderId ||
  (isTree(data) && data['orderId'] === orderId);

/** The streams whose names are known beforehand. */
export const ownStreams = (orderId: string): string[] => OWN.map((category) => `${category}-${orderId}`);

export interface Story {
  /** Every stream that tells of the order, as far as these events name them. */
  readonly streams: readonly string[];
  /** Whether an event is about this order, and not only about something that it shares with others. */
  readonly isOwn: (event: Recorded) => boolean;
}

/** Names are followed until no event names a further stream; each round can only find streams that the round before has named. */
export const storyOf = (orderId: string, events: readonly Recorded[]): Story => {
  const streams = new Set(ownStreams(orderId));
  const isOwn = (event: Recorded): boolean => saysOrder(orderId, event) || (SINGLE.test(event.stream) && streams.has(event.stream));
  for (let before = 0; before < streams.size;) {
    before = streams.size;
    for (const event of events.filter(isOwn))
      for (const name of [event.stream, ...namedIn(event.data), ...stripeObject(event), ...causingStripeEvent(event)]) streams.add(name);
  }
  return { streams: [...streams], isOwn };
};
