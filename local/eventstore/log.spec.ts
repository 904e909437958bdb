import { randomUUID } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../support/clock.js';
import { temporaryFolder, type Folder } from './folder.js';
import { Log } from './log.js';
import { nextTurn } from './paging.js';
import { EXPECTED } from './rules.js';
import { Storage } from './storage.js';

/** A disk that can be held up, or be full. */
class TroubledStorage extends Storage {
  flushed: Promise<void> = Promise.resolve();
  isFull = false;
  isOutOfMemory = false;
  transactions = 0;
  closings = 0;
  remaps = 0;

  override async remap(): Promise<void> {
    await super.remap();
    if (this.isOutOfMemory) throw new Error('out of memory');
    this.remaps += 1;
  }

  override async close(): Promise<void> {
    this.closings += 1;
    await super.close();
  }

  override async write(work: () => void): Promise<void> {
    if (this.isFull) throw new Error('no space left on device');
    this.transactions += 1;
    await super.write(work);
    await this.flushed;
  }
}

const STREAM = 'troubled';
const newEvent = () => ({
  id: randomUUID(),
  type: 'Happened',
  isJson: true,
  data: Buffer.from('{}'),
  metadata: Buffer.alloc(0),
});

describe('the log', () => {
  let folder: Folder;
  let storage: TroubledStorage;
  let log: Log;
  let broken: Error | undefined;
  const append = (expected: number = EXPECTED.any) => log.append({ stream: STREAM, expected, events: [newEvent()] });

  beforeEach(async () => {
    folder = temporaryFolder();
    storage = new TroubledStorage(folder.dataFile, false);
    broken = undefined;
    log = new Log(storage, systemClock, (error) => (broken = error));
    await log.begin();
  });
  afterEach(async () => {
    await log.close();
    await folder.release();
  });

  it('answers no append and shows no event before it is on disk', async () => {
    let onDisk = (): void => undefined;
    storage.flushed = new Promise((resolve) => (onDisk = resolve));
    let answered = false;
    const appended = append().then(() => (answered = true));
    // Committed: the tables hold it, but the disk may not.
    while (storage.lastPosition() === log.head) await nextTurn();
    await nextTurn();
    expect(answered).toBe(false);
    expect(log.look(STREAM).sight).toBe('missing');
    expect(log.readAll({ from: log.head + 1, limit: 10 }).events).toEqual([]);
    onDisk();
    await appended;
    expect(log.look(STREAM)).toMatchObject({ sight: 'present', last: 0 });
    expect(log.readAll({ from: log.head, limit: 10 }).events).toHaveLength(1);
  });

  it('fails appends cleanly while the disk is full, goes on reading, and goes on writing when there is room', async () => {
    await append();
    storage.isFull = true;
    await expect(append()).rejects.toThrow('no space left on device');
    expect(log.look(STREAM)).toMatchObject({ last: 0 });
    storage.isFull = false;
    await expect(append(0)).resolves.toMatchObject({ outcome: 'written', revision: 1 });
  });

  it('commits appends that wait together in one transaction', async () => {
    const before = storage.transactions;
    await Promise.all(Array.from({ length: 100 }, () => append()));
    expect(storage.transactions - before).toBe(1);
  });

  it('maps its file anew when memory has grown, and meanwhile takes appends and serves reads', async () => {
    await append();
    const grown: Buffer[] = [];
    for (let appended = 1; storage.remaps === 0 || appended < 100; appended += 1) {
      if (appended % 1000 === 1) grown.push(Buffer.alloc(64 << 20, 1));
      await Promise.all([append(), nextTurn().then(() => log.readAll({ from: 1, limit: 10 }))]);
      expect(log.look(STREAM)).toMatchObject({ last: appended });
    }
    expect(grown.length).toBeGreaterThan(0);
    expect(log.readAll({ from: 1, limit: log.head }).events).toHaveLength(log.head);
  });

  it.each([true, false])('serves reads in every turn of the event loop while its file is mapped anew (durable: %s)', async (durable) => {
    await log.close();
    storage = new TroubledStorage(folder.dataFile, durable);
    log = new Log(storage);
    await append();
    let done = false;
    let reads = 0;
    const reading = (async () => {
      while (!done) {
        await nextTurn();
        reads += log.readAll({ from: 1, limit: 10 }).events.length;
      }
    })();
    for (let times = 0; times < 20; times += 1) {
      await append();
      await nextTurn();
      await storage.remap();
    }
    done = true;
    await reading;
    expect(reads).toBeGreaterThan(20);
    expect(log.look(STREAM)).toMatchObject({ last: 20 });
  });

  it('maps no file anew that is not the one it opened, and goes on reading', async () => {
    await append();
    rmSync(folder.dataFile);
    await expect(storage.remap()).rejects.toThrow('was deleted or replaced');
    expect(log.look(STREAM)).toMatchObject({ last: 0 });
  });

  /** Lets memory grow until the log has mapped its file anew and found that wrong. */
  const growUntilBroken = async (): Promise<Error> => {
    const grown: Buffer[] = [];
    while (!broken && grown.length < 8) {
      grown.push(Buffer.alloc(64 << 20, 1));
      for (const startMs = performance.now(); !broken && performance.now() < startMs + 500;) await nextTurn();
    }
    return broken ?? new Error('the log did not break');
  };

  it('breaks when the disk never says that a write is there, and then closes without waiting for it', async () => {
    await log.close();
    storage = new TroubledStorage(folder.dataFile, false);
    log = new Log(storage, systemClock, (error) => (broken = error), 300);
    storage.flushed = new Promise(() => undefined);
    const { head } = log;
    await expect(append()).rejects.toThrow('did not confirm a write within 300 ms');
    expect(broken).toMatchObject({ message: expect.stringContaining('did not confirm') });
    await expect(append()).rejects.toBe(broken);
    expect(log.head).toBe(head);
    await log.close();
    expect(storage.closings).toBe(0);
  });

  it('breaks when its file cannot be mapped anew, instead of waiting for ever', async () => {
    storage.isOutOfMemory = true;
    expect(await growUntilBroken()).toMatchObject({ message: expect.stringContaining('cannot open its file anew: Error: out of memory') });
    await expect(append()).rejects.toBe(broken);
  });

  it('breaks when its file holds another log after it was mapped anew', async () => {
    const other = temporaryFolder();
    const second = new Log(new Storage(other.dataFile, false));
    await second.begin();
    for (let n = 0; n < 10; n += 1) await second.append({ stream: STREAM, expected: EXPECTED.any, events: [newEvent()] });
    await second.close();
    await append();
    copyFileSync(other.dataFile, folder.dataFile);
    await other.release();
    expect(await growUntilBroken()).toMatchObject({ message: expect.stringContaining('was overwritten while the event store ran') });
    await expect(append()).rejects.toBe(broken);
  });

  it('refuses appends once it is closing, and finishes those it has', async () => {
    const last = append();
    const closing = log.close();
    await expect(append()).rejects.toThrow('closing');
    await expect(last).resolves.toMatchObject({ revision: 0 });
    await closing;
  });
});
