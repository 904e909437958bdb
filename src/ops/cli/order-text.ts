/** An order as text for people: what it is, what happened, and what each event changed. */
import type { Money } from '../../orders/order.events.js';
import type { Change } from '../replay/changes.js';
import type { Replay } from '../replay/replay.js';
import type { RowChange } from '../replay/rows.js';
import type { Step } from '../replay/step.js';
import { inMoney, inTime } from '../replay/wording.js';
import { columns, labelled, wrapped } from './table.js';

const VALUE_MAX = 90;
const CELL_MAX = 40;
const NAME_MAX = 22;

const cut = (value: unknown, max = VALUE_MAX): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > max ? `${text.slice(0, max)}…` : text;
};

const seconds = (fromIso: string, toIso: string): string => {
  const ms = Date.parse(toIso) - Date.parse(fromIso);
  return Number.isNaN(ms) ? '' : `${ms < 0 ? '' : '+'}${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`;
};

/** `order-<id>` is `order`, since the reader knows which order this is; other streams are named as far as there is room. */
const placeOf = ({ event: { stream, revision } }: Step, orderId: string): string => {
  const name = stream.endsWith(`-${orderId}`) ? stream.slice(0, -orderId.length - 1) : cut(stream, NAME_MAX);
  return `${name}@${revision}`;
};

const who = ({ event: { actor } }: Step): string => (actor ? cut(`${actor.kind} ${actor.id}`, NAME_MAX) : '?');

/** Fields that tell why a status changed, and the word that goes before their value. */
const REASONS = { code: '', reason: '', attempt: 'attempt ' };
/** Fields that say the most of an event that changed no status, in this order. */
const TELLING = { type: '', ...REASONS, nodeId: 'node ', serverId: 'server ', paymentId: '', subscriptionId: '' };

const isMoney = (value: unknown): value is Money => typeof (value as Money | null | undefined)?.amountMinor === 'number';

const told = (tree: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, string>>): string[] =>
  Object.entries(fields).flatMap(([field, word]) => {
    const value = tree[field];
    return typeof value === 'string' || typeof value === 'number' ? [`${word}${value}`] : [];
  });

const moved = ({ changes }: Step): string =>
  ['order', 'provisioning']
    .flatMap((name) => {
      const change = changes.find(({ path }) => path === `/${name}/status`);
      return change ? [`${name} ${String(change.before)} → ${String(change.after)}`] : [];
    })
    .join(', ');

const effect = (step: Step): string => {
  if (step.problem !== null) return `not folded: ${step.problem}`;
  const { data } = step.event;
  const tree = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const change = moved(step);
  const money = [tree['total'], tree['amount']].filter(isMoney).map(inMoney);
  return (change === '' ? [...money, ...told(tree, TELLING).slice(0, 2)] : [change, ...told(tree, REASONS)]).join(', ');
};

const notesOf = ({ notes }: Replay): string[] => (notes.length === 0 ? [] : ['', ...notes.map((note) => `! ${note}`)]);

const due = ({ next }: Replay): string => `${next.by}: ${next.step.do}${next.dueAt === null ? '' : `, due ${inTime(next.dueAt)}`}`;

/** Every step in one line, then why the order is where it is. */
export const timelineText = (replay: Replay): string => {
  const rows = replay.steps.map((step, index) => [
    `${step.number}`,
    inTime(step.event.occurredAt).replace(' UTC', ''),
    seconds(replay.steps[index - 1]?.event.occurredAt ?? step.event.occurredAt, step.event.occurredAt),
    step.event.type,
    effect(step),
    placeOf(step, replay.orderId),
    who(step),
    step.causedBy === null ? '' : `#${step.causedBy}`,
  ]);
  return [
    ...columns(['#', 'time (UTC)', 'after', 'event', 'what', 'at', 'by', 'cause'], rows),
    ...notesOf(replay),
    '',
    replay.next.why,
  ].join('\n');
};

type Facts = [label: string, value: string | undefined][];

const placedFacts = ({ order }: Replay['states']): Facts => {
  if (order.status === 'none') return [];
  const { customerId, planId, gameId, region, term, price, payment, placedAt } = order.placed;
  return [
    ['customer', customerId],
    ['plan', `${planId} (${gameId}) in ${region}, ${term}`],
    ['price', `${inMoney(price)}, ${payment === 'once' ? 'paid once' : 'by subscription'}`],
    ['placed', inTime(placedAt)],
  ];
};

const deliveryFacts = ({ order, payment, provisioning }: Replay['states']): Facts => {
  const hold = 'paid' in order ? order.paid.hold : 'hold' in order ? order.hold : null;
  const server = 'server' in provisioning ? provisioning.server : null;
  const paid = payment.succeeded.map(({ total, paymentId, receivedAt }) => `${inMoney(total)} ${paymentId} at ${inTime(receivedAt)}`);
  return [
    ['payments', paid.join('\n')],
    ['subscription', payment.subscriptions.join(' ') || undefined],
    ['room', hold ? `node ${hold.nodeId}, allocation ${hold.allocationIds.join(', ')}` : undefined],
    ['server', server ? `${server.serverId} (${server.identifier}) on node ${server.nodeId}` : undefined],
  ];
};

const statusFacts = (told: Replay): Facts => [
  ['order', told.states.order.status],
  ['provisioning', told.states.provisioning.status],
  ['next', due(told)],
];

/** What the order is now, and why. */
export const orderText = (told: Replay): string => {
  const facts = [...placedFacts(told.states), ...deliveryFacts(told.states), ...statusFacts(told)];
  return [
    `Order ${told.orderId}`,
    '',
    told.next.why,
    '',
    ...labelled([...facts, ['events', `${told.steps.length}`]]),
    ...notesOf(told),
  ].join('\n');
};

const dotted = (path: string): string => path.slice(1).replaceAll('/', '.');

const changeText = ({ path, before, after }: Change): string => {
  if (before === undefined) return `+ ${dotted(path)}  ${cut(after)}`;
  return after === undefined ? `- ${dotted(path)}  ${cut(before)}` : `~ ${dotted(path)}  ${cut(before)} → ${cut(after)}`;
};

const rowText = ({ projection, changes }: RowChange): string => {
  const fields = changes.map(({ path, after }) => dotted(path) || (after === undefined ? 'removed' : 'new'));
  return cut(`row ${projection}: ${fields.join(', ')}`);
};

/** What others did to rows that the order shares with them. */
const meanwhileText = (rows: readonly RowChange[]): string[] => {
  const places = [...new Set(rows.map(({ projection, rowKey }) => `${projection} ${cut(rowKey, NAME_MAX)}`))];
  return places.length === 0 ? [] : [`others since then: ${places.join(', ')}`];
};

const stepText = (step: Step, orderId: string): string[] => {
  const { event } = step;
  const cause = step.causedBy === null ? '' : `  because of #${step.causedBy}`;
  const lines = [
    ...(step.number === 1 ? [] : meanwhileText(step.meanwhile)),
    ...(step.problem === null ? step.changes.map(changeText) : [`! not folded: ${step.problem}`]),
    ...step.rows.map(rowText),
  ];
  return [
    `#${step.number}  ${inTime(event.occurredAt)}  ${event.type}  ${placeOf(step, orderId)}  position:${event.position}  by ${who(step)}${cause}`,
    ...lines.map((line) => `    ${line}`),
    `  → ${step.next.why}`,
    '',
  ];
};

const rowsText = ({ rows }: Replay): string[] => {
  const entries = rows.filter(({ projection }) => projection === 'order-timeline').length;
  const others = rows.filter(({ projection }) => projection !== 'order-timeline');
  return [
    ...others.flatMap(({ projection, rowKey, row }) => [
      `${projection} ${rowKey}`,
      ...wrapped(Object.entries(row).map(([field, value]) => `${field}=${cut(value, CELL_MAX)}`)),
    ]),
    `order-timeline: ${entries} rows, one for each event above`,
  ];
};

/** Every step with what it changed, then the order, its rows and its saga at the point that was asked for. */
export const replayText = (told: Replay): string => {
  const { at } = told;
  const later = at.laterSteps === 0 ? 'the last so far' : `${at.laterSteps} more came after`;
  return [
    ...told.steps.flatMap((step) => stepText(step, told.orderId)),
    `After step ${at.step} (${later}), as of ${inTime(at.time)}:`,
    told.next.why,
    '',
    ...labelled([...deliveryFacts(told.states), ...statusFacts(told)]),
    '',
    'Rows of the read models at that point:',
    ...rowsText(told).map((line) => `  ${line}`),
    ...notesOf(told),
  ].join('\n');
};
