/** The secret scan finds what looks like a real credential and lets the keys of the stand-ins pass. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SCAN = resolve('test/secret-scan.mjs');
/** Assembled here, so that this file is not a finding itself. */
const body = 'Qz7Rk2Vn9Wm4Xp6Ty8Uj3Hg5';
const CREDENTIALS: [string, string][] = [
  ['Stripe live key', `sk_live_${body}`],
  ['Stripe live key', `rk_live_${body}`],
  ['Stripe test key', `sk_test_${body}`],
  ['Stripe webhook secret', `whsec_${body}`],
  ['Pterodactyl key', `ptla_${body}${body}`],
  ['private key', `-----BEGIN RSA ${'PRIVATE'} KEY-----`],
  ['GitHub token', `ghp_${body}${body}`],
  ['chat webhook', `https://discord.com/api/${'webhooks'}/1234567890/${body}${body}`],
  ['signed token', `eyJ${body}.eyJ${body}.${body}`],
];

describe('the secret scan', () => {
  let home: string;
  const git = (...args: string[]): unknown => spawnSync('git', args, { cwd: home });
  const scan = (content: string): { status: number | null; stderr: string } => {
    writeFileSync(join(home, 'file.txt'), content);
    return spawnSync(process.execPath, [SCAN], { cwd: home, encoding: 'utf8' });
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'order-ledger-scan-'));
    git('init', '--quiet');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it.each(CREDENTIALS)('finds a %s and does not repeat it', (kind, credential) => {
    const { status, stderr } = scan(`one\nkey = ${credential}\n`);
    expect([status, stderr]).toEqual([1, `file.txt:2 looks like a ${kind}\n`]);
  });

  it('lets the keys of the stand-ins pass', () => {
    expect(scan(`sk_test_local${body} whsec_test${body} ptla_local${'0'.repeat(40)} sk_test_…`).status).toBe(0);
  });

  it('ignores what git ignores', () => {
    writeFileSync(join(home, '.gitignore'), 'file.txt\n');
    expect(scan(`sk_live_${body}`).status).toBe(0);
  });
});
