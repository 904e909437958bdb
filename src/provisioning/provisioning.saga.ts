/** From a paid order to a ready server: the next step follows from recorded state and the time alone, so after a crash the runner asks again. */
import type { Provisioning } from './provisioning.decider.js';

export type ProvisioningStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly until: string }
  | { readonly do: 'createServer' }
  /** An attempt was claimed and its outcome never recorded: look the server up; `final` once a 404 may be believed. */
  | { readonly do: 'settleCreation'; readonly final: boolean; readonly settledAt: string }
  | { readonly do: 'watchInstall'; readonly serverId: number; readonly overdue: boolean }
  | { readonly do: 'askForHelp'; readonly step: 'create' | 'install'; readonly code: string };

/** Attempts before a person is asked. With the back-off below a panel that fails at once is tried for 13.5 minutes: nine pauses. */
export const ATTEMPTS_MAX = 10;
const BACK_OFF_FIRST_MS = 2_000;
const BACK_OFF_MAX_MS = 300_000;

/** Doubling pause before the next attempt, in milliseconds. @param attempts how many have failed, from 1 */
export const backOffMs = (attempts: number): number => Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);

/** @param now ISO-8601 */
export const nextStep = (saga: Provisioning, now: string): ProvisioningStep => {
  switch (saga.status) {
    case 'idle':
    case 'ready':
      return { do: 'nothing' };
    case 'needsHuman':
      return saga.server ? { do: 'watchInstall', serverId: saga.server.serverId, overdue: false } : { do: 'nothing' };
    case 'toCreate':
      if (saga.attempts >= ATTEMPTS_MAX) return { do: 'askForHelp', step: 'create', code: 'ATTEMPTS_EXHAUSTED' };
      return now >= saga.retryAt ? { do: 'createServer' } : { do: 'wait', until: saga.retryAt };
    case 'creating':
      return { do: 'settleCreation', final: now >= saga.claim.settledAt, settledAt: saga.claim.settledAt };
    case 'installing':
      return { do: 'watchInstall', serverId: saga.server.serverId, overdue: now >= saga.server.installDeadlineAt };
  }
};
