/** Time travel through one order, and what can be done to it now, for operators. */
import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { readModels } from '../../projections/index.js';
import { AllNodes } from '../../projections/node-capacity/node-capacity.query.js';
import { streamsOfOrder } from '../../projections/order-timeline/order-timeline.query.js';
import { Clock } from '../platform/clock.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { OrderActionView } from './order-actions.dto.js';
import { OrderReplays } from './order-replays.js';
import { ReplayRequest, ReplayView } from './replay.dto.js';

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/orders/:orderId')
export class ReplayController {
  private readonly replays: OrderReplays;

  constructor(
    streams: StreamRepository,
    database: DataSource,
    clock: Clock,
    private readonly queries: QueryBus,
  ) {
    this.replays = new OrderReplays({
      eventsOf: (stream) => streams.events(stream),
      head: () => streams.head(),
      seenIn: (orderId) => streamsOfOrder(database, orderId),
      clock,
      readModels,
    });
  }

  @Get('replay')
  @ReadsFrom('order-timeline')
  @ApiOperation({
    summary: 'An order at any point of its history',
    description:
      'Folded from the event store itself: states, the rows of every read model, what each event changed, whose turn it is and why. One answer holds all steps up to the point, so that a screen can move through them without asking again.',
  })
  @ApiOkResponse({ type: ReplayView })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  @ApiResponse({ status: 422, description: 'REPLAY_AT_INVALID, REPLAY_AT_UNKNOWN, REPLAY_TOO_LARGE' })
  @ApiResponse({ status: 503, description: 'STORE_UNAVAILABLE' })
  async replay(@Param('orderId', ParseUUIDPipe) orderId: string, @Query() { at }: ReplayRequest): Promise<ReplayView> {
    return this.replays.of(orderId, at);
  }

  @Get('actions')
  @ReadsFrom('order-timeline', 'node-capacity')
  @ApiOperation({
    summary: 'What may be done to an order now, and what would come of it',
    description:
      'Decided by the rules that decide about the act itself, without anything being recorded. Actions that cannot be done now are listed with the reason.',
  })
  @ApiOkResponse({ type: [OrderActionView] })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  @ApiResponse({ status: 422, description: 'REPLAY_TOO_LARGE' })
  @ApiResponse({ status: 503, description: 'STORE_UNAVAILABLE' })
  async actions(@Param('orderId', ParseUUIDPipe) orderId: string): Promise<OrderActionView[]> {
    return this.replays.actions(orderId, await this.queries.execute(new AllNodes()));
  }
}
