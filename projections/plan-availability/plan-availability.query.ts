/** Which plans were found fit to be sold. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { rowByKey } from '../../src/platform/database/row-by-key.js';
import { PlanAvailabilityEntity } from './plan-availability.entity.js';
import type { PlanAvailabilityRow } from './plan-availability.projection.js';

export class PlanChecks extends Query<PlanAvailabilityRow[]> {
  /** @param planId only of this plan */
  constructor(readonly planId?: string) {
    super();
  }
}

@QueryHandler(PlanChecks)
export class PlanChecksHandler implements IQueryHandler<PlanChecks> {
  constructor(private readonly database: DataSource) {}

  async execute({ planId }: PlanChecks): Promise<PlanAvailabilityRow[]> {
    if (planId === undefined) return this.database.getRepository(PlanAvailabilityEntity).find();
    const row = await rowByKey(this.database, PlanAvailabilityEntity, planId);
    return row ? [row] : [];
  }
}
