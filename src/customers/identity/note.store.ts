/** What operators write about what they do: free text may name people, so that it is sealed here and the events carry only its id. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pageOf, placeOf, type Page, type PageWish } from '../../platform/database/newest-first.js';
import { Sealing } from './sealing.js';

export interface Note {
  readonly noteId: string;
  /** Order, customer, `node-<number>` or `projection-<name>`. */
  readonly subjectId: string;
  readonly authorId: string;
  readonly text: string;
  /** What was done, where no event says so. */
  readonly deed?: string | null;
}

/** With when it was written, ISO-8601 in UTC. */
export type WrittenNote = Note & { readonly deed: string | null; readonly writtenAt: string };

type Row = Omit<WrittenNote, 'text'> & { readonly sealed: string };

const WRITTEN_AT = `to_char(written_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const NOTES_OF = `
  select note_id::text as "noteId", subject_id as "subjectId", author_id as "authorId", deed, text_sealed as sealed, ${WRITTEN_AT} as "writtenAt"
  from identity.notes
  where subject_id = $1 and ($2::text[] is null or (${WRITTEN_AT}, note_id::text) < (($2::text[])[1], ($2::text[])[2]))
  order by ${WRITTEN_AT} desc, note_id::text desc
  limit $3`;

@Injectable()
export class NoteStore {
  constructor(
    private readonly database: DataSource,
    private readonly sealing: Sealing,
  ) {}

  /** The first text under an id stands. */
  async save({ noteId, subjectId, authorId, text, deed = null }: Note): Promise<void> {
    await this.database.query(
      'insert into identity.notes (note_id, subject_id, author_id, text_sealed, deed) values ($1, $2, $3, $4, $5) on conflict do nothing',
      [noteId, subjectId, authorId, this.sealing.seal(text), deed],
    );
  }

  /** Newest first. @throws Refusal CURSOR_INVALID */
  async of(subjectId: string, { cursor, limit }: PageWish): Promise<Page<WrittenNote>> {
    const rows: Row[] = await this.database.query(NOTES_OF, [subjectId, placeOf(cursor, 2) ?? null, limit + 1]);
    const { items, nextCursor } = pageOf(rows, limit, ({ writtenAt, noteId }) => [writtenAt, noteId]);
    return { items: items.map(({ sealed, ...note }) => ({ ...note, text: this.sealing.open(sealed) })), nextCursor };
  }
}
