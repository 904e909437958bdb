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

/** SQLSTATE classes for data that can never be stored: data exception, integrity violation. */
const POISON_CLASSES = ['22', '23'];

/** True if the same statement with the same values will fail for ever. Everything else (connection, deadlock, time-out, no table) is retried. */
export const isPoison = (error: unknown): boolean => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && POISON_CLASSES.includes(code.slice(0, 2));
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));
