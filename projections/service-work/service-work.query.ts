/** What time may have to say about paid orders and calls toward Stripe, oldest first. Asked by the runner, not by people. */
import { DataSource, LessThanOrEqual } from 'typeorm';
import { ServiceWorkEntity } from './service-work.entity.js';
import type { ServiceWorkRow } from './service-work.projection.js';

/** @param nowIso ISO-8601 in UTC */
export const dueServiceRows = async (
  database: DataSource,
  nowIso: string,
  limit: number,
): Promise<(ServiceWorkRow & { dueAt: string })[]> => {
  const rows = await database
    .getRepository(ServiceWorkEntity)
    .find({ where: { dueAt: LessThanOrEqual(nowIso) }, order: { dueAt: 'ASC' }, take: limit });
  return rows.flatMap((row) => (row.dueAt === null ? [] : [{ ...row, dueAt: row.dueAt }]));
};
