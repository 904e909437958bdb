/** From a paid order to a ready server and to its end: the next step follows from recorded state and the time alone, so after a crash the runner asks again. */
import type { Actor } from '../platform/event.js';
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
  /** Installing anew did not mend it: it is to be made anew, on another node if one fits. */
  | { readonly do: 'wantRecreation' }
  /** Room is to be found where the server is to go, before it is removed from where it is. */
  | { readonly do: 'placeMove' }
  /** There is no server to remove, unless an attempt has left one. */
  | { readonly do: 'moveWithoutServer' }
  | { readonly do: 'askForHelp'; readonly step: ProvisioningStepName; readonly code: string };

/** In whose name the saga's steps are recorded. */
export const PROVISIONING_SAGA: Actor = { kind: 'saga', id: 'provisioning' };
/** Attempts before a person is asked. With the back-off below a panel that fails at once is tried for 13.5 minutes: nine pauses. */
export const ATTEMPTS_MAX = 10;
/** How often a server is made anew because its install failed, before a person is asked. */
const RECREATIONS_MAX = 1;
const BACK_OFF_FIRST_MS = 2_000;
const BACK_OFF_MAX_MS = 300_000;

/** Doubling pause before the next attempt, in milliseconds. @param attempts how many have failed, from 1 */
export const backOffMs = (attempts: number): number => Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);

const creation = (saga: Extract<Provisioning, { status: 'toCreate' }>, now: string): ProvisioningStep => {
  if (wantOf(saga) === 'gone') return { do: 'endWithoutServer' };
  if (saga.move) return saga.move.hold ? { do: 'moveWithoutServer' } : { do: 'placeMove' };
  if (saga.attempts >= ATTEMPTS_MAX) return { do: 'askForHelp', step: 'create', code: 'ATTEMPTS_EXHAUSTED' };
  return now >= saga.retryAt ? { do: 'createServer' } : { do: 'wait', until: saga.retryAt };
};

const change = (saga: Standing, due: ServerChange, now: string): ProvisioningStep => {
  const isExhausted = saga.failures >= ATTEMPTS_MAX;
  if (due === 'resize' && (isExhausted || saga.refusal !== null)) return { do: 'giveUpResize', code: saga.refusal ?? 'ATTEMPTS_EXHAUSTED' };
  if (isExhausted) return { do: 'askForHelp', step: due, code: 'ATTEMPTS_EXHAUSTED' };
  if (saga.retryAt !== null && now < saga.retryAt) return { do: 'wait', until: saga.retryAt };
  return { do: 'changeServer', change: due, serverId: saga.server.serverId };
};

/** Of a server that is not to be changed: the next rung when its install has failed, else that it is watched while it installs. */
const unchanged = (saga: Standing, now: string): ProvisioningStep => {
  if (saga.move && wantOf(saga) !== 'gone') return { do: 'placeMove' };
  if (saga.status !== 'installing') return { do: 'nothing' };
  const { trouble, recreations, everReady } = saga.install;
  if (trouble === null) return watched(saga.server, now);
  return everReady || recreations >= RECREATIONS_MAX ? { do: 'askForHelp', step: 'install', code: trouble } : { do: 'wantRecreation' };
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
    case 'ready':
    case 'suspended': {
      const due = changeDue(saga);
      return due ? change(saga, due, now) : unchanged(saga, now);
    }
    case 'changing': {
      const { change: claimed, settledAt } = saga.claim;
      return { do: 'settleChange', change: claimed, final: now >= settledAt, settledAt };
    }
    case 'needsHuman':
      return saga.server && saga.from === 'installing' ? { ...watched(saga.server, now), overdue: false } : { do: 'nothing' };
  }
};
