/** The part of the control plane that moves money: how customers pay from now on, delayed payments, the account's policy. */
import type { FastifyInstance } from 'fastify';
import type { Change } from './change.js';
import { noCall } from './change.js';
import { bodyOf } from './control-body.js';
import { invalidRequest, wrongState } from './errors.js';
import { policyOf } from './policy.js';
import type { PaymentIntent, Session } from './records.js';
import { failRefund, settleRefund } from './refunds.js';
import { find } from './route.js';
import { settle } from './settle.js';
import { payWith } from './wallet.js';
import type { World } from './world.js';

interface Named {
  Params: { id: string };
}

/** The intent of a session, also in subscription mode, where only the invoice's payment knows it. */
function intentOfSession(change: Change, session: Session): string | undefined {
  if (session.payment_intent !== null) return session.payment_intent;
  return change.list('invoice_payment').find(({ invoice }) => invoice === session.invoice)?.payment.payment_intent;
}

function settled(change: Change, intentId: string | undefined, succeeds: boolean): PaymentIntent {
  const intent = intentId === undefined ? undefined : settle(change, intentId, succeeds);
  if (!intent) throw wrongState({ message: 'No payment is on its way here.' });
  return intent;
}

export function registerMoneyControl(app: FastifyInstance, world: World): void {
  const doing = async <T>(work: (change: Change) => T): Promise<T> => (await world.change(noCall, work)).value;

  app.post<Named>('/_control/customers/:id/payment_method', (request) => {
    const { payment_method: token } = bodyOf(request.body);
    if (typeof token !== 'string') throw invalidRequest({ message: 'Name a payment_method.', param: 'payment_method' });
    return doing((change) => payWith(change, request.params.id, token));
  });
  for (const [verb, succeeds] of [
    ['settle', true],
    ['fail', false],
  ] as const) {
    app.post<Named>(`/_control/payment_intents/:id/${verb}`, (request) => doing((change) => settled(change, request.params.id, succeeds)));
    app.post<Named>(`/_control/sessions/:id/${verb}`, (request) =>
      doing((change) => {
        const session = find(change, 'checkout.session', { id: request.params.id });
        settled(change, intentOfSession(change, session), succeeds);
        return find(change, 'checkout.session', { id: session.id });
      }),
    );
  }

  app.post<Named>('/_control/refunds/:id/settle', (request) =>
    doing((change) => settleRefund(change, find(change, 'refund', { id: request.params.id }))),
  );
  app.post<Named>('/_control/refunds/:id/fail', (request) =>
    doing((change) =>
      failRefund(change, find(change, 'refund', { id: request.params.id }), bodyOf<{ reason?: string }>(request.body).reason),
    ),
  );

  app.get('/_control/policy', () => policyOf(world.store));
  app.post('/_control/policy', async (request) => {
    const value = { ...policyOf(world.store), ...bodyOf(request.body) };
    await world.store.write([{ table: 'setting', key: 'policy', value }]);
    return value;
  });
}
