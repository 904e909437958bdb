/** Why something is done from a shell: kept sealed, like what operators write over HTTP. */
import type { INestApplicationContext } from '@nestjs/common';
import { newId } from '../../platform/ids.js';
import { DeedNotes } from '../deed-notes.js';
import { COMMAND_LINE } from './with-ledger.js';

export const WHY = ['--reason <text>', 'why; kept sealed, apart from the events'] as const;

/** @returns the note's id; undefined when no reason is given */
export const noteWhy = (app: INestApplicationContext, about: { subjectId: string; reason: string | undefined; deed?: string }) =>
  app.get(DeedNotes).keep({ ...about, authorId: COMMAND_LINE.id, commandId: newId() });
