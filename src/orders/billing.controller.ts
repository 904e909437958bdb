/** The paid life of a customer's own order. Somebody else's order is 404, like one that does not exist. */
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { GetOrder } from '../../projections/order-list/order-list.query.js';
import { BillingOfOrder } from '../payments/payment.queries.js';
import { CurrentUser, type User } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { refuse } from '../platform/refusal.js';
import { BillingView, CancelRequest, Link, OrderAsked } from './billing.dto.js';
import type { OrderView } from './order.dto.js';
import { CreditsOfOrder } from './order.queries.js';
import { ServiceDesk, type Asking } from './service-desk.js';

@ApiTags('orders')
@ApiBearerAuth()
@ApiResponse({ status: 404, description: 'NOT_FOUND' })
@Controller('api/v1/orders/:orderId')
export class BillingController {
  constructor(
    private readonly desk: ServiceDesk,
    private readonly queries: QueryBus,
  ) {}

  @Post('cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'Ends my service with the period that is paid for, or now' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 409, description: 'ORDER_NOT_SERVED' })
  async cancel(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { when }: CancelRequest,
  ): Promise<OrderAsked> {
    await this.desk.cancel(await this.asking(caller, orderId), when);
    return { orderId };
  }

  @Post('cancel/undo')
  @HttpCode(202)
  @ApiOperation({ summary: 'Takes a cancellation at the end of the period back' })
  @ApiAcceptedResponse({ type: OrderAsked })
  @ApiResponse({ status: 409, description: 'ORDER_NOT_SERVED' })
  async undo(@Caller() caller: Asker, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<OrderAsked> {
    await this.desk.undoCancel(await this.asking(caller, orderId));
    return { orderId };
  }

  @Post('extend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Opens a checkout that pays for one more term of an order that is paid once' })
  @ApiOkResponse({ type: Link })
  @ApiResponse({ status: 409, description: 'ORDER_NOT_SERVED, ORDER_NOT_PAID_ONCE, CHECKOUT_REFUSED, CHECKOUT_CLOSED' })
  @ApiResponse({ status: 503, description: 'STRIPE_UNAVAILABLE: repeat with the same key' })
  async extend(@Caller() caller: Asker, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<Link> {
    return { url: await this.desk.extend(await this.asking(caller, orderId)) };
  }

  @Get('payments')
  @ReadsFrom('order-list')
  @ApiOperation({ summary: 'What was paid for my order, what is asked for, what went back, and what I am owed' })
  @ApiOkResponse({ type: BillingView })
  async payments(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<BillingView> {
    await this.own(user, orderId);
    const money = await this.queries.execute(new BillingOfOrder(orderId));
    const credits = await this.queries.execute(new CreditsOfOrder(orderId));
    return { ...money, credits: credits.map(({ reason, lateMs, amount, creditedAt }) => ({ reason, lateMs, ...amount, at: creditedAt })) };
  }

  @Post('billing-portal')
  @HttpCode(200)
  @ApiOperation({ summary: "Stripe's page for my invoices and how I pay; the link is good for minutes" })
  @ApiOkResponse({ type: Link })
  @ApiResponse({ status: 409, description: 'NO_BILLING_ACCOUNT' })
  async portal(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<Link> {
    const { checkoutSession } = await this.own(user, orderId);
    return { url: await this.desk.portalUrl(orderId, checkoutSession) };
  }

  private async asking({ id, commandId }: Asker, orderId: string): Promise<Asking> {
    await this.own({ id }, orderId);
    return { orderId, commandId, actor: { kind: 'customer', id } };
  }

  private async own(user: Pick<User, 'id'>, orderId: string): Promise<OrderView> {
    const order = await this.queries.execute(new GetOrder(orderId, user.id));
    if (!order) throw refuse('NOT_FOUND', 404, 'There is no such order.');
    return order;
  }
}
