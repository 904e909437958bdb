/** Another plan for a customer's own order. Somebody else's order is 404, like one that does not exist. */
import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { GetOrder } from '../../projections/order-list/order-list.query.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { refuse } from '../platform/refusal.js';
import { PlanChangeRequest, PlanChangeView, PlanQuote, PlanQuoteRequest } from './billing.dto.js';
import { PlanChangeDesk, type Quote } from './plan-change-desk.js';
import type { Asking } from './service-desk.js';

const NOT_NOW =
  'ORDER_NOT_SERVED, PLAN_CHANGE_ONLY_FOR_SUBSCRIPTIONS, PLAN_CHANGE_UNDER_WAY, ORDER_CANCELLED, ORDER_IN_DISPUTE, ORDER_SUSPENDED, ORDER_NOT_PAID, NO_CAPACITY';

const viewOf = ({ changeId, toPlanId, due, price, inputs, preview, validUntil }: Quote): PlanQuote => ({
  quoteId: changeId,
  planId: toPlanId,
  now: due,
  nextRenewal: { ...price, at: inputs.periodEnd },
  lines: (preview?.lines ?? []).map(({ amountMinor, proration }) => ({ amountMinor, proration })),
  expiresAt: validUntil,
});

@ApiTags('orders')
@ApiBearerAuth()
@ApiResponse({ status: 404, description: 'NOT_FOUND' })
@ApiResponse({ status: 503, description: 'STRIPE_UNAVAILABLE: repeat with the same key' })
@Controller('api/v1/orders/:orderId/plan-change')
export class PlanChangeController {
  constructor(
    private readonly desk: PlanChangeDesk,
    private readonly queries: QueryBus,
  ) {}

  @Post('quote')
  @HttpCode(200)
  @ApiOperation({ summary: 'What another plan would cost now and from the next renewal on' })
  @ApiOkResponse({ type: PlanQuote })
  @ApiResponse({ status: 409, description: `${NOT_NOW}, PLAN_NOT_SELLABLE, PLAN_DIFFERS_AT_STRIPE, QUOTE_REFUSED` })
  @ApiResponse({
    status: 422,
    description: 'PLAN_UNKNOWN, PLAN_UNCHANGED, PLAN_OF_ANOTHER_GAME, TERM_MISMATCH, CURRENCY_MISMATCH, PORTS_DIFFER',
  })
  async quote(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { planId, term }: PlanQuoteRequest,
  ): Promise<PlanQuote> {
    return viewOf(await this.desk.quote(await this.asking(caller, orderId), { planId, term }));
  }

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Takes the last quote: room, payment or credit, then the resize of the server' })
  @ApiAcceptedResponse({ type: PlanChangeView })
  @ApiResponse({ status: 409, description: `${NOT_NOW}, QUOTE_UNKNOWN, QUOTE_EXPIRED` })
  async confirm(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { quoteId }: PlanChangeRequest,
  ): Promise<PlanChangeView> {
    const { stage: status, code } = await this.desk.confirm(await this.asking(caller, orderId), quoteId);
    return { orderId, quoteId, status, code };
  }

  private async asking({ id, commandId }: Asker, orderId: string): Promise<Asking> {
    const order = await this.queries.execute(new GetOrder(orderId, id));
    if (!order) throw refuse('NOT_FOUND', 404, 'There is no such order.');
    return { orderId, commandId, actor: { kind: 'customer', id } };
  }
}
