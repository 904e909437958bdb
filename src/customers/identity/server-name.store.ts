/** What customers call their servers: free text may name people, so that it is sealed here and the events carry only its id. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Sealing } from './sealing.js';

interface Row {
  readonly name_sealed: string;
}

@Injectable()
export class ServerNameStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** The first text under an id stands. */
  async save({ labelId, orderId, name }: { labelId: string; orderId: string; name: string }): Promise<void> {
    await this.database.query(
      'insert into identity.server_names (label_id, order_id, name_sealed) values ($1, $2, $3) on conflict do nothing',
      [labelId, orderId, this.sealing.seal(name)],
    );
  }

  async read(labelId: string): Promise<string | undefined> {
    const [row]: Row[] = await this.database.query('select name_sealed from identity.server_names where label_id = $1', [labelId]);
    return row && this.sealing.open(row.name_sealed);
  }

  /** The panel has it. */
  async markTaken(labelId: string): Promise<void> {
    await this.database.query('update identity.server_names set taken_at = clock_timestamp() where label_id = $1', [labelId]);
  }

  /** What the panel took last for this order; undefined while the customer has named nothing. */
  async nameOf(orderId: string): Promise<string | undefined> {
    const [row]: Row[] = await this.database.query(
      'select name_sealed from identity.server_names where order_id = $1 and taken_at is not null order by taken_at desc limit 1',
      [orderId],
    );
    return row && this.sealing.open(row.name_sealed);
  }
}
