/** The mailbox as its own process: `node dist/local/mailbox/main.js --port 8025 --dir .data/mailbox --parent pipe`. */
import { runProgram } from '../support/program.js';
import { startMailbox } from './server.js';

await runProgram(['port', 'host', 'dir'], ({ port, host, dir }) => startMailbox({ port: Number(port ?? 0), host, dir }));
