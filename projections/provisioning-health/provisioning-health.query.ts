/** How long provisioning takes and why it fails. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { newestPage, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { ProvisioningHealthEntity } from './provisioning-health.entity.js';
import { tableNameOf } from '../../src/platform/projection.js';
import { orderList } from '../order-list/order-list.projection.js';
import { provisioningHealth, type ProvisioningHealthRow } from './provisioning-health.projection.js';

/** Days in UTC as `YYYY-MM-DD`, the last one included. */
export interface HealthPeriod {
  readonly from: string;
  readonly to: string;
}

/** In milliseconds, of the steps that ended well in the period; `paidToReady` is the whole way. */
export interface StepDurations {
  readonly step: ProvisioningHealthRow['step'] | 'paidToReady';
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface StepFailures {
  readonly step: ProvisioningHealthRow['step'];
  readonly code: string;
  readonly outcome: 'failed' | 'needsHuman';
  readonly count: number;
  readonly lastAt: string;
}

export interface ProvisioningHealth {
  readonly durations: StepDurations[];
  /** The most frequent first. */
  readonly failures: StepFailures[];
}

const FAILURES_MAX = 100;

const DURATIONS = `
  select step, count(*)::int as count, percentile_disc(0.5) within group (order by ms)::float8 as "p50Ms",
    percentile_disc(0.95) within group (order by ms)::float8 as "p95Ms", max(ms)::float8 as "maxMs"
  from (
    select step, duration_ms as ms, at from ${tableNameOf(provisioningHealth)} where outcome = 'done' and duration_ms is not null
    union all
    select 'paidToReady', (extract(epoch from ready_at::timestamptz - paid_at::timestamptz) * 1000)::bigint, ready_at
    from ${tableNameOf(orderList)} where ready_at is not null and paid_at is not null
  ) measured
  where at >= $1 and left(at, 10) <= $2
  group by step
  order by step`;

const FAILURES = `
  select step, code, outcome, count(*)::int as count, max(at) as "lastAt"
  from ${tableNameOf(provisioningHealth)}
  where outcome in ('failed', 'needsHuman') and at >= $1 and left(at, 10) <= $2
  group by step, code, outcome
  order by count(*) desc, step, code, outcome
  limit ${FAILURES_MAX}`;

export class GetProvisioningHealth extends Query<ProvisioningHealth> {
  constructor(readonly period: HealthPeriod) {
    super();
  }
}

@QueryHandler(GetProvisioningHealth)
export class GetProvisioningHealthHandler implements IQueryHandler<GetProvisioningHealth> {
  constructor(private readonly database: DataSource) {}

  async execute({ period: { from, to } }: GetProvisioningHealth): Promise<ProvisioningHealth> {
    const durations: StepDurations[] = await this.database.query(DURATIONS, [from, to]);
    const failures: StepFailures[] = await this.database.query(FAILURES, [from, to]);
    return { durations, failures };
  }
}

export interface ProvisioningFactsWish extends PageWish {
  readonly orderId?: string;
  readonly outcome?: ProvisioningHealthRow['outcome'];
}

/** Attempts and steps one by one, newest first. */
export class ListProvisioningFacts extends Query<Page<ProvisioningHealthRow>> {
  constructor(readonly wish: ProvisioningFactsWish) {
    super();
  }
}

@QueryHandler(ListProvisioningFacts)
export class ListProvisioningFactsHandler implements IQueryHandler<ListProvisioningFacts> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListProvisioningFacts): Promise<Page<ProvisioningHealthRow>> {
    const { orderId, outcome } = wish;
    return newestPage(this.database, { entity: ProvisioningHealthEntity, by: ['at', 'factKey'], where: { orderId, outcome } }, wish);
  }
}
