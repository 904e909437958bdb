/** Stripe's own list of what happened, as pointers: its events are rendered in another version than ours, so that the objects are fetched. */
import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import type { VerifiedEvent } from './reduce-event.js';
import { StripeGateway } from './stripe.gateway.js';
import { StripeObjects } from './stripe-objects.js';
import { SUBSCRIBED_EVENTS } from './subscribed-events.js';

/** Unix seconds by Stripe's clock; `to` is not part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** As many as Stripe takes in one question. */
const TYPES_MAX = 20;
const PAGE = 100;
/** The sweep is repeated as a whole, not the single request. */
const ONCE = { timeout: 20_000, maxNetworkRetries: 0 } as const;

const typesInTurn = (): (typeof SUBSCRIBED_EVENTS)[number][][] => {
  const groups = Math.ceil(SUBSCRIBED_EVENTS.length / TYPES_MAX);
  return Array.from({ length: groups }, (_, index) => SUBSCRIBED_EVENTS.slice(index * TYPES_MAX, (index + 1) * TYPES_MAX));
};

const objectOf = ({ data }: Stripe.Event): Readonly<Record<string, unknown>> => data.object as unknown as Record<string, unknown>;

@Injectable()
export class StripeListing {
  constructor(
    private readonly gateway: StripeGateway,
    private readonly objects: StripeObjects,
  ) {}

  /** Oldest first; undefined when there are more than `max`. Rejects with a 503 Refusal while Stripe does not answer. */
  async eventsIn({ from, to }: Span, max: number): Promise<Stripe.Event[] | undefined> {
    const found: Stripe.Event[] = [];
    for (const types of typesInTurn()) {
      const created = { gte: from, lt: to };
      const listed = this.gateway.sdk.events.list({ types, created, limit: PAGE }, ONCE);
      found.push(...(await this.gateway.asking(() => listed.autoPagingToArray({ limit: max + 1 - found.length }))));
      if (found.length > max) return undefined;
    }
    return found.reverse().sort((one, other) => one.created - other.created);
  }

  /**
   * The event as its webhook would bring it, about the object as it is now. Of an invoice that was asked for several times the attempt is the
   * event's own. What Stripe no longer has, or nobody reads, is as the list shows it.
   */
  async fetched(event: Stripe.Event): Promise<VerifiedEvent> {
    const { id, type, created, livemode, account, context, data } = event;
    const told = objectOf(event);
    const now = await this.objects.asItIs(String(told['object']), String(told['id']));
    const { attempt_count, next_payment_attempt } = told;
    const attempt = type === 'invoice.payment_failed' ? { attempt_count, next_payment_attempt } : {};
    return {
      ...{ id, type, created, livemode },
      ...(account ? { account } : {}),
      ...(context ? { context } : {}),
      api_version: now ? Stripe.API_VERSION : event.api_version,
      data: { object: now ? { ...now, ...attempt } : told, previous_attributes: data.previous_attributes },
    };
  }
}
