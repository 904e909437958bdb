/** The same for operators: with a written reason, which is kept sealed, and on record as theirs. */
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { GetOrder } from '../../../projections/order-list/order-list.query.js';
import { Roles } from '../../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../../platform/http/caller.js';
import { ReadsFrom } from '../../platform/http/ledger-position.js';
import { SessionEnd, Stream, type Streaming } from '../../platform/http/session-end.js';
import { newId } from '../../platform/ids.js';
import { refuse } from '../../platform/refusal.js';
import { ReasonGiven, ActionDone, ConsoleView, OperatorCommandRequest, OperatorPowerRequest, ServerNow } from './server.dto.js';
import { ServerDesk, type Asking } from './server-desk.js';

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@ApiResponse({ status: 404, description: 'NOT_FOUND' })
@ApiResponse({ status: 409, description: 'The same codes as for the owner' })
@ApiResponse({ status: 503, description: 'The same codes as for the owner' })
@Controller('api/v1/ops/orders/:orderId/server')
export class OpsServerController {
  constructor(
    private readonly desk: ServerDesk,
    private readonly queries: QueryBus,
    private readonly sessions: SessionEnd,
  ) {}

  @Get()
  @ReadsFrom('order-list', 'server-fleet')
  @ApiOperation({ summary: 'What the server of an order does and uses now' })
  @ApiOkResponse({ type: ServerNow })
  async now(@Param('orderId', ParseUUIDPipe) orderId: string): Promise<ServerNow> {
    await this.known(orderId);
    return this.desk.now(orderId);
  }

  @Post('power')
  @HttpCode(202)
  @ApiOperation({ summary: 'Starts, stops, restarts or kills the server' })
  @ApiAcceptedResponse({ type: ActionDone })
  async power(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { signal, reason }: OperatorPowerRequest,
  ): Promise<ActionDone> {
    return this.desk.act(await this.asking(caller, orderId, reason), { action: signal });
  }

  @Post('command')
  @HttpCode(202)
  @ApiOperation({ summary: 'Tells the game something on its console', description: 'What it was told is kept nowhere.' })
  @ApiAcceptedResponse({ type: ActionDone })
  async command(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { command, reason }: OperatorCommandRequest,
  ): Promise<ActionDone> {
    return this.desk.act(await this.asking(caller, orderId, reason), { action: 'command', command });
  }

  @Post('console')
  @HttpCode(200)
  @ApiOperation({ summary: 'What the server said last', description: 'That an operator looked is recorded.' })
  @ApiOkResponse({ type: ConsoleView })
  async console(
    @Caller() caller: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason }: ReasonGiven,
  ): Promise<ConsoleView> {
    await this.desk.noteLooking(await this.asking(caller, orderId, reason));
    return { lines: await this.desk.lines(orderId) };
  }

  @Post('console/stream')
  @HttpCode(200)
  @ApiOperation({ summary: 'The console as it goes on, as for the owner', description: 'That an operator looked is recorded.' })
  @ApiOkResponse({
    description: 'Server-Sent Events until the server or the token ends.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(
    @Stream() streaming: Streaming,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { reason }: ReasonGiven,
  ): Promise<void> {
    const caller = { id: streaming.user.id, commandId: streaming.identity?.commandId ?? newId() };
    await this.desk.noteLooking(await this.asking(caller, orderId, reason));
    await this.desk.stream(orderId, { ...streaming, endsAtMs: this.sessions.of(streaming) });
  }

  private async asking({ id, commandId }: Asker, orderId: string, reason: string): Promise<Asking> {
    await this.known(orderId);
    return { orderId, commandId, actor: { kind: 'ops', id }, reason };
  }

  private async known(orderId: string): Promise<void> {
    if (!(await this.queries.execute(new GetOrder(orderId)))) throw refuse('NOT_FOUND', 404, 'There is no such order.');
  }
}
