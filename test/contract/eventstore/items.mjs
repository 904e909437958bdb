/** `npm run contract:items`: prints the items of the contract that no case covers, and exits with 1 if there are any. */
import { registerSources } from '../../support/sources.mjs';

registerSources();
const { freshStoreCases, MUST, uncovered } = await import('./contract-items.ts');

const missing = uncovered();
console.log(`${Object.keys(MUST).length - missing.length} of ${Object.keys(MUST).length} items have a case`);
for (const item of missing) console.log(`no case: ${item} ${MUST[item]}`);
console.log('not run against EVENTSTORE_CONTRACT_URL, for they need a local store of their own:');
for (const group of freshStoreCases()) console.log(`  ${group}`);
process.exitCode = missing.length === 0 ? 0 : 1;
