/**
 * `npm run soak -- <name>`: builds, runs test/soak/<name>.soak.ts and prints what it found. `SEED` repeats a run's choices, `COUNT` sets how
 * many rounds it does. The last line is one JSON object; the exit code is not 0 if anything was violated.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { registerSources } from '../support/sources.mjs';

const ENDING = '.soak.ts';
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
const [name] = process.argv.slice(2);

const refuse = (why) => {
  console.error(why);
  process.exit(64);
};
const wholeNumber = (variable, standard) => {
  const text = process.env[variable] ?? String(standard);
  if (!/^\d+$/.test(text)) refuse(`${variable} is a whole number, not "${text}"`);
  return Number(text);
};
if (!names.includes(name)) refuse(`usage: [SEED=n] [COUNT=n] npm run soak -- <${names.join('|')}>`);

const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '../..'), stdio: 'inherit' });
if (build.status !== 0) refuse('the build failed');

registerSources();
const { soak, standardCount } = await import(`./${name}${ENDING}`);
const seed = wholeNumber('SEED', randomInt(2 ** 31));
const count = wholeNumber('COUNT', standardCount);
console.log(`soak ${name}: SEED=${seed} COUNT=${count}`);

const startMs = performance.now();
const seconds = () => Number(((performance.now() - startMs) / 1000).toFixed(1));
/** Says how it went and ends: clients keep timers and sockets. */
const end = (result, code) => process.stdout.write(`${JSON.stringify({ soak: name, seed, count, ...result })}\n`, () => process.exit(code));
try {
  const found = await soak({ seed, count, note: (line) => console.log(`  ${String(seconds()).padStart(7)} s  ${line}`) });
  end({ violations: 0, seconds: seconds(), ...found }, 0);
} catch (error) {
  console.error(error);
  console.error(`repeat with SEED=${seed} COUNT=${count} npm run soak -- ${name}`);
  end({ violations: 1, seconds: seconds() }, 1);
}
