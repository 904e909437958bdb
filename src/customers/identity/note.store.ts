/** What operators write about what they do: free text may name people, so that it is sealed here and the events carry only its id. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Sealing } from './sealing.js';

@Injectable()
export class NoteStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** The first text under an id stands. */
  async save(note: { noteId: string; subjectId: string; authorId: string; text: string }): Promise<void> {
    await this.database.query(
      'insert into identity.notes (note_id, subject_id, author_id, text_sealed) values ($1, $2, $3, $4) on conflict do nothing',
      [note.noteId, note.subjectId, note.authorId, this.sealing.seal(note.text)],
    );
  }
}
