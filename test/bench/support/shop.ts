/** A shop that is open: customers who may order, a plan that is for sale, and nodes with room for all of it; and orders placed in it over HTTP. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { request, type Agent } from 'node:http';
import { join } from 'node:path';
import { ANY, jsonEvent, type EventStoreDBClient } from '@eventstore/db-client';
import { Catalog, comparedHash } from '../../../src/catalog/catalog.js';
import type { LedgerEvent } from '../../../src/ledger.events.js';
import type { Metadata } from '../../../src/platform/event.js';

const CATALOG = join(import.meta.dirname, '../../../catalog.yaml');
const PLAN = 'minecraft-4g';
const REGIONS = ['eu-central', 'us-east'];
/** An order judges every node of its region, with all its ports, so that both numbers are part of what it costs. */
const NODES = 16;
const PORTS_A_NODE = 200;

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

const post = (address: string, { agent, headers = {}, body }: { agent: Agent; headers?: Record<string, string>; body: object }) =>
  new Promise<Answer>((done, failed) => {
    const call = request(address, { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('end', () => done({ status: answer.statusCode, text }));
    });
    call.once('error', failed);
    call.end(JSON.stringify(body));
  });

export interface Customer {
  readonly customerId: string;
  readonly accessToken: string;
}

/** Signs up over HTTP. Rejects unless it comes to that. */
export async function signUp(url: string, agent: Agent): Promise<Customer> {
  const body = { email: `${randomUUID()}@example.com`, password: randomUUID(), name: 'Some One' };
  const { status, text } = await post(`${url}/api/v1/customers`, { agent, body });
  if (status !== 201) throw new Error(`a sign-up was answered with ${status}: ${text}`);
  return JSON.parse(text) as Customer;
}

const regionOf = (index: number): string => REGIONS[index % REGIONS.length] ?? '';

/** How many orders there is room for. */
export const ROOM = NODES * PORTS_A_NODE;

/** Places the index-th order, which ends with an open checkout. Rejects unless it comes to that. */
export async function placeOrder(url: string, { agent, index }: { agent: Agent; index: number }, { accessToken }: Customer): Promise<void> {
  const headers = { authorization: `Bearer ${accessToken}`, 'idempotency-key': randomUUID() };
  const body = { planId: PLAN, region: regionOf(index), term: 'monthly', payment: 'once' };
  const { status, text } = await post(`${url}/api/v1/orders`, { agent, headers, body });
  if (status !== 201 || !text.includes('"awaitingPayment"')) throw new Error(`an order was answered with ${status}: ${text}`);
}

/** The same on support/bare-order.ts. */
export async function placeBareOrder(url: string, agent: Agent): Promise<void> {
  const { status, text } = await post(url, { agent, body: {} });
  if (status !== 201) throw new Error(`a bare order was answered with ${status}: ${text}`);
}

const nodeFacts = (nodeId: string, at: string): LedgerEvent[] => {
  const room = { memoryMib: 1e9, diskMib: 1e9, foreignMemoryMib: 0, foreignDiskMib: 0, observedAt: at };
  const allocations = Array.from({ length: PORTS_A_NODE }, (_, index) => ({
    id: Number(nodeId) * PORTS_A_NODE + index,
    port: 20_000 + index,
  }));
  return [
    {
      type: 'NodeRegistered',
      data: { nodeId, region: regionOf(Number(nodeId)), reserveMemoryMib: 0, reserveDiskMib: 0, registeredAt: at },
    },
    { type: 'NodeEnabled', data: { nodeId, enabledAt: at } },
    { type: 'NodeCapacityObserved', data: { nodeId, ...room, allocations } },
  ];
};

/** What reactors would have recorded by now: accounts on the panel, the plan compared, the nodes' room. @returns the commit position of the last */
export async function openShop(store: EventStoreDBClient, customers: readonly Customer[]): Promise<bigint> {
  const at = new Date().toISOString();
  const sold = Catalog.load(CATALOG).plan(PLAN);
  if (!sold) throw new Error(`${PLAN} is not in the catalog`);
  const checked = { planId: PLAN, sellable: true, problems: [], checkedAt: at, compared: comparedHash(sold) };
  const told: [stream: string, facts: LedgerEvent[]][] = [
    [`plan-${PLAN}`, [{ type: 'PlanChecked', data: checked }]],
    ...Array.from({ length: NODES }, (_, index): [string, LedgerEvent[]] => [`node-${index + 1}`, nodeFacts(String(index + 1), at)]),
    ...customers.map(({ customerId }, index): [string, LedgerEvent[]] => [
      `customer-${customerId}`,
      [
        { type: 'PanelAccountLinkIntended', data: { customerId, attempt: 1, callDeadlineAt: at } },
        { type: 'PanelAccountLinked', data: { customerId, panelUserId: index + 1, how: 'created', linkedAt: at } },
      ],
    ]),
  ];
  let last = 0n;
  for (const [stream, facts] of told) last = await tell(store, stream, { facts, at });
  return last;
}

async function tell(store: EventStoreDBClient, stream: string, { facts, at }: { facts: LedgerEvent[]; at: string }): Promise<bigint> {
  const cause = randomUUID();
  const metadata: Metadata = {
    ...{ $correlationId: stream, $causationId: cause, commandId: cause, actor: { kind: 'system', id: 'bench' } },
    ...{ occurredAt: at, schemaVersion: 1, traceparent: `00-${cause.replaceAll('-', '')}-0123456789abcdef-01` },
  };
  const events = facts.map(({ type, data }) => jsonEvent({ type, data: { ...data }, metadata: { ...metadata } }));
  const { position } = await store.appendToStream(stream, events, { expectedRevision: ANY });
  return position?.commit ?? 0n;
}
