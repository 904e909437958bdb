import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as shapes from '../../test/support/stripe-shapes.js';
import { StripeGateway } from './stripe.gateway.js';
import { StripeObjects } from './stripe-objects.js';

const END = 1_790_000_000;
const early = { ...shapes.line(), id: 'il_1' };
const later = { ...shapes.line({ period: { start: 1, end: END } }), id: 'il_2' };
const list = (data: object[], has_more: boolean) => ({ object: 'list', url: '/v1/invoices/in_1/lines', data, has_more });

/** One line to the page, as Stripe would with many. */
const answerTo = ({ pathname, searchParams }: URL): object => {
  if (pathname === '/v1/invoices/in_1') return { ...shapes.invoice, lines: list([early], true) };
  return searchParams.get('starting_after') === 'il_1' ? list([later], false) : list([early], true);
};

let server: Server;
let objects: StripeObjects;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answerTo(new URL(request.url ?? '', 'http://stripe'))));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  objects = new StripeObjects(new StripeGateway({ secretKey: 'sk_test_lines', apiUrl, dashboardUrl: apiUrl }));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('an invoice has all of its lines: what is paid for may stand on another page', async () => {
  const invoice = await objects.current('invoice', 'in_1');
  expect(invoice).toMatchObject({ paidThrough: END, detail: { lines: [{ periodEnd: early.period.end }, { periodEnd: END }] } });
  expect(invoice?.detail).not.toHaveProperty('moreLines');
});
