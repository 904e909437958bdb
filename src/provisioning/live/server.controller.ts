/** A customer's own server, live: state, power, console. Somebody else's order is 404, like one that does not exist. */
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { GetOrder } from '../../../projections/order-list/order-list.query.js';
import { CurrentUser, type User } from '../../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../../platform/http/caller.js';
import { ReadsFrom } from '../../platform/http/ledger-position.js';
import { SessionEnd, Stream, type Streaming } from '../../platform/http/session-end.js';
import { refuse } from '../../platform/refusal.js';
import { ServerDesk, type Asking } from './server-desk.js';
import { ActionDone, CommandRequest, ConsoleView, PowerRequest, ServerNow } from './server.dto.js';

const NOT_NOW = 'SERVER_NOT_CREATED, SERVER_INSTALLING, SERVER_SUSPENDED, SERVER_DELETED, SERVER_STATE_CONFLICT, SERVER_OFFLINE';
const AWAY = 'PANEL_CLIENT_KEY_MISSING, PANEL_UNAVAILABLE, PANEL_BUSY, NODE_UNREACHABLE, INTERRUPTED';

@ApiTags('servers')
@ApiBearerAuth()
@ApiResponse({ status: 404, description: 'NOT_FOUND' })
@ApiResponse({ status: 409, description: NOT_NOW })
@ApiResponse({ status: 503, description: AWAY })
@Controller('api/v1/orders/:orderId/server')
export class ServerController {
  constructor(
    private readonly desk: ServerDesk,
    private readonly queries: QueryBus,
    private readonly sessions: SessionEnd,
  ) {}

  @Get()
  @ReadsFrom('order-list', 'server-fleet')
  @ApiOperation({ summary: 'What my server does and uses now' })
  @ApiOkResponse({ type: ServerNow })
  async now(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<ServerNow> {
    await this.own(user.id, orderId);
    return this.desk.now(orderId);
  }

  @Post('power')
  @HttpCode(202)
  @ApiOperation({ summary: 'Starts, stops, restarts or kills my server', description: 'Recorded before it is done, and never done twice.' })
  @ApiAcceptedResponse({ type: ActionDone })
  async power(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { signal }: PowerRequest,
  ): Promise<ActionDone> {
    return this.desk.act(await this.asking(caller, orderId), { action: signal });
  }

  @Post('command')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Tells my game something on its console',
    description: 'That it was told is recorded, what it was told is not.',
  })
  @ApiAcceptedResponse({ type: ActionDone })
  async command(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { command }: CommandRequest,
  ): Promise<ActionDone> {
    return this.desk.act(await this.asking(caller, orderId), { action: 'command', command });
  }

  @Get('console')
  @ReadsFrom('order-list', 'server-fleet')
  @ApiOperation({ summary: 'What my server said last' })
  @ApiOkResponse({ type: ConsoleView })
  async console(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<ConsoleView> {
    await this.own(user.id, orderId);
    return { lines: await this.desk.lines(orderId) };
  }

  @Get('console/stream')
  @ReadsFrom('order-list', 'server-fleet')
  @ApiOperation({
    summary: 'The console of my server as it goes on',
    description:
      'Server-Sent Events: line, state, stats, connection, reset (forget the lines so far), end (with a code). Goes on after Last-Event-ID.',
  })
  @ApiOkResponse({
    description: 'Events until the server or the token ends.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(@Stream() streaming: Streaming, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<void> {
    await this.own(streaming.user.id, orderId);
    await this.desk.stream(orderId, { ...streaming, endsAtMs: this.sessions.of(streaming) });
  }

  private async asking({ id, commandId }: Asker, orderId: string): Promise<Asking> {
    await this.own(id, orderId);
    return { orderId, commandId, actor: { kind: 'customer', id } };
  }

  private async own(customerId: string, orderId: string): Promise<void> {
    const order = await this.queries.execute(new GetOrder(orderId, customerId));
    if (!order) throw refuse('NOT_FOUND', 404, 'There is no such order.');
  }
}
