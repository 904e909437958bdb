/** What a replay says that the read models showed, against what they hold. */
import { expect } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { readModels } from '../../projections/index.js';
import type { Replay } from '../../src/ops/replay/replay.js';
import type { Projection } from '../../src/platform/projection.js';

/** Rows by `<projection> <row key>`. */
type Rows = Readonly<Record<string, object>>;

/** Everything the read models hold now. */
export const heldBy = async (database: DataSource): Promise<Rows> => {
  const all = await Promise.all(
    readModels.map(async ({ projection, entity }) => {
      const { name } = projection as unknown as Projection;
      const repository = database.getRepository(entity);
      const key = repository.metadata.primaryColumns[0]?.propertyName ?? '';
      const rows = (await repository.find()) as unknown as Record<string, unknown>[];
      return rows.map((row): [string, object] => [`${name} ${String(row[key])}`, { ...row }]);
    }),
  );
  return Object.fromEntries(all.flat());
};

/** The replay's rows are what the read models hold of them, and they hold nothing of the order that the replay lacks. */
export const expectSameRows = (told: Replay, held: Rows): void => {
  const replayed: Rows = Object.fromEntries(told.rows.map(({ projection, rowKey, row }) => [`${projection} ${rowKey}`, row]));
  const ofOrder = Object.keys(held).filter((place) => place in replayed || (held[place] as { orderId?: unknown }).orderId === told.orderId);
  expect(replayed).toEqual(Object.fromEntries(ofOrder.map((place) => [place, held[place]])));
};
