/** What every local stand-in shares: command-line options in, one "ready" line out, and an end when its parent is gone. */
import { parseArgs } from 'node:util';

export interface Running {
  /** Where clients reach it, for example `http://127.0.0.1:4010`. */
  readonly url: string;
  close(): Promise<void>;
}

export type Options = Readonly<Record<string, string | undefined>>;

/**
 * Runs a stand-in as its own process: `--name value` options are handed to `start`; once it listens, `{"ready":true,"url":…}` is printed
 * on one line of stdout. With `--parent pipe` it ends as soon as stdin closes, which happens even when the parent was killed with -9.
 */
export async function runProgram(names: readonly string[], start: (options: Options) => Promise<Running>): Promise<void> {
  const { values } = parseArgs({ options: Object.fromEntries([...names, 'parent'].map((name) => [name, { type: 'string' as const }])) });
  const running = await start(values);
  let closing = false;
  const stop = (): void => {
    if (closing) return;
    closing = true;
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (values['parent'] === 'pipe') process.stdin.on('end', stop).on('error', stop).resume();
  console.log(JSON.stringify({ ready: true, url: running.url }));
}
