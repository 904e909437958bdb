/** Lets plain `node` import the TypeScript sources: `.js` specifiers fall back to `.ts`, which swc turns into JavaScript on the fly. */
import { register } from 'node:module';

export const registerSources = () => register('./sources-hooks.mjs', import.meta.url);
