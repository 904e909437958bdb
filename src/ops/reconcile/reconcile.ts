/**
 * Whether ledger and Stripe tell of the same money (invariant: payments − refunds ± disputes are equal, per currency, over Stripe's objects that are
 * an order's or are kept as unmatched). Pure: two lists in, differences out; a difference is a finding and never mended here.
 */

export type MovementKind = 'payment' | 'refund' | 'dispute';

/** Money that moved at Stripe, signed as we see it: what came is positive, what went away negative. */
export interface Movement {
  readonly kind: MovementKind;
  /** Under which it is booked: payment intent, invoice, session of a free order, refund, or dispute. */
  readonly objectId: string;
  /** Null for money that names no order. */
  readonly orderId: string | null;
  readonly currency: string;
  /** Without what was paid past Stripe. */
  readonly amountMinor: bigint;
}

export interface MoneyDifference {
  readonly what: 'missingInLedger' | 'missingAtStripe' | 'amountDiffers' | 'currencyDiffers';
  readonly kind: MovementKind;
  readonly objectId: string;
  readonly orderId: string | null;
  readonly currency: string;
  /** Null where it is missing. */
  readonly ledgerMinor: bigint | null;
  readonly stripeMinor: bigint | null;
}

export interface Sums {
  readonly currency: string;
  readonly ledgerMinor: bigint;
  readonly stripeMinor: bigint;
}

export interface Reconciliation {
  readonly compared: number;
  readonly differences: readonly MoneyDifference[];
  readonly sums: readonly Sums[];
}

const keyOf = ({ kind, objectId }: Movement): string => `${kind}:${objectId}`;

/** A dispute moves money more than once: what counts is what all of its movements come to. */
const byObject = (movements: readonly Movement[]): Map<string, Movement> => {
  const sums = new Map<string, Movement>();
  for (const movement of movements) {
    const before = sums.get(keyOf(movement));
    sums.set(keyOf(movement), before ? { ...before, amountMinor: before.amountMinor + movement.amountMinor } : movement);
  }
  return sums;
};

const differenceOf = (ledger: Movement | undefined, stripe: Movement | undefined): MoneyDifference['what'] | null => {
  // Nothing moved on one side, and the other has nothing of it: they agree.
  if (!ledger) return stripe?.amountMinor === 0n ? null : 'missingInLedger';
  if (!stripe) return ledger.amountMinor === 0n ? null : 'missingAtStripe';
  if (ledger.currency !== stripe.currency) return 'currencyDiffers';
  return ledger.amountMinor === stripe.amountMinor ? null : 'amountDiffers';
};

const sumsOf = (ledger: Iterable<Movement>, stripe: Iterable<Movement>): Sums[] => {
  const sums = new Map<string, { ledgerMinor: bigint; stripeMinor: bigint }>();
  const add = (movements: Iterable<Movement>, side: 'ledgerMinor' | 'stripeMinor'): void => {
    for (const { currency, amountMinor } of movements) {
      const sum = sums.get(currency) ?? { ledgerMinor: 0n, stripeMinor: 0n };
      sum[side] += amountMinor;
      sums.set(currency, sum);
    }
  };
  add(ledger, 'ledgerMinor');
  add(stripe, 'stripeMinor');
  return [...sums].map(([currency, sum]) => ({ currency, ...sum })).sort((one, other) => (one.currency < other.currency ? -1 : 1));
};

const minorOf = (movement: Movement | undefined): bigint | null => movement?.amountMinor ?? null;

const compared = (ledger: Movement | undefined, stripe: Movement | undefined): MoneyDifference[] => {
  const what = differenceOf(ledger, stripe);
  const known = ledger ?? stripe;
  if (what === null || !known) return [];
  const { kind, objectId, currency } = known;
  const orderId = known.orderId ?? stripe?.orderId ?? null;
  return [{ what, kind, objectId, orderId, currency, ledgerMinor: minorOf(ledger), stripeMinor: minorOf(stripe) }];
};

/** Both lists must tell of the same objects as far as the two sides have them. */
export const reconcile = (ledger: readonly Movement[], stripe: readonly Movement[]): Reconciliation => {
  const [ours, theirs] = [byObject(ledger), byObject(stripe)];
  const keys = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  const differences = keys.flatMap((key) => compared(ours.get(key), theirs.get(key)));
  return { compared: keys.length, differences, sums: sumsOf(ours.values(), theirs.values()) };
};
