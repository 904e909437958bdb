/** In what the panel was last seen to differ from the record, also for ids that are no order's. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import type { Drift } from '../../src/provisioning/drift.events.js';
import { AttentionEntity } from './attention.entity.js';

export interface SeenDrift {
  readonly orderId: string;
  readonly drifts: readonly Drift[];
}

export class SeenDrifts extends Query<SeenDrift[]> {}

@QueryHandler(SeenDrifts)
export class SeenDriftsHandler implements IQueryHandler<SeenDrifts> {
  constructor(private readonly database: DataSource) {}

  async execute(): Promise<SeenDrift[]> {
    const open = await this.database.getRepository(AttentionEntity).find({ where: { kind: 'drift' } });
    return open.map(({ subjectId, details }) => ({ orderId: subjectId, drifts: (details as Pick<SeenDrift, 'drifts'>).drifts }));
  }
}
