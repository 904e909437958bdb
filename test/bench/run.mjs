/**
 * `npm run bench -- <name> [--option number]…`: builds, runs test/bench/<name>.bench.ts and prints a table. The last line is one JSON object,
 * `{"bench": name, "metrics": {…}}`. A figure under its floor is marked, never an error: the machine may be shared.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { registerSources } from '../support/sources.mjs';

const ENDING = '.bench.ts';
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
const [name, ...rest] = process.argv.slice(2);

const refuse = (why) => {
  console.error(why);
  process.exit(64);
};
if (!names.includes(name)) refuse(`usage: npm run bench -- <${names.join('|')}> [--option number]…`);

const options = new Map();
for (let at = 0; at < rest.length; at += 2) {
  const [option, value] = [rest[at], Number(rest[at + 1])];
  if (!/^--[a-z0-9-]+$/.test(option) || !(value >= 0)) refuse(`an option is "--name number", not "${rest.slice(at, at + 2).join(' ')}"`);
  options.set(option.slice(2), value);
}

// What is measured is what runs: the programs of the build.
const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '../..'), stdio: 'inherit' });
if (build.status !== 0) refuse('the build failed');

registerSources();
const { bench, targets = {} } = await import(`./${name}${ENDING}`);

const startMs = performance.now();
const asked = new Set();
const metrics = await bench({
  option: (option, standard) => {
    asked.add(option);
    return options.get(option) ?? standard;
  },
  note: (line) => console.log(`  ${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s  ${line}`),
});
for (const option of options.keys()) if (!asked.has(option)) console.log(`--${option} is not an option of this bench`);

const rounded = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
const verdict = (value, { floor, goal, lower = false }) => {
  const reaches = (mark) => mark !== undefined && (lower ? value <= mark : value >= mark);
  if (reaches(goal)) return 'goal reached';
  if (floor === undefined) return '';
  return reaches(floor) ? 'floor held' : 'BELOW FLOOR';
};
const rows = Object.entries(metrics).map(([metric, value]) => {
  const target = targets[metric] ?? {};
  return [metric, rounded(value), target.floor ?? '', target.goal ?? '', verdict(value, target)].map(String);
});
const table = [['metric', 'value', 'floor', 'goal', ''], ...rows];
const width = (column) => Math.max(...table.map((row) => row[column].length));
console.log('');
for (const row of table) console.log(row.map((cell, at) => (at === 0 ? cell.padEnd(width(at)) : cell.padStart(width(at)))).join('  '));
const values = Object.fromEntries(Object.entries(metrics).map(([metric, value]) => [metric, rounded(value)]));
// Clients keep timers and sockets; the bench is over once the last line is out.
process.stdout.write(`${JSON.stringify({ bench: name, metrics: values })}\n`, () => process.exit(0));
