/**
 * An endpoint that does what an order must do at the least, with the same clients and nothing else: two rows on disk, three appends one after the
 * other, one call. No rules, no reads, no read models beside it: what store, database and machine leave to be won.
 */
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { Pool } from 'pg';

const APPENDS = 3;
/** As an order's events are on average, in bytes of data and of metadata. */
const DATA = { text: 'x'.repeat(300) };
const METADATA = { text: 'x'.repeat(330) };

const { EVENTSTORE_URL = '', DATABASE_URL = '', STRIPE_API_URL = '' } = process.env;
const store = EventStoreDBClient.connectionString(EVENTSTORE_URL);
const pool = new Pool({ connectionString: DATABASE_URL });
const agent = new Agent({ keepAlive: true });

const row = () => pool.query({ name: 'row', text: 'insert into bare_order values ($1, $2)', values: [randomUUID(), METADATA.text] });

const call = (): Promise<void> =>
  new Promise((done, failed) => {
    const asked = request(
      `${STRIPE_API_URL}/v1/checkout/sessions`,
      { method: 'POST', agent },
      (answer) => void answer.resume().once('end', done),
    );
    asked.once('error', failed).end('mode=payment');
  });

async function order(): Promise<void> {
  await row();
  await row();
  for (let index = 0; index < APPENDS; index += 1) {
    if (index === APPENDS - 1) await call();
    const event = jsonEvent({ type: 'Bare', data: DATA, metadata: METADATA });
    await store.appendToStream(`bare-${randomUUID()}`, event, { expectedRevision: NO_STREAM });
  }
}

await pool.query('create table if not exists bare_order (id uuid primary key, text text)');
const server = createServer((asked, response) => {
  asked.resume().once('end', () => {
    order().then(
      () => response.writeHead(201).end('{"stage":"awaitingPayment"}'),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});
// Longer than any pause of the bench: a connection that is closed while it is used again is no figure.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
// Its parent's pipe closes when the parent is gone.
process.stdin.once('close', () => process.exit(0)).resume();
process.once('SIGTERM', () => process.exit(0));
