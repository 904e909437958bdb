/** In words what an action does, in the order in which it happens, or why it cannot be done. Pure. */
import type { Fact } from '../../platform/event.js';
import { Refusal } from '../../platform/refusal.js';
import { ATTEMPTS_MAX } from '../../provisioning/provisioning.saga.js';
import type { OrderStates } from './states.js';
import { inTime } from './wording.js';

export const ACTIONS = ['retry', 'move', 'reinstall', 'repair', 'suspend', 'resume', 'refund', 'end'] as const;
export type ActionName = (typeof ACTIONS)[number];

/** Nothing would be recorded, because it is so already. */
const NOTHING_TO_DO = 'NOTHING_TO_DO';

const ALREADY: Partial<Record<ActionName, string>> = {
  reinstall: 'It is to be installed anew already.',
  suspend: 'An operator has suspended it already.',
  end: 'The service ends already.',
};
/** Of refusals that have only a code. */
const CODES: Readonly<Record<string, string>> = {
  ORDER_NOT_SERVED: 'The order has no running service.',
  PROVISIONING_NOT_WAITING_FOR_HELP: 'Its server does not wait for help: what is to be done is done by itself.',
  PAYMENT_UNKNOWN: 'Nothing was paid for this order.',
  REFUND_TOO_HIGH: 'All that was paid went back, or is on its way back.',
};

const whyNotResumed = ({ order }: OrderStates): string => {
  const others = order.status === 'delivered' ? order.service.suspensions : [];
  return others.length === 0
    ? 'It is not suspended.'
    : `No operator has suspended it: it is suspended for another reason (${others.join(', ')}), which must be settled first.`;
};

/** Of a decision that refuses, or that says nothing because there is nothing to do. */
export const whyRefused = (action: ActionName, decided: readonly Fact[] | Refusal, states: OrderStates): { code: string; why: string } => {
  if (decided instanceof Refusal) {
    const { code, message } = decided;
    return { code, why: CODES[code] ?? message };
  }
  return { code: NOTHING_TO_DO, why: action === 'resume' ? whyNotResumed(states) : (ALREADY[action] ?? 'It is so already.') };
};

const serverIn = ({ provisioning }: OrderStates): string | null =>
  'server' in provisioning && provisioning.server ? `server ${provisioning.server.serverId}` : null;

const nodeIn = ({ provisioning }: OrderStates): string =>
  'started' in provisioning ? `node ${provisioning.started.hold.nodeId}` : 'its node';

const retried = (states: OrderStates): string[] => {
  const server = serverIn(states);
  const { provisioning } = states;
  if (server === null)
    return [`The server is created on ${nodeIn(states)} at once.`, `${ATTEMPTS_MAX} attempts follow before a person is asked again.`];
  if (provisioning.status === 'needsHuman' && provisioning.from === 'installing')
    return [
      `The panel is asked how the install of ${server} is; if it failed, it is begun anew, and then the server is made anew where there is room.`,
      'Failures so far no longer count; a person is asked again when all of that has failed.',
    ];
  return [`What was to be done with ${server} is done again at once.`, `${ATTEMPTS_MAX} attempts follow before a person is asked again.`];
};

const isGone = ({ provisioning }: OrderStates): boolean =>
  provisioning.drifts.some(({ kind }) => kind === 'missing') ||
  (provisioning.status === 'needsHuman' && provisioning.code === 'SERVER_GONE');

const removed = (states: OrderStates): string => {
  const server = serverIn(states);
  if (server === null) return 'No server stands yet, so none is deleted.';
  if (isGone(states)) return `The panel has no ${server} any more, so that none is deleted.`;
  return `S${server.slice(1)} on ${nodeIn(states)} is deleted with its files: the panel cannot carry them over.`;
};

const moved = (states: OrderStates): string[] => [
  'Room is kept where it is to go; where there is none, nothing changes.',
  removed(states),
  'A new server is made under the same order and installed; its address changes, and the customer sees it at once.',
];

const ended = ({ order, payment }: OrderStates): string[] => [
  payment.subscriptions.length > 0
    ? 'Stripe cancels the subscription and voids what is open, and has to confirm it.'
    : 'Nothing more is collected.',
  'Then the server is deleted with its files, and its room is free again.',
  ...(order.status === 'delivered' && order.service.paidThrough !== null
    ? [`It is paid through ${inTime(order.service.paidThrough)}; nothing goes back by itself: refund it besides if it should.`]
    : ['Nothing goes back by itself: refund it besides if it should.']),
];

const EFFECTS: Readonly<Record<ActionName, (states: OrderStates) => string[]>> = {
  retry: retried,
  move: moved,
  reinstall: (states) => [
    `The panel stops ${serverIn(states) ?? 'the server'} and runs its install again; files of the game are overwritten.`,
    'It keeps its node and address, and is ready when the install is over.',
  ],
  repair: () => [
    'The panel is told again what is on record, or deletes what should not stand there.',
    'Whether it helped is looked at once more and recorded.',
  ],
  suspend: (states) => [
    `The panel stops ${serverIn(states) ?? 'the server'}, and nobody can start it; its files stay.`,
    'Billing goes on as before, nothing is deleted, and an operator can resume it at any time.',
  ],
  resume: (states) => {
    const others = states.order.status === 'delivered' ? states.order.service.suspensions.filter((reason) => reason !== 'operator') : [];
    return others.length === 0
      ? ['The panel lets the server run again, with its files as they were.']
      : [`The operators' suspension is lifted; it stays suspended for another reason: ${others.join(', ')}.`];
  },
  refund: () => [
    'Stripe is asked to give the money back to the card it came from; that takes it a few days.',
    'In part it is only recorded, and the service goes on.',
  ],
  end: ended,
};

export const effectsOf = (action: ActionName, states: OrderStates): string[] => EFFECTS[action](states);
