import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Supervised, backoffMs } from './supervisor.js';
import type { ChildSpec, Limits } from './supervisor.js';

const READY = `console.log(JSON.stringify({ ready: true, url: 'http://here' }));`;
const QUICK: Partial<Limits> = { backoffFirstMs: 5, backoffMaxMs: 20, stopTimeoutMs: 500 };

describe('a supervised child', () => {
  let dir: string;
  let given: (why: string) => void;
  let givenUp: Promise<string>;
  const children: Supervised[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'supervisor-spec-'));
    givenUp = new Promise((done) => (given = done));
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.stop();
    rmSync(dir, { recursive: true, force: true });
    jest.restoreAllMocks();
  });

  const supervise = (program: string, more: Partial<ChildSpec> = {}): Supervised => {
    const spec = { name: 'part', args: ['-e', program], env: process.env, onGivenUp: given, limits: QUICK, log: join(dir, 'part.log') };
    const child = new Supervised({ ...spec, ...more });
    children.push(child);
    return child;
  };

  it('is ready when it says so, and what it prints goes to its log', async () => {
    const child = supervise(`console.log('first'); ${READY} process.stdin.on('end', () => process.exit()).resume();`);
    expect(await child.start()).toBe('http://here');
    await child.stop();
    expect(readFileSync(join(dir, 'part.log'), 'utf8')).toBe('first\n');
  });

  it('rejects with its last words when it ends before it is ready', async () => {
    await expect(supervise(`console.error('no disk'); process.exit(3)`).start()).rejects.toThrow(
      /part ended before it was ready \(exit code 3\)\n {2}no disk/,
    );
  });

  it('rejects when it stays silent, and does not leave it running', async () => {
    const child = supervise(`setInterval(() => undefined, 1000)`, { limits: { ...QUICK, readyTimeoutMs: 100 } });
    await expect(child.start()).rejects.toThrow('was not ready after 0.1 s');
    expect(() => process.kill(child.pid ?? 0, 0)).toThrow();
  });

  it('is given up after five restarts within the window, with its last words', async () => {
    await supervise(`${READY} setTimeout(() => { console.error('again'); process.exit(1); }, 20)`).start();
    expect(await givenUp).toMatch(/part does not stay up \(5 restarts in 60 s\)\n {2}again/);
    expect(jest.mocked(console.error).mock.calls.filter(([line]) => String(line).startsWith('part: restarting'))).toHaveLength(5);
  });

  it('is given up at once after a configuration error', async () => {
    await supervise(`${READY} setTimeout(() => process.exit(78), 20)`).start();
    expect(await givenUp).toContain('part ended (exit code 78)');
  });

  it('is killed when it does not end by itself', async () => {
    const child = supervise(`process.on('SIGTERM', () => undefined); ${READY} setInterval(() => undefined, 1000)`);
    await child.start();
    await child.stop();
    expect(() => process.kill(child.pid ?? 0, 0)).toThrow();
  });
});

describe('the back-off', () => {
  const limits = { readyTimeoutMs: 0, stopTimeoutMs: 0, restartsMax: 5, windowMs: 60_000, backoffFirstMs: 200, backoffMaxMs: 5_000 };

  it('doubles, is spread over half of itself, and is bounded', () => {
    expect([1, 2, 3].map((restart) => backoffMs(restart, limits, 1))).toEqual([200, 400, 800]);
    expect(backoffMs(1, limits, 0)).toBe(100);
    expect(backoffMs(20, limits, 1)).toBe(5_000);
  });
});
