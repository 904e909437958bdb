/** What happens to a customer's money at Stripe, without us: each becomes its facts on the order, once, whoever tells it and however late. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { EVENT_TYPES } from '../../local/stripe/event-types.js';
import { Buyer, call, pay } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { startWorld, type World } from '../support/local-world.js';
import { startClock, type SteerableClock } from '../support/steerable-clock.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WAIT_MS = 60_000;

let clock: SteerableClock;
let world: World;
let ledger: LedgerProcess;
let buyer: Buyer;

interface Bought {
  readonly orderId: string;
  /** Under which its first money is booked. */
  readonly paymentId: string;
  readonly intent: string;
  readonly subscriptionId: string;
  readonly customer: string;
  readonly amountMinor: number;
}
interface ToldFact {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

const factsOf = async ({ orderId }: Bought): Promise<ToldFact[]> => (await world.eventsOf(`payment-${orderId}`)) as ToldFact[];
/** The facts of these types, once there are so many. */
const told = (bought: Bought, types: readonly string[], count: number): Promise<ToldFact[]> =>
  eventually(
    async () => {
      const facts = (await factsOf(bought)).filter(({ type }) => types.includes(type));
      if (facts.length >= count) return facts;
      throw new Error(`told so far: ${facts.map(({ type }) => type).join()}`);
    },
    { withinMs: WAIT_MS, what: `${count} of ${types.join()}` },
  );
const control = (path: string, body: unknown = {}) => world.stripeControl<{ id: string }>(`/_control/${path}`, body);

const buy = async (payment: 'once' | 'subscription'): Promise<Bought> => {
  const { orderId, checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m', payment });
  await pay(checkoutUrl);
  const [paid] = (await eventually(
    async () => {
      const found = (await world.eventsOf(`payment-${orderId}`)).filter(({ type }) => type === 'PaymentSucceeded');
      return found.length > 0 && found;
    },
    { withinMs: WAIT_MS, what: 'the payment' },
  )) as ToldFact[];
  const data = paid?.data as unknown as { paymentId: string; total: { amountMinor: number }; subscriptionId: string | null };
  const { paymentId, subscriptionId } = data;
  if (subscriptionId === null)
    return { orderId, paymentId, intent: paymentId, subscriptionId: '', customer: '', amountMinor: data.total.amountMinor };
  const { data: payments } = await world.stripe.invoicePayments.list({ invoice: paymentId });
  const intent = payments[0]?.payment.payment_intent as string;
  const { customer } = await world.stripe.subscriptions.retrieve(subscriptionId);
  return { orderId, paymentId, intent, subscriptionId, customer: customer as string, amountMinor: data.total.amountMinor };
};
/** Until Stripe has told all it has to tell: renewals happen when the clock has moved and somebody asks. */
const pass = async (ms: number): Promise<void> => {
  clock.advance(ms);
  await world.stripe.subscriptions.list({ limit: 1 });
};
const eventAbout = async (type: string, objectId: string): Promise<Stripe.Event | undefined> =>
  (await world.stripe.events.list({ type, limit: 100 })).data.find(({ data }) => (data.object as { id?: string }).id === objectId);

beforeAll(async () => {
  clock = await startClock(new Date('2026-11-02T10:00:00.000Z'));
  world = await startWorld({ clock });
  await world.stripeControl('/_control/webhooks', { events: [...EVENT_TYPES, 'charge.dispute.updated'] });
  ledger = await LedgerProcess.start(world);
  buyer = await Buyer.signUp(ledger.url);
}, 180_000);
afterAll(async () => {
  await ledger?.stop();
  await world?.close();
  await clock?.close();
}, 60_000);

describe('money that goes back, seen from Stripe', () => {
  it('in part and then all of it, is booked with the payment it belongs to', async () => {
    const bought = await buy('once');
    const part = await world.stripe.refunds.create({ payment_intent: bought.intent, amount: 100 });
    await told(bought, ['RefundSettled'], 1);
    const rest = await world.stripe.refunds.create({ payment_intent: bought.intent });
    const [first, second] = await told(bought, ['RefundSettled'], 2);
    const about = { orderId: bought.orderId, paymentId: bought.intent, callId: null, planId: 'teeworlds-256m', term: 'monthly' };
    expect(first?.data).toMatchObject({ ...about, refundId: part.id, amount: { amountMinor: 100, currency: 'eur' } });
    expect(second?.data).toMatchObject({ ...about, refundId: rest.id, amount: { amountMinor: bought.amountMinor - 100, currency: 'eur' } });
  }, 120_000);

  it('of a subscription, is booked with its invoice, which no refund names; what then fails is told, with the reason', async () => {
    const bought = await buy('subscription');
    const refund = await world.stripe.refunds.create({ payment_intent: bought.intent, metadata: { refund_id: 'call-1' } });
    const [settled] = await told(bought, ['RefundSettled'], 1);
    expect(settled?.data).toMatchObject({ refundId: refund.id, paymentId: bought.paymentId, callId: 'call-1' });
    expect(bought.paymentId).toMatch(/^in_/);
    await control(`refunds/${refund.id}/fail`, { reason: 'lost_or_stolen_card' });
    const [failed] = await told(bought, ['RefundFailed'], 1);
    expect(failed?.data).toMatchObject({ refundId: refund.id, paymentId: bought.paymentId, code: 'lost_or_stolen_card' });
    expect((await factsOf(bought)).filter(({ type }) => type.startsWith('Refund'))).toHaveLength(2);
  }, 120_000);
});

describe('a dispute', () => {
  const kinds = ['DisputeOpened', 'DisputeFundsMoved', 'DisputeClosed'] as const;
  it('that is won gives the money back, each movement once', async () => {
    const bought = await buy('subscription');
    const { id } = await control(`charges/${bought.intent}/dispute`, { reason: 'fraudulent' });
    await told(bought, ['DisputeFundsMoved'], 1);
    await control(`disputes/${id}/win`);
    const facts = await told(bought, kinds, 4);
    for (const { data } of facts) expect(data).toMatchObject({ disputeId: id, paymentId: bought.paymentId, orderId: bought.orderId });
    const of = (type: string) => facts.filter((fact) => fact.type === type).map(({ data }) => data);
    expect(of('DisputeOpened')).toMatchObject([{ inquiry: false, reason: 'fraudulent', amount: { amountMinor: bought.amountMinor } }]);
    expect(of('DisputeClosed')).toMatchObject([{ outcome: 'won' }]);
    expect(of('DisputeFundsMoved').map(({ direction }) => direction)).toStrictEqual(['withdrawn', 'reinstated']);
  }, 120_000);

  it('that is lost takes it for good; an inquiry moves none until it is more than that', async () => {
    const [lost, asked] = [await buy('once'), await buy('once')];
    const dispute = await control(`charges/${lost.intent}/dispute`, { reason: 'product_not_received' });
    await control(`disputes/${dispute.id}/lose`);
    expect((await told(lost, kinds, 3)).find(({ type }) => type === 'DisputeClosed')?.data).toMatchObject({ outcome: 'lost' });
    const inquiry = await control(`charges/${asked.intent}/dispute`, { reason: 'general', inquiry: true });
    const [opened] = await told(asked, ['DisputeOpened'], 1);
    expect(opened?.data).toMatchObject({ inquiry: true, disputeId: inquiry.id, paymentId: asked.intent });
    expect((await factsOf(asked)).map(({ type }) => type)).not.toContain('DisputeFundsMoved');
    await control(`disputes/${inquiry.id}/escalate`);
    await told(asked, ['DisputeFundsMoved'], 1);
  }, 120_000);
});

describe('a subscription in time', () => {
  it('is renewed: money of that invoice, paid through by its lines', async () => {
    const bought = await buy('subscription');
    await pass(31 * DAY_MS + 2 * HOUR_MS);
    const [, renewal] = await told(bought, ['PaymentSucceeded'], 2);
    const { items, latest_invoice: invoice } = await world.stripe.subscriptions.retrieve(bought.subscriptionId);
    const paidThrough = new Date((items.data[0]?.current_period_end ?? 0) * 1000).toISOString();
    expect(renewal?.data).toMatchObject({ kind: 'renewal', paymentId: invoice, subscriptionId: bought.subscriptionId, paidThrough });
    expect(Date.parse(String(renewal?.data['paidAt']))).toBeLessThanOrEqual(clock.clock().getTime());
    const changes = await told(bought, ['SubscriptionChanged'], 2);
    expect(changes.at(-1)?.data).toMatchObject({ facts: { status: 'active', periodEnd: paidThrough } });
  }, 120_000);

  it('that cannot be collected says so attempt by attempt, and that it was paid after all; once ended, nothing late revives it', async () => {
    const bought = await buy('subscription');
    await control(`customers/${bought.customer}/payment_method`, { payment_method: 'pm_card_chargeCustomerFail' });
    await pass(31 * DAY_MS + 2 * HOUR_MS);
    const [first] = await told(bought, ['InvoicePaymentFailed'], 1);
    const { latest_invoice: invoice } = await world.stripe.subscriptions.retrieve(bought.subscriptionId);
    expect(first?.data).toMatchObject({ invoiceId: invoice, purpose: 'renewal', attempt: 1, subscriptionId: bought.subscriptionId });
    expect(first?.data['nextAttemptAt']).not.toBeNull();
    await eventually(async () => {
      const changed = (await factsOf(bought)).filter(({ type }) => type === 'SubscriptionChanged').at(-1);
      return (changed?.data['facts'] as { status?: string } | undefined)?.status === 'past_due';
    });
    const late = await eventAbout('customer.subscription.updated', bought.subscriptionId);
    await control(`customers/${bought.customer}/payment_method`, { payment_method: 'pm_card_visa' });
    await world.stripe.invoices.pay(invoice as string);
    expect((await told(bought, ['PaymentSucceeded'], 2)).at(-1)?.data).toMatchObject({ paymentId: invoice, kind: 'renewal' });
    await world.stripe.subscriptions.cancel(bought.subscriptionId);
    const [ended] = await told(bought, ['SubscriptionEnded'], 1);
    expect(ended?.data).toMatchObject({ subscriptionId: bought.subscriptionId, reason: 'cancellation_requested' });
    const ofStripe = async () => (await factsOf(bought)).filter(({ type }) => !type.startsWith('StripeCall'));
    const before = await ofStripe();
    await control(`events/${late?.id}/resend`);
    const operator = await world.operator(ledger.url);
    await eventually(async () => {
      const { body } = await call<{ items: { stripeEventId: string; outcome: string }[] }>(ledger.url, '/api/v1/ops/webhooks?limit=100', {
        token: operator,
      });
      return body.items.find(({ stripeEventId }) => stripeEventId === late?.id)?.outcome !== 'waiting';
    });
    expect(await ofStripe()).toStrictEqual(before);
  }, 180_000);
});
