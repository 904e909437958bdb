/** A ledger with nothing but its projector, beside a store and a database, all as processes of their own; and how far its read models are. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { Client } from 'pg';
import { farewell } from '../../../src/platform/event-store/subscription.js';
import { startBuilt, startStore, type Program } from './programs.js';

/** What a projector wants to know before it starts; nothing here is ever called. */
export const environment = (store: string, database: string): Record<string, string> => ({
  EVENTSTORE_URL: store,
  DATABASE_URL: database,
  ROLES: 'projector',
  PORT: '0',
  LEDGER_READY_LINE: 'true',
  LOG_LEVEL: 'warn',
  STRIPE_SECRET_KEY: 'sk_test_bench',
  STRIPE_WEBHOOK_SECRET: 'whsec_bench',
  STRIPE_API_URL: 'http://127.0.0.1:9',
  PANEL_URL: 'http://127.0.0.1:9',
  PTERO_APP_KEY: `ptla_${'0'.repeat(43)}`,
  JWT_SECRET: 'bench'.repeat(10),
  IDENTITY_KEY: Buffer.alloc(32, 1).toString('base64'),
});

const PATIENCE_MS = 120_000;

export class ProjectorWorld {
  private constructor(
    readonly store: EventStoreDBClient,
    readonly database: Client,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Runs `work` in a fresh world on a folder of its own, and leaves nothing behind. `startIn` starts the event store, normally the build's. */
  static async run<T>(work: (world: ProjectorWorld) => Promise<T>, startIn = startStore): Promise<T> {
    const dir = mkdtempSync(join(tmpdir(), 'order-ledger-bench-'));
    const ends: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
    try {
      const store = await startIn(join(dir, 'eventstore'));
      ends.push(() => store.stop());
      const postgres = await startBuilt('local/postgres/main.js', ['--dir', join(dir, 'postgres'), '--port', '0']);
      ends.push(() => postgres.stop());
      const client = EventStoreDBClient.connectionString(store.url);
      ends.push(() => farewell(client.dispose()));
      const database = new Client({ connectionString: postgres.url });
      await database.connect();
      ends.push(() => database.end());
      return await work(new ProjectorWorld(client, database, environment(store.url, postgres.url)));
    } finally {
      for (const end of ends.reverse()) await end();
    }
  }

  startProjector(): Promise<Program> {
    return this.start('projector');
  }

  /** A ledger in these roles (comma-separated), with other settings where they are given. */
  start(roles: string, settings: Readonly<Record<string, string>> = {}): Promise<Program> {
    return startBuilt('src/main.js', [], { ...this.environment, ...settings, ROLES: roles });
  }

  /** The commit position that every read model has passed; rows and position become visible together. -1n before the first. */
  async reached(): Promise<bigint> {
    const { rows } = await this.database.query<{ at: string | null }>(
      'select min(coalesce(commit_position, -1))::text as at from engine.checkpoint where reader not like $1',
      ['%@%'],
    );
    return BigInt(rows[0]?.at ?? -1);
  }

  /** Settles when every read model has passed a position. */
  async reaches(position: bigint): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while ((await this.reached()) < position) {
      if (performance.now() > deadlineMs) throw new Error(`the read models did not reach ${position}`);
      await delay(1);
    }
  }
}
