/** Time travel through one order, for operators. */
import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { readModels } from '../../projections/index.js';
import { streamsOfOrder } from '../../projections/order-timeline/order-timeline.query.js';
import { Clock } from '../platform/clock.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { OrderReplays } from './order-replays.js';
import { ReplayRequest, ReplayView } from './replay.dto.js';

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/orders/:orderId/replay')
export class ReplayController {
  private readonly replays: OrderReplays;

  constructor(streams: StreamRepository, database: DataSource, clock: Clock) {
    this.replays = new OrderReplays({
      eventsOf: (stream) => streams.events(stream),
      head: () => streams.head(),
      seenIn: (orderId) => streamsOfOrder(database, orderId),
      clock,
      readModels,
    });
  }

  @Get()
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
}
