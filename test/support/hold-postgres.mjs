/** Holds a local PostgreSQL until it is killed: `node hold-postgres.mjs <dir>`. Runs the TypeScript sources, so no build is needed first. */
import { registerSources } from './sources.mjs';

registerSources();
const { startPostgres } = await import('../../local/postgres/server.ts');
const running = await startPostgres({ dir: process.argv[2], fast: true });
console.log(JSON.stringify({ pid: running.pid, url: running.url }));
process.stdin.resume();
