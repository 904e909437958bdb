/** Cuts a webhook down to what may be recorded. Pure. */
import { reduceObject } from './reduce-object.js';
import type { StripeEventReceived, StripeObject } from './stripe.events.js';
import { SUBSCRIBED_EVENTS } from './subscribed-events.js';

/** Types the intake reads. Of all others only is kept which object they were about. */
export const READ_TYPES: ReadonlySet<string> = new Set(SUBSCRIBED_EVENTS.filter((type) => !type.startsWith('radar.')));

const NOTHING: Omit<StripeObject, 'id' | 'object'> = {
  orderId: null,
  mode: null,
  status: null,
  paymentStatus: null,
  amountTotal: null,
  amountSubtotal: null,
  amountPaid: null,
  currency: null,
  paymentIntent: null,
  charge: null,
  subscription: null,
  customer: null,
  invoice: null,
  billingReason: null,
  paidThrough: null,
};

const kept = (type: string, object: StripeObject): StripeObject =>
  READ_TYPES.has(type) ? object : { ...NOTHING, id: object.id, object: object.object };

export interface VerifiedEvent {
  readonly id: string;
  readonly type: string;
  readonly api_version: string | null;
  readonly livemode: boolean;
  readonly created: number;
  readonly account?: string;
  readonly context?: string;
  readonly data: { readonly object: unknown; readonly previous_attributes?: unknown };
}

/** The release part of `2026-10-28.endive`: within a release, shapes stay as they are. */
const releaseOf = (apiVersion: string | null): string => apiVersion?.split('.')[1] ?? '';

/** What the intake must leave alone, because the signature says nothing about it. */
const quarantineOf = (
  event: VerifiedEvent,
  expected: { livemode: boolean; apiVersion: string },
): StripeEventReceived['data']['quarantine'] => {
  if (event.livemode !== expected.livemode) return 'wrongMode';
  if (event.account ?? event.context) return 'foreignAccount';
  return releaseOf(event.api_version) === releaseOf(expected.apiVersion) ? null : 'otherApiRelease';
};

/** Names only: the values before are none of ours. */
const changedFieldsOf = ({ type, data }: VerifiedEvent): { changedFields?: readonly string[] } => {
  const { previous_attributes: before } = data;
  const isRead = READ_TYPES.has(type) && typeof before === 'object' && before !== null;
  return isRead ? { changedFields: Object.keys(before).toSorted() } : {};
};

/** @param expected the mode of our key and the API version our SDK is pinned to */
export const reduceEvent = (
  event: VerifiedEvent,
  expected: { livemode: boolean; apiVersion: string },
  receivedAt: string,
): StripeEventReceived => ({
  type: 'StripeEventReceived',
  data: {
    stripeEventId: event.id,
    type: event.type,
    apiVersion: event.api_version,
    livemode: event.livemode,
    created: event.created,
    ...changedFieldsOf(event),
    quarantine: quarantineOf(event, expected),
    object: kept(event.type, reduceObject(event.data.object)),
    receivedAt,
  },
});

/** Only a pointer: an id, a type, and which object it is about. */
export interface ThinEvent {
  readonly id: string;
  readonly type: string;
  readonly livemode?: unknown;
  /** ISO-8601. */
  readonly created?: unknown;
  readonly related_object?: { readonly id?: unknown; readonly type?: unknown } | null;
}

const known = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Signed, so it is kept; but it says nothing that could be recorded, and its snapshot comes by itself. */
export const reduceThinEvent = (event: ThinEvent, receivedAt: string): StripeEventReceived => {
  const created = Date.parse(known(event.created));
  return {
    type: 'StripeEventReceived',
    data: {
      stripeEventId: event.id,
      type: event.type,
      apiVersion: null,
      livemode: event.livemode === true,
      created: Math.floor((Number.isNaN(created) ? Date.parse(receivedAt) : created) / 1000),
      quarantine: 'thinEvent',
      object: { ...NOTHING, id: known(event.related_object?.id), object: known(event.related_object?.type) },
      receivedAt,
    },
  };
};
