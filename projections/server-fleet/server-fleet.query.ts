/** Servers: a customer's own, and those that should stand on the panel. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, Not } from 'typeorm';
import { newestPage, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { ServerFleetEntity } from './server-fleet.entity.js';
import type { ServerFleetRow } from './server-fleet.projection.js';

export interface ServersWish extends PageWish {
  readonly customerId: string;
  readonly status?: ServerFleetRow['status'];
  readonly gameId?: string;
}

/** A customer's, the newest order first; order ids sort by time. @throws Refusal CURSOR_INVALID */
export class ListServers extends Query<Page<ServerFleetRow>> {
  constructor(readonly wish: ServersWish) {
    super();
  }
}

@QueryHandler(ListServers)
export class ListServersHandler implements IQueryHandler<ListServers> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListServers): Promise<Page<ServerFleetRow>> {
    const { customerId, status, gameId } = wish;
    return newestPage(this.database, { entity: ServerFleetEntity, by: ['orderId'], where: { customerId, status, gameId } }, wish);
  }
}

/** Servers that there are or are to be. */
export class StandingServers extends Query<ServerFleetRow[]> {}

@QueryHandler(StandingServers)
export class StandingServersHandler implements IQueryHandler<StandingServers> {
  constructor(private readonly database: DataSource) {}

  async execute(): Promise<ServerFleetRow[]> {
    return this.database.getRepository(ServerFleetEntity).find({ where: { status: Not('deleted' as const) }, order: { orderId: 'ASC' } });
  }
}

/** The server of one order, whoever's it is; undefined while none is asked for. */
export class GetServer extends Query<ServerFleetRow | undefined> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(GetServer)
export class GetServerHandler implements IQueryHandler<GetServer> {
  constructor(private readonly database: DataSource) {}

  async execute({ orderId }: GetServer): Promise<ServerFleetRow | undefined> {
    return (await this.database.getRepository(ServerFleetEntity).findOneBy({ orderId })) ?? undefined;
  }
}
