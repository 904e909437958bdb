/** The parts of an egg as the API shows them. */
import type { Egg, EggVariable } from './egg.js';

/** Eggs and nests came with the panel, so they carry one fixed time. */
export const INSTALLED_AT = '2026-01-05T09:00:00+00:00';
const VARIABLE_AT = '2026-01-05T09:00:00.000000Z';

export const configOf = (egg: Egg): Record<string, unknown> => ({
  files: {},
  startup: { done: egg.done },
  stop: egg.stop,
  logs: {},
  file_denylist: [],
  extends: null,
});
export const scriptOf = (egg: Egg): Record<string, unknown> => ({
  privileged: true,
  install: '#!/bin/bash\necho installed\n',
  entry: 'bash',
  container: egg.installImage,
  extends: null,
});

export const variableAttributes = (egg: Egg, variable: EggVariable): Record<string, unknown> => {
  const { id, ...rest } = variable;
  return { id, egg_id: egg.id, ...rest, created_at: VARIABLE_AT, updated_at: VARIABLE_AT };
};
