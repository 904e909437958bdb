/** What operators ask about money and delivery, and what they are shown. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type as TypeOf } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import type { Violation } from '../../projections/delivery-invariant/delivery-invariant.query.js';
import type { PaymentsRow, PaymentStatus } from '../../projections/payments/payments.projection.js';
import type { ProvisioningHealthRow } from '../../projections/provisioning-health/provisioning-health.projection.js';
import type { WebhookOutcome } from '../../projections/webhook-log/webhook-log.query.js';
import { DAY, DaysRequest, PageRequest, pageView, SortedRequest } from '../platform/http/paging.js';

export const NAME_MAX = 64;
const MINOR_UNITS = 'Minor units of the currency, as a decimal number.';

const STEP: Readonly<Record<ProvisioningHealthRow['step'], true>> = {
  ...{
    start: true,
    create: true,
    install: true,
    suspend: true,
    unsuspend: true,
    resize: true,
    reinstall: true,
    remove: true,
    delete: true,
  },
};
const STEPS = Object.keys(STEP);
const PAYMENT_STATUSES: PaymentStatus[] = [
  'pending',
  'failed',
  'succeeded',
  'notAccepted',
  'unmatched',
  'assigned',
  'refunded',
  'refundedInParts',
];
const WEBHOOK_OUTCOMES: WebhookOutcome[] = [
  'quarantined',
  'translated',
  'unmatched',
  'waiting',
  'setAside',
  'ignored',
  'foreign',
  'nothingNew',
];
const FACT_OUTCOMES: ProvisioningHealthRow['outcome'][] = ['running', 'done', 'failed', 'needsHuman'];
const VIOLATIONS: Violation[] = ['tooManyServers', 'serverWithoutPayment', 'notDelivered', 'periodOver'];

/** More than any amount of money in minor units. */
const AMOUNT_MAX = 1e12;
const KINDS: PaymentsRow['kind'][] = ['payment', 'unmatchedMoney', 'refund', 'dispute'];

/** Money that named no order. */
export class UnmatchedMoneyRequest extends DaysRequest {
  @ApiPropertyOptional({ enum: PAYMENT_STATUSES }) @IsOptional() @IsIn(PAYMENT_STATUSES) readonly status?: PaymentStatus;
  @ApiPropertyOptional({ example: 'eur' }) @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly currency?: string;
  @ApiPropertyOptional({ description: 'Minor units; what went away is negative.' })
  @IsOptional()
  @TypeOf(() => Number)
  @IsInt()
  @Min(-AMOUNT_MAX)
  @Max(AMOUNT_MAX)
  readonly amountMin?: number;
  @ApiPropertyOptional({ description: 'Minor units; what went away is negative.' })
  @IsOptional()
  @TypeOf(() => Number)
  @IsInt()
  @Min(-AMOUNT_MAX)
  @Max(AMOUNT_MAX)
  readonly amountMax?: number;
}

export class PaymentsRequest extends UnmatchedMoneyRequest {
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly orderId?: string;
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly customerId?: string;
  @ApiPropertyOptional({ enum: KINDS }) @IsOptional() @IsIn(KINDS) readonly kind?: PaymentsRow['kind'];
}

export class WebhooksRequest extends DaysRequest {
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly orderId?: string;
  @ApiPropertyOptional({ enum: WEBHOOK_OUTCOMES }) @IsOptional() @IsIn(WEBHOOK_OUTCOMES) readonly outcome?: WebhookOutcome;
  @ApiPropertyOptional({ example: 'invoice.paid' }) @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly type?: string;
  @ApiPropertyOptional({ description: "Stripe's id of the event, or of the object it is about." })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  readonly stripeId?: string;
}

export class ProvisioningFactsRequest extends SortedRequest {
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly orderId?: string;
  @ApiPropertyOptional({ enum: FACT_OUTCOMES }) @IsOptional() @IsIn(FACT_OUTCOMES) readonly outcome?: ProvisioningHealthRow['outcome'];
}

export class PromisesRequest extends PageRequest {
  @ApiPropertyOptional({ default: true, description: 'Only orders for which the promise is broken; false for all orders.' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => ({ true: true, false: false })[String(value)] ?? value)
  @IsBoolean()
  readonly broken: boolean = true;
}

/** The last 30 days unless said otherwise. */
export class PeriodRequest extends PageRequest {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'First day, in UTC; default 29 days before the last.' })
  @IsOptional()
  @Matches(DAY, { message: 'from must be a day: YYYY-MM-DD' })
  readonly from?: string;

  @ApiPropertyOptional({ example: '2026-11-30', description: 'Last day, in UTC; default today.' })
  @IsOptional()
  @Matches(DAY, { message: 'to must be a day: YYYY-MM-DD' })
  readonly to?: string;
}

export class FiguresRequest extends PeriodRequest {
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly planId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly region?: string;
  @ApiPropertyOptional({ example: 'eur' }) @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly currency?: string;
}

export class PaymentView {
  @ApiProperty() readonly paymentKey!: string;
  @ApiProperty({ enum: KINDS }) readonly kind!: string;
  @ApiProperty({ type: String, enum: ['initial', 'renewal', 'change', 'extension', 'other'], nullable: true }) readonly purpose!:
    string | null;
  @ApiProperty({ enum: PAYMENT_STATUSES }) readonly status!: string;
  @ApiProperty({ type: String, nullable: true }) readonly reason!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly orderId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly customerId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly planId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly region!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly term!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly currency!: string | null;
  @ApiProperty({ type: String, nullable: true, description: `Negative for what went away. ${MINOR_UNITS}` }) readonly amountMinor!:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: `Before tax and coupons. ${MINOR_UNITS}` }) readonly subtotalMinor!:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: `Part that never passed through Stripe. ${MINOR_UNITS}` })
  readonly offStripeMinor!: string | null;
  @ApiProperty({ type: String, nullable: true, description: `Stripe's fee, of no customer's money. ${MINOR_UNITS}` }) readonly feeMinor!:
    string | null;
  @ApiProperty({ description: "Stripe's object that tells of it" }) readonly objectId!: string;
  @ApiProperty({ type: String, nullable: true }) readonly paymentIntent!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly invoice!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly session!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly subscription!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly paidThrough!: string | null;
  @ApiProperty() readonly occurredAt!: string;
}
export class PaymentsPage extends pageView(PaymentView) {}

class GroupView {
  @ApiProperty({ example: '2026-11-03' }) readonly day!: string;
  @ApiProperty({ example: 'eur' }) readonly currency!: string;
  @ApiProperty() readonly planId!: string;
  @ApiProperty() readonly region!: string;
}
export class RevenueView extends GroupView {
  @ApiProperty() readonly payments!: number;
  @ApiProperty({ description: MINOR_UNITS }) readonly amountMinor!: string;
  @ApiProperty({ description: `Before tax and coupons. ${MINOR_UNITS}` }) readonly subtotalMinor!: string;
  @ApiProperty({ description: `Given back of such payments; negative or 0. ${MINOR_UNITS}` }) readonly refundedMinor!: string;
  @ApiProperty({ description: `Taken (negative) and given back by disputes. ${MINOR_UNITS}` }) readonly disputedMinor!: string;
  @ApiProperty({ description: `What is left of what was charged; fees are not in it. ${MINOR_UNITS}` }) readonly netMinor!: string;
}
export class RevenuePage extends pageView(RevenueView) {}

export class MrrView extends GroupView {
  @ApiProperty() readonly orders!: number;
  @ApiProperty({ description: `Before tax and coupons. ${MINOR_UNITS}` }) readonly monthlyMinor!: string;
}
export class MrrPage extends pageView(MrrView) {}

class BecameView {
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly stream!: string;
  @ApiProperty() readonly eventId!: string;
}
export class WebhookView {
  @ApiProperty() readonly stripeEventId!: string;
  @ApiProperty() readonly eventId!: string;
  @ApiProperty() readonly position!: string;
  @ApiProperty({ example: 'checkout.session.completed' }) readonly type!: string;
  @ApiProperty({ example: 'checkout.session' }) readonly objectType!: string;
  @ApiProperty() readonly objectId!: string;
  @ApiProperty({ type: String, nullable: true }) readonly orderId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly apiVersion!: string | null;
  @ApiProperty() readonly livemode!: boolean;
  @ApiProperty({ enum: WEBHOOK_OUTCOMES }) readonly outcome!: string;
  @ApiProperty({ type: String, nullable: true }) readonly quarantine!: string | null;
  @ApiProperty({ type: [BecameView], description: 'Our events.' }) readonly became!: readonly BecameView[];
  @ApiProperty({ enum: ['webhook', 'sweep'], description: '`sweep`: nobody delivered it, we found it at Stripe.' }) readonly via!: string;
  @ApiProperty() readonly createdAt!: string;
  @ApiProperty() readonly receivedAt!: string;
}
export class WebhooksPage extends pageView(WebhookView) {}

class StepDurationsView {
  @ApiProperty({ enum: [...STEPS, 'paidToReady'] }) readonly step!: string;
  @ApiProperty() readonly count!: number;
  @ApiProperty() readonly p50Ms!: number;
  @ApiProperty() readonly p95Ms!: number;
  @ApiProperty() readonly maxMs!: number;
}
class StepFailuresView {
  @ApiProperty({ enum: STEPS }) readonly step!: string;
  @ApiProperty() readonly code!: string;
  @ApiProperty({ enum: ['failed', 'needsHuman'] }) readonly outcome!: string;
  @ApiProperty() readonly count!: number;
  @ApiProperty() readonly lastAt!: string;
}
export class ProvisioningHealthView {
  @ApiProperty({ type: [StepDurationsView] }) readonly durations!: StepDurationsView[];
  @ApiProperty({ type: [StepFailuresView], description: 'The most frequent first.' }) readonly failures!: StepFailuresView[];
}

export class ProvisioningFactView {
  @ApiProperty() readonly factKey!: string;
  @ApiProperty() readonly orderId!: string;
  @ApiProperty({ enum: STEPS }) readonly step!: string;
  @ApiProperty({ type: Number, nullable: true }) readonly attempt!: number | null;
  @ApiProperty({ enum: FACT_OUTCOMES }) readonly outcome!: string;
  @ApiProperty({ type: String, nullable: true }) readonly code!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly field!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly nodeId!: string | null;
  @ApiProperty() readonly adopted!: boolean;
  @ApiProperty({ type: String, nullable: true }) readonly startedAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly endedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Milliseconds, as a decimal number.' }) readonly durationMs!: string | null;
  @ApiProperty() readonly at!: string;
}
export class ProvisioningFactsPage extends pageView(ProvisioningFactView) {}

export class PromiseView {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty({ type: String, enum: VIOLATIONS, nullable: true }) readonly violation!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly customerId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly planId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly region!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly paidAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly paidThrough!: string | null;
  @ApiProperty() readonly serversOwed!: number;
  @ApiProperty({ description: 'installing, running or gone, by server id', type: 'object', additionalProperties: { type: 'string' } })
  readonly servers!: Readonly<Record<string, string>>;
  @ApiProperty({ description: 'The same where the panel was seen to differ', type: 'object', additionalProperties: { type: 'string' } })
  readonly seen!: Readonly<Record<string, string>>;
  @ApiProperty() readonly serversCreated!: number;
  @ApiProperty() readonly serversRunning!: number;
  @ApiProperty() readonly serversGone!: number;
  @ApiProperty({ type: String, nullable: true }) readonly dueAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly readyAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly reason!: string | null;
  @ApiProperty() readonly needsHuman!: boolean;
}
export class PromisesPage extends pageView(PromiseView) {}

export class StripeLinkView {
  @ApiProperty() readonly objectId!: string;
  @ApiProperty() readonly orderId!: string;
}
