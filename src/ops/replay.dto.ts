/** What the operator API takes and gives for time travel through an order. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { AT_FORMS } from './replay/moment.js';
import type { Change } from './replay/changes.js';
import type { Next } from './replay/next.js';
import type { Replay } from './replay/replay.js';
import type { RowAt, RowChange } from './replay/rows.js';
import type { Step, StepEvent } from './replay/step.js';

const AT_MAX = 120;
const OBJECT = { type: 'object', additionalProperties: true } as const;
const ANY_VALUE = {
  nullable: true,
  oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'array', items: {} }, OBJECT],
};

export class ReplayRequest {
  @ApiPropertyOptional({ description: `The point to go to; absent means now. One of ${AT_FORMS}.`, example: 'payment@0' })
  @IsOptional()
  @IsString()
  @MaxLength(AT_MAX)
  readonly at?: string;

  @ApiPropertyOptional({
    description: 'A Ledger-Position of an earlier answer; the event store itself is read, so it is always in the answer.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(20)
  readonly atLeast?: string;
}

export class ChangeView implements Change {
  @ApiProperty({ description: 'JSON pointer (RFC 6901); empty for the whole value.', example: '/order/hold/nodeId' })
  readonly path!: string;
  @ApiPropertyOptional({ ...ANY_VALUE, description: 'Absent when the place is new.' }) readonly before?: unknown;
  @ApiPropertyOptional({ ...ANY_VALUE, description: 'Absent when the place is gone.' }) readonly after?: unknown;
}

export class RowChangeView implements RowChange {
  @ApiProperty({ example: 'order-list' }) readonly projection!: string;
  @ApiProperty() readonly rowKey!: string;
  @ApiProperty({ type: [ChangeView] }) readonly changes!: readonly ChangeView[];
}

export class RowView implements RowAt {
  @ApiProperty({ example: 'order-list' }) readonly projection!: string;
  @ApiProperty({ description: 'Of the projection.' }) readonly version!: number;
  @ApiProperty() readonly rowKey!: string;
  @ApiProperty(OBJECT) readonly row!: Record<string, unknown>;
}

export class ReplayActor {
  @ApiProperty({ enum: ['customer', 'ops', 'stripe', 'saga', 'system'] }) readonly kind!: NonNullable<StepEvent['actor']>['kind'];
  @ApiProperty() readonly id!: string;
}

export class StepEventView implements StepEvent {
  @ApiProperty() readonly id!: string;
  @ApiProperty({ example: 'OrderPaid' }) readonly type!: string;
  @ApiProperty() readonly stream!: string;
  @ApiProperty({ description: 'In its stream, from 0.' }) readonly revision!: number;
  @ApiProperty({ description: 'Place in the log, a decimal number.' }) readonly position!: string;
  @ApiProperty({ description: 'ISO-8601, from the clock that decided.' }) readonly occurredAt!: string;
  @ApiProperty({ type: Number, nullable: true }) readonly schemaVersion!: number | null;
  @ApiProperty({ type: ReplayActor, nullable: true }) readonly actor!: ReplayActor | null;
  @ApiProperty({ type: String, nullable: true }) readonly correlationId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly causationId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly commandId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'W3C trace context of the request.' }) readonly traceparent!: string | null;
  @ApiProperty({ ...OBJECT, description: 'As recorded; events hold ids and codes, nothing personal and no secret.' })
  readonly data!: unknown;
}

export class NextView implements Next {
  @ApiProperty({
    enum: ['nobody', 'customer', 'operator', 'intake', 'purchase', 'placement', 'plan-change', 'provisioning'],
    description: 'Whose turn it is.',
  })
  readonly by!: Next['by'];
  @ApiProperty({ ...OBJECT, description: 'What they will do: a union on `do`.' }) readonly step!: Next['step'];
  @ApiProperty({ type: String, nullable: true, description: 'When; null: at once, or not a matter of time.' }) readonly dueAt!:
    string | null;
  @ApiProperty({ description: 'Why the order is where it is, in one sentence.' }) readonly why!: string;
}

export class StepStatus {
  @ApiProperty({ example: 'awaitingPayment' }) readonly order!: string;
  @ApiProperty({ description: 'Payments that succeeded.' }) readonly payments!: number;
  @ApiProperty({ example: 'installing' }) readonly provisioning!: string;
}

export class StepView implements Step {
  @ApiProperty({ description: 'From 1.' }) readonly number!: number;
  @ApiProperty({ type: StepEventView }) readonly event!: StepEventView;
  @ApiProperty({ type: Number, nullable: true, description: 'Number of the step that caused it.' }) readonly causedBy!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why the event is shown but not folded; null if it was.' })
  readonly problem!: string | null;
  @ApiProperty({ type: StepStatus }) readonly status!: StepStatus;
  @ApiProperty({ type: [ChangeView], description: 'In the states: /order/…, /payment/…, /provisioning/….' })
  readonly changes!: readonly ChangeView[];
  @ApiProperty({ type: [RowChangeView], description: 'In the rows of the read models, by this event.' })
  readonly rows!: readonly RowChangeView[];
  @ApiProperty({ type: [RowChangeView], description: 'In rows shared with other orders, by their events, since the step before.' })
  readonly meanwhile!: readonly RowChangeView[];
  @ApiProperty({ type: NextView, description: 'Right after this event.' }) readonly next!: NextView;
}

export class ReplayPoint {
  @ApiProperty({ description: 'How many steps are folded.' }) readonly step!: number;
  @ApiProperty({ description: 'How many of the order came after.' }) readonly laterSteps!: number;
  @ApiProperty({ type: String, nullable: true, description: 'Place in the log; null before anything.' }) readonly position!: string | null;
  @ApiProperty({ description: 'The time for which `next` holds.' }) readonly time!: string;
}

export class ReplayStates {
  @ApiProperty({ ...OBJECT, description: 'A union on `status`.' }) readonly order!: Replay['states']['order'];
  @ApiProperty(OBJECT) readonly payment!: Replay['states']['payment'];
  @ApiProperty({ ...OBJECT, description: 'A union on `status`.' }) readonly provisioning!: Replay['states']['provisioning'];
}

export class ReplayView implements Replay {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty({ type: ReplayPoint }) readonly at!: ReplayPoint;
  @ApiProperty({ type: ReplayStates, description: 'At that point.' }) readonly states!: ReplayStates;
  @ApiProperty({ type: ReplayStates, description: 'Before any event: where the changes of the steps begin.' })
  readonly before!: ReplayStates;
  @ApiProperty({ type: [RowView], description: 'Of every read model, at that point.' }) readonly rows!: readonly RowView[];
  @ApiProperty({ type: NextView }) readonly next!: NextView;
  @ApiProperty({ type: [String], description: 'What else an operator should know.' }) readonly notes!: readonly string[];
  @ApiProperty({
    type: [StepView],
    description:
      'Up to that point, oldest first. The changes of all steps, applied in turn to `before`, give `states`; those of the rows (each step’s `meanwhile`, then its `rows`, at last the replay’s own `meanwhile`) give `rows`.',
  })
  readonly steps!: readonly StepView[];
  @ApiProperty({ type: [RowChangeView], description: 'In rows shared with other orders, since the last step.' })
  readonly meanwhile!: readonly RowChangeView[];
}
