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
    ['missingInLedger', [], [paid()], null, 999n],
    ['missingAtStripe', [paid()], [], 999n, null],
    ['amountDiffers', [paid({ amountMinor: 998n })], [paid()], 998n, 999n],
    ['currencyDiffers', [paid()], [paid({ currency: 'usd' })], 999n, 999n],
  ] as const)('differ: %s', (what, ledger, stripe, ledgerMinor, stripeMinor) => {
    const known = { kind: 'payment', objectId: 'pi_1', orderId: 'o-1', currency: 'eur' };
    expect(reconcile(ledger, stripe).differences).toStrictEqual([{ what, ...known, ledgerMinor, stripeMinor }]);
  });
  it('differ by a refund of another amount with the payment untouched', () =>
    expect(reconcile([paid(), refund(-1n)], [paid(), refund(-2n)]).differences.map(({ objectId }) => objectId)).toStrictEqual(['re_1']));
});
