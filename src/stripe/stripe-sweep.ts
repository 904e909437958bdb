/**
 * The road beside the webhook: what Stripe lists and our log does not have is recorded as its webhook would have been, and money that is awaited is
 * asked about. Whatever is known already is silence, so that sweep, webhook and two sweeps at once may all come.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { AwaitedMoney, type Awaited } from '../../projections/payments/awaited-money.query.js';
import { Clock } from '../platform/clock.js';
import { claimOf } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';
import { Refusal } from '../platform/refusal.js';
import { BookCheckout, BookStripeObject } from './stripe.commands.js';
import { StripeGateway } from './stripe.gateway.js';
import { StripeInbox } from './stripe-inbox.js';
import { StripeListing, type Span } from './stripe-listing.js';
import { SweepRecord } from './sweep-record.js';

/** How often, in seconds; 0: only by hand. */
export const SWEEP_SECONDS = Symbol('SweepSeconds');

export interface SweepReport {
  /** Events of Stripe's list that were compared. */
  readonly compared: number;
  /** Those that nobody had delivered. */
  readonly found: number;
  /** Payments and refunds that were asked about. */
  readonly asked: number;
  /** ISO-8601: everything that Stripe made before is in the log. */
  readonly sweptTo: string;
}

const ACTOR: Actor = { kind: 'saga', id: 'stripe-sweep' };
/** A webhook gets this long; also a second tab of a checkout. */
const HEAD_START_SECONDS = 120;
/** Compared again each time, because Stripe's list need not show everything at once. */
const OVERLAP_SECONDS = 900;
/** Stripe lists 30 days. */
const LISTED_SECONDS = 30 * 86_400 - 3_600;
const SPAN_SECONDS_MAX = 86_400;
/** Of one span, held in memory; a busier span is cut in two. */
const EVENTS_MAX = 5_000;
const SPANS_MAX = 40;
/** In one round; the next goes on behind the last. */
const QUESTIONS_MAX = 50;

@Injectable()
export class StripeSweep {
  private readonly log = new Logger(StripeSweep.name);

  constructor(
    private readonly inbox: StripeInbox,
    private readonly listing: StripeListing,
    private readonly record: SweepRecord,
    private readonly stripe: StripeGateway,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
    @Inject(SWEEP_SECONDS) private readonly everySeconds: number,
  ) {}

  /** When the next round is due; null: never by itself. */
  async dueAt(): Promise<string | null> {
    if (this.everySeconds === 0) return null;
    return (await this.record.read())?.dueAt ?? this.clock.iso();
  }

  /** One round; a failure is recorded, and thrown for the caller to try again. @param since compare from then on, however far sweeps have come */
  async run(since?: Date): Promise<SweepReport> {
    try {
      const report = await this.round(since);
      await this.record.succeeded(this.clock.iso(), this.after(this.everySeconds));
      if (report.found > 0) this.log.error(`${report.found} events of Stripe had not been delivered to the webhook`);
      return report;
    } catch (error) {
      await this.record.failed(this.clock.iso(), codeOf(error));
      throw error;
    }
  }

  private async round(since: Date | undefined): Promise<SweepReport> {
    const now = this.seconds();
    const { sweptTo, askedAfter } = await this.record.begin(now - HEAD_START_SECONDS, this.clock.iso());
    // First, because it needs less: Stripe may answer for single objects while its list is closed to our key.
    const asked = await this.askAll(askedAfter);
    const from = since ? Math.floor(since.getTime() / 1_000) : sweptTo - OVERLAP_SECONDS;
    const compared = await this.compareAll({ from: Math.max(from, now - LISTED_SECONDS), to: now - HEAD_START_SECONDS });
    return { ...compared, asked };
  }

  /** Span by span, each remembered; what is left beyond the bound is the next round's. */
  private async compareAll({ from, to }: Span): Promise<Omit<SweepReport, 'asked'>> {
    let [start, compared, found] = [from, 0, 0];
    for (let spans = 0; spans < SPANS_MAX && start < to; spans += 1) {
      const done = await this.compare({ from: start, to: Math.min(to, start + SPAN_SECONDS_MAX) });
      start = done.to;
      compared += done.compared;
      found += done.found;
    }
    return { compared, found, sweptTo: new Date(start * 1_000).toISOString() };
  }

  /** As much of the span as can be held; answers how far it came. */
  private async compare({ from, to }: Span): Promise<{ to: number; compared: number; found: number }> {
    const events = await this.listing.eventsIn({ from, to }, EVENTS_MAX);
    if (!events && to - from <= 1) throw new Error(`Stripe lists more than ${EVENTS_MAX} events in one second`);
    if (!events) return this.compare({ from, to: from + Math.floor((to - from) / 2) });
    const at = this.clock.iso();
    let found = 0;
    try {
      for (const event of events) {
        if (await this.inbox.knows(event.id)) continue;
        if (await this.inbox.record(await this.listing.fetched(event), { at, via: 'sweep' })) found += 1;
      }
    } finally {
      if (found > 0) await this.record.found(found, at);
    }
    await this.record.advance(to);
    return { to, compared: events.length, found };
  }

  private async askAll(afterOrder: string): Promise<number> {
    const placedBefore = this.after(-HEAD_START_SECONDS);
    const awaited = await this.queries.execute(new AwaitedMoney({ afterOrder, placedBefore, limit: QUESTIONS_MAX }));
    for (const one of awaited) {
      await this.ask(one).catch((error: unknown) => this.goOn(one, error));
      await this.record.askedUntil(one.orderId);
    }
    if (awaited.length < QUESTIONS_MAX) await this.record.askedUntil('');
    return awaited.length;
  }

  private async ask(one: Awaited): Promise<void> {
    const { orderId, objectId } = one;
    if (one.kind === 'refund') {
      await this.commands.execute(new BookStripeObject(orderId, { kind: 'refund', objectId }, one.paymentId));
      return;
    }
    const session = await this.stripe.checkout(objectId);
    if (session.status === 'complete') await this.commands.execute(new BookCheckout({ orderId, session }, () => claimOf(orderId, ACTOR)));
  }

  /** An outage is everybody's; what is wrong with one of Stripe's objects must not keep the others from being asked about. */
  private goOn({ orderId, objectId }: Awaited, error: unknown): void {
    if (error instanceof Refusal && error.status === 503) throw error;
    this.log.warn(`${objectId} of order ${orderId} could not be asked about: ${codeOf(error)}`);
  }

  private seconds(): number {
    return Math.floor(this.clock.now().getTime() / 1_000);
  }

  private after(seconds: number): string {
    return new Date(this.clock.now().getTime() + seconds * 1_000).toISOString();
  }
}

/** Never Stripe's text. */
const codeOf = (error: unknown): string => {
  if (error instanceof Refusal) return error.code;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return [code, name, 'unknown'].find((word) => typeof word === 'string') as string;
};
