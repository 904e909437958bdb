/** What an action can be done with: which payment goes back, where a server goes, which difference is repaired. Pure. */
import { intendRefund } from '../../payments/refund.decider.js';
import type { Payments } from '../../payments/payment.decider.js';
import type { Fact } from '../../platform/event.js';
import { Refusal } from '../../platform/refusal.js';
import { requestRepair } from '../../provisioning/drift.decider.js';
import type { Provisioning } from '../../provisioning/provisioning.decider.js';
import type { OrderStates } from './states.js';
import { whyDrift } from './why-drift.js';
import { inMoney, inTime } from './wording.js';

export interface Choice {
  /** A payment's id, a node's number, `otherPorts`, or a kind of difference. */
  readonly value: string;
  readonly words: string;
  /** Why this one cannot be chosen; null when it can. */
  readonly refusal: string | null;
  /** Of a payment: what of it can still go back, in minor units; null otherwise. */
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** Of a payment: giving all of that back ends the service. */
  readonly endsService: boolean;
}

/** A node as the read model node-capacity shows it. */
export interface NodeRoom {
  readonly nodeId: string;
  readonly status: 'enabled' | 'disabled' | 'draining';
  readonly region: string;
  readonly freeMemoryMib: number;
  readonly freeDiskMib: number;
  readonly freeAllocations: number;
}

/** To no payment in particular: the newest of which something is left is chosen. */
const CALL = '00000000-0000-0000-0000-000000000000';
const NO_MONEY = { amountMinor: null, currency: null, endsService: false } as const;
const MIB_PER_GIB = 1_024;

const KINDS: Readonly<Record<Payments['succeeded'][number]['kind'], string>> = {
  initial: 'the first payment',
  renewal: 'a renewal',
  change: 'for a change of plan',
  extension: 'an extension',
  other: 'an invoice written by hand',
};

/** All of the payment for the running period ends the service, as `service.saga` has it. */
const endsService = ({ order }: OrderStates, { paymentId, offStripeMinor = 0 }: Payments['succeeded'][number]): boolean =>
  (order.status === 'paid' || order.status === 'delivered') && order.service.lastPaymentId === paymentId && offStripeMinor === 0;

const paymentChoice = (states: OrderStates, payment: Payments['succeeded'][number], decided: readonly Fact[] | Refusal): Choice => {
  const { paymentId, kind, total, receivedAt } = payment;
  const call = decided instanceof Refusal ? undefined : (decided[0]?.data as { call?: { amount?: { amountMinor: number } } }).call;
  const amountMinor = call?.amount?.amountMinor ?? 0;
  return {
    ...{ value: paymentId, amountMinor, currency: total.currency, endsService: endsService(states, payment) },
    words: `${inMoney(total)}, ${KINDS[kind]}, ${inTime(receivedAt)}`,
    refusal: amountMinor > 0 ? null : 'All of it went back, or is on its way back.',
  };
};

/** The newest payment first; what is decided about the first of which something is left. */
export const refundChoices = (
  orderId: string,
  states: OrderStates,
  now: string,
): { choices: readonly Choice[]; decided: readonly Fact[] | Refusal } => {
  const wish = { orderId, callId: CALL, amountMinor: null, noteId: CALL, at: now };
  const decide = (paymentId: string | null): readonly Fact[] | Refusal => intendRefund({ ...wish, paymentId })(states.payment);
  const choices = states.payment.succeeded.toReversed().map((payment) => paymentChoice(states, payment, decide(payment.paymentId)));
  const open = choices.find(({ refusal }) => refusal === null);
  return { choices, decided: decide(open?.value ?? null) };
};

const gib = (mib: number): string => (mib / MIB_PER_GIB).toFixed(1);

const whyNoRoom = (node: NodeRoom, { memoryMib, diskMib, ports }: { memoryMib: number; diskMib: number; ports: number }): string | null => {
  if (node.status !== 'enabled') return `It takes no new servers: it is ${node.status}.`;
  if (node.freeMemoryMib < memoryMib) return 'It has too little memory left.';
  if (node.freeDiskMib < diskMib) return 'It has too little disk left.';
  return node.freeAllocations < ports ? 'It has too few ports left.' : null;
};

/** The other nodes of the region with their room, the one with the most memory first, and other ports where the server stands. */
export const moveChoices = ({ order, provisioning }: OrderStates, nodes: readonly NodeRoom[]): readonly Choice[] => {
  if (order.status === 'none' || !('started' in provisioning)) return [];
  const { resources, hold } = provisioning.started;
  const here = nodes.find(({ nodeId }) => nodeId === hold.nodeId);
  const others = nodes
    .filter(({ nodeId, region }) => nodeId !== hold.nodeId && region === order.placed.region)
    .map((node) => ({
      ...{ ...NO_MONEY, value: node.nodeId, refusal: whyNoRoom(node, resources), free: node.freeMemoryMib },
      words: `Node ${node.nodeId}: ${gib(node.freeMemoryMib)} GiB memory, ${gib(node.freeDiskMib)} GiB disk and ${node.freeAllocations} ports free`,
    }))
    .toSorted((one, other) => Number(one.refusal !== null) - Number(other.refusal !== null) || other.free - one.free);
  const ports = (here?.freeAllocations ?? 0) < resources.ports ? 'The node has too few other ports left.' : null;
  return [
    ...others.map(({ value, words, refusal }) => ({ ...NO_MONEY, value, words, refusal })),
    { ...NO_MONEY, value: 'otherPorts', words: `Other ports on node ${hold.nodeId}, where it is`, refusal: ports },
  ];
};

/** Every difference that is seen now. */
export const repairChoices = (orderId: string, saga: Provisioning, now: string): readonly Choice[] =>
  saga.drifts.map((drift) => {
    const decided = requestRepair({ orderId, kind: drift.kind, repairId: CALL, noteId: CALL, requestedAt: now })(saga);
    const refusal = decided instanceof Refusal ? decided.message : null;
    return { ...NO_MONEY, value: drift.kind, words: whyDrift([drift])[0] ?? drift.kind, refusal };
  });
