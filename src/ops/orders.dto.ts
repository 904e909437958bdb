/** What operators ask of the list of orders. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import type { OrderDay } from '../../projections/order-list/order-days.query.js';
import { ORDER_STATUSES, OrderView } from '../orders/order.dto.js';
import { DAY, NAME_MAX, PageRequest, pageView } from './insight.dto.js';

const SEARCH_MAX = 200;
const SORTS = ['newest', 'oldest'] as const;

export class OrdersRequest extends PageRequest {
  @ApiPropertyOptional({
    description:
      "An order's or customer's id or its beginning, the panel's number or identifier, any Stripe id, or a whole e-mail address.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(SEARCH_MAX)
  readonly q?: string;

  @ApiPropertyOptional({ enum: ORDER_STATUSES }) @IsOptional() @IsIn(ORDER_STATUSES) readonly status?: (typeof ORDER_STATUSES)[number];
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly customerId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly planId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly gameId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly region?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly nodeId?: string;
  @ApiPropertyOptional({ example: '2026-11-01', description: 'First day of placing, in UTC.' })
  @IsOptional()
  @Matches(DAY, { message: 'from must be a day: YYYY-MM-DD' })
  readonly from?: string;
  @ApiPropertyOptional({ example: '2026-11-30', description: 'Last day of placing, in UTC.' })
  @IsOptional()
  @Matches(DAY, { message: 'to must be a day: YYYY-MM-DD' })
  readonly to?: string;
  @ApiPropertyOptional({ enum: SORTS, default: 'newest' }) @IsOptional() @IsIn(SORTS) readonly sort: (typeof SORTS)[number] = 'newest';
}

export class OrdersPage extends pageView(OrderView) {}

export class OrderDayView implements OrderDay {
  @ApiProperty({ example: '2026-11-03', description: 'On which they were placed, in UTC.' }) readonly day!: string;
  @ApiProperty() readonly placed!: number;
  @ApiProperty({ description: 'Of these, whenever it was.' }) readonly paid!: number;
  @ApiProperty({ description: 'Of these, whenever it was.' }) readonly ready!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Median from the payment to the server.' }) readonly readyP50Ms!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: '95th percentile of the same.' }) readonly readyP95Ms!: number | null;
}
