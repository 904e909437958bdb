/** Money that names no order of ours: listed, assigned or given back by an operator, or given back without asking. */
import { describe, expect, it } from '@jest/globals';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import type { LedgerProcess } from '../support/ledger-process.js';
import type { World } from '../support/local-world.js';
import { runBuilt } from '../support/run-built.js';
import { runningLedger } from '../support/running-ledger.js';

const WAIT_MS = 60_000;
let world: World;
let ledger: LedgerProcess;
runningLedger((started) => ({ world, ledger } = started));

/** Somebody pays the price of a plan without an order; answers the payment intent. */
const strayPayment = async (): Promise<string> => {
  const made = await world.stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price: 'price_teeworlds_256m_monthly_once', quantity: 1 }],
    success_url: `${ledger.url}/thanks`,
  });
  await pay(made.url ?? '');
  const { payment_intent: intent } = await world.stripe.checkout.sessions.retrieve(made.id);
  await until(intent as string, 'UnmatchedMoneyReceived');
  return intent as string;
};
const typesOf = async (objectId: string): Promise<string[]> => (await world.eventsOf(`unmatchedMoney-${objectId}`)).map(({ type }) => type);
const until = (objectId: string, type: string): Promise<boolean> =>
  eventually(async () => (await typesOf(objectId)).includes(type), { withinMs: WAIT_MS, what: `${type} of ${objectId}` });

interface Row {
  readonly objectId: string;
  readonly status: string;
  readonly amountMinor: string;
}
const rowOf = async (objectId: string, status: string): Promise<Row> => {
  const token = await world.operator(ledger.url);
  return eventually(
    async () => {
      const { body } = await call<{ items: Row[] }>(ledger.url, '/api/v1/ops/unmatched-money', { token });
      return body.items.find((row) => row.objectId === objectId && row.status === status);
    },
    { withinMs: WAIT_MS, what: `${objectId} to be ${status}` },
  );
};
const decide = async (objectId: string, what: 'assign' | 'refund', body: object) =>
  call<{ code?: string }>(ledger.url, `/api/v1/ops/unmatched-money/${objectId}/${what}`, { token: await world.operator(ledger.url), body });

/** Ledger and Stripe tell of the same money, once everything is read. */
const agreed = (): Promise<unknown> =>
  eventually(
    async () => {
      const { code, stdout, stderr } = await runBuilt('src/ops/cli.js', ['reconcile', '--from', '2020-01-01'], world.ledgerEnvironment());
      if (code !== 0) throw new Error(stdout + stderr);
      return true;
    },
    { withinMs: WAIT_MS, what: 'agreement' },
  );

describe('money that names no order', () => {
  it('pays for the order it is assigned to, once', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const [{ orderId }, intent] = [await buyer.order({ planId: 'teeworlds-256m' }), await strayPayment()];
    await rowOf(intent, 'unmatched');
    expect((await decide(intent, 'assign', { orderId: crypto.randomUUID(), reason: 'known' })).body.code).toBe('ORDER_UNKNOWN');
    expect((await decide(intent, 'assign', { orderId, reason: 'told us by mail: ada@example.com' })).status).toBe(422);
    expect((await decide(intent, 'assign', { orderId, reason: 'named-by-customer' })).status).toBe(202);
    await buyer.until(orderId, 'ready');
    expect((await decide(intent, 'assign', { orderId, reason: 'named-by-customer' })).status).toBe(202);
    expect((await decide(intent, 'refund', { reason: 'mistake' })).body.code).toBe('MONEY_NOT_WAITING');
    const payments = (await world.eventsOf(`payment-${orderId}`)).filter(({ type }) => type === 'PaymentSucceeded');
    expect(payments.map(({ data }) => (data as { paymentId: string }).paymentId)).toStrictEqual([intent]);
    await rowOf(intent, 'assigned');
    // From now on what Stripe tells of this money is the order's.
    await world.stripe.refunds.create({ payment_intent: intent, amount: 1 });
    await eventually(async () => (await world.eventsOf(`payment-${orderId}`)).some(({ type }) => type === 'RefundSettled'), {
      withinMs: WAIT_MS,
    });
  }, 180_000);

  it('goes back once, also when Stripe does not answer at first; a refund that fails brings it back', async () => {
    const intent = await strayPayment();
    await world.stripeControl('/_control/faults', { match: 'POST /v1/refunds', fault: 'error500After', times: 1 });
    expect((await decide(intent, 'refund', { reason: 'paid-by-mistake' })).status).toBe(202);
    await until(intent, 'UnmatchedMoneyRefundSettled');
    const { data: refunds } = await world.stripe.refunds.list({ payment_intent: intent });
    expect(refunds).toHaveLength(1);
    await rowOf(intent, 'refunded');
    await world.stripeControl(`/_control/refunds/${refunds[0]?.id}/fail`, { reason: 'expired_or_canceled_card' });
    await rowOf(intent, 'unmatched');
  }, 180_000);

  it('that somebody gave back at Stripe is given back; the command line shows all of it', async () => {
    const intent = await strayPayment();
    await world.stripe.refunds.create({ payment_intent: intent });
    await rowOf(intent, 'refunded');
    const { code, stdout } = await runBuilt('src/ops/cli.js', ['unmatched', 'list', '--json'], world.ledgerEnvironment());
    expect([code, (JSON.parse(stdout) as Row[]).find(({ objectId }) => objectId === intent)?.status]).toStrictEqual([0, 'refunded']);
  }, 180_000);

  it('that went back in part at Stripe shows the part, gives back the rest, and ledger and Stripe agree on all of it', async () => {
    const intent = await strayPayment();
    await world.stripe.refunds.create({ payment_intent: intent, amount: 50 });
    await until(intent, 'UnmatchedMoneyMoved');
    expect((await rowOf(intent, 'unmatched')).amountMinor).toBe('199');
    expect((await decide(intent, 'refund', { reason: 'paid-by-mistake' })).status).toBe(202);
    await rowOf(intent, 'refundedInParts');
    const { data: refunds } = await world.stripe.refunds.list({ payment_intent: intent });
    expect(refunds.map(({ amount }) => amount).toSorted()).toStrictEqual([149, 50]);
    await agreed();
  }, 180_000);

  it('that went back in part is assigned with that part: the order is told of both', async () => {
    const buyer = await Buyer.signUp(ledger.url);
    const [{ orderId }, intent] = [await buyer.order({ planId: 'teeworlds-256m' }), await strayPayment()];
    const { id: refundId } = await world.stripe.refunds.create({ payment_intent: intent, amount: 50 });
    await until(intent, 'UnmatchedMoneyMoved');
    expect((await decide(intent, 'assign', { orderId, reason: 'named-by-customer' })).status).toBe(202);
    await eventually(
      async () => {
        const told = await world.eventsOf(`payment-${orderId}`);
        return told.some(({ type, data }) => type === 'RefundSettled' && (data as { refundId: string }).refundId === refundId);
      },
      { withinMs: WAIT_MS, what: 'the refund to be told to the order' },
    );
    await agreed();
  }, 180_000);

  it('that a bank contests is shown to operators and taken out of the books; what Stripe then refuses to give back waits for a person', async () => {
    const intent = await strayPayment();
    const { id: disputeId } = await world.stripeControl<{ id: string }>(`/_control/charges/${intent}/dispute`, {});
    await until(intent, 'UnmatchedMoneyDisputed');
    await until(intent, 'UnmatchedMoneyMoved');
    const matters = async (): Promise<{ kind: string; subjectId: string; severity: string }[]> =>
      (
        await call<{ items: { kind: string; subjectId: string; severity: string }[] }>(ledger.url, '/api/v1/ops/attention', {
          token: await world.operator(ledger.url),
        })
      ).body.items;
    const raised = await eventually(async () => (await matters()).find(({ subjectId }) => subjectId === disputeId), { withinMs: WAIT_MS });
    expect(raised).toMatchObject({ kind: 'dispute', severity: 'critical' });
    expect((await decide(intent, 'refund', { reason: 'paid-by-mistake' })).body.code).toBe('MONEY_NOT_WAITING');
    await agreed();
    await world.stripeControl(`/_control/disputes/${disputeId}/lose`, {});
    await rowOf(intent, 'refundedInParts');
    await eventually(async () => !(await matters()).some(({ subjectId }) => [disputeId, intent].includes(subjectId)), {
      withinMs: WAIT_MS,
    });
    await agreed();
  }, 180_000);
});
