/** What operators ask of the list of orders. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import type { OrderDay } from '../../projections/order-list/order-days.query.js';
import { OrdersFilter } from '../orders/order.dto.js';
import { NAME_MAX } from './insight.dto.js';

const SEARCH_MAX = 200;

export class OrdersRequest extends OrdersFilter {
  @ApiPropertyOptional({
    description:
      "An order's or customer's id or its beginning, the panel's number or identifier, any Stripe id, or a whole e-mail address.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(SEARCH_MAX)
  readonly q?: string;

  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly customerId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly planId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly region?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly nodeId?: string;
}

export class OrderDayView implements OrderDay {
  @ApiProperty({ example: '2026-11-03', description: 'On which they were placed, in UTC.' }) readonly day!: string;
  @ApiProperty() readonly placed!: number;
  @ApiProperty({ description: 'Of these, whenever it was.' }) readonly paid!: number;
  @ApiProperty({ description: 'Of these, whenever it was.' }) readonly ready!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Median from the payment to the server.' }) readonly readyP50Ms!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: '95th percentile of the same.' }) readonly readyP95Ms!: number | null;
}
