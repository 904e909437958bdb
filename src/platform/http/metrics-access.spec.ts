import { describe, expect, it } from '@jest/globals';
import type { Settings } from '../config/settings.js';
import { checkMetricsAccess } from './metrics-access.js';

const codeOf = (settings: Pick<Settings, 'METRICS_TOKEN' | 'NODE_ENV'>, authorization: string): string => {
  try {
    checkMetricsAccess(settings, authorization);
    return 'open';
  } catch (error) {
    return (error as { response: { code: string } }).response.code;
  }
};
const METRICS_TOKEN = 'a token of some length';

describe('the metrics', () => {
  it('are open while nothing is set, but not in production', () => {
    expect(codeOf({ NODE_ENV: 'development' }, '')).toBe('open');
    expect(codeOf({ NODE_ENV: 'production' }, '')).toBe('METRICS_CLOSED');
  });

  it.each(['development', 'production'] as const)('are for those who know the token where one is set (%s)', (NODE_ENV) => {
    expect(codeOf({ NODE_ENV, METRICS_TOKEN }, `Bearer ${METRICS_TOKEN}`)).toBe('open');
    for (const wrong of ['', METRICS_TOKEN, `Bearer ${METRICS_TOKEN.toUpperCase()}`, `Bearer ${METRICS_TOKEN}!`])
      expect(codeOf({ NODE_ENV, METRICS_TOKEN }, wrong)).toBe('METRICS_TOKEN_INVALID');
  });
});
