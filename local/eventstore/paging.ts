/** How much of the log is taken up at a time. */

/** Events fetched at a time; a page is held in memory, a read is not. */
export const PAGE_EVENTS = 256;

/** Lets other calls have their turn between two pages. */
export const nextTurn = (): Promise<void> => new Promise(setImmediate);
