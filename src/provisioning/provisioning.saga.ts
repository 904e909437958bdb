/** From a paid order to a ready server and to its end: the next step follows from recorded state and the time alone, so after a crash the runner asks again. */
import { wantOf, type Provisioning, type Standing } from './provisioning-state.decider.js';
import type { ProvisioningStepName } from './provisioning.events.js';
import { changeDue } from './server-change.decider.js';
import type { ServerChange } from './server-life.events.js';

export type ProvisioningStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly until: string }
  | { readonly do: 'createServer' }
  /** An attempt was claimed and its outcome never recorded: look the server up; `final` once a 404 may be believed. */
  | { readonly do: 'settleCreation'; readonly final: boolean; readonly settledAt: string }
  | { readonly do: 'watchInstall'; readonly serverId: number; readonly overdue: boolean }
  | { readonly do: 'changeServer'; readonly change: ServerChange; readonly serverId: number }
  /** As with a creation; `final` once nothing can come of the call any more. */
  | { readonly do: 'settleChange'; readonly change: ServerChange; readonly final: boolean; readonly settledAt: string }
  /** The panel will not have it: once it is seen that it did not do it after all, the order's old plan stays. */
  | { readonly do: 'giveUpResize'; readonly code: string }
  /** The order ends before a server was made. */
  | { readonly do: 'endWithoutServer' }
  | { readonly do: 'askForHelp'; readonly step: ProvisioningStepName; readonly code: string };

/** Attempts before a person is asked. With the back-off below a panel that fails at once is tried for 13.5 minutes: nine pauses. */
export const ATTEMPTS_MAX = 10;
const BACK_OFF_FIRST_MS = 2_000;
const BACK_OFF_MAX_MS = 300_000;

/** Doubling pause before the next attempt, in milliseconds. @param attempts how many have failed, from 1 */
export const backOffMs = (attempts: number): number => Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);

const creation = (saga: Extract<Provisioning, { status: 'toCreate' }>, now: string): ProvisioningStep => {
  if (wantOf(saga) === 'gone') return { do: 'endWithoutServer' };
  if (saga.attempts >= ATTEMPTS_MAX) return { do: 'askForHelp', step: 'create', code: 'ATTEMPTS_EXHAUSTED' };
  return now >= saga.retryAt ? { do: 'createServer' } : { do: 'wait', until: saga.retryAt };
};

const change = (saga: Standing, now: string): ProvisioningStep => {
  const due = changeDue(saga);
  if (due === null) return { do: 'nothing' };
  const isExhausted = saga.failures >= ATTEMPTS_MAX;
  if (due === 'resize' && (isExhausted || saga.refusal !== null)) return { do: 'giveUpResize', code: saga.refusal ?? 'ATTEMPTS_EXHAUSTED' };
  if (isExhausted) return { do: 'askForHelp', step: due, code: 'ATTEMPTS_EXHAUSTED' };
  if (saga.retryAt !== null && now < saga.retryAt) return { do: 'wait', until: saga.retryAt };
  return { do: 'changeServer', change: due, serverId: saga.server.serverId };
};

const watched = ({ serverId, installDeadlineAt }: Standing['server'], now: string) =>
  ({ do: 'watchInstall', serverId, overdue: now >= installDeadlineAt }) as const;

/** @param now ISO-8601 */
export const nextStep = (saga: Provisioning, now: string): ProvisioningStep => {
  switch (saga.status) {
    case 'idle':
      return wantOf(saga) === 'gone' ? { do: 'endWithoutServer' } : { do: 'nothing' };
    case 'deleted':
      return { do: 'nothing' };
    case 'toCreate':
      return creation(saga, now);
    case 'creating':
      return { do: 'settleCreation', final: now >= saga.claim.settledAt, settledAt: saga.claim.settledAt };
    case 'installing':
      return changeDue(saga) ? change(saga, now) : watched(saga.server, now);
    case 'ready':
    case 'suspended':
      return change(saga, now);
    case 'changing': {
      const { change: claimed, settledAt } = saga.claim;
      return { do: 'settleChange', change: claimed, final: now >= settledAt, settledAt };
    }
    case 'needsHuman':
      return saga.server && saga.from === 'installing' ? { ...watched(saga.server, now), overdue: false } : { do: 'nothing' };
  }
};
