import { describe, expect, it } from '@jest/globals';
import { reconcile, type Movement } from './reconcile.js';

const paid = (over: Partial<Movement> = {}): Movement => ({
  ...{ kind: 'payment', objectId: 'pi_1', orderId: 'o-1', currency: 'eur', amountMinor: 999n },
  ...over,
});
const refund = (amountMinor: bigint): Movement => paid({ kind: 'refund', objectId: 're_1', amountMinor });
const dispute = (amountMinor: bigint): Movement => paid({ kind: 'dispute', objectId: 'du_1', amountMinor });

describe('ledger and Stripe', () => {
  it('agree when both tell of the same money, whatever its order', () => {
    const all = [paid(), refund(-300n), paid({ objectId: 'in_1', currency: 'jpy', amountMinor: 500n })];
    expect(reconcile(all, all.toReversed())).toStrictEqual({
      compared: 3,
      differences: [],
      sums: [
        { currency: 'eur', ledgerMinor: 699n, stripeMinor: 699n },
        { currency: 'jpy', ledgerMinor: 500n, stripeMinor: 500n },
      ],
    });
  });
  it('agree on a dispute that was lost and one that was won, by what its movements come to', () => {
    expect(reconcile([dispute(-999n), dispute(999n)], []).differences).toStrictEqual([]);
    expect(reconcile([dispute(-999n)], [dispute(-999n), dispute(0n)]).differences).toStrictEqual([]);
  });
  it('agree on nothing', () => expect(reconcile([], [])).toStrictEqual({ compared: 0, differences: [], sums: [] }));
  it.each([
    { what: 'missingInLedger', ledger: [], stripe: [paid()], minor: { ledgerMinor: null, stripeMinor: 999n } },
    { what: 'missingAtStripe', ledger: [paid()], stripe: [], minor: { ledgerMinor: 999n, stripeMinor: null } },
    { what: 'amountDiffers', ledger: [paid({ amountMinor: 998n })], stripe: [paid()], minor: { ledgerMinor: 998n, stripeMinor: 999n } },
    { what: 'currencyDiffers', ledger: [paid()], stripe: [paid({ currency: 'usd' })], minor: { ledgerMinor: 999n, stripeMinor: 999n } },
  ])('differ: $what', ({ what, ledger, stripe, minor }) => {
    const known = { kind: 'payment', objectId: 'pi_1', orderId: 'o-1', currency: 'eur' };
    expect(reconcile(ledger, stripe).differences).toStrictEqual([{ what, ...known, ...minor }]);
  });
  it('differ by a refund of another amount with the payment untouched', () =>
    expect(reconcile([paid(), refund(-1n)], [paid(), refund(-2n)]).differences.map(({ objectId }) => objectId)).toStrictEqual(['re_1']));
});
