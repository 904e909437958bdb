/** Work that may be due, oldest first. Asked by the runner, not by people. */
import { DataSource, LessThanOrEqual } from 'typeorm';
import { DueWorkEntity } from './due-work.entity.js';
import type { DueWorkRow } from './due-work.projection.js';

/** @param nowIso ISO-8601 in UTC */
export const dueRows = async (database: DataSource, nowIso: string, limit: number): Promise<DueWorkRow[]> =>
  database.getRepository(DueWorkEntity).find({ where: { dueAt: LessThanOrEqual(nowIso) }, order: { dueAt: 'ASC' }, take: limit });
