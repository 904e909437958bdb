/** What happens, live: hints of what to read again. */
import { Controller, Get } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { ServerSent } from '../platform/http/server-sent.js';
import { SessionEnd, Stream, type Streaming } from '../platform/http/session-end.js';
import { EventFeed, type FeedViewer, type Hint } from './event-feed.js';

const HEARTBEAT_MS = 10_000;
const KINDS = ['order', 'payment', 'provisioning', 'customer', 'notification', 'node', 'plan', 'stripeEvent', 'unmatchedMoney', 'catalog'];

class EventHint implements Hint {
  @ApiProperty({ enum: KINDS, description: '`catalog`: what is for sale, or how much of it, may have changed.' }) readonly kind!: string;
  @ApiProperty({ example: 'OrderPaid' }) readonly type!: string;
  @ApiProperty({ type: String, nullable: true }) readonly orderId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What the event is of: order, customer, node …' }) readonly subjectId!:
    string | null;
  @ApiProperty({ description: 'As a Ledger-Position: `atLeast` of the read that follows.' }) readonly position!: string;
  @ApiProperty({ format: 'date-time' }) readonly at!: string;
}

const viewerOf = (answer: ServerSent, user: Streaming['user']): FeedViewer => ({
  userId: user.id,
  customerId: user.role === 'operator' ? null : user.id,
  hint: (hint, id) => answer.send('hint', hint, id),
  reset: (id) => answer.send('reset', {}, id),
  begin: (id) => answer.send('begin', {}, id),
  connection: (isThere) => answer.send('connection', { isThere }),
  end: (code) => answer.end(code),
});

@ApiTags('events')
@ApiBearerAuth()
@ApiExtraModels(EventHint)
@Controller('api/v1/events')
export class EventsController {
  constructor(
    private readonly feed: EventFeed,
    private readonly sessions: SessionEnd,
  ) {}

  @Get()
  @ReadsFrom()
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Goes on after this id, with nothing left out or told twice.' })
  @ApiOperation({
    summary: 'What happens to what is mine, as it happens; to operators, everything',
    description:
      'Server-Sent Events: `hint` (an EventHint, without any content: read again what it names), `begin` (all that was missed has been told), `reset` (too much was missed: read everything again), `connection` ({isThere}: whether the log can be followed), `heartbeat` every 10 seconds, `end` ({code}: TOKEN_EXPIRED, SHUTTING_DOWN). Ids are places in the log. Who reads too slowly is cut off and comes again.',
  })
  @ApiOkResponse({
    description: 'Events until the token ends; the data of `hint`.',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(EventHint) } } },
  })
  @ApiResponse({ status: 503, description: 'STORE_UNAVAILABLE, TOO_MANY_VIEWERS' })
  async stream(@Stream() streaming: Streaming): Promise<void> {
    const answer = new ServerSent(streaming.reply);
    const leave = await this.feed.join(viewerOf(answer, streaming.user), streaming.lastId);
    answer.open();
    const beats = setInterval(() => answer.send('heartbeat', {}, this.feed.position), HEARTBEAT_MS);
    const over = setTimeout(() => answer.end('TOKEN_EXPIRED'), Math.max(0, this.sessions.of(streaming) - Date.now()));
    answer.onClose(() => {
      clearInterval(beats);
      clearTimeout(over);
      leave();
    });
  }
}
