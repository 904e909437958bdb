/** In one sentence how far a change of plan is, and what became of the last one. */
import type { PlanStep } from '../../orders/plan-change.saga.js';
import type { PlanChange } from '../../orders/service.decider.js';
import { inMoney, inWords } from './wording.js';

const WAITS: Readonly<Record<Exclude<PlanStep['do'], 'nothing'>, string>> = {
  holdRoom: 'its node has yet to keep room for it',
  changeAtStripe: 'its node keeps room for it, and Stripe is to be asked for it',
  awaitStripe: 'Stripe was asked for it, and what it answered is to be recorded',
  awaitPayment: 'it waits for the customer to pay',
  dropAtStripe: 'its payment was declined, and Stripe is to forget it',
  resize: 'it is paid, and the server is to have its new size',
};

export const whyPlanChange = ({ quote }: PlanChange, step: PlanStep): string => {
  const how = step.do === 'nothing' ? 'nothing is to be done' : WAITS[step.do];
  return `The customer changes from ${quote.fromPlanId} to ${quote.toPlanId} for ${inMoney(quote.due)} now: ${how}.`;
};

/** With a blank before it; empty when there is nothing to say. */
export const whyPlanWas = (change: PlanChange | null): string =>
  change?.stage === 'failed' ? ` The change to ${change.quote.toPlanId} came to nothing (${inWords(change.code ?? '')}).` : '';
