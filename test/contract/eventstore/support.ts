/** The contract runs against an in-process store, or against any server that EVENTSTORE_CONTRACT_URL names. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, type JSONEventType, type ResolvedEvent } from '@eventstore/db-client';
import { credentials } from '@grpc/grpc-js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { startEventStore } from '../../../local/eventstore/server.js';

export type TestEvent = JSONEventType<string, Record<string, unknown>>;

export interface Contract {
  readonly client: EventStoreDBClient;
  readonly url: string;
  /** The wire itself, for what the client never sends. */
  readonly raw: StreamsClient;
}

const namedStore = (): string | undefined => process.env['EVENTSTORE_CONTRACT_URL'];

/**
 * Cases that stop, kill, fill or steer their store, or need it empty: each brings a local one of its own. Against EVENTSTORE_CONTRACT_URL
 * they are not run, which `npm run contract:items` lists.
 */
export const freshStoreOnly = (title: string, cases: () => void): void => {
  if (namedStore() === undefined) return describe(title, cases);
  describe(title, () => {
    it('needs a local store of its own and says nothing about the one that was named', () => expect(namedStore()).toMatch(/^esdb/));
  });
};

/** One store for the whole file; cases keep apart by their stream names. */
export function contract(): Contract {
  const state: { client?: EventStoreDBClient; url?: string; raw?: StreamsClient; close?: () => Promise<void> } = {};
  beforeAll(async () => {
    const named = namedStore();
    const store = named === undefined ? await startEventStore() : { url: named, close: () => Promise.resolve() };
    state.close = store.close;
    state.url = store.url;
    state.client = EventStoreDBClient.connectionString(store.url);
    state.raw = new streamServices.StreamsClient(addressOf(store.url), credentials.createInsecure());
  });
  afterAll(async () => {
    state.raw?.close();
    await state.client?.dispose();
    await state.close?.();
  });
  const need = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the store has not started');
    return value;
  };
  return {
    get client() {
      return need(state.client);
    },
    get url() {
      return need(state.url);
    },
    get raw() {
      return need(state.raw);
    },
  };
}

export const addressOf = (url: string): string => new URL(url.replace('esdb:', 'http:')).host;

export const newStream = (category = 'contract'): string => `${category}-${randomUUID()}`;

export const event = (
  type = 'Happened',
  data: Record<string, unknown> = {},
  id: string = randomUUID(),
): ReturnType<typeof jsonEvent<TestEvent>> => jsonEvent<TestEvent>({ id, type, data });

export const events = (count: number, type = 'Happened'): ReturnType<typeof event>[] =>
  Array.from({ length: count }, (_, n) => event(type, { n }));

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}

export const revisions = (found: readonly ResolvedEvent[]): (bigint | undefined)[] =>
  found.map(({ event: recorded }) => recorded?.revision);

/** The error a promise ends with; fails if it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('an error was expected');
}

/** Answers when the machine's clock has gone this far, working meanwhile. */
export async function workFor(ms: number, work: () => Promise<unknown>): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) await work();
}

/** What a subscription has sent so far, in order, and a wait for more of it. */
export class Watched {
  readonly log: string[] = [];
  readonly events: ResolvedEvent[] = [];
  error: (Error & Record<string, unknown>) | undefined;
  private wake: () => void = () => undefined;

  constructor(
    readonly subscription: ReturnType<EventStoreDBClient['subscribeToAll']> | ReturnType<EventStoreDBClient['subscribeToStream']>,
  ) {
    const note = (word: string): void => {
      this.log.push(word);
      this.wake();
    };
    subscription.on('confirmation', () => note('confirmation'));
    subscription.on('caughtUp', () => note('caughtUp'));
    subscription.on('data', (resolved: ResolvedEvent) => {
      this.events.push(resolved);
      note((resolved.event ?? resolved.link)?.type ?? 'nothing');
    });
    subscription.on('error', (error: Error) => {
      this.error = error as Error & Record<string, unknown>;
      note('error');
    });
  }

  /** Resolves once `condition` holds; the test's own time limit ends a vain wait. */
  async until(condition: (watched: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  async seen(word: string, times = 1): Promise<void> {
    await this.until(({ log }) => log.filter((entry) => entry === word).length >= times);
  }
}
