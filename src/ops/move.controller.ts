/** What operators have done to a server that does not get on, or must go elsewhere. */
import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { OrderAsked, ReasonRequest } from '../orders/billing.dto.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { MoveDesk } from '../provisioning/move-desk.js';

const REASON_MAX = 2_000;

class ReinstallRequest extends ReasonRequest {
  @ApiPropertyOptional({ default: false, description: 'What the server has saved may be lost: needed once it was ready.' })
  @IsOptional()
  @IsBoolean()
  readonly acceptDataLoss?: boolean;
}

class MoveRequest extends ReinstallRequest {
  @ApiPropertyOptional({
    description: "To this node of the order's region; if absent to the best other, or where it was when it has gone from the panel.",
  })
  @IsOptional()
  @Matches(/^\d{1,9}$/)
  readonly nodeId?: string;

  @ApiPropertyOptional({ default: false, description: 'It stays on its node and gets other ports there.' })
  @IsOptional()
  @IsBoolean()
  readonly otherPorts?: boolean;
}

class RetryRequest {
  @ApiPropertyOptional({ description: 'Kept sealed, apart from the events.' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason?: string;
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/orders/:orderId')
export class MoveController {
  constructor(private readonly desk: MoveDesk) {}

  @Post('move')
  @HttpCode(202)
  @ApiOperation({ summary: 'Deletes the server and makes it anew on another node or with other ports' })
  @ApiAcceptedResponse({ type: OrderAsked, description: 'Wanted; the timeline tells when room was found and the server is ready again.' })
  @ApiResponse({
    status: 409,
    description: 'DATA_LOSS_NOT_ACCEPTED, MOVE_UNDER_WAY, PLAN_CHANGE_UNDER_WAY, ALREADY_THERE, NO_SERVER_WANTED',
  })
  @ApiResponse({ status: 422, description: 'NODE_UNKNOWN, MOVE_TARGET_AMBIGUOUS' })
  async move(
    @Caller() { id, commandId }: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason, nodeId, otherPorts = false, acceptDataLoss: dataLossAccepted = false }: MoveRequest,
  ): Promise<OrderAsked> {
    await this.desk.move(
      { orderId, commandId, actor: { kind: 'ops', id } },
      { reason, nodeId: nodeId ?? null, otherPorts, dataLossAccepted },
    );
    return { orderId };
  }

  @Post('reinstall')
  @HttpCode(202)
  @ApiOperation({ summary: 'Runs the install of the server again' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({
    status: 409,
    description: 'DATA_LOSS_NOT_ACCEPTED, MOVE_UNDER_WAY, PLAN_CHANGE_UNDER_WAY, NO_SERVER_YET, NO_SERVER_WANTED',
  })
  async reinstall(
    @Caller() { id, commandId }: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason, acceptDataLoss: dataLossAccepted = false }: ReinstallRequest,
  ): Promise<OrderAsked> {
    await this.desk.reinstall({ orderId, commandId, actor: { kind: 'ops', id } }, { reason, dataLossAccepted });
    return { orderId };
  }

  @Post('retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Tries the provisioning of an order again that waits for help' })
  @ApiAcceptedResponse({ type: OrderAsked, description: 'It is tried again.' })
  @ApiResponse({ status: 409, description: 'PROVISIONING_NOT_WAITING_FOR_HELP' })
  async retry(
    @Caller() { id, commandId }: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason }: RetryRequest,
  ): Promise<OrderAsked> {
    await this.desk.retry({ orderId, commandId, actor: { kind: 'ops', id } }, reason ?? null);
    return { orderId };
  }
}
