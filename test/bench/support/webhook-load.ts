/** Signed webhooks over kept connections: made before they are sent, so that only sending is timed. */
import { Agent, request } from 'node:http';
import Stripe from 'stripe';
import { inParallel } from './numbers.js';

const SECRET = 'whsec_bench';
/** A map from payment to invoice, which the intake only keeps, and one that is acknowledged only: neither makes the ledger ask Stripe. */
const TYPES = ['invoice_payment.paid', 'invoice.created'] as const;

export interface Signed {
  readonly body: string;
  readonly signature: string;
}

const objectOf = (type: (typeof TYPES)[number], id: string): object =>
  type === 'invoice.created'
    ? { id: `in_${id}`, object: 'invoice', status: 'draft', currency: 'eur', total: 999, lines: { object: 'list', data: [] } }
    : {
        ...{ id: `inpay_${id}`, object: 'invoice_payment', invoice: `in_${id}`, amount_paid: 999, currency: 'eur', status: 'paid' },
        payment: { type: 'payment_intent', payment_intent: `pi_${id}` },
      };

/** Webhooks `from` to `from + count - 1`, each about one object of its own; their signatures hold for five minutes. */
export const signed = (from: number, count: number): Signed[] =>
  Array.from({ length: count }, (_, index) => {
    const id = `bench${String(from + index).padStart(9, '0')}`;
    const type = TYPES[index % TYPES.length] ?? TYPES[0];
    const body = JSON.stringify(
      {
        ...{ id: `evt_${id}`, object: 'event', api_version: Stripe.API_VERSION, created: Math.floor(Date.now() / 1000), livemode: false },
        ...{ type, pending_webhooks: 1, request: { id: null, idempotency_key: null }, data: { object: objectOf(type, id) } },
      },
      null,
      2,
    );
    return { body, signature: Stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRET }) };
  });

const post = (url: URL, agent: Agent, { body, signature }: Signed): Promise<void> =>
  new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature };
    const call = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 200) done();
        else failed(new Error(`a webhook was answered with ${answer.statusCode}`));
      });
    });
    call.once('error', failed);
    call.end(body);
  });

/** Sends all of them over so many connections; answers how long each took, in milliseconds. */
export async function deliver(address: string, webhooks: readonly Signed[], connections: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const url = new URL(address);
  const tookMs: number[] = [];
  await inParallel(webhooks.length, connections, async (index) => {
    const webhook = webhooks[index];
    if (!webhook) return;
    const startMs = performance.now();
    await post(url, agent, webhook);
    tookMs.push(performance.now() - startMs);
  });
  agent.destroy();
  return tookMs;
}
