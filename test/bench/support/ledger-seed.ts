/** Puts a ledger's life into the folder of a local event store that is not running, which is ten times as fast as asking one that runs. */
import { EXPECTED } from '../../../local/eventstore/rules.js';
import { openStorage, takeFolder } from '../../../local/eventstore/folder.js';
import { Log } from '../../../local/eventstore/log.js';
import { eventIdOf } from '../../../src/platform/ids.js';
import { EVENTS_PER_ORDER, ledgerLife } from './ledger-life.js';

const AT_ONCE = 2_048;

export type LedgerAppend = Parameters<Log['append']>[0];

/** A ledger's life as the local store's own appends, one event each. */
export function* ledgerAppends(orders: number): Generator<LedgerAppend, void, void> {
  let index = 0;
  for (const { stream, event, metadata } of ledgerLife(orders)) {
    const id = eventIdOf({ stream, commandId: metadata.commandId, index, data: '' });
    const bytes = { data: Buffer.from(JSON.stringify(event.data)), metadata: Buffer.from(JSON.stringify(metadata)) };
    yield { stream, expected: EXPECTED.any, events: [{ id, type: event.type, isJson: true, ...bytes }] };
    index += 1;
  }
}

/** @returns how many events there are: about as many as wanted, in whole orders */
export async function seedLedger(dir: string, events: number): Promise<number> {
  const folder = await takeFolder(dir);
  const log = new Log(openStorage(folder, false));
  await log.begin();
  folder.markReady();
  let count = 0;
  let waiting: Promise<unknown>[] = [];
  for (const append of ledgerAppends(Math.ceil(events / EVENTS_PER_ORDER))) {
    waiting.push(log.append(append));
    count += 1;
    if (waiting.length < AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  await log.close();
  await folder.release();
  return count;
}
