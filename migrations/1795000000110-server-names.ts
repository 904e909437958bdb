/** What customers call their servers: free text, so that it is sealed. The one that the panel took last counts. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ServerNames1795000000110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table identity.server_names (
      label_id uuid primary key,
      order_id uuid not null,
      name_sealed text not null,
      taken_at timestamptz,
      created_at timestamptz not null default now()
    )`);
    await runner.query('create index server_names_by_order on identity.server_names (order_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table identity.server_names');
  }
}
