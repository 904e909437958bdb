/** Money that names no order: what waits, and what an operator decides about it. */
import { Body, Controller, createParamDecorator, Get, HttpCode, Param, Post, Query, type ExecutionContext } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsUUID, Matches } from 'class-validator';
import { ListPayments } from '../../projections/payments/payments.query.js';
import { PaymentsPage, UnmatchedMoneyRequest } from '../ops/insight.dto.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import { Roles, type RequestWithUser } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import type { RequestWithIdentity } from '../platform/http/request-key.js';
import { AssignUnmatchedMoney, RefundUnmatchedMoney } from './unmatched-money.commands.js';

const REASON = /^[A-Za-z][\w-]{1,63}$/;
const REASON_EXPECTED = { message: 'reason must be a code: letters, digits, dashes; nothing personal' };

class RefundUnmatchedRequest {
  @ApiProperty({ example: 'paid-by-mistake', description: 'A code; it is kept for good.' })
  @Matches(REASON, REASON_EXPECTED)
  readonly reason!: string;
}
class AssignUnmatchedRequest extends RefundUnmatchedRequest {
  @ApiProperty() @IsUUID() readonly orderId!: string;
}
class MoneyRef {
  @ApiProperty() readonly objectId!: string;
}

type Asked = Omit<CommandContext, 'correlationId'>;

/** Who decides, and under which id a repeat is the same decision. */
const ByOperator = createParamDecorator((_data: unknown, context: ExecutionContext): Asked => {
  const { user, identity } = context.switchToHttp().getRequest<RequestWithUser & RequestWithIdentity>();
  if (!user || !identity) throw new Error('ByOperator on a public route, or on one that only reads');
  return { commandId: identity.commandId, causationId: identity.commandId, actor: { kind: 'ops', id: user.id } };
});

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/unmatched-money')
export class UnmatchedMoneyController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ReadsFrom('payments')
  @ApiOperation({ summary: 'Money that named no order, newest first, with what became of it' })
  @ApiOkResponse({ type: PaymentsPage })
  async list(@Query() wish: UnmatchedMoneyRequest): Promise<PaymentsPage> {
    return this.queries.execute(new ListPayments({ ...wish, kind: 'unmatchedMoney' }));
  }

  @Post(':objectId/assign')
  @HttpCode(202)
  @ApiOperation({ summary: 'Says whose it is: the order is told of it as of any payment, and decides' })
  @ApiAcceptedResponse({ type: MoneyRef, description: 'Recorded; the order is told within moments.' })
  @ApiResponse({ status: 404, description: 'MONEY_UNKNOWN' })
  @ApiResponse({ status: 409, description: 'MONEY_NOT_WAITING' })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, ORDER_UNKNOWN' })
  async assign(
    @ByOperator() asked: Asked,
    @Param('objectId') objectId: string,
    @Body() { orderId, reason }: AssignUnmatchedRequest,
  ): Promise<MoneyRef> {
    const context = { ...asked, correlationId: orderId };
    await this.commands.execute(new AssignUnmatchedMoney({ objectId, orderId, reason }, context));
    return { objectId };
  }

  @Post(':objectId/refund')
  @HttpCode(202)
  @ApiOperation({ summary: 'Gives all of it back' })
  @ApiAcceptedResponse({ type: MoneyRef, description: 'Recorded; Stripe is asked within moments.' })
  @ApiResponse({ status: 404, description: 'MONEY_UNKNOWN' })
  @ApiResponse({ status: 409, description: 'MONEY_NOT_WAITING' })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED' })
  async refund(
    @ByOperator() asked: Asked,
    @Param('objectId') objectId: string,
    @Body() { reason }: RefundUnmatchedRequest,
  ): Promise<MoneyRef> {
    const context = { ...asked, correlationId: objectId };
    await this.commands.execute(new RefundUnmatchedMoney({ objectId, reason }, context));
    return { objectId };
  }
}
