/** Servers: a customer's own. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
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
