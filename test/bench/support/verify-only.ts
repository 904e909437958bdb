/** An endpoint that verifies a webhook's signature and answers, and does nothing else: what receiving costs at the least. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

const SECRET = 'whsec_bench';

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const signature = String(request.headers['stripe-signature']);
    Stripe.webhooks.constructEvent(Buffer.concat(parts), signature, SECRET);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"received":true}');
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
// Its parent's pipe closes when the parent is gone.
process.stdin.once('close', () => process.exit(0)).resume();
process.once('SIGTERM', () => process.exit(0));
