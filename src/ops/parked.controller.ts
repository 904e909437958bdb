/** Parked events of projections over HTTP: what could not be folded, and what an operator decides about it. */
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { CurrentUser, Roles, type User } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { ParkedProjections, type ParkedEvent, type ParkedRequest, type ParkedRow } from '../platform/readers/parked-projections.js';

/** An answer says what came of it if that is known this soon. */
const SETTLED_WITHIN_MS = 3_000;

class ListParkedRequest {
  @ApiPropertyOptional({ example: 'order-list' }) @IsOptional() @IsString() @MaxLength(64) readonly projection?: string;
}

class ShowParkedRequest {
  @ApiProperty({ example: 'order-list' }) @IsString() @MaxLength(64) readonly projection!: string;
  @ApiProperty() @IsString() @MaxLength(2_000) readonly rowKey!: string;
}

class ListRequestsRequest {
  @ApiPropertyOptional({ default: 100 }) @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(1_000) readonly limit: number = 100;
}

class RetryParkedRequest {
  @ApiProperty({ example: 'order-list' }) @IsString() @MaxLength(64) readonly projection!: string;
  @ApiPropertyOptional({ description: 'Absent: every parked row of the projection.' })
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  readonly rowKey?: string;
}

class DiscardParkedRequest {
  @ApiProperty({ example: 'order-list' }) @IsString() @MaxLength(64) readonly projection!: string;
  @ApiProperty() @IsString() @MaxLength(2_000) readonly rowKey!: string;
  @ApiProperty({ description: 'The first parked event of the row.' }) @IsString() @MaxLength(64) readonly eventId!: string;
  @ApiProperty({ description: 'Kept for good; nothing personal.' }) @IsString() @IsNotEmpty() @MaxLength(500) readonly reason!: string;
}

class ParkedRowView implements ParkedRow {
  @ApiProperty() readonly projection!: string;
  @ApiProperty() readonly version!: number;
  @ApiProperty() readonly rowKey!: string;
  @ApiProperty({ description: 'Events parked, the first included.' }) readonly events!: number;
  @ApiProperty({ description: 'The first parked event, which the others wait for.' }) readonly eventId!: string;
  @ApiProperty() readonly eventType!: string;
  @ApiProperty({ description: 'Commit position in the log.' }) readonly position!: string;
  @ApiProperty() readonly error!: string;
  @ApiProperty() readonly parkedAt!: Date;
}

class ParkedEventView implements ParkedEvent {
  @ApiProperty() readonly eventId!: string;
  @ApiProperty() readonly eventType!: string;
  @ApiProperty({ description: 'Commit position in the log.' }) readonly position!: string;
  @ApiProperty() readonly error!: string;
  @ApiProperty() readonly parkedAt!: Date;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'As it stands in the log.' }) readonly event!: object;
}

class ParkedRequestView implements ParkedRequest {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly projection!: string;
  @ApiProperty() readonly version!: number;
  @ApiProperty({ enum: ['retry', 'discard'] }) readonly action!: 'retry' | 'discard';
  @ApiProperty({ type: String, nullable: true, description: 'Null: every row.' }) readonly rowKey!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly eventId!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly eventType!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly reason!: string | null;
  @ApiProperty() readonly actorKind!: string;
  @ApiProperty() readonly actorId!: string;
  @ApiProperty() readonly requestedAt!: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'Null while no process has done it.' }) readonly doneAt!: Date | null;
  @ApiProperty({ type: String, nullable: true }) readonly outcome!: string | null;
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/projections/parked')
export class ParkedController {
  constructor(private readonly parked: ParkedProjections) {}

  @Get()
  @ReadsFrom()
  @ApiOperation({ summary: 'Rows of read models that wait for an event that could not be folded, longest first' })
  @ApiOkResponse({ type: [ParkedRowView] })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN' })
  async list(@Query() { projection }: ListParkedRequest): Promise<ParkedRowView[]> {
    return this.parked.list(projection);
  }

  @Get('events')
  @ReadsFrom()
  @ApiOperation({ summary: 'The events of one row that wait, in order' })
  @ApiOkResponse({ type: [ParkedEventView] })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN, NOT_PARKED' })
  async show(@Query() query: ShowParkedRequest): Promise<ParkedEventView[]> {
    return this.parked.show(query);
  }

  @Get('requests')
  @ReadsFrom()
  @ApiOperation({ summary: 'What operators decided about parked events, newest first' })
  @ApiOkResponse({ type: [ParkedRequestView] })
  async requests(@Query() { limit }: ListRequestsRequest): Promise<ParkedRequestView[]> {
    return this.parked.requests(limit);
  }

  @Post('retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Folds the parked events of one row, or of all rows, again, in order' })
  @ApiResponse({ status: 202, type: ParkedRequestView })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN, NOT_PARKED' })
  async retry(@CurrentUser() user: User, @Body() body: RetryParkedRequest): Promise<ParkedRequestView> {
    return this.parked.settled(await this.parked.retry(body, { kind: 'ops', id: user.id }), SETTLED_WITHIN_MS);
  }

  @Post('discard')
  @HttpCode(202)
  @ApiOperation({ summary: 'Leaves the first parked event of a row out of it, with a reason; those behind it are folded' })
  @ApiResponse({ status: 202, type: ParkedRequestView })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN, NOT_PARKED' })
  async discard(@CurrentUser() user: User, @Body() body: DiscardParkedRequest): Promise<ParkedRequestView> {
    return this.parked.settled(await this.parked.discard(body, { kind: 'ops', id: user.id }), SETTLED_WITHIN_MS);
  }
}
