import { expect, it } from '@jest/globals';
import fc, { readConfigureGlobal } from 'fast-check';

it('properties draw the same cases in every run, and others when asked', () => {
  expect(readConfigureGlobal()?.seed).toBe(Number(process.env['SEED'] ?? 20_261_122));
  expect(fc.sample(fc.nat(), 5)).toEqual(fc.sample(fc.nat(), 5));
});
