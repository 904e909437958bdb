/** What is sent to browsers: small, without addresses of this machine, and nothing that would not be encrypted. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

const dir = join(resolve(process.env['LEDGER_DIST'] ?? 'dist'), 'dashboard');
const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => /[.](js|css|html|svg)$/.test(file));
const textOf = (file: string): string => readFileSync(join(dir, file), 'utf8');
const INITIAL_BYTES_MAX = 200_000;
/** Names of XML vocabularies look like addresses and are none. */
const VOCABULARY = /http:\/\/www\.w3\.org\/[\w/]+/g;

describe('what is built for browsers', () => {
  it('is at most 200 kB of script, packed, until the first page shows', () => {
    const scripts = [...textOf('index.html').matchAll(/(?:src|href)="\/(assets\/[^"]+[.]js)"/g)].map(([, file]) => file ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((total, file) => total + gzipSync(textOf(file)).length, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(INITIAL_BYTES_MAX);
  });

  it('names neither this machine nor an address without encryption, and holds no secret', () => {
    const strange = files.flatMap((file) => {
      const text = textOf(file).replaceAll(VOCABULARY, '');
      return [...text.matchAll(/http:[^\s"'`]{0,40}|localhost|127\.0\.0\.1|[sr]k_(?:live|test)_|whsec_|ptl[ac]_/g)].map(
        ([what]) => `${file}: ${what}`,
      );
    });
    expect(strange).toStrictEqual([]);
    expect(files.length).toBeGreaterThan(3);
  });

  it('has neither script nor style in the page itself', () => {
    expect(textOf('index.html')).not.toMatch(/<style|style=|<script(?![^>]*src=)|javascript:|\son\w+=/);
  });
});
