/** Which plans were found fit to be sold. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { PlanAvailabilityEntity } from './plan-availability.entity.js';
import type { PlanAvailabilityRow } from './plan-availability.projection.js';

export class AllPlanChecks extends Query<PlanAvailabilityRow[]> {}

@QueryHandler(AllPlanChecks)
export class AllPlanChecksHandler implements IQueryHandler<AllPlanChecks> {
  constructor(private readonly database: DataSource) {}

  async execute(): Promise<PlanAvailabilityRow[]> {
    return this.database.getRepository(PlanAvailabilityEntity).find();
  }
}
