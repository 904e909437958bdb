/**
 * fast-check, drawing the same cases in every run, so that what passed before a commit passes after it. `SEED=<whole number>` draws others; a
 * failed property prints its own. The long random runs are the soaks'.
 */
import fc from '../../node_modules/fast-check/lib/fast-check.js';

const SEED = 20_261_122;

fc.configureGlobal({ seed: Number(process.env.SEED ?? SEED) });

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
