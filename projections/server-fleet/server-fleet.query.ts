/** Servers: a customer's own, and those that should stand on the panel. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, Not } from 'typeorm';
import { ServerFleetEntity } from './server-fleet.entity.js';
import type { ServerFleetRow } from './server-fleet.projection.js';

export class ListServers extends Query<ServerFleetRow[]> {
  constructor(readonly customerId: string) {
    super();
  }
}

@QueryHandler(ListServers)
export class ListServersHandler implements IQueryHandler<ListServers> {
  constructor(private readonly database: DataSource) {}

  async execute({ customerId }: ListServers): Promise<ServerFleetRow[]> {
    return this.database.getRepository(ServerFleetEntity).find({ where: { customerId }, order: { orderId: 'DESC' } });
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
