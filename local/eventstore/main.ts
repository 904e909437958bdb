/** The event store as a program: `--dir --port --host --in-memory --advertise --clock <url> --parent pipe`. */
import { followClock } from '../support/clock.js';
import { runProgram } from '../support/program.js';
import { startEventStore } from './server.js';

// `--in-memory` may stand alone on the command line, but all of runProgram's options take a value.
const flag = process.argv.indexOf('--in-memory');
const standsAlone = flag > 0 && (process.argv[flag + 1] ?? '--').startsWith('--');
if (standsAlone) process.argv.splice(flag, 1, '--in-memory=true');

/** Ends at once: whoever starts the program again finds what is really on disk. lmdb would wait for the disk on exit, for ever. */
const giveUp = (error: Error): void => {
  console.error(error);
  process.removeAllListeners('exit');
  process.exit(1);
};

await runProgram(['dir', 'port', 'host', 'in-memory', 'advertise', 'clock'], async (options) => {
  const { dir, host, advertise } = options;
  if (dir === undefined && options['in-memory'] === undefined)
    throw new Error('say where events are kept with --dir, or --in-memory to keep none');
  const followed = options['clock'] === undefined ? undefined : await followClock(options['clock']);
  const running = await startEventStore({
    port: Number(options['port'] ?? 2113),
    onBroken: giveUp,
    ...(dir !== undefined && { dir }),
    ...(host !== undefined && { host }),
    ...(advertise !== undefined && { advertise }),
    ...(options['in-memory'] !== undefined && { inMemory: true }),
    ...(followed && { clock: followed.clock }),
  });
  return {
    url: running.url,
    close: async () => {
      followed?.close();
      await running.close();
    },
  };
});
