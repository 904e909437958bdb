/** Rules between settings: what production refuses, and what must not stand together. */
import { declaredSettings } from './setting.js';
import type { Settings } from './settings.js';

/** What is wrong with one variable and what to do about it. */
export interface Problem {
  readonly name: string;
  readonly text: string;
}

type Rule = (settings: Partial<Settings>) => readonly Problem[];

const when = (wrong: boolean | undefined, name: string, text: string): readonly Problem[] => (wrong ? [{ name, text }] : []);
const isLiveKey = (settings: Partial<Settings>): boolean => /^(sk|rk)_live_/.test(settings.STRIPE_SECRET_KEY ?? '');
const isTestKey = (settings: Partial<Settings>): boolean => /^(sk|rk)_test_/.test(settings.STRIPE_SECRET_KEY ?? '');
const isPlain = (url: string | undefined): boolean => url?.startsWith('http:') === true;
const isLoopback = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/.test(new URL(url).hostname);

const stripeRules: Rule = (settings) => [
  ...when(
    isLiveKey(settings) && settings.STRIPE_API_URL !== undefined,
    'STRIPE_SECRET_KEY',
    'is a live key, but STRIPE_API_URL points at a stand-in; use a test key or remove STRIPE_API_URL',
  ),
  ...when(
    isLiveKey(settings) && settings.NODE_ENV !== 'production',
    'STRIPE_SECRET_KEY',
    'is a live key outside production; use a test key or set NODE_ENV=production',
  ),
  ...when(
    isTestKey(settings) && settings.NODE_ENV === 'production',
    'STRIPE_SECRET_KEY',
    'is a test key in production; use the live key or another NODE_ENV',
  ),
];

const contradictions: Rule = (settings) => [
  ...when(
    settings.JWT_SECRET !== undefined && settings.JWT_SECRET === settings.IDENTITY_KEY,
    'JWT_SECRET',
    'is the same as IDENTITY_KEY; make a key of its own for each',
  ),
];

const productionAddresses: Rule = (settings) => [
  ...when(isPlain(settings.PUBLIC_URL), 'PUBLIC_URL', 'must start with https:// in production'),
  ...when(isPlain(settings.DASHBOARD_URL), 'DASHBOARD_URL', 'must start with https:// in production'),
  ...when(isLoopback(settings.PANEL_URL), 'PANEL_URL', 'is this machine, where only the local stand-in runs; name the real panel'),
  ...when(
    isPlain(settings.PANEL_URL) && !isLoopback(settings.PANEL_URL),
    'PANEL_URL',
    'must start with https:// in production: it carries the application key',
  ),
];

const lowerThanDefault = (settings: Partial<Settings>, name: 'PANEL_CREATE_TIMEOUT_MS' | 'PANEL_SETTLE_MS'): readonly Problem[] => {
  const least = Number(declaredSettings().find((setting) => setting.name === name)?.default);
  const value = settings[name];
  const text = `must be at least ${least} in production: a shorter wait risks a second server`;
  return when(typeof value === 'number' && value < least, name, text);
};

const SWEEP_SECONDS_MIN = 30;
const rareSweeps: Rule = ({ STRIPE_SWEEP_SECONDS: seconds }) =>
  when(
    typeof seconds === 'number' && seconds < SWEEP_SECONDS_MIN,
    'STRIPE_SWEEP_SECONDS',
    `must be at least ${SWEEP_SECONDS_MIN} in production: webhooks that are lost are found by the sweep alone`,
  );

const declaredRefusals: Rule = (settings) =>
  declaredSettings().flatMap(({ name, refusedInProduction }) => {
    const value = settings[name as keyof Settings];
    const present = value !== undefined && value !== false;
    return when(present && refusedInProduction !== undefined, name, `is refused in production: ${refusedInProduction ?? ''}`);
  });

const productionRules: Rule = (settings) =>
  settings.NODE_ENV === 'production'
    ? [
        ...declaredRefusals(settings),
        ...productionAddresses(settings),
        ...lowerThanDefault(settings, 'PANEL_CREATE_TIMEOUT_MS'),
        ...lowerThanDefault(settings, 'PANEL_SETTLE_MS'),
        ...rareSweeps(settings),
      ]
    : [];

/** Problems between settings; each single setting is expected to have been checked, or to be absent. */
export const problemsBetween: Rule = (settings) => [...stripeRules(settings), ...contradictions(settings), ...productionRules(settings)];
