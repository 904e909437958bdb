import { existsSync, statfsSync } from 'node:fs';

/**
 * Stores and databases of tests are made and thrown away by the hundred: in memory, where there is room for them. On a disk that is told at once
 * of what it may forget (`discard`), every flush waits for that too, up to seconds.
 */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;
const hasRoom = (folder) => {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= ROOM_BYTES;
};
if (!process.env.TMPDIR && hasRoom(MEMORY)) process.env.TMPDIR = MEMORY;

/** One suite per folder of test/, plus `unit` for the specs that sit beside the code. */
const base = {
  testEnvironment: 'node',
  setupFiles: ['reflect-metadata'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^fast-check$': '<rootDir>/test/support/seeded-fast-check.mjs' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'es6' },
      },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
};
const suite = (name, testMatch) => ({ ...base, displayName: name, testMatch });

export default {
  testTimeout: 180_000,
  projects: [
    suite('unit', ['<rootDir>/{src,projections,local}/**/*.spec.ts']),
    suite('architecture', ['<rootDir>/test/architecture/**/*.spec.ts']),
    suite('contract', ['<rootDir>/test/contract/**/*.spec.ts']),
    suite('integration', ['<rootDir>/test/integration/**/*.spec.ts']),
    suite('faults', ['<rootDir>/test/faults/**/*.spec.ts']),
    suite('e2e', ['<rootDir>/test/e2e/**/*.spec.ts']),
  ],
};
