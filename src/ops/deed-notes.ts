/** Keeps the reason of an act that is no order's: on a node, or on a read model. */
import { Injectable } from '@nestjs/common';
import { NoteStore } from '../customers/identity/note.store.js';
import { derivedId } from '../platform/ids.js';

export interface DeedAsked {
  readonly subjectId: string;
  readonly authorId: string;
  readonly commandId: string;
  readonly reason: string | undefined;
  readonly deed?: string;
}

@Injectable()
export class DeedNotes {
  constructor(private readonly notes: NoteStore) {}

  /** The note's id; undefined when nothing was written. A repeat of the command is the same note. */
  async keep({ subjectId, authorId, commandId, reason, deed }: DeedAsked): Promise<string | undefined> {
    if (reason === undefined) return undefined;
    const noteId = derivedId('note', commandId);
    await this.notes.save({ noteId, subjectId, authorId, text: reason, deed: deed ?? null });
    return noteId;
  }
}
