/** Hundreds of customers within a second: what their sign-ups would have left is written where it stands, and their tokens are signed, since passwords are slow to hash on purpose. */
import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { JwtService } from '@nestjs/jwt';
import { Client } from 'pg';
import type { CustomerEvent } from '../../src/customers/customer.events.js';
import { Sealing } from '../../src/customers/identity/sealing.js';
import type { Metadata } from '../../src/platform/event.js';
import { Buyer } from './buyer.js';
import type { World } from './local-world.js';

/** No number that the panel gives by itself. */
const FIRST_PANEL_USER = 100_000;

const factsOf = (customerId: string, panelUserId: number, at: string): CustomerEvent[] => [
  { type: 'CustomerRegistered', data: { customerId, registeredAt: at } },
  { type: 'PanelAccountLinkIntended', data: { customerId, attempt: 1, callDeadlineAt: at } },
  { type: 'PanelAccountLinked', data: { customerId, panelUserId, how: 'created', linkedAt: at } },
];

/** Nobody can log in as one of them: no password has this hash. */
async function writePeople(world: World, customerIds: readonly string[]): Promise<void> {
  const sealing = new Sealing(world.ledgerEnvironment()['IDENTITY_KEY'] ?? '');
  const emails = customerIds.map((id) => `${id}@example.com`);
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into identity.people (person_id, email_lookup, email_sealed, name_sealed, password_hash, role, registered_at)
       select *, 'none', 'customer', now() from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])`,
      [
        customerIds,
        emails.map((email) => sealing.lookup(email)),
        emails.map((email) => sealing.seal(email)),
        emails.map(() => sealing.seal('One of Many')),
      ],
    );
  } finally {
    await client.end();
  }
}

async function writeFacts(world: World, customerIds: readonly string[]): Promise<void> {
  const store = EventStoreDBClient.connectionString(world.eventStoreUrl);
  const at = new Date().toISOString();
  const write = (customerId: string, index: number): Promise<unknown> => {
    const commandId = randomUUID();
    const metadata: Metadata = {
      ...{ $correlationId: customerId, $causationId: commandId, commandId, actor: { kind: 'customer', id: customerId } },
      ...{ occurredAt: at, schemaVersion: 1, traceparent: `00-${commandId.replaceAll('-', '')}-0123456789abcdef-01` },
    };
    const facts = factsOf(customerId, FIRST_PANEL_USER + index, at);
    const events = facts.map(({ type, data }) => jsonEvent({ type, data: { ...data }, metadata: { ...metadata } }));
    return store.appendToStream(`customer-${customerId}`, events, { expectedRevision: NO_STREAM });
  };
  try {
    await Promise.all(customerIds.map(write));
  } finally {
    await store.dispose();
  }
}

/** As many different customers as asked for, who may order at once. The panel knows none of them, so that no server can be made for them. */
export async function manyBuyers(world: World, ledgerUrl: string, count: number): Promise<Buyer[]> {
  const customerIds = Array.from({ length: count }, () => randomUUID());
  await writePeople(world, customerIds);
  await writeFacts(world, customerIds);
  const tokens = new JwtService({ secret: world.ledgerEnvironment()['JWT_SECRET'] ?? '' });
  const signed = (id: string): Promise<string> => tokens.signAsync({ sub: id, role: 'customer' }, { algorithm: 'HS256', expiresIn: '1h' });
  return Promise.all(customerIds.map(async (id) => Buyer.withToken(ledgerUrl, id, await signed(id))));
}
