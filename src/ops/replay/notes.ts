/** What an operator should know besides the one sentence: money to give back, webhooks set aside, what could not be folded. */
import type { LedgerEvent } from '../../ledger.events.js';
import type { Step } from './step.js';
import { inMoney, inWords } from './wording.js';

const ofEvent = ({ type, data }: LedgerEvent): string | undefined => {
  if (type === 'OrderPaymentNotAccepted')
    return `${inMoney(data.amount)} of ${data.paymentId} could not be taken (${inWords(data.reason)}) and waits for a refund.`;
  if (type === 'UnmatchedMoneyReceived')
    return `${inMoney(data.amount)} of ${data.objectId} came in without an order that could take it (${data.reason}).`;
  if (type === 'StripeEventReceived' && data.quarantine !== null)
    return `The webhook ${data.stripeEventId} (${data.type}) was set aside and not acted on: ${data.quarantine}.`;
  return undefined;
};

const ofStep = ({ number, problem, event }: Step): string | undefined =>
  problem === null ? ofEvent(event as unknown as LedgerEvent) : `Step ${number} (${event.type}) is shown but not folded: ${problem}.`;

export const notesOf = (steps: readonly Step[], parked: readonly { projection: string; rowKey: string; why: string }[]): string[] => [
  ...steps.flatMap((step) => ofStep(step) ?? []),
  ...parked.map(({ projection, rowKey, why }) => `The row ${rowKey} of ${projection} stands still: ${why}.`),
];
