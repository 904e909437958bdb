/** What the HTTP API takes and gives for the paid life of an order. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, MaxLength, Min, MinLength } from 'class-validator';
import type { Term } from './order.events.js';
import type { BillingOfOrderView } from '../payments/payment.queries.js';

const ID_MAX = 255;
const NAME_MAX = 64;
const REASON_MAX = 2_000;

export class CancelRequest {
  @ApiPropertyOptional({ enum: ['periodEnd', 'now'], default: 'periodEnd' })
  @IsIn(['periodEnd', 'now'])
  readonly when: 'periodEnd' | 'now' = 'periodEnd';
}

export class ReasonRequest {
  @ApiProperty({ description: 'Kept sealed, apart from the events.' })
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason!: string;
}

export class RefundRequest extends ReasonRequest {
  @ApiPropertyOptional({ description: 'Absent: the payment that came last.' })
  @IsOptional()
  @IsString()
  @MaxLength(ID_MAX)
  readonly paymentId?: string;

  @ApiPropertyOptional({ description: 'Minor units; absent: all that is left of the payment.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  readonly amountMinor?: number;
}

export class OrderAsked {
  @ApiProperty() readonly orderId!: string;
}

export class Link {
  @ApiProperty() readonly url!: string;
}

class PaymentOfOrder {
  @ApiProperty({ description: "Stripe's payment intent, session or invoice." }) readonly paymentId!: string;
  @ApiProperty({ enum: ['initial', 'renewal', 'change', 'extension', 'other'] }) readonly kind!: string;
  @ApiProperty({ description: 'Minor units.' }) readonly amountMinor!: number;
  @ApiProperty() readonly currency!: string;
  @ApiProperty({ type: String, nullable: true }) readonly paidThrough!: string | null;
  @ApiProperty() readonly at!: string;
}

class InvoiceOfOrder {
  @ApiProperty() readonly invoiceId!: string;
  @ApiProperty({ enum: ['failing', 'writtenOff', 'paid'] }) readonly status!: 'failing' | 'writtenOff' | 'paid';
  @ApiProperty() readonly attempts!: number;
  @ApiProperty({ type: String, nullable: true }) readonly nextAttemptAt!: string | null;
}

class RefundOfOrder {
  @ApiProperty() readonly refundId!: string;
  @ApiProperty({ type: String, nullable: true }) readonly paymentId!: string | null;
  @ApiProperty({ description: 'Minor units.' }) readonly amountMinor!: number;
  @ApiProperty() readonly currency!: string;
  @ApiProperty({ enum: ['pending', 'settled', 'failed'] }) readonly status!: 'pending' | 'settled' | 'failed';
}

class CreditOfOrder {
  @ApiProperty({ enum: ['lateDelivery'] }) readonly reason!: 'lateDelivery';
  @ApiProperty({ description: 'From the promised time to ready, in milliseconds.' }) readonly lateMs!: number;
  @ApiProperty({ description: 'Minor units; owed, not paid out: no part of what was paid or went back.' }) readonly amountMinor!: number;
  @ApiProperty() readonly currency!: string;
  @ApiProperty() readonly at!: string;
}

export class BillingView implements BillingOfOrderView {
  @ApiProperty({ type: [PaymentOfOrder] }) readonly payments!: readonly PaymentOfOrder[];
  @ApiProperty({ type: [InvoiceOfOrder] }) readonly invoices!: readonly InvoiceOfOrder[];
  @ApiProperty({ type: [RefundOfOrder] }) readonly refunds!: readonly RefundOfOrder[];
  @ApiProperty({ type: [CreditOfOrder] }) readonly credits!: readonly CreditOfOrder[];
}

export class PlanQuoteRequest {
  @ApiProperty({ example: 'minecraft-8g' })
  @IsString()
  @MaxLength(NAME_MAX)
  readonly planId!: string;

  @ApiPropertyOptional({ enum: ['monthly', 'quarterly', 'yearly'], description: "If given, must be the order's own." })
  @IsOptional()
  @IsIn(['monthly', 'quarterly', 'yearly'])
  readonly term?: Term;
}

class MoneyView {
  @ApiProperty({ description: 'Minor units; negative: a credit.' }) readonly amountMinor!: number;
  @ApiProperty() readonly currency!: string;
}

class QuoteLine {
  @ApiProperty({ description: 'Minor units.' }) readonly amountMinor!: number;
  @ApiProperty({ description: 'For the rest of the period that runs.' }) readonly proration!: boolean;
}

class NextRenewal extends MoneyView {
  @ApiProperty({ description: 'When the period that runs ends.' }) readonly at!: string;
}

export class PlanQuote {
  @ApiProperty({ description: 'To confirm the quote with.' }) readonly quoteId!: string;
  @ApiProperty() readonly planId!: string;
  @ApiProperty({ type: MoneyView, description: 'What Stripe invoices at once; a credit is taken off the next invoice.' })
  readonly now!: MoneyView;
  @ApiProperty({ type: NextRenewal, description: 'Before tax, coupons and credit.' }) readonly nextRenewal!: NextRenewal;
  @ApiProperty({ type: [QuoteLine] }) readonly lines!: readonly QuoteLine[];
  @ApiProperty() readonly expiresAt!: string;
}

export class PlanChangeRequest {
  @ApiProperty() @IsUUID() readonly quoteId!: string;
}

export class PlanChangeView {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty() readonly quoteId!: string;
  @ApiProperty({
    enum: ['confirmed', 'requested', 'paid', 'changed', 'failed'],
    description: 'requested: Stripe has it, and it may wait for a payment; paid: the server is being resized.',
  })
  readonly status!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why it failed, as a code.' }) readonly code!: string | null;
}
