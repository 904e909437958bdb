import { describe, expect, it } from '@jest/globals';
import { areSessions } from './pooler.js';

const always = (pid: number) => () => Promise.resolve(pid);

describe('two connections', () => {
  it('are sessions when each keeps a server process of its own', async () => {
    expect(await areSessions(always(1), always(2))).toBe(true);
  });

  it('are not when they share one', async () => {
    expect(await areSessions(always(1), always(1))).toBe(false);
  });

  it('are not when one is moved to another', async () => {
    let pid = 0;
    expect(await areSessions(() => Promise.resolve((pid += 1)), always(99))).toBe(false);
  });
});
