/** The part of the control plane where banks take money back: disputes, inquiries, warnings of fraud. */
import type { FastifyInstance } from 'fastify';
import type { Change } from './change.js';
import { noCall } from './change.js';
import { bodyOf } from './control-body.js';
import { closeDispute, escalate, openDispute, warnOfFraud } from './disputes.js';
import type { Charge, Dispute } from './records.js';
import { find } from './route.js';
import type { World } from './world.js';

interface Named {
  Params: { id: string };
}

/** The charge that is named, or the one that paid the named intent. */
function chargeOf(change: Change, id: string): Charge {
  const intent = change.get('payment_intent', id);
  return find(change, 'charge', { id: intent ? (intent.latest_charge ?? '') : id });
}

const ENDINGS: Readonly<Record<string, (change: Change, dispute: Dispute) => Dispute>> = {
  win: (change, dispute) => closeDispute(change, dispute, true),
  lose: (change, dispute) => closeDispute(change, dispute, false),
  escalate,
};

export function registerDisputeControl(app: FastifyInstance, world: World): void {
  const doing = async <T>(work: (change: Change) => T): Promise<T> => (await world.change(noCall, work)).value;

  app.post<Named>('/_control/charges/:id/dispute', (request) => {
    const {
      reason = 'fraudulent',
      inquiry = false,
      amount,
    } = bodyOf<{ reason?: string; inquiry?: boolean; amount?: number }>(request.body);
    return doing((change) => openDispute(change, chargeOf(change, request.params.id), { reason, inquiry, amount }));
  });
  app.post<Named>('/_control/charges/:id/fraud_warning', (request) =>
    doing((change) => warnOfFraud(change, chargeOf(change, request.params.id))),
  );
  for (const [verb, work] of Object.entries(ENDINGS)) {
    app.post<Named>(`/_control/disputes/:id/${verb}`, (request) =>
      doing((change) => work(change, find(change, 'dispute', { id: request.params.id }))),
    );
  }
}
