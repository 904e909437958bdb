/** The dashboard talks to our API and to nobody else: it shares no code with the ledger, and knows neither Stripe nor an identity service. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = 'dashboard/src';
const PACKAGES = ['react', 'react-dom', '@mantine/core', '@mantine/hooks', '@tanstack/react-query', 'wouter', '@fontsource-variable/inter'];
const IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*)'([^']+)'|@import\s+'([^']+)'/g;

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => /[.](ts|tsx|css)$/.test(file) && !file.includes('generated'))
  .map((file) => join(ROOT, file));

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const isAllowed = (file: string, specifier: string): boolean =>
  specifier.startsWith('.') ? !relative(ROOT, join(dirname(file), specifier)).startsWith('..') : PACKAGES.includes(packageOf(specifier));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, script, style]) => script ?? style ?? '');

describe('the dashboard', () => {
  it('imports its own files and a handful of packages, nothing else', () => {
    const strange = files.flatMap((file) =>
      importsOf(file).flatMap((specifier) => (isAllowed(file, specifier) ? [] : [`${file}: ${specifier}`])),
    );
    expect(strange).toStrictEqual([]);
    expect(files.length).toBeGreaterThan(30);
  });

  it.each([
    '../../src/platform/ids.js',
    '../../../projections/index.js',
    '@stripe/stripe-js',
    'stripe',
    'oidc-client-ts',
    'https://cdn.example.com/x.css',
  ])('would notice %s', (specifier) => {
    expect(isAllowed(`${ROOT}/app.tsx`, specifier)).toBe(false);
  });

  it('keeps tokens out of every storage of the browser', () => {
    const storing = files.filter((file) => /(local|session)Storage|indexedDB|document\.cookie/.test(readFileSync(file, 'utf8')));
    expect(storing).toStrictEqual([join(ROOT, 'api/session.ts')]);
    const stored = [...readFileSync(join(ROOT, 'api/session.ts'), 'utf8').matchAll(/setItem\(([^)]*)\)/g)].map(([, what]) => what);
    expect(stored).toStrictEqual(["HINT, 'yes'"]);
  });
});
