/** What a customer calls their server, and the secrets that were made up for it. Somebody else's order is 404, like one that does not exist; operators have no way to either. */
import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { GetOrder } from '../../../projections/order-list/order-list.query.js';
import { CurrentUser, type User } from '../../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../../platform/http/caller.js';
import { ReadsFrom } from '../../platform/http/ledger-position.js';
import { refuse } from '../../platform/refusal.js';
import { ServerLabelDesk } from './server-label.desk.js';

/** As the panel's own column. */
const NAME_MAX = 191;

class NameRequest {
  @ApiProperty({ maxLength: NAME_MAX, example: 'Friday night', description: 'Kept sealed; no line breaks, no blanks at its ends.' })
  @IsString()
  @MaxLength(NAME_MAX)
  @Matches(/^(?!\s)\P{Cc}+(?<!\s)$/u)
  readonly name!: string;
}

class ServerName {
  @ApiProperty({ type: String, nullable: true, description: 'Null while its customer has not named it.' }) readonly name!: string | null;
}

class ServerSecrets {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: "By the game's own name for each." })
  readonly secrets!: Readonly<Record<string, string>>;
}

@ApiTags('servers')
@ApiBearerAuth()
@ApiResponse({ status: 404, description: 'NOT_FOUND' })
@Controller('api/v1/orders/:orderId/server')
export class ServerLabelController {
  constructor(
    private readonly desk: ServerLabelDesk,
    private readonly queries: QueryBus,
  ) {}

  @Get('name')
  @ReadsFrom('order-list')
  @ApiOperation({ summary: 'What I call my server' })
  @ApiOkResponse({ type: ServerName })
  async name(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<ServerName> {
    await this.own(user.id, orderId);
    return { name: await this.desk.nameOf(orderId) };
  }

  @Post('name')
  @HttpCode(200)
  @ApiOperation({ summary: 'Names my server, here and on the panel' })
  @ApiOkResponse({ type: ServerName })
  @ApiResponse({ status: 409, description: 'SERVER_NOT_CREATED, SERVER_INSTALLING, SERVER_SUSPENDED, SERVER_DELETED' })
  @ApiResponse({ status: 503, description: 'SERVER_NOT_RENAMED: the panel did not confirm it' })
  async rename(
    @Caller() { id, commandId }: Asker,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() { name }: NameRequest,
  ): Promise<ServerName> {
    await this.own(id, orderId);
    await this.desk.rename({ orderId, commandId, actor: { kind: 'customer', id } }, name);
    return { name };
  }

  @Get('secrets')
  @ReadsFrom('order-list')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The passwords that were made up for my game' })
  @ApiOkResponse({ type: ServerSecrets })
  async secrets(@CurrentUser() user: User, @Param('orderId', ParseUUIDPipe) orderId: string): Promise<ServerSecrets> {
    await this.own(user.id, orderId);
    return { secrets: await this.desk.secretsOf(orderId) };
  }

  private async own(customerId: string, orderId: string): Promise<void> {
    const order = await this.queries.execute(new GetOrder(orderId, customerId));
    if (!order) throw refuse('NOT_FOUND', 404, 'There is no such order.');
  }
}
