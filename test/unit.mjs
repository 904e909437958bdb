/** `npm run check:unit`: the specs beside the code; writes Jest's report to the file named by UNIT_REPORT, for `npm test` to count. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const report = process.env.UNIT_REPORT ? ['--silent', '--json', `--outputFile=${process.env.UNIT_REPORT}`] : [];
const args = [
  join(root, 'node_modules/jest/bin/jest.js'),
  '--selectProjects',
  'unit',
  '--maxWorkers',
  '2',
  ...report,
  ...process.argv.slice(2),
];
const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim() };
const stdio = ['inherit', report.length > 0 ? 'ignore' : 'inherit', 'inherit'];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio, env }).status ?? 1;
