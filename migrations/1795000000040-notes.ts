/** What operators write about what they do: sealed, apart from the events, which carry only the note's id. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notes1795000000040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table identity.notes (
      note_id uuid primary key,
      subject_id text not null,
      author_id text not null,
      text_sealed text not null,
      written_at timestamptz not null default now()
    )`);
    await runner.query('create index notes_by_subject on identity.notes (subject_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table identity.notes');
  }
}
