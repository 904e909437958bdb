/** Under which name somebody logs in on the panel, as the panel told it when the account was linked: sealed; null for links from before. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PanelUsernames1795000000135 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identity.people add column panel_username_sealed text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identity.people drop column panel_username_sealed');
  }
}
