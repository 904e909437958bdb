import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { systemClock } from '../support/clock.js';
import { openStorage, takeFolder, temporaryFolder, type Folder } from './folder.js';
import { Log } from './log.js';
import { EXPECTED } from './rules.js';
import { startEventStore } from './server.js';

const PAGE_BYTES = 4096;
const events = Array.from({ length: 100 }, (_, n) => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  type: 'Happened',
  isJson: true,
  data: Buffer.from('{}'),
  metadata: Buffer.alloc(0),
}));

describe('the folder', () => {
  let dir: string;
  let folder: Folder | undefined;
  const take = async (): Promise<Folder> => (folder = await takeFolder(dir));
  const release = async (): Promise<void> => {
    await folder?.release();
    folder = undefined;
  };
  /** Opens the store in the folder, writes to it and closes it again. */
  const use = async (): Promise<void> => {
    const taken = await take();
    const log = new Log(openStorage(taken, true));
    await log.begin();
    taken.markReady();
    await log.append({ stream: 'kept', expected: EXPECTED.any, events });
    await log.close();
    await release();
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'eventstore-folder-'));
  });
  afterEach(async () => {
    await release();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is refused to a second store until the first has released it', async () => {
    await take();
    await expect(takeFolder(dir)).rejects.toThrow('another event store is using it');
    await release();
    await expect(take()).resolves.toBeDefined();
  });

  it('is refused and left alone when it holds other files', async () => {
    writeFileSync(join(dir, 'thesis.txt'), 'mine');
    await expect(takeFolder(dir)).rejects.toThrow('it holds other files (thesis.txt)');
    expect(readFileSync(join(dir, 'thesis.txt'), 'utf8')).toBe('mine');
  });

  it('may be used again when a store was killed before it held anything', async () => {
    await take();
    await release();
    writeFileSync(join(dir, 'events.mdb'), '');
    await use();
    await use();
  });

  it.each([
    ['missing', (file: string) => rmSync(file), 'events.mdb is missing'],
    ['cut short', (file: string) => truncateSync(file, 8192), 'events.mdb was cut short: it has 8192 bytes of'],
    ['empty', (file: string) => truncateSync(file), 'does not begin like a data file'],
    ['a folder', (file: string) => (rmSync(file), mkdirSync(file)), 'events.mdb is not a file'],
    ['overwritten', (file: string) => writeFileSync(file, Buffer.alloc(1 << 20, 'x')), 'does not begin like a data file'],
    [
      'marked by another program',
      (file: string) => writeFileSync(join(dirname(file), 'eventstore.json'), '{"format":"else"}'),
      'is not of this program',
    ],
    [
      'marked with garbage',
      (file: string) => appendFileSync(join(dirname(file), 'eventstore.json'), '{'),
      'eventstore.json cannot be read',
    ],
    ['marked with nothing', (file: string) => writeFileSync(join(dirname(file), 'eventstore.json'), 'null'), 'is not of this program'],
  ])('is refused with what was found and what to do when its data file is %s', async (_what, damage, found) => {
    await use();
    damage(join(dir, 'events.mdb'));
    const refused = await takeFolder(dir).catch((error: Error) => error);
    expect(refused).toMatchObject({ message: expect.stringContaining(found) });
    expect(refused).toMatchObject({ message: expect.stringMatching(/; .*folder/) });
  });

  it('is refused when its data file lacks any number of pages at its end, and taken when it lacks none', async () => {
    await use();
    const file = join(dir, 'events.mdb');
    const whole = readFileSync(file);
    for (let bytes = whole.length - PAGE_BYTES; bytes > 0; bytes -= PAGE_BYTES) {
      truncateSync(file, bytes);
      await expect(take()).rejects.toThrow(`cut short: it has ${bytes} bytes of ${whole.length}`);
    }
    writeFileSync(file, whole);
    await expect(take()).resolves.toBeDefined();
  });

  it.each<[string, (file: string) => void, string | undefined]>([
    ['deleted', (file) => rmSync(file), 'events.mdb is missing'],
    ['replaced', (file) => (copyFileSync(file, `${file}.copy`), renameSync(`${file}.copy`, file)), undefined],
    ['replaced by a folder', (file) => (rmSync(file), mkdirSync(file)), 'events.mdb is not a file'],
  ])('answers no append after its data file was %s, goes on reading, and says so', async (_how, damage, foundNext) => {
    const told: Error[] = [];
    const taken = await take();
    const log = new Log(openStorage(taken, true), systemClock, (error) => told.push(error));
    await log.begin();
    taken.markReady();
    const append = (stream: string) => log.append({ stream, expected: EXPECTED.any, events });
    await append('before');
    damage(taken.dataFile);
    const lost = `${taken.dataFile} was deleted or replaced while the event store ran`;
    await expect(append('lost')).rejects.toThrow(lost);
    await expect(append('later')).rejects.toThrow(lost);
    expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining(lost) })]);
    expect(log.look('before')).toMatchObject({ last: events.length - 1 });
    expect(log.look('lost')).toEqual({ sight: 'missing' });
    await log.close();
    await release();
    if (foundNext === undefined) return use();
    await expect(take()).rejects.toThrow(foundNext);
  });

  it('is released again when the store cannot start because its port is taken', async () => {
    const first = await startEventStore();
    const port = Number(new URL(first.url.replace('esdb:', 'http:')).port);
    setLogVerbosity(logVerbosity.NONE);
    await expect(startEventStore({ dir, port })).rejects.toThrow(/address|EADDRINUSE/i);
    await (await startEventStore({ dir })).close();
    await first.close();
  });

  it('is released when the store closes after its file was overwritten, which is not mapped anew then', async () => {
    let broken: Error | undefined;
    const store = await startEventStore({ dir, onBroken: (error) => (broken = error) });
    const file = join(dir, 'events.mdb');
    writeFileSync(file, Buffer.alloc(statSync(file).size, 'x'), { flag: 'r+' });
    // The file is mapped anew when memory has grown.
    const grown: Buffer[] = [];
    for (; !broken && grown.length < 50; await setTimeout(100)) grown.push(Buffer.alloc(16 << 20, 1));
    expect(broken).toMatchObject({ message: expect.stringContaining('does not begin like a data file while the event store ran') });
    await expect(store.close()).rejects.toBe(broken);
    await expect(take()).rejects.toThrow('does not begin like a data file');
  });

  it('is deleted on release when it was a temporary one', async () => {
    const temporary = temporaryFolder();
    expect(existsSync(dirname(temporary.dataFile))).toBe(true);
    await temporary.release();
    expect(existsSync(dirname(temporary.dataFile))).toBe(false);
  });
});
