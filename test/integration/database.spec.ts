/** The one pool: a session that PostgreSQL ends is an error of the work that holds it, never the end of the process. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, poolOf } from '../../src/platform/database/data-source.js';
import { inTransaction } from '../../src/platform/readers/sessions.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

let place: TestDatabase;
let database: DataSource;

beforeAll(async () => {
  place = await createDatabase();
  database = await createDataSource({ url: place.url, entities: [] });
});
afterAll(async () => {
  await database.destroy();
  await place.drop();
});

const terminate = async (pid: number): Promise<void> => {
  const other = new Client({ connectionString: place.url });
  await other.connect();
  await other.query('select pg_terminate_backend($1)', [pid]);
  await other.end();
};

describe('a session that is ended between two statements', () => {
  it('rejects the transaction that holds it; the pool goes on', async () => {
    const work = inTransaction(poolOf(database), { owner: 'somebody' }, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const gone = new Promise((resolve) => client.once('end', resolve));
      await terminate(rows[0]?.pid ?? 0);
      await gone;
    });
    await expect(work).rejects.toThrow('Client has encountered a connection error and is not queryable');
    expect(await database.query('select 1 as one')).toStrictEqual([{ one: 1 }]);
  });
});
