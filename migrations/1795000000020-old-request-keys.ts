/** Finds the request keys that are old enough to be removed. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OldRequestKeys1795000000020 implements MigrationInterface {
  readonly name = 'OldRequestKeys1795000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index idempotency_keys_age on identity.idempotency_keys (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index identity.idempotency_keys_age');
  }
}
