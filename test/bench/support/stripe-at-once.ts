/** In Stripe's place: opens every Checkout Session at once and does nothing else, so that no time of Stripe's is in what is measured. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const OPENING = '/v1/checkout/sessions';

const server = createServer((request, response) => {
  const known = request.method === 'POST' && request.url === OPENING;
  const id = `cs_test_${randomUUID().replaceAll('-', '')}`;
  const session = { id, object: 'checkout.session', status: 'open', url: `http://127.0.0.1/${id}` };
  request.resume().once('end', () => {
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(known ? session : { error: {} }));
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
// Its parent's pipe closes when the parent is gone.
process.stdin.once('close', () => process.exit(0)).resume();
process.once('SIGTERM', () => process.exit(0));
