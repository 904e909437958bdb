/** What can go wrong with a reader, and which of PostgreSQL's errors will go away by themselves. */

/** The log is not the one the read models were made from: another store, or an older copy of it. */
export class LogChanged extends Error {
  readonly code = 'LOG_CHANGED';

  constructor(reader: string, what: string) {
    super(
      `LOG_CHANGED: ${reader} ${what}. If the event store was replaced on purpose, make the readers start from its beginning with: npm run ledger -- readers reset --all`,
    );
  }
}

/** Somebody else owns this reader now; nothing was written. */
export class LeaseLost extends Error {
  readonly code = 'LEASE_LOST';
}

/** One projection cannot go on, for a reason that waiting will not mend; those beside it can. */
export class MemberFailed extends Error {
  constructor(
    readonly reader: string,
    why: string,
  ) {
    super(`${reader}: ${why}`);
  }
}

/** A folded row has a value that no column can take. */
export class Unstorable extends Error {}

/** SQLSTATE classes for data that can never be stored: data exception, integrity violation, limit exceeded (a key too long for its index). */
const POISON_CLASSES = ['22', '23', '54'];

/** True if the same statement with the same values will fail for ever. Everything else (connection, deadlock, time-out, no table) is retried. */
export const isPoison = (error: unknown): boolean => {
  if (error instanceof Unstorable) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && POISON_CLASSES.includes(code.slice(0, 2));
};

/** SQLSTATE class 42: no such table or column, no right to it. The statement fails until somebody mends the table, whatever the data. */
export const isDefect = (error: unknown): boolean => String((error as { code?: unknown } | null)?.code).startsWith('42');

/** True of a statement that was not carried out because one before it in the transaction had failed. */
export const isConsequence = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === '25P02';

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));
