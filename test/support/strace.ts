/** A tracer of system calls for tests: the machine's own strace, or else one that apt fetches into the repository's .data, without root. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const TOOLS = join(import.meta.dirname, '../../.data/test/tools');
const FETCHED = join(TOOLS, 'strace');
/** strace and the one library it needs that a bare Debian or Ubuntu lacks. */
const PACKAGES = ['strace', 'libunwind8', 'liblzma5'];
const FETCH_TIMEOUT_MS = 120_000;

const onPath = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'strace'))
    .find((file) => existsSync(file));

const librariesIn = (root: string): string =>
  ['usr/lib', 'lib']
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .join(delimiter);

/** Downloads and unpacks the packages with an apt state of its own, so that neither root nor the machine's package lists are needed. */
function fetchWithApt(): void {
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, 'fetching-'));
  try {
    const state = ['lists/partial', 'archives/partial'].map((folder) => join(work, folder));
    for (const folder of state) mkdirSync(folder, { recursive: true });
    const own = ['-qq', '-o', `Dir::State::lists=${join(work, 'lists')}`, '-o', `Dir::Cache=${work}`, '-o', 'Debug::NoLocking=1'];
    const run = (command: string, args: readonly string[]): void => {
      execFileSync(command, args, { cwd: work, timeout: FETCH_TIMEOUT_MS, stdio: ['ignore', 'ignore', 'pipe'] });
    };
    run('apt-get', [...own, 'update']);
    run('apt-get', [...own, 'download', ...PACKAGES]);
    const root = join(work, 'root');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) run('dpkg-deb', ['-x', join(work, file), root]);
    renameSync(root, FETCHED);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The command line to put in front of strace's options. Throws, saying what to install, if there is no tracer or tracing is not allowed. */
export function straceCommand(own: string | undefined = onPath()): string[] {
  const tried = (command: string[]): string[] => {
    const [program = '', ...args] = command;
    try {
      execFileSync(program, [...args, '-o', '/dev/null', 'true'], { stdio: ['ignore', 'ignore', 'pipe'] });
      return command;
    } catch (error) {
      throw new Error(`strace is here but cannot trace; in a container allow ptrace (--cap-add=SYS_PTRACE): ${String(error)}`, {
        cause: error,
      });
    }
  };
  if (own !== undefined) return tried([own]);
  if (!existsSync(FETCHED)) {
    try {
      fetchWithApt();
    } catch (error) {
      throw new Error(`this test needs strace; install it (apt-get install strace), for apt could not fetch it: ${String(error)}`, {
        cause: error,
      });
    }
  }
  // The libraries are for strace alone; what it runs gets its own environment back.
  return tried(['env', `LD_LIBRARY_PATH=${librariesIn(FETCHED)}`, join(FETCHED, 'usr/bin/strace'), '-E', 'LD_LIBRARY_PATH']);
}
