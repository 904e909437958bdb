/** In one sentence why a server is where it is on its way to what the order wants of it. */
import { wantOf, type Move, type Provisioning, type Standing } from '../../provisioning/provisioning-state.decider.js';
import { ATTEMPTS_MAX } from '../../provisioning/provisioning.saga.js';
import { changeDue } from '../../provisioning/server-change.decider.js';
import type { ServerChange } from '../../provisioning/server-life.events.js';
import { lastOf, type Situation } from './situation.js';
import { inTime, inWords } from './wording.js';

type In<S extends Provisioning['status']> = Extract<Provisioning, { status: S }>;

const failureOf = (situation: Situation): string => {
  const failure = lastOf(situation, 'ProvisioningAttemptFailed')?.data;
  return failure ? inWords(failure.code) + (failure.field === null ? '' : ` (field ${failure.field})`) : 'no reason recorded';
};

/** Which attempt, and what became of the one before. */
const attemptOf = (attempt: number, failures: number, situation: Situation): string =>
  failures > 0 ? `attempt ${attempt} (the one before failed with ${failureOf(situation)})` : `attempt ${attempt}`;

const nodeOf = ({ started }: { started: Standing['started'] }): string => `node ${started.hold.nodeId}`;
const serverOf = (saga: Pick<Standing, 'server' | 'started'>): string => `server ${saga.server.serverId} on ${nodeOf(saga)}`;
const reasonOf = ({ wanted, reinstall }: Provisioning): string =>
  wanted?.reason ?? (reinstall ? 'an operator wants it' : 'no reason recorded');

const whyCreation = (saga: In<'toCreate'>, situation: Situation): string => {
  const node = nodeOf(saga);
  if (saga.wanted?.want === 'gone') return noneWanted(saga);
  if (isMoving(saga)) return whyMove(saga);
  if (saga.attempts === 0) return `The order is paid, and its server is to be created on ${node}.`;
  if (saga.attempts >= ATTEMPTS_MAX)
    return `All ${ATTEMPTS_MAX} attempts to create the server on ${node} failed, the last with ${failureOf(situation)}; an operator is asked.`;
  return `Attempt ${saga.attempts} of ${ATTEMPTS_MAX} to create the server on ${node} failed with ${failureOf(situation)}; it is tried again at ${inTime(saga.retryAt)}.`;
};

const noneWanted = (saga: Provisioning): string => `The order wants no server any more (${reasonOf(saga)}), and none is made for it.`;

const whyCreating = (saga: In<'creating'>, situation: Situation): string => {
  const { claim, attempts } = saga;
  const attempt = attemptOf(claim.attempt, attempts - 1, situation);
  return situation.now < claim.callDeadlineAt
    ? `The panel has until ${inTime(claim.callDeadlineAt)} to answer ${attempt} to create the server on ${nodeOf(saga)}.`
    : `Nobody recorded what became of ${attempt} to create the server on ${nodeOf(saga)}; it is looked up, and its absence counts from ${inTime(claim.settledAt)}.`;
};

const whyInstalling = (saga: Standing, { now }: Situation): string => {
  const { serverId, createdAt, installDeadlineAt } = saga.server;
  const then = saga.wanted?.want === 'suspended' ? `, and is then to be suspended (${reasonOf(saga)})` : '';
  return now >= installDeadlineAt
    ? `Server ${serverId} on ${nodeOf(saga)} should have been installed by ${inTime(installDeadlineAt)}; unless it is now, it is begun anew.`
    : `Server ${serverId} was created on ${nodeOf(saga)} at ${inTime(createdAt)} and installs${then}; it counts as stuck from ${inTime(installDeadlineAt)}.`;
};

const WISHES: Readonly<Record<ServerChange, string>> = {
  suspend: 'be suspended',
  unsuspend: 'run again',
  resize: 'have the size of its new plan',
  reinstall: 'be installed anew',
  remove: 'go, to be made anew elsewhere',
  delete: 'be deleted',
};

/** Why its server is to be made anew, and where. */
const whyMove = (saga: Moving): string => {
  const { wish, hold } = saga.move;
  const why = wish.reason === 'operator' ? 'an operator wants it' : inWords(wish.reason);
  const other = wish.target === 'anywhere' ? 'on another node if one has room' : 'on another node';
  const where = wish.target === 'otherPorts' ? 'with other ports' : wish.nodeId === null ? other : `on node ${wish.nodeId}`;
  const what =
    'server' in saga && saga.server ? `Server ${saga.server.serverId} on ${nodeOf(saga)}` : `The server, planned for ${nodeOf(saga)},`;
  const next = hold ? `node ${hold.nodeId} keeps room for it, and what stands is removed first` : 'room for it is to be found';
  return `${what} is to be made anew ${where} (${why}): ${next}.`;
};
type Moving = Extract<Provisioning, { started: unknown }> & { readonly move: Move };
const isMoving = (saga: Extract<Provisioning, { started: unknown }>): saga is Moving => saga.move !== null && wantOf(saga) !== 'gone';

/** Of an install that failed or was late. */
const whyTroubled = (saga: Standing): string => {
  const { trouble, reinstalls } = saga.install;
  const then = changeDue(saga) === 'reinstall' ? 'the panel is to begin it anew' : 'it is to be made anew, or an operator is asked';
  return `The install of ${serverOf(saga)} failed (${inWords(trouble ?? '')}), ${reinstalls === 0 ? 'for the first time' : 'also when it was begun anew'}: ${then}.`;
};

/** Before it was tried: a server that is to be made anew, or whose install failed. */
const whyAnew = (saga: Standing): string | undefined => {
  if (saga.failures > 0) return undefined;
  if (isMoving(saga)) return whyMove(saga);
  const isTroubled = saga.status === 'installing' && saga.install.trouble !== null && wantOf(saga) !== 'gone';
  return isTroubled ? whyTroubled(saga) : undefined;
};

const whyStanding = (saga: Standing, situation: Situation): string => {
  const anew = whyAnew(saga);
  if (anew !== undefined) return anew;
  const change = changeDue(saga);
  if (change === null)
    return saga.status === 'installing' ? whyInstalling(saga, situation) : `The panel has what is wanted of ${serverOf(saga)}.`;
  if (saga.failures === 0)
    return `The order wants ${serverOf(saga)} to ${WISHES[change]} (${reasonOf(saga)}), and the panel is to be asked for it.`;
  if (saga.failures >= ATTEMPTS_MAX)
    return `All ${ATTEMPTS_MAX} attempts to ${change} ${serverOf(saga)} failed, the last with ${failureOf(situation)}; an operator is asked.`;
  return `Attempt ${saga.failures} of ${ATTEMPTS_MAX} to ${change} ${serverOf(saga)} failed with ${failureOf(situation)}; it is tried again at ${inTime(saga.retryAt ?? '')}.`;
};

const whyChanging = (saga: In<'changing'>, situation: Situation): string => {
  const { change, callDeadlineAt, settledAt } = saga.claim;
  const attempt = attemptOf(saga.failures + 1, saga.failures, situation);
  return situation.now < callDeadlineAt
    ? `The panel has until ${inTime(callDeadlineAt)} to answer ${attempt} to ${change} ${serverOf(saga)}.`
    : `Nobody recorded what became of ${attempt} to ${change} ${serverOf(saga)}; it is looked up, and what the panel shows counts from ${inTime(settledAt)}.`;
};

const whyHelp = (saga: In<'needsHuman'>, situation: Situation): string => {
  const raised = lastOf(situation, 'ProvisioningNeedsHuman')?.data;
  const since = raised ? ` since ${inTime(raised.raisedAt)}` : '';
  const what = saga.step === 'create' || saga.step === 'install' ? '' : ` to ${saga.step} server ${saga.server?.serverId}`;
  const last = saga.step === 'create' || saga.code === 'ATTEMPTS_EXHAUSTED' ? `, the last with ${failureOf(situation)}` : '';
  return `An operator is needed${what}${since} (${inWords(saga.code)}${last}): look into it, then retry, move or refund the order.`;
};

/** @returns why the saga does what it does next at `now` */
export const whyProvisioning = (saga: Provisioning, situation: Situation): string => {
  switch (saga.status) {
    case 'idle':
      return saga.wanted?.want === 'gone' ? noneWanted(saga) : 'No server is asked for yet.';
    case 'toCreate':
      return whyCreation(saga, situation);
    case 'creating':
      return whyCreating(saga, situation);
    case 'installing':
    case 'ready':
    case 'suspended':
      return whyStanding(saga, situation);
    case 'changing':
      return whyChanging(saga, situation);
    case 'needsHuman':
      return whyHelp(saga, situation);
    case 'deleted':
      return saga.serverId === null ? 'No server was made for the order.' : `Server ${saga.serverId} is deleted.`;
  }
};
