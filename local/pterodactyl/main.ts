/** The panel stand-in as a program: `--port --host --dir --clock --app-key --client-key --install-ms --rate-limit --rate-window-ms --ports --parent`. */
import { followClock } from '../support/clock.js';
import { runProgram } from '../support/program.js';
import type { Options } from '../support/program.js';
import { startPanel } from './server.js';

const number = (options: Options, name: string): number | undefined => {
  const text = options[name];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} wants a whole number, not "${text}"`);
  return Number(text);
};

const given = <T>(name: string, value: T | undefined): Record<string, T> => (value === undefined ? {} : { [name]: value });

await runProgram(
  ['port', 'host', 'dir', 'clock', 'app-key', 'client-key', 'install-ms', 'rate-limit', 'rate-window-ms', 'ports'],
  async (options) => {
    const followed = options['clock'] === undefined ? undefined : await followClock(options['clock']);
    const running = await startPanel({
      ...given('port', number(options, 'port')),
      ...given('host', options['host']),
      ...given('dir', options['dir']),
      ...given('clock', followed?.clock),
      ...given('appKey', options['app-key']),
      ...given('clientKey', options['client-key']),
      ...given('installMs', number(options, 'install-ms')),
      ...given('rateLimit', number(options, 'rate-limit')),
      ...given('rateWindowMs', number(options, 'rate-window-ms')),
      ...given('ports', number(options, 'ports')),
    });
    return {
      url: running.url,
      close: async () => {
        followed?.close();
        await running.close();
      },
    };
  },
);
