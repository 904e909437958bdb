/** A customer's orders. Somebody else's order is 404, like one that does not exist. */
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { GetOrder, SearchOrders } from '../../projections/order-list/order-list.query.js';
import { GetTimeline } from '../../projections/order-timeline/order-timeline.query.js';
import { CurrentUser, type User } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { Identity, RequestKey, type RequestIdentity } from '../platform/http/request-key.js';
import { refuse } from '../platform/refusal.js';
import { OrdersFilter, OrdersPage, OrderView, PlaceOrderRequest, PlaceOrderResponse, Timeline } from './order.dto.js';
import { OrderDesk } from './order-desk.js';

const PASSING =
  'STORE_UNAVAILABLE, STRIPE_UNAVAILABLE, DATABASE_UNAVAILABLE, CAPACITY_UNKNOWN, TOO_MANY_CONFLICTS, PLACEMENT_UNSETTLED: repeat with the same key';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('api/v1/orders')
export class OrdersController {
  constructor(
    private readonly desk: OrderDesk,
    private readonly queries: QueryBus,
  ) {}

  @RequestKey({ required: true })
  @Post()
  @ApiOperation({
    summary: 'Places an order and opens its checkout',
    description: 'Room on a node is held before the customer is sent to pay.',
  })
  @ApiCreatedResponse({ type: PlaceOrderResponse })
  @ApiResponse({
    status: 409,
    description: 'NO_CAPACITY, CHECKOUT_REFUSED, PLAN_NOT_SELLABLE, PANEL_ACCOUNT_PENDING, PANEL_ACCOUNT_CONFLICT',
  })
  @ApiResponse({
    status: 422,
    description: 'PLAN_UNKNOWN, REGION_UNKNOWN, CONFIGURATION_INVALID, IDEMPOTENCY_KEY_REQUIRED',
  })
  @ApiResponse({ status: 503, description: PASSING })
  async place(
    @CurrentUser() user: User,
    @Body() body: PlaceOrderRequest,
    @Identity() identity: RequestIdentity,
  ): Promise<PlaceOrderResponse> {
    const { orderId, stage, checkoutUrl } = await this.desk.place(user.id, body, identity);
    return { orderId, status: stage, checkoutUrl };
  }

  @Get()
  @ReadsFrom('order-list')
  @ApiOperation({ summary: 'My orders, a page at a time' })
  @ApiOkResponse({ type: OrdersPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async list(@CurrentUser() user: User, @Query() wish: OrdersFilter): Promise<OrdersPage> {
    return this.queries.execute(new SearchOrders({ ...wish, customerId: user.id }));
  }

  @Get(':orderId')
  @ReadsFrom('order-list')
  @ApiOperation({ summary: 'One of my orders' })
  @ApiOkResponse({ type: OrderView })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  async one(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<OrderView> {
    const order = await this.queries.execute(new GetOrder(orderId, user.id));
    if (!order) throw refuse('NOT_FOUND', 404, 'There is no such order.');
    return order;
  }

  @Post(':orderId/checkout')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Where this order can be paid now',
    description: 'Answers the open checkout; opens it if that was interrupted.',
  })
  @ApiOkResponse({ type: PlaceOrderResponse })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  @ApiResponse({ status: 409, description: 'NO_CAPACITY, CHECKOUT_REFUSED: the order has ended' })
  @ApiResponse({ status: 503, description: PASSING })
  async checkout(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<PlaceOrderResponse> {
    await this.one(user, orderId);
    const { stage, checkoutUrl } = await this.desk.reopen(orderId);
    return { orderId, status: stage, checkoutUrl };
  }

  @Get(':orderId/timeline')
  @ReadsFrom('order-list', 'order-timeline')
  @ApiOperation({ summary: 'What has happened to my order' })
  @ApiOkResponse({ type: Timeline })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  async timeline(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<Timeline> {
    await this.one(user, orderId);
    const entries = await this.queries.execute(new GetTimeline(orderId));
    return {
      entries: entries.map(({ eventId, at, type, stream, revision, actorKind, causationId }) => ({
        eventId,
        at,
        type,
        stream,
        revision,
        actorKind,
        causationId,
      })),
    };
  }
}
