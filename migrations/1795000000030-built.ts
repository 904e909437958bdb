/** Remembers that a read model has once been level with the log: until then it is being built, after that it may only be late. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Built1795000000030 implements MigrationInterface {
  readonly name = 'Built1795000000030';

  async up(runner: QueryRunner): Promise<void> {
    // What the previous release has served until now is taken for built.
    await runner.query(`alter table engine.checkpoint add column built_at timestamptz;
      update engine.checkpoint set built_at = clock_timestamp() where commit_position is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table engine.checkpoint drop column built_at');
  }
}
