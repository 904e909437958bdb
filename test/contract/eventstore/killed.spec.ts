import { expect, it } from '@jest/globals';
import { soak } from '../../soak/eventstore.soak.js';
import { freshStoreOnly } from './support.js';

const KILLS = 10;
const PATIENCE_MS = 120_000;

freshStoreOnly('a store that is killed under writers and readers', () => {
  it(
    '4.6 every acknowledged append is there, none is partial, revisions have no gaps, and readers see each event once',
    async () => {
      const checked = await soak({ seed: 20_261_121, count: KILLS, note: () => undefined });
      expect(checked['kills']).toBe(KILLS);
      expect(checked['acknowledged']).toBeGreaterThan(KILLS);
    },
    PATIENCE_MS,
  );
});
