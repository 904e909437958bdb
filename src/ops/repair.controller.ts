/** Repairs of what the panel was seen to have otherwise than it is on record. */
import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { OrderAsked, ReasonRequest } from '../orders/billing.dto.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import type { DriftKind } from '../provisioning/drift.events.js';
import { DRIFT_KINDS, RepairDesk } from '../provisioning/repair-desk.js';

class RepairRequest extends ReasonRequest {
  @ApiProperty({ enum: DRIFT_KINDS, description: "Which difference, as the order's attention names it." })
  @IsIn(DRIFT_KINDS)
  readonly kind!: DriftKind;
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/orders/:orderId')
export class RepairController {
  constructor(private readonly desk: RepairDesk) {}

  @Post('repair')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Brings the panel back to what is on record: limits, suspended, unsuspended; deletes a server that is unexpected',
  })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 409, description: 'DRIFT_NOT_SEEN, DRIFT_NOT_REPAIRABLE, SERVER_BUSY' })
  async repair(
    @Caller() { id, commandId }: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { kind, reason }: RepairRequest,
  ): Promise<OrderAsked> {
    await this.desk.repair({ orderId, commandId, actor: { kind: 'ops', id } }, { kind, reason });
    return { orderId };
  }
}
