/** What happens by itself, and when: every object that waits for a moment says so here, and nowhere else. */
import type { Change } from './change.js';
import { expireSession } from './checkout.js';
import type { Invoice, Subscription } from './billing-records.js';
import { closeDispute, disputeDueAt } from './disputes.js';
import type { Dispute, Session, Settlement, StripeObject } from './records.js';
import { failRefund, settleRefund } from './refunds.js';
import { advanceInvoice, advanceSubscription, invoiceDueAt, subscriptionDueAt } from './renewal.js';
import { find } from './route.js';
import { settle } from './settle.js';

/** When this object's next moment comes, unix seconds; null when it waits for nothing. */
export function dueAt(object: StripeObject): number | null {
  switch (object.object) {
    case 'checkout.session':
      return (object as Session).status === 'open' ? (object as Session).expires_at : null;
    case 'subscription':
      return subscriptionDueAt(object as Subscription);
    case 'invoice':
      return invoiceDueAt(object as Invoice);
    case 'settlement':
      return (object as Settlement).at;
    case 'dispute':
      return disputeDueAt(object as Dispute);
    default:
      return null;
  }
}

function settleDue(change: Change, { of, subject, succeeds }: Settlement): void {
  switch (of) {
    case 'payment_intent':
      settle(change, subject, succeeds);
      return;
    case 'refund': {
      const made = find(change, 'refund', { id: subject });
      if (succeeds) settleRefund(change, made);
      else failRefund(change, made);
      return;
    }
    case 'dispute':
      closeDispute(change, find(change, 'dispute', { id: subject }), succeeds);
  }
}

/** Does what is due for this object; the change's time is the moment it was due. */
export function advance(change: Change, object: StripeObject): void {
  switch (object.object) {
    case 'checkout.session':
      expireSession(change, object.id);
      return;
    case 'subscription':
      advanceSubscription(change, structuredClone(object) as Subscription);
      return;
    case 'invoice':
      advanceInvoice(change, structuredClone(object) as Invoice);
      return;
    case 'settlement':
      settleDue(change, object as Settlement);
      return;
    case 'dispute':
      closeDispute(change, structuredClone(object) as Dispute, false);
      return;
    default:
      throw new Error(`nothing is ever due for ${object.object} ${object.id}`);
  }
}

interface Entry {
  readonly at: number;
  readonly object: StripeObject;
}

/** Who waits for when. The earliest moment is remembered, so that asking costs nothing while nothing is due. */
export class Agenda {
  private readonly entries = new Map<string, Entry>();
  private earliestAt = Infinity;

  note(object: StripeObject): void {
    const at = dueAt(object);
    if (at === null) {
      this.entries.delete(object.id);
      return;
    }
    this.entries.set(object.id, { at, object });
    this.earliestAt = Math.min(this.earliestAt, at);
  }

  /** The earliest entry due at `now`, unix seconds. */
  due(now: number): Entry | undefined {
    if (this.earliestAt > now) return undefined;
    let first: Entry | undefined;
    for (const entry of this.entries.values()) if (!first || entry.at < first.at) first = entry;
    this.earliestAt = first?.at ?? Infinity;
    return first && first.at <= now ? first : undefined;
  }
}
