/** What the games say on their consoles: while they start, when they are told something, when they stop. */
import type { Egg } from './egg.js';
import type { ServerRow } from './records.js';

const PAPER = 39;
const PREFIXES: Readonly<Record<number, string>> = { [PAPER]: '[Server thread/INFO]: ', 29: '[I] ', 32: '[Server Notification] ' };

/** What a game says after its start, by egg, up to the line that says it is up. */
const STARTS: Readonly<Record<number, readonly string[]>> = {
  [PAPER]: ['Starting minecraft server version 1.21.4', 'Loading properties', 'Default game type: SURVIVAL', 'Preparing level "world"'],
  50: ['Loading Prefab Bundle', 'Spawning World', 'Processing World', 'Checkpoint Saved'],
  15: ['Shutdown handler: initialize.', 'Running Palworld dedicated server on :8211'],
  14: ['Number of cores 4', 'Primal Game Data Took 4.81 seconds', 'Server: "An ARK" has successfully started!'],
  16: ['Terraria Server v1.4.4.9', 'Resetting game objects 100%', 'Loading world data: 100%', 'Listening on port 7777'],
  21: ['Loading mod base 2.0.28 (data.lua)', 'Checksum for core: 3886513129', 'Creating new map'],
  29: ['Initializing Mods...', 'Loading map...', 'Opened a server on port 6567.'],
  34: ['Impostor 1.10.2 loaded', 'Started http server'],
};

const MARKED: Readonly<Record<number, string>> = {
  [PAPER]: 'Done (11.482s)! For help, type "help"',
  21: 'Hosting game at IP ADDR:({0.0.0.0:34197})',
};

const said = (egg: Egg | undefined, text: string): string => `${PREFIXES[egg?.id ?? 0] ?? ''}${text}`;

const INSTALL = ['Starting the installation of the server', 'Downloading the game', 'Unpacking the game', 'Writing its configuration'];

/** What an install has said by now: as much of its lines as of its time is over; one that hangs does so after the last. */
export const installLines = ({ install: { beganAtMs = 0, endsAtMs } }: ServerRow, nowMs: number): string[] => {
  const share = endsAtMs > beganAtMs ? Math.min(1, (nowMs - beganAtMs) / (endsAtMs - beganAtMs)) : 1;
  return INSTALL.slice(0, Math.ceil(share * INSTALL.length));
};

/** The lines of a start; the last one says that the game is up. */
export const startLines = (egg: Egg | undefined): string[] =>
  [...(STARTS[egg?.id ?? 0] ?? ['Loading…', 'Opening ports…']), MARKED[egg?.id ?? 0] ?? egg?.done ?? 'Ready.'].map((text) =>
    said(egg, text),
  );

/** Wings speaks for itself in the same stream. */
export const marked = (state: string): string =>
  `\u001b[1m\u001b[33mcontainer@pterodactyl~ \u001b[39m\u001b[22mServer marked as ${state}...`;

export const stopLines = (egg: Egg | undefined): string[] => ['Stopping the server', 'Saving the world'].map((text) => said(egg, text));

/** How the game answers a command. */
export function answerTo(egg: Egg | undefined, command: string): string {
  const [word = '', ...rest] = command.split(' ');
  const text = rest.join(' ');
  const answers: Readonly<Record<string, string>> = {
    list: 'There are 0 of a max of 20 players online:',
    say: `[Server] ${text}`,
    help: 'Commands: help, list, say, stop',
  };
  return said(egg, answers[word.replace(/^\//, '')] ?? `Unknown command: ${word}`);
}
