/** Refunds and disputes. */
import type { Change } from './change.js';
import { answerDispute, closeDispute } from './disputes.js';
import { invalidRequest, wrongState } from './errors.js';
import { createdRange, page, paging } from './listing.js';
import type { Dispute, Refund } from './records.js';
import { refund } from './refunds.js';
import { find, merged, newestFirst, retrieve, route } from './route.js';
import type { Call, Route } from './route.js';
import { boolean, integer, metadata, oneOf, text } from './rules.js';
import type { Rule } from './rules.js';

const refundCreation = {
  charge: text,
  payment_intent: text,
  amount: integer,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  metadata,
};

const filter = { ...paging, charge: text, payment_intent: text, created: createdRange };

/** Those of a charge or an intent, newest first. */
const listed = (
  change: Change,
  kind: 'refund' | 'dispute',
  input: { charge?: string | undefined; payment_intent?: string | undefined },
): (Refund | Dispute)[] =>
  newestFirst(change, kind)
    .filter((found) => (input.charge ?? found.charge) === found.charge)
    .filter((found) => (input.payment_intent ?? found.payment_intent) === found.payment_intent);

const EVIDENCE_MAX = 40;
/** Any field with a text; Stripe's own names are not checked. */
const evidence: Rule<Record<string, string>> = {
  read(value, path) {
    if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest({ message: 'Invalid object', param: path });
    const entries = Object.entries(value).map(([name, told]): [string, string] => [name, text.read(told, `${path}[${name}]`)]);
    if (entries.length > EVIDENCE_MAX) throw invalidRequest({ message: 'Too much evidence', param: path });
    return Object.fromEntries(entries);
  },
};

const disputeNamed = ({ change, params }: Call): Dispute => find(change, 'dispute', { id: params['id'] ?? '' });

const refunds: readonly Route[] = [
  route('POST /v1/refunds', refundCreation, ({ change }, input) => refund(change, input)),
  route('GET /v1/refunds', filter, ({ change, path }, input) =>
    page(
      path,
      listed(change, 'refund', input).filter(({ created }) => input.created?.(created) ?? true),
      input,
    ),
  ),
  retrieve('/v1/refunds', 'refund'),
  route('POST /v1/refunds/:id', { metadata }, ({ change, params }, input) => {
    const old = find(change, 'refund', { id: params['id'] ?? '' });
    return change.emit('refund.updated', { ...old, metadata: merged(old.metadata, input.metadata) });
  }),
  route('POST /v1/refunds/:id/cancel', {}, ({ change, params }) => {
    const { id, status } = find(change, 'refund', { id: params['id'] ?? '' });
    throw wrongState({ message: `Refund ${id} has a status of ${status}; only one that requires action can be canceled.` });
  }),
];

const disputes: readonly Route[] = [
  route('GET /v1/disputes', filter, ({ change, path }, input) =>
    page(
      path,
      listed(change, 'dispute', input).filter(({ created }) => input.created?.(created) ?? true),
      input,
    ),
  ),
  retrieve('/v1/disputes', 'dispute'),
  route('POST /v1/disputes/:id', { evidence, metadata, submit: boolean }, (call, input) => {
    const old = disputeNamed(call);
    const dispute: Dispute = { ...old, metadata: merged(old.metadata, input.metadata) };
    if (input.evidence) return answerDispute(call.change, dispute, { evidence: input.evidence, submit: input.submit ?? true });
    return call.change.emit('charge.dispute.updated', dispute);
  }),
  route('POST /v1/disputes/:id/close', {}, (call) => closeDispute(call.change, disputeNamed(call), false)),
];

export const refundRoutes: readonly Route[] = [...refunds, ...disputes];
