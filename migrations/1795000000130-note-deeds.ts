/** What a note is about, where no event says so: acts on read models are no facts of the business. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NoteDeeds1795000000130 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identity.notes add column deed text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identity.notes drop column deed');
  }
}
