/** What operators send and see, as the API describes it. */
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, MaxLength, Min, MinLength } from 'class-validator';
import type { Matter, MatterSort } from '../../projections/attention/attention.query.js';
import type { NodeView } from '../../projections/node-capacity/node-capacity.query.js';
import { PageRequest, pageView } from '../platform/http/paging.js';

const REASON_MAX = 2_000;
const MATTER: Readonly<Record<Matter['kind'], true>> = {
  ...{ notification: true, refund: true, unmatchedMoney: true, dispute: true, invoice: true, stripeCall: true, panelAccount: true },
  ...{ provisioning: true, drift: true, plan: true, planChange: true, webhook: true, placement: true },
  ...{ slowProvisioning: true, capacity: true, reader: true },
};
const MATTERS = Object.keys(MATTER);
const SEVERITIES: Matter['severity'][] = ['warning', 'critical'];
const SORTS: MatterSort[] = ['urgency', 'newest', 'oldest'];

/** An act for which somebody may say why. */
export class WhyRequest {
  @ApiPropertyOptional({ description: 'Why; kept sealed, apart from the events.' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason?: string;
}

export class SetNodeRequest extends WhyRequest {
  @ApiProperty({ example: 'eu-central' }) @IsString() @MaxLength(64) readonly region!: string;
  @ApiProperty({ description: 'Kept back for the host.' }) @IsInt() @Min(0) readonly reserveMemoryMib!: number;
  @ApiProperty({ description: 'Kept back for the host.' }) @IsInt() @Min(0) readonly reserveDiskMib!: number;
  @ApiProperty({ description: 'Whether new orders may be placed on it.' }) @IsBoolean() readonly enabled!: boolean;
}

export class DrainRequest extends WhyRequest {
  @ApiPropertyOptional({ default: true, description: 'False: new orders may be placed on it again.' })
  @IsOptional()
  @IsBoolean()
  readonly drain?: boolean;
}

export class NodeDrained {
  @ApiProperty({ description: 'Number of the node on the panel.' }) readonly nodeId!: string;
  @ApiProperty({ description: 'Orders that have room on it, which are to be moved.' }) readonly orders!: string[];
}

export class NodeRef {
  @ApiProperty({ description: 'Number of the node on the panel.' }) readonly nodeId!: string;
}

export class MattersRequest extends PageRequest {
  @ApiPropertyOptional({ enum: MATTERS }) @IsOptional() @IsIn(MATTERS) readonly kind?: Matter['kind'];
  @ApiPropertyOptional({ enum: SEVERITIES }) @IsOptional() @IsIn(SEVERITIES) readonly severity?: Matter['severity'];
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly orderId?: string;
  @ApiPropertyOptional({ enum: SORTS, default: 'urgency', description: 'urgency: critical before warnings, each the newest first.' })
  @IsOptional()
  @IsIn(SORTS)
  readonly sort: MatterSort = 'urgency';
}

class MatterView implements Matter {
  @ApiProperty({ description: 'The same for as long as the matter is open.' }) readonly attentionKey!: string;
  @ApiProperty({ enum: MATTERS, description: 'What kind of trouble.' }) readonly kind!: Matter['kind'];
  @ApiProperty({ enum: SEVERITIES }) readonly severity!: Matter['severity'];
  @ApiProperty({ description: 'The order, Stripe object, customer, plan or key it is about.' }) readonly subjectId!: string;
  @ApiProperty({ type: String, nullable: true }) readonly orderId!: string | null;
  @ApiProperty({ description: 'Why, for programs.' }) readonly code!: string;
  @ApiProperty({ type: 'object', additionalProperties: true }) readonly details!: object;
  @ApiProperty({ format: 'date-time' }) readonly raisedAt!: string;
}

export class MattersPage extends pageView(MatterView) {}

class HeldRoomView {
  @ApiProperty() readonly memoryMib!: number;
  @ApiProperty() readonly diskMib!: number;
  @ApiProperty() readonly ports!: number;
  @ApiProperty({ description: 'Paid for: stays until the end of the order.' }) readonly committed!: boolean;
}

@ApiExtraModels(HeldRoomView)
export class NodeWithRoom implements NodeView {
  @ApiProperty({ description: 'Number of the node on the panel.' }) readonly nodeId!: string;
  @ApiProperty() readonly region!: string;
  @ApiProperty({ enum: ['enabled', 'disabled', 'draining'] }) readonly status!: NodeView['status'];
  @ApiProperty({ description: 'Kept back for the host.' }) readonly reserveMemoryMib!: number;
  @ApiProperty({ description: 'Kept back for the host.' }) readonly reserveDiskMib!: number;
  @ApiProperty() readonly memoryMib!: number;
  @ApiProperty() readonly diskMib!: number;
  @ApiProperty({ description: 'Used by servers that are not ours.' }) readonly foreignMemoryMib!: number;
  @ApiProperty({ description: 'Used by servers that are not ours.' }) readonly foreignDiskMib!: number;
  @ApiProperty({ description: 'Allocations that no foreign server has.' }) readonly allocations!: number;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(HeldRoomView) }, description: 'Room held, by order id.' })
  readonly holds!: NodeView['holds'];
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the panel was last seen to differ.' })
  readonly observedAt!: string | null;
  @ApiProperty({
    type: String,
    enum: ['warning', 'critical'],
    nullable: true,
    description: 'From 80 % and 95 % of the sellable memory promised.',
  })
  readonly pressure!: NodeView['pressure'];
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly pressureSince!: string | null;
  @ApiProperty() readonly freeMemoryMib!: number;
  @ApiProperty() readonly freeDiskMib!: number;
  @ApiProperty() readonly freeAllocations!: number;
  @ApiProperty({ description: 'Share of the sellable memory that is held, 0 to 1.' }) readonly promised!: number;
}
