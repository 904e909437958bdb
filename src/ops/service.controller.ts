/** What operators do to a paid order: with a written reason, which is kept sealed, and on record as theirs. */
import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { OrderAsked, ReasonRequest, RefundRequest } from '../orders/billing.dto.js';
import { ServiceDesk, type Asking } from '../orders/service-desk.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';

const asking = ({ id, commandId }: Asker, orderId: string): Asking => ({
  orderId,
  commandId,
  actor: { kind: 'ops', id },
});

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/orders/:orderId')
export class ServiceController {
  constructor(private readonly desk: ServiceDesk) {}

  @Post('refund')
  @HttpCode(202)
  @ApiOperation({ summary: 'Gives money back; all of the period that runs also ends the service' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 404, description: 'PAYMENT_UNKNOWN' })
  @ApiResponse({ status: 422, description: 'REFUND_TOO_HIGH' })
  async refund(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { paymentId, amountMinor, reason: note }: RefundRequest,
  ): Promise<OrderAsked> {
    await this.desk.refund(asking(caller, orderId), { paymentId: paymentId ?? null, amountMinor: amountMinor ?? null, note });
    return { orderId };
  }

  @Post('suspend')
  @HttpCode(202)
  @ApiOperation({ summary: 'Stops the service' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 409, description: 'ORDER_NOT_SERVED' })
  async suspend(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason }: ReasonRequest,
  ): Promise<OrderAsked> {
    await this.desk.suspend(asking(caller, orderId), true, reason);
    return { orderId };
  }

  @Post('resume')
  @HttpCode(202)
  @ApiOperation({ summary: 'Lets a service run again that an operator stopped' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 409, description: 'ORDER_NOT_SERVED' })
  async resume(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason }: ReasonRequest,
  ): Promise<OrderAsked> {
    await this.desk.suspend(asking(caller, orderId), false, reason);
    return { orderId };
  }

  @Post('end')
  @HttpCode(202)
  @ApiOperation({ summary: 'Ends the service: billing first, then the server' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 409, description: 'ORDER_NOT_SERVED' })
  async end(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason }: ReasonRequest,
  ): Promise<OrderAsked> {
    await this.desk.endByOperator(asking(caller, orderId), reason);
    return { orderId };
  }
}
