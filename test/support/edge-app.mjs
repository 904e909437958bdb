/** Runs edge-app.ts with the options of its one argument (JSON), prints its address, ends when stdin closes. */
import { registerSources } from './sources.mjs';

registerSources();
const { startEdge } = await import('./edge-app.ts');
const edge = await startEdge(JSON.parse(process.argv[2]));
process.stdin.on('end', () => void edge.close().then(() => process.exit(0))).resume();
console.log(edge.url);
