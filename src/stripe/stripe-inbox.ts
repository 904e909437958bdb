/** The one way by which an event of Stripe's enters the log, whoever brings it: reduced by allow-list, and recorded once. */
import { Inject, Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { EventStore, RevisionConflict } from '../platform/event-store/event-store.js';
import { reduceEvent, reduceThinEvent, type ThinEvent, type VerifiedEvent } from './reduce-event.js';

export interface WebhookSettings {
  /** Every active signing secret; two while one is being rolled. */
  readonly secrets: readonly string[];
  readonly livemode: boolean;
}
export const WEBHOOK_SETTINGS = Symbol('WebhookSettings');

const STREAM_MISSING = -1n;
const streamOf = (eventId: string): string => `stripeEvent-${eventId}`;

const isThin = (event: VerifiedEvent | ThinEvent): event is ThinEvent => !('data' in event);

@Injectable()
export class StripeInbox {
  constructor(
    private readonly store: EventStore,
    @Inject(WEBHOOK_SETTINGS) private readonly settings: WebhookSettings,
  ) {}

  /** Whether the event is in the log. Rejects with StoreUnavailable. */
  async knows(eventId: string): Promise<boolean> {
    return (await this.store.read(streamOf(eventId))).length > 0;
  }

  /**
   * Resolves when the event is durable; false: it was before. Rejects with StoreUnavailable.
   * @param how `at` in ISO-8601; `via: 'sweep'` when we found it, because nobody told us
   */
  async record(event: VerifiedEvent | ThinEvent, { at, via }: { readonly at: string; readonly via?: 'sweep' }): Promise<boolean> {
    const told = isThin(event)
      ? reduceThinEvent(event, at)
      : reduceEvent(event, { livemode: this.settings.livemode, apiVersion: Stripe.API_VERSION }, at);
    const fact = via === undefined ? told : { ...told, data: { ...told.data, via } };
    const metadata = {
      $correlationId: fact.data.object.orderId ?? fact.data.object.id,
      $causationId: event.id,
      commandId: event.id,
      actor: { kind: 'stripe' as const, id: event.id },
      occurredAt: at,
      schemaVersion: 1,
    };
    try {
      await this.store.append({ stream: streamOf(event.id), expectedRevision: STREAM_MISSING, facts: [fact], metadata });
      return true;
    } catch (error) {
      if (error instanceof RevisionConflict) return false;
      throw error;
    }
  }
}
