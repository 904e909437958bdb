import { describe, expect, it } from '@jest/globals';
import { sample } from '../../../test/support/project.js';
import { whyRename } from './why-rename.js';

const asked = sample('ServerRenameRequested');
const failed = sample('ServerRenameFailed');
const why = (now: string, ...past: readonly ReturnType<typeof sample>[]): string => whyRename({ past, now });
const BEFORE = asked.data.requestedAt;
const AFTER = asked.data.callDeadlineAt;

describe('a new name of a server', () => {
  it('is told of until the panel has taken it', () => {
    expect(why(BEFORE)).toBe('');
    expect(why(BEFORE, asked)).toMatch(/^ The customer has named the server anew, and the panel has until .* UTC to take the name\.$/);
    expect(why(AFTER, asked)).toBe(' The customer has named the server anew, and nobody recorded whether the panel took the name.');
    expect(why(AFTER, asked, sample('ServerRenamed'))).toBe('');
  });

  it('that the panel did not take says why, until the next', () => {
    expect(why(AFTER, asked, failed)).toBe(` The customer's new name for the server came to nothing (${failed.data.code}).`);
    expect(why(AFTER, asked, failed, asked, sample('ServerRenamed'))).toBe('');
  });
});
