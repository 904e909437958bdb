/** What the HTTP API takes and gives for orders. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { DaysRequest, pageView } from '../platform/http/paging.js';
import type { PaymentWay, Term } from './order.events.js';

const NAME_MAX = 64;

export class PlaceOrderRequest {
  @ApiProperty({ example: 'minecraft-4g' })
  @IsString()
  @MaxLength(NAME_MAX)
  readonly planId!: string;

  @ApiProperty({ example: 'eu-central' })
  @IsString()
  @MaxLength(NAME_MAX)
  readonly region!: string;

  @ApiProperty({ enum: ['monthly', 'quarterly', 'yearly'] })
  @IsIn(['monthly', 'quarterly', 'yearly'])
  readonly term!: Term;

  @ApiProperty({ enum: ['once', 'subscription'], description: 'Paid once for one term, or by subscription.' })
  @IsIn(['once', 'subscription'])
  readonly payment!: PaymentWay;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, description: "The game's own choices, by variable." })
  @IsOptional()
  @IsObject()
  readonly configuration?: Record<string, string>;
}

export class PlaceOrderResponse {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty({ example: 'awaitingPayment' }) readonly status!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Where the customer pays; null once there is nothing to pay.' })
  readonly checkoutUrl!: string | null;
}

const ORDER_STATUSES = [
  'placed',
  'held',
  'awaitingPayment',
  'paymentPending',
  'paid',
  'provisioning',
  'installing',
  'ready',
  'grace',
  'suspended',
  'ending',
  'attention',
  'ended',
] as const;

/** Which orders; their days are those of placing. */
export class OrdersFilter extends DaysRequest {
  @ApiPropertyOptional({ enum: ORDER_STATUSES }) @IsOptional() @IsIn(ORDER_STATUSES) readonly status?: (typeof ORDER_STATUSES)[number];
  @ApiPropertyOptional({ example: 'minecraft' }) @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly gameId?: string;
}

export class OrderView {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty() readonly customerId!: string;
  @ApiProperty() readonly planId!: string;
  @ApiProperty() readonly gameId!: string;
  @ApiProperty() readonly region!: string;
  @ApiProperty({ enum: ['monthly', 'quarterly', 'yearly'] }) readonly term!: string;
  @ApiProperty({ enum: ['once', 'subscription'] }) readonly payment!: string;
  @ApiProperty({ enum: ORDER_STATUSES })
  readonly status!: string;
  @ApiProperty({ type: String, nullable: true }) readonly statusReason!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What does not get on at the panel.' }) readonly failingStep!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why it does not.' }) readonly failingCode!: string | null;
  @ApiProperty({ description: 'Minor units of the currency.' }) readonly amountMinor!: number;
  @ApiProperty() readonly currency!: string;
  @ApiProperty({ type: String, nullable: true }) readonly checkoutSession!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly checkoutExpiresAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly paymentIntent!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly subscription!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly nodeId!: string | null;
  @ApiProperty({ type: Number, nullable: true }) readonly pteroServerId!: number | null;
  @ApiProperty({ type: String, nullable: true }) readonly pteroIdentifier!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly paidThrough!: string | null;
  @ApiProperty() readonly createdAt!: string;
  @ApiProperty({ type: String, nullable: true }) readonly paidAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly readyAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why it is in grace.' }) readonly graceCause!: string | null;
  @ApiProperty({ enum: ['unpaid', 'dispute', 'operator'], isArray: true }) readonly suspensions!: readonly string[];
  @ApiProperty({ type: String, nullable: true, description: 'In grace: when it is suspended unless it is paid.' })
  readonly graceUntil!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Suspended: when it is deleted unless it is paid.' })
  readonly deleteAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Cancelled: when it ends.' }) readonly endsAt!: string | null;
}

export class OrdersPage extends pageView(OrderView) {}

export class TimelineEntry {
  @ApiProperty() readonly eventId!: string;
  @ApiProperty() readonly at!: string;
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly stream!: string;
  @ApiProperty() readonly revision!: number;
  @ApiProperty({ enum: ['customer', 'ops', 'stripe', 'saga', 'system'] }) readonly actorKind!: string;
  @ApiProperty() readonly causationId!: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Operators only.' }) readonly data?: object;
}

export class Timeline {
  @ApiProperty({ type: [TimelineEntry] }) readonly entries!: TimelineEntry[];
}
