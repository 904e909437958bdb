/** A customer's servers. */
import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { ServerFleetRow } from '../../projections/server-fleet/server-fleet.projection.js';
import { ListServers } from '../../projections/server-fleet/server-fleet.query.js';
import { CurrentUser, type User } from '../platform/http/auth.decorators.js';
import { LivePanel } from '../pterodactyl/live-panel.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { pageView, SortedRequest } from '../platform/http/paging.js';

const NAME_MAX = 64;
const STATUSES: ServerFleetRow['status'][] = ['creating', 'installing', 'ready', 'suspended', 'deleted', 'attention'];

class ServersRequest extends SortedRequest {
  @ApiPropertyOptional({ enum: STATUSES }) @IsOptional() @IsIn(STATUSES) readonly status?: ServerFleetRow['status'];
  @ApiPropertyOptional({ example: 'minecraft' }) @IsOptional() @IsString() @MaxLength(NAME_MAX) readonly gameId?: string;
}

class ServerView {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty() readonly planId!: string;
  @ApiProperty() readonly gameId!: string;
  @ApiProperty({ enum: STATUSES }) readonly status!: string;
  @ApiProperty({ type: Number, nullable: true }) readonly serverId!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "The panel's short id." }) readonly identifier!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Its page on the panel, which has a login of its own.' }) readonly panelUrl!:
    string | null;
  @ApiProperty({ type: String, nullable: true }) readonly createdAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly readyAt!: string | null;
}
class ServersPage extends pageView(ServerView) {}

@ApiTags('servers')
@ApiBearerAuth()
@Controller('api/v1/servers')
export class ServersController {
  constructor(
    private readonly queries: QueryBus,
    private readonly panel: LivePanel,
  ) {}

  @Get()
  @ReadsFrom('server-fleet')
  @ApiOperation({ summary: 'My servers, a page at a time' })
  @ApiOkResponse({ type: ServersPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async list(@CurrentUser() user: User, @Query() wish: ServersRequest): Promise<ServersPage> {
    const { items, nextCursor } = await this.queries.execute(new ListServers({ ...wish, customerId: user.id }));
    const views = items.map(({ orderId, planId, gameId, status, serverId, identifier, createdAt, readyAt }) => ({
      ...{ orderId, planId, gameId, status, serverId, identifier, createdAt, readyAt },
      panelUrl: identifier === null ? null : this.panel.pageOf(identifier),
    }));
    return { items: views, nextCursor };
  }
}
