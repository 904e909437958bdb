/** `npm run check:secrets`: no credential of a real system in any file that git tracks or would track. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BYTES_MAX = 2_000_000;
/** Keys of the local stand-ins carry one of these words and open nothing. */
const HARMLESS = /local|test|example|demo|sample|fake|dummy|placeholder|abc|xxx|000000/i;

const PATTERNS = [
  ['Stripe live key', /\b[sr]k_live_[A-Za-z0-9]{16,}/g],
  ['Stripe test key', /\b[sr]k_test_[A-Za-z0-9]{24,}/g],
  ['Stripe webhook secret', /\bwhsec_[A-Za-z0-9+/=]{24,}/g],
  ['Pterodactyl key', /\bptl[ac]_[A-Za-z0-9]{24,}/g],
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})/g],
  ['AWS access key', /\bAKIA[0-9A-Z]{16}\b/g],
  ['chat webhook', /https:\/\/(?:discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]{20,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16,})/g],
  ['npm token', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['signed token', /\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}/g],
];

/** The body of a key decides whether it is harmless, not the prefix (`sk_test_` says test on real keys too). */
const isHarmless = (found) => HARMLESS.test(found.replace(/^(?:[sr]k_(?:test|live)_|whsec_|ptl[ac]_)/, ''));

/** What in this text looks like a real credential: line number and kind, never the credential. */
export const secretsIn = (text) =>
  PATTERNS.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)]
      .filter(([found]) => kind === 'Stripe live key' || !isHarmless(found))
      .map(({ index }) => ({ kind, line: text.slice(0, index).split('\n').length })),
  );

const scan = () => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const files = listed.split('\0').filter((file) => file !== '' && file !== 'package-lock.json');
  const found = files.flatMap((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size > BYTES_MAX) return [];
    return secretsIn(readFileSync(file, 'utf8')).map(({ kind, line }) => `${file}:${line} looks like a ${kind}`);
  });
  for (const line of found) console.error(line);
  console.log(`secret scan: ${files.length} files, ${found.length} findings`);
  process.exitCode = found.length === 0 ? 0 : 1;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) scan();
