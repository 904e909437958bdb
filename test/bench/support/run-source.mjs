/** `node run-source.mjs <module.ts> [option]…`: runs a TypeScript module of the benches as a program. */
import { registerSources } from '../../support/sources.mjs';

registerSources();
const [module] = process.argv.splice(2, 1);
await import(module);
