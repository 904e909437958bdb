/** `npm test`: a build (several suites run the built ledger), the gate (`npm run check`), then every other suite. The last line is `N passed, N failed`; the exit code says the same. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const SUITES = ['architecture', 'contract', 'integration', 'faults', 'e2e'];
const WORKERS = 2;
const root = join(import.meta.dirname, '..');
const reports = mkdtempSync(join(tmpdir(), 'order-ledger-test-'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

let running;
/** Keeps what is running, so that it ends when this is told to. */
const started = (child) => (running = child);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => {
    running?.kill(signal);
    rmSync(reports, { recursive: true, force: true });
    process.exit(code);
  });

/** Runs a step of the gate; what it prints is shown as it comes and kept, to be repeated if it fails. */
const run = (script, env = {}) =>
  new Promise((done) => {
    const child = started(
      spawn(npm, ['run', '--silent', script], { cwd: root, stdio: ['inherit', 'pipe', 'pipe'], env: { ...process.env, ...env } }),
    );
    let printed = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.on('data', (chunk) => {
        printed += chunk;
        to.write(chunk);
      });
    }
    const ended = (code) => done({ code, printed: printed.trimEnd().split('\n').slice(-30).join('\n') });
    child.once('error', () => ended(127)).once('close', (code) => ended(code ?? 1));
  });

const failures = [];
/** What failed in one report, in plain text: repeated at the end, where a log that is cut still shows it. */
const remember = ({ testResults }) => {
  for (const { name, message, assertionResults } of testResults) {
    const where = relative(root, name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of failed) failures.push([`${where}: ${fullName}`, failureMessages.join('\n')]);
    if (failed.length === 0 && assertionResults.length === 0 && message) failures.push([where, message]);
  }
};

/** Jest's own count, or one failure when it could not even report. A suite that cannot run counts as failed, and so does one without tests. */
const counted = (file, code) => {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    remember(report);
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    const unexplained = failed === 0 && code !== 0;
    if (unexplained) failures.push([basename(file), `no test failed, yet the suite ended with ${code}`]);
    return { passed: report.numPassedTests, failed: unexplained ? 1 : failed, skipped: report.numPendingTests };
  } catch (error) {
    failures.push([basename(file), `the suite ended with ${code} and left no report: ${error.message}`]);
    return { passed: 0, failed: 1, skipped: 0 };
  }
};

const jest = async (suite) => {
  const file = join(reports, `${suite}.json`);
  const bin = join(root, 'node_modules/jest/bin/jest.js');
  const args = [bin, '--selectProjects', suite, '--maxWorkers', String(WORKERS), '--silent', '--json', `--outputFile=${file}`];
  const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim();
  // What a suite prints on its way to passing (a refused append, a failed charge) would only bury a failure, so it is silent here.
  // Jest writes its JSON to the file and the progress to stderr; stdout would only repeat the JSON.
  const code = await new Promise((done) => {
    const child = started(
      spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_OPTIONS: options } }),
    );
    child.once('error', () => done(127)).once('close', (status, signal) => done(status ?? signal));
  });
  return counted(file, code);
};

const results = [];
const timed = async (name, work) => {
  const startMs = performance.now();
  console.log(`\n=== ${name}`);
  const result = await work();
  results.push({ name, ...result, seconds: (performance.now() - startMs) / 1000 });
};

await timed('build', async () => {
  const { code, printed } = await run('prepare');
  if (code !== 0) failures.push(['build', printed]);
  return { passed: 0, failed: code === 0 ? 0 : 1 };
});
const unitReport = join(reports, 'unit.json');
await timed('check', async () => {
  const { code, printed } = await run('check', { UNIT_REPORT: unitReport });
  // The gate stops at its first failed step: without a unit report that step itself is what is counted.
  if (!existsSync(unitReport)) {
    failures.push(['check, before the unit specs', printed]);
    return { passed: 0, failed: 1 };
  }
  const unit = counted(unitReport, 0);
  return { ...unit, failed: code === 0 ? unit.failed : Math.max(unit.failed, 1) };
});
for (const suite of SUITES) await timed(suite, () => jest(suite));
rmSync(reports, { recursive: true, force: true });

for (const [name, message] of failures) {
  const lines = stripVTControlCharacters(message).split('\n');
  console.log(`\nFAILED ${name}\n${lines.slice(0, 40).join('\n')}`);
}

const sum = (key) => results.reduce((total, result) => total + (result[key] ?? 0), 0);
console.log('');
for (const { name, passed, failed, seconds } of results) {
  console.log(
    `${name.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(0).padStart(5)} s`,
  );
}
if (sum('skipped') > 0) console.log(`${sum('skipped')} skipped: counted as failed, for a skipped test proves nothing`);
const failed = sum('failed') + sum('skipped');
console.log(`${sum('passed')} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
