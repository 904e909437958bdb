/** What operators see and may do. Every act carries who did it. */
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { matterPage, OpenMatters } from '../../projections/attention/attention.query.js';
import { AllNodes } from '../../projections/node-capacity/node-capacity.query.js';
import { GetOrder, SearchOrders } from '../../projections/order-list/order-list.query.js';
import { GetTimeline } from '../../projections/order-timeline/order-timeline.query.js';
import { Catalog } from '../catalog/catalog.js';
import { DrainNode, SetNode } from '../nodes/node.commands.js';
import { OrdersPage, OrderView, Timeline } from '../orders/order.dto.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { refuse } from '../platform/refusal.js';
import { DeedNotes } from './deed-notes.js';
import { OrderSearch } from './order-search.js';
import { OrdersRequest } from './orders.dto.js';
import { DrainRequest, MattersPage, MattersRequest, NodeDrained, NodeRef, NodeWithRoom, SetNodeRequest } from './ops.dto.js';

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops')
export class OpsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly catalog: Catalog,
    private readonly search: OrderSearch,
    private readonly deeds: DeedNotes,
  ) {}

  @Get('orders')
  @ReadsFrom('order-list', 'stripe-links')
  @ApiOperation({ summary: "Everybody's orders, newest first, searched and filtered" })
  @ApiOkResponse({ type: OrdersPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async orders(@Query() { q = '', ...wish }: OrdersRequest): Promise<OrdersPage> {
    const found = q.trim() === '' ? {} : { anyOf: await this.search.marks(q) };
    return this.queries.execute(new SearchOrders({ ...wish, ...found }));
  }

  @Get('orders/:orderId')
  @ReadsFrom('order-list')
  @ApiOperation({ summary: 'One order' })
  @ApiOkResponse({ type: OrderView })
  async order(@Param('orderId', ParseUUIDPipe) orderId: string): Promise<OrderView> {
    const order = await this.queries.execute(new GetOrder(orderId));
    if (!order) throw refuse('NOT_FOUND', 404, 'There is no such order.');
    return order;
  }

  @Get('orders/:orderId/timeline')
  @ReadsFrom('order-timeline')
  @ApiOperation({ summary: 'Every event of an order with its data: why it is where it is' })
  @ApiOkResponse({ type: Timeline })
  async timeline(@Param('orderId', ParseUUIDPipe) orderId: string): Promise<Timeline> {
    return { entries: await this.queries.execute(new GetTimeline(orderId)) };
  }

  @Get('attention')
  @ReadsFrom('attention', 'order-list', 'node-capacity', 'delivery-invariant')
  @ApiOperation({ summary: 'What needs a human now, a page at a time' })
  @ApiOkResponse({ type: MattersPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async attention(@Query() wish: MattersRequest): Promise<MattersPage> {
    return matterPage(await this.queries.execute(new OpenMatters()), wish);
  }

  @Get('nodes')
  @ReadsFrom('node-capacity')
  @ApiOperation({ summary: 'Every node with what is free on it' })
  @ApiOkResponse({ type: [NodeWithRoom] })
  async nodes(): Promise<NodeWithRoom[]> {
    return this.queries.execute(new AllNodes());
  }

  @Put('nodes/:nodeId')
  @HttpCode(200)
  @ApiOperation({ summary: 'Puts a node to use: region, reserve, enabled' })
  @ApiOkResponse({ type: NodeRef, description: 'Recorded; the list of nodes shows it within moments.' })
  @ApiResponse({ status: 422, description: 'REGION_UNKNOWN, NODE_ID_INVALID' })
  async setNode(@Caller() caller: Asker, @Param('nodeId') nodeId: string, @Body() { reason, ...wish }: SetNodeRequest): Promise<NodeRef> {
    if (!/^\d{1,9}$/.test(nodeId)) throw refuse('NODE_ID_INVALID', 422, 'A node is named by its number on the panel.');
    if (!this.catalog.regions.some(({ id }) => id === wish.region)) throw refuse('REGION_UNKNOWN', 422, 'There is no such region.');
    const noteId = await this.note(caller, nodeId, reason);
    await this.commands.execute(new SetNode({ nodeId, ...wish, actor: { kind: 'ops', id: caller.id }, noteId }));
    return { nodeId };
  }

  @Post('nodes/:nodeId/drain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Empties a node: no new orders go there, and those that are to be moved are named; or lets it be used again' })
  @ApiOkResponse({ type: NodeDrained })
  @ApiResponse({ status: 409, description: 'NODE_NOT_REGISTERED' })
  async drainNode(
    @Caller() caller: Asker,
    @Param('nodeId') nodeId: string,
    @Body() { drain = true, reason }: DrainRequest,
  ): Promise<NodeDrained> {
    if (!/^\d{1,9}$/.test(nodeId)) throw refuse('NODE_ID_INVALID', 422, 'A node is named by its number on the panel.');
    const noteId = await this.note(caller, nodeId, reason);
    const orders = await this.commands.execute(new DrainNode({ nodeId, drain, actor: { kind: 'ops', id: caller.id }, noteId }));
    return { nodeId, orders: [...orders] };
  }

  private note({ id, commandId }: Asker, nodeId: string, reason: string | undefined): Promise<string | undefined> {
    return this.deeds.keep({ subjectId: `node-${nodeId}`, authorId: id, commandId, reason });
  }
}
