/** The mailbox as its own process: `node dist/local/mailbox/main.js --port 8025 --smtp-port 1025 --dir .data/mailbox --parent pipe`. */
import { runProgram } from '../support/program.js';
import { startMailbox } from './server.js';

await runProgram(['port', 'smtp-port', 'host', 'dir'], ({ port, 'smtp-port': smtpPort, host, dir }) =>
  startMailbox({ port: Number(port ?? 0), smtpPort: Number(smtpPort ?? 0), host, dir }),
);
