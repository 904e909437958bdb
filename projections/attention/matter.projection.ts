/** One open matter, and how a fact raises it or ends it. */
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';

export type AttentionKind =
  | 'notification'
  | 'refund'
  | 'unmatchedMoney'
  | 'dispute'
  | 'invoice'
  | 'stripeCall'
  | 'panelAccount'
  | 'provisioning'
  | 'drift'
  | 'plan'
  | 'planChange'
  | 'webhook'
  | 'placement';

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

export type Matter = Omit<AttentionRow, 'attentionKey' | 'kind' | 'subjectId' | 'raisedAt'>;

/** A matter of this kind about `subject`; `matter` says what it is, or null when there is none (any more). */
export const about =
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

/** The matter is none any more. */
export const over = (): null => null;
