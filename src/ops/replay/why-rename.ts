/** In one sentence how far the server's new name is; what it is called is told nowhere here. */
import type { LedgerEvent } from '../../ledger.events.js';
import type { Recorded } from '../../platform/event.js';
import type { EventOf, Situation } from './situation.js';
import { inTime, inWords } from './wording.js';

type Rename = EventOf<'ServerRenameRequested' | 'ServerRenamed' | 'ServerRenameFailed'>;
const RENAMES: readonly string[] = ['ServerRenameRequested', 'ServerRenamed', 'ServerRenameFailed'] satisfies Rename['type'][];

/** With a blank before it; empty when the panel has taken the last name, or there was none. */
export const whyRename = ({ past, now }: Pick<Situation, 'past' | 'now'>): string => {
  const last = (past as readonly Recorded<LedgerEvent>[]).findLast((event): event is Rename => RENAMES.includes(event.type));
  switch (last?.type) {
    case undefined:
    case 'ServerRenamed':
      return '';
    case 'ServerRenameRequested':
      return now < last.data.callDeadlineAt
        ? ` The customer has named the server anew, and the panel has until ${inTime(last.data.callDeadlineAt)} to take the name.`
        : ' The customer has named the server anew, and nobody recorded whether the panel took the name.';
    case 'ServerRenameFailed':
      return ` The customer's new name for the server came to nothing (${inWords(last.data.code)}).`;
  }
};
