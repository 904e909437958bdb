/** PostgreSQL as its own process: `node dist/local/postgres/main.js --dir .data/postgres --port 5433 --parent pipe`. */
import { runProgram } from '../support/program.js';
import { startPostgres } from './server.js';

await runProgram(['port', 'dir'], async ({ port, dir }) => {
  const running = await startPostgres({ port: Number(port ?? 0), dir });
  let closing = false;
  void running.ended.then(() => {
    if (closing) return;
    console.error(`postgres: it ended by itself; its last words are in ${running.dir}/postgres.log`);
    process.exit(1);
  });
  const close = (): Promise<void> => {
    closing = true;
    return running.close();
  };
  return { url: running.url, close };
});
