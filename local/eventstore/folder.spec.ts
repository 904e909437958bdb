import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openStorage, takeFolder, temporaryFolder, type Folder } from './folder.js';
import { Log } from './log.js';
import { EXPECTED } from './rules.js';
import { startEventStore } from './server.js';

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
    ['cut short', (file: string) => truncateSync(file, 8192), 'events.mdb has 8192 bytes where it had'],
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
  ])('is refused with what was found and what to do when its data file is %s', async (_what, damage, found) => {
    await use();
    damage(join(dir, 'events.mdb'));
    const refused = await takeFolder(dir).catch((error: Error) => error);
    expect(refused).toMatchObject({ message: expect.stringContaining(found) });
    expect(refused).toMatchObject({ message: expect.stringMatching(/; .*folder/) });
  });

  it('is released again when the store cannot start because its port is taken', async () => {
    const first = await startEventStore();
    const port = Number(new URL(first.url.replace('esdb:', 'http:')).port);
    await expect(startEventStore({ dir, port })).rejects.toThrow(/address|EADDRINUSE/i);
    await (await startEventStore({ dir })).close();
    await first.close();
  });

  it('is released when the store closes after its file could not be opened anew', async () => {
    let broken: Error | undefined;
    const store = await startEventStore({ dir, onBroken: (error) => (broken = error) });
    rmSync(join(dir, 'events.mdb'));
    mkdirSync(join(dir, 'events.mdb'));
    // The file is mapped anew when memory has grown.
    const grown: Buffer[] = [];
    for (; !broken && grown.length < 50; await setTimeout(100)) grown.push(Buffer.alloc(16 << 20, 1));
    expect(broken).toMatchObject({ message: expect.stringContaining('cannot open its file anew') });
    await expect(store.close()).rejects.toBe(broken);
    await expect(take()).rejects.toThrow('EISDIR');
  });

  it('is deleted on release when it was a temporary one', async () => {
    const temporary = temporaryFolder();
    expect(existsSync(dirname(temporary.dataFile))).toBe(true);
    await temporary.release();
    expect(existsSync(dirname(temporary.dataFile))).toBe(false);
  });
});
