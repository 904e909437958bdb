/** The words that events of several streams are made from. */

/** Integer minor units (cents; yen as they are) with a lower-case ISO currency. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export type Term = 'monthly' | 'quarterly' | 'yearly';
export type PaymentWay = 'once' | 'subscription';

/** Days before the end of a paid-once period at which the customer is reminded, descending; a type, so that rules and read models cannot part. */
export type ReminderDays = readonly [7, 3, 1];
/** How long after its period a subscription's next word may take before it counts as unpaid: a day. */
export type RenewalSlackMs = 86_400_000;

/** What a plan takes from a node, frozen when the order is placed. */
export interface Resources {
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly cpuPercent: number;
  readonly swapMib: number;
  readonly io: number;
  readonly threads: string | null;
  readonly databases: number;
  readonly backups: number;
  /** Allocations: the first is the game port. */
  readonly ports: number;
}

/** The room kept for an order on one node. */
export interface Hold {
  readonly nodeId: string;
  readonly allocationIds: readonly number[];
}

/** Why a node was or was not taken; kept so that "why this node" can be answered later. */
export interface Candidate {
  readonly nodeId: string;
  readonly rejected: 'disabled' | 'notObserved' | 'memory' | 'disk' | 'ports' | null;
  readonly freeMemoryMib: number;
}
