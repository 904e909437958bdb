import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { binaryEvent, EventStoreDBClient, streamNameFilter, type AllStreamResolvedEvent } from '@eventstore/db-client';
import { farewell } from '../../../src/platform/event-store/subscription.js';
import { peakMemory } from '../../bench/support/memory.js';
import { straceCommand } from '../../support/strace.js';
import { compileStore, removeCompiled, startChild, type RunningChild } from './local-store.js';
import { collect, errorOf, event, freshStoreOnly, newStream, revisions } from './support.js';
import { readSystemCalls, type SystemCall } from './system-calls.js';

const PATIENCE_MS = 120_000;

freshStoreOnly('a store and its disk', () => {
  let program: string;
  let dir: string;
  let child: RunningChild | undefined;
  let client: EventStoreDBClient | undefined;

  beforeAll(() => {
    program = compileStore();
  });
  afterAll(() => removeCompiled(program));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'eventstore-disk-'));
  });
  afterEach(async () => {
    if (client) await farewell(client.dispose());
    await child?.kill();
    rmSync(dir, { recursive: true, force: true });
  });

  const start = async (options: readonly string[], wrapper: readonly string[] = []): Promise<EventStoreDBClient> => {
    child = await startChild(program, [...options, '--port', '0'], wrapper);
    client = EventStoreDBClient.connectionString(child.url);
    return client;
  };
  /** Ends the store in order; a tracer ends with it. */
  const stop = async (): Promise<number> => {
    if (client) await farewell(client.dispose());
    client = undefined;
    const gone = once(child!.process, 'close');
    child?.process.stdin?.end();
    const [code] = (await gone) as [number];
    return code;
  };

  const TRACED = 'pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,fdatasync,fsync,msync';
  /** A sync that takes 0.1 s: an answer that does not wait for it cannot come after it by chance. */
  const SLOW_SYNC = 'inject=fdatasync,fsync,msync:delay_enter=100000';
  const SYNCS = ['fdatasync', 'fsync', 'msync'];

  /** Whether between the last write of an append to the data file and the answer that names its stream the data file was synced. */
  const isSyncedBeforeAnswer = (calls: readonly SystemCall[], stream: string): boolean => {
    const naming = calls.filter(({ text }) => text.includes(stream));
    const stored = naming.filter(({ text }) => /^\d+<[^>]*events\.mdb>/.test(text));
    const answered = naming.find(({ text }) => /^\d+<(socket|TCP)/.test(text));
    if (stored.length === 0 || !answered) throw new Error(`the trace shows ${stored.length} writes and no answer of ${stream}`);
    const written = Math.max(...stored.filter(({ ended }) => ended < answered.began).map(({ ended }) => ended));
    const isBetween = ({ began, ended }: SystemCall): boolean => began > written && ended < answered.began;
    return calls.some((call) => SYNCS.includes(call.name) && / = 0( \(DELAYED\))?$/.test(call.text) && isBetween(call));
  };

  it.each([
    ['4.6 an append is synced to disk between its write and its answer', ['--dir'], true],
    ['4.6 the same trace tells when syncing is switched off', ['--in-memory', '--dir'], false],
  ])(
    '%s',
    async (_title, options, synced) => {
      const trace = join(dir, 'trace');
      const tracer = [...straceCommand(), '-f', '-y', '-s', '100000', '-o', trace, '-e', `trace=${TRACED}`, '-e', SLOW_SYNC];
      const traced = await start([...options, join(dir, 'store')], tracer);
      const streams = Array.from({ length: 6 }, () => newStream('traced'));
      for (const stream of streams.slice(0, 3)) await traced.appendToStream(stream, event());
      await Promise.all(streams.slice(3).map((stream) => traced.appendToStream(stream, event())));
      await stop();
      const calls = readSystemCalls(trace);
      expect(streams.map((stream) => isSyncedBeforeAnswer(calls, stream))).toEqual(streams.map(() => synced));
    },
    PATIENCE_MS,
  );

  /** Appends until one fails; answers how many were acknowledged, and the error. */
  const appendUntilRefused = async (to: EventStoreDBClient, stream: string): Promise<{ acknowledged: number; error: Error }> => {
    for (let acknowledged = 0; ; acknowledged += 1) {
      try {
        await to.appendToStream(stream, binaryEvent({ type: 'Filling', data: Buffer.alloc(20_000, acknowledged) }));
      } catch (error) {
        return { acknowledged, error: error as Error };
      }
    }
  };

  it(
    '4.6 a disk that does not confirm a write ends the store, and what was acknowledged is there afterwards',
    async () => {
      const tracer = [...straceCommand(), '-f', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=8+'];
      const failing = await start(['--dir', dir], tracer);
      const gone = once(child!.process, 'exit');
      const stream = newStream();
      const { acknowledged } = await appendUntilRefused(failing, stream);
      expect(acknowledged).toBeGreaterThan(0);
      expect(await gone).toEqual([1, null]);
      await farewell(failing.dispose());
      const again = await start(['--dir', dir]);
      const found = revisions(await collect(again.readStream(stream)));
      expect(found).toEqual(Array.from({ length: found.length }, (_, n) => BigInt(n)));
      expect(found.length).toBeGreaterThanOrEqual(acknowledged);
    },
    PATIENCE_MS,
  );

  const ROOM_BYTES = 3_000_000;
  const tooLarge = binaryEvent({ type: 'Filling', data: Buffer.alloc(20_000_000) });
  const GROWTHS = 10;
  const asUser = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-r', '-m'];
  interface FullDisk {
    readonly wrapper: (folder: string) => string[];
    readonly makeRoom: (pid: number, folder: string) => void;
  }
  /** No file may grow above the limit: every machine has it, and lmdb sees its writes cut short. */
  const fileSizeLimit: FullDisk = {
    wrapper: () => ['prlimit', `--fsize=${ROOM_BYTES}:unlimited`],
    makeRoom: (pid) => void execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']),
  };
  /** A small file system of its own, seen by the store alone; a filler file takes up the room that is made later. */
  const smallFileSystem: FullDisk = {
    wrapper: (folder) => [
      ...asUser,
      'sh',
      '-c',
      `mount -t tmpfs -o size=${2 * ROOM_BYTES} none '${folder}' && head -c ${ROOM_BYTES} /dev/zero > '${folder}/filler' && exec "$@"`,
      'sh',
    ],
    makeRoom: (pid, folder) => rmSync(`/proc/${pid}/root${folder}/filler`),
  };
  const mayMount = (): boolean => {
    const [command = '', ...args] = [...asUser, 'mount', '-t', 'tmpfs', 'none', '/mnt'];
    return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  };
  // Containers often forbid mounting; the file-size limit always holds.
  const disks: [string, FullDisk][] = [['a file-size limit', fileSizeLimit]];
  if (mayMount()) disks.push(['a small file system', smallFileSystem]);

  it.each(disks)(
    '4.6 disk full (%s): appends fail, reads go on, and writing resumes when there is room',
    async (_how, { wrapper, makeRoom }) => {
      const folder = join(dir, 'disk');
      mkdirSync(folder);
      const store = await start(['--dir', join(folder, 'store')], wrapper(folder));
      const stream = newStream();
      const { acknowledged, error } = await appendUntilRefused(store, stream);
      expect(error).toMatchObject({ type: 'unknown' });
      expect(acknowledged).toBeGreaterThan(10);
      const unary = await errorOf(
        store.appendToStream(stream, binaryEvent({ type: 'Filling', data: Buffer.alloc(20_000) }), {
          credentials: { username: 'a', password: 'b' },
        }),
      );
      expect(unary).toMatchObject({ code: 8, message: expect.stringContaining('cannot write to its disk') });
      const expected = Array.from({ length: acknowledged }, (_, n) => BigInt(n));
      expect(revisions(await collect(store.readStream(stream)))).toEqual(expected);
      expect(await errorOf(store.appendToStream(stream, binaryEvent({ type: 'Filling', data: Buffer.alloc(20_000) })))).toBeInstanceOf(
        Error,
      );
      // Appends that are refused for their size let the memory grow until the store maps its file anew, which takes closing it.
      for (let n = 0; n < GROWTHS; n += 1) {
        expect(await errorOf(store.appendToStream(stream, tooLarge))).toMatchObject({ type: 'maximum-append-size-exceeded' });
        expect(revisions(await collect(store.readStream(stream)))).toEqual(expected);
      }
      makeRoom(child!.process.pid!, folder);
      const { nextExpectedRevision } = await store.appendToStream(stream, event('Resumed'), { expectedRevision: BigInt(acknowledged - 1) });
      expect(nextExpectedRevision).toBe(BigInt(acknowledged));
      const all = await collect(store.readStream(stream));
      expect(all.map(({ event: recorded }) => recorded?.type)).toEqual([...expected.map(() => 'Filling'), 'Resumed']);
    },
    PATIENCE_MS,
  );

  const BEHIND = 50_000;
  const STUCK = 4;
  const MEMORY_MB_MAX = 300;
  const numbered = (at: number) => {
    const data = Buffer.alloc(2000);
    data.writeUInt32BE(at);
    return binaryEvent({ type: 'Behind', data });
  };

  const numberOf = ({ event: recorded }: AllStreamResolvedEvent): number => Buffer.from(recorded?.data as Uint8Array).readUInt32BE();

  it(
    `1.9 ${STUCK} subscribers stuck ${BEHIND} events behind cost little memory, slow nobody, and lose nothing`,
    async () => {
      const store = await start(['--dir', dir]);
      const category = newStream('behind');
      const filter = streamNameFilter({ prefixes: [category] });
      const stuck = Array.from({ length: STUCK }, () => store.subscribeToAll({ filter }));
      const readers = stuck.map((subscription) => subscription[Symbol.asyncIterator]());
      await store.appendToStream(category, numbered(0));
      for (const reader of readers) await reader.next();
      const received: number[] = [];
      const quick = store.subscribeToAll({ filter }).on('data', (resolved: AllStreamResolvedEvent) => received.push(numberOf(resolved)));
      const peak = await peakMemory(child!.process.pid!, async () => {
        for (let at = 1; at <= BEHIND; at += 250) {
          const page = Array.from({ length: 250 }, (_, n) => numbered(at + n));
          const { success } = await store.appendToStream(`${category}-${at % 7}`, page);
          expect(success).toBe(true);
        }
        while (received.length < BEHIND + 1) await once(quick, 'data');
      });
      expect(received).toEqual(Array.from({ length: BEHIND + 1 }, (_, at) => at));
      expect(peak.rssMb).toBeLessThan(MEMORY_MB_MAX);
      // Nothing of all that has come to the readers that do not read, but for what their buffers hold.
      for (const subscription of stuck) expect(subscription.readableLength).toBeLessThan(100);
      const resume = async (reader: AsyncIterator<AllStreamResolvedEvent>): Promise<void> => {
        for (let at = 1; at <= BEHIND; at += 1) {
          const found = numberOf(((await reader.next()) as { value: AllStreamResolvedEvent }).value);
          if (found !== at) throw new Error(`event ${at} was expected, ${found} came`);
        }
      };
      await Promise.all(readers.map(resume));
    },
    PATIENCE_MS,
  );
});
