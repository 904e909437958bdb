/** Unpacks the Chromium that npm brought, once per version and machine, so that test processes that start together do not meet a half-written file. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

export interface ChromiumFiles {
  readonly executable: string;
  /** Libraries for a system that lacks them. */
  readonly libraries: string;
  /** Holds `fonts/` with one font, for a system that has none. */
  readonly fonts: string;
}

const unpackInto = (folder: string, packed: string): void => {
  writeFileSync(join(folder, 'chromium'), brotliDecompressSync(readFileSync(join(packed, 'chromium.br'))));
  chmodSync(join(folder, 'chromium'), 0o755);
  for (const archive of ['al2023', 'fonts']) {
    const input = brotliDecompressSync(readFileSync(join(packed, `${archive}.tar.br`)));
    mkdirSync(join(folder, archive));
    execFileSync('tar', ['-x', '-C', join(folder, archive)], { input });
  }
};

/** Where the unpacked files are; a few seconds on first use. */
export function chromiumFiles(): ChromiumFiles {
  const home = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../..');
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `order-ledger-chromium-${version}`);
  if (!existsSync(folder)) {
    const unfinished = mkdtempSync(`${folder}.`);
    unpackInto(unfinished, join(home, 'bin'));
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      // Another test process was faster; its copy is as good.
      if (!existsSync(folder)) throw error;
      rmSync(unfinished, { recursive: true });
    }
  }
  return { executable: join(folder, 'chromium'), libraries: join(folder, 'al2023', 'lib'), fonts: join(folder, 'fonts') };
}
