/** What operators have done to one server or many at once. */
import { Body, Controller, HttpCode, Param, ParseEnumPipe, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsOptional, IsUUID, Matches } from 'class-validator';
import { ReasonRequest } from '../orders/billing.dto.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { BulkDesk, type BulkVerb } from '../provisioning/live/bulk-desk.js';
import type { BulkResult } from '../provisioning/live/bulk-result.js';

/** With a minute's budget of 240 calls this is answered within it. */
const SERVERS_MAX = 200;
const VERBS = { start: 'start', stop: 'stop', sync: 'sync' } as const satisfies Record<BulkVerb, BulkVerb>;

class BulkRequest extends ReasonRequest {
  @ApiPropertyOptional({ type: [String], format: 'uuid', description: 'These orders; not together with a node.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(SERVERS_MAX)
  @IsUUID('all', { each: true })
  readonly orderIds?: readonly string[];

  @ApiPropertyOptional({ description: 'All servers of this node that may run.' })
  @IsOptional()
  @Matches(/^\d{1,9}$/)
  readonly nodeId?: string;

  @ApiPropertyOptional({ default: false, description: 'Of these, or of all there are, only those that the panel shows as offline.' })
  @IsOptional()
  @IsBoolean()
  readonly allStopped?: boolean;
}

class BulkResultView implements BulkResult {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty({ enum: ['done', 'refused', 'unknown'], description: 'refused: nothing was done; unknown: perhaps it was.' })
  readonly outcome!: BulkResult['outcome'];
  @ApiProperty({ type: String, nullable: true, description: 'Why not; DIFFERS where a comparison found differences.' })
  readonly code!: string | null;
}

class BulkResults {
  @ApiProperty({ type: [BulkResultView] }) readonly results!: readonly BulkResultView[];
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/servers')
export class BulkController {
  constructor(private readonly desk: BulkDesk) {}

  @Post(':verb')
  @HttpCode(200)
  @ApiParam({ name: 'verb', enum: VERBS })
  @ApiOperation({ summary: 'Starts or stops servers, or compares them with the panel now; each is recorded with who and why' })
  @ApiOkResponse({ type: BulkResults, description: 'What came of it for each order, also where that is nothing.' })
  @ApiResponse({ status: 422, description: 'NOTHING_SELECTED, SELECTION_AMBIGUOUS, TOO_MANY_SERVERS' })
  async carryOut(
    @Caller() { id, commandId }: Asker,
    @Param('verb', new ParseEnumPipe(VERBS)) verb: BulkVerb,
    @Body() { reason, orderIds = [], nodeId, allStopped = false }: BulkRequest,
  ): Promise<BulkResults> {
    const chosen = await this.desk.choose(verb, { orderIds, nodeId: nodeId ?? null, allStopped }, SERVERS_MAX);
    const results = await this.desk.carryOut({ commandId, actor: { kind: 'ops', id }, reason }, verb, chosen);
    return { results };
  }
}
