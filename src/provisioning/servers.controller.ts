/** A customer's servers. */
import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ListServers } from '../../projections/server-fleet/server-fleet.query.js';
import { CurrentUser, type User } from '../platform/http/auth.decorators.js';
import { LivePanel } from '../pterodactyl/live-panel.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';

class ServerView {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty() readonly planId!: string;
  @ApiProperty() readonly gameId!: string;
  @ApiProperty({ enum: ['creating', 'installing', 'ready', 'suspended', 'deleted', 'attention'] }) readonly status!: string;
  @ApiProperty({ type: Number, nullable: true }) readonly serverId!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "The panel's short id." }) readonly identifier!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Its page on the panel, which has a login of its own.' }) readonly panelUrl!:
    string | null;
  @ApiProperty({ type: String, nullable: true }) readonly createdAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly readyAt!: string | null;
}

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
  @ApiOperation({ summary: 'My servers' })
  @ApiOkResponse({ type: [ServerView] })
  async list(@CurrentUser() user: User): Promise<ServerView[]> {
    const servers = await this.queries.execute(new ListServers(user.id));
    return servers.map(({ orderId, planId, gameId, status, serverId, identifier, createdAt, readyAt }) => ({
      ...{ orderId, planId, gameId, status, serverId, identifier, createdAt, readyAt },
      panelUrl: identifier === null ? null : this.panel.pageOf(identifier),
    }));
  }
}
