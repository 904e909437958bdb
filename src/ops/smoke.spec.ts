import { describe, expect, it } from '@jest/globals';
import { ApiError, patienceMs } from './smoke-client.js';
import { offerFor, refuseLive } from './smoke-offer.js';
import { payFormIn } from './smoke-purchase.js';

const plan = (planId: string, amountMinor: number, more: object = {}) => ({
  planId,
  game: 'rust',
  sellable: true,
  terms: [
    { term: 'yearly', amountMinor: amountMinor * 10 },
    { term: 'monthly', amountMinor },
  ],
  regions: [
    { region: 'full', available: 0 },
    { region: 'eu', available: 2 },
  ],
  ...more,
});
const offered = (...plans: ReturnType<typeof plan>[]) => ({ games: [{ id: 'rust', name: 'Rust', longestInstallMinutes: 20 }], plans });

describe('the offer that a smoke test takes', () => {
  it('is the cheapest that can be bought, where there is room', () => {
    const offer = offerFor(offered(plan('large', 900), plan('small', 500), plan('smallest', 100, { sellable: false })), 'rust');
    expect(offer).toEqual({ planId: 'small', region: 'eu', term: 'monthly', installWithinMs: 25 * 60_000 });
  });

  it.each([
    ['ark', 'there is no game ark; there are: rust'],
    ['rust', 'no plan of rust can be sold'],
  ])('of %s is missing for a reason', (game, reason) => {
    expect(() => offerFor(offered(plan('small', 500, { sellable: false })), game)).toThrow(reason);
  });

  it('is missing when no node has room', () => {
    expect(() => offerFor(offered(plan('small', 500, { regions: [{ region: 'eu', available: 0 }] })), 'rust')).toThrow(
      'no node has room for rust',
    );
  });
});

describe('the checkout page', () => {
  const page =
    '<form action="/decline"><button id="decline"></button></form><form method="post" action="/c/pay?a=1&amp;b=2"><button id="pay"></button></form>';
  it('is paid by the form that holds the pay button', () => {
    expect(payFormIn(page, 'http://127.0.0.1:4242/c/x')).toBe('http://127.0.0.1:4242/c/pay?a=1&b=2');
  });
  it('is left alone when it has no such form', () => expect(payFormIn('<html></html>', 'http://127.0.0.1/')).toBeUndefined());
});

describe('a deployment', () => {
  it('is bought from when its Stripe key is a test key', () => expect(() => refuseLive({ payments: 'test' })).not.toThrow());
  it.each([
    [{ payments: 'live' }, 'must not move real money'],
    [{}, 'does not say'],
  ])('is left alone when it answers %j', (plans, reason) => expect(() => refuseLive(plans)).toThrow(reason));
});

describe('an answer that passes by itself', () => {
  const patience = (status: number, code: string): number => patienceMs(new ApiError(status, code, undefined, code));
  it.each([
    [409, 'IDEMPOTENCY_KEY_IN_USE'],
    [409, 'PANEL_ACCOUNT_PENDING'],
    [429, 'RATE_LIMITED'],
    [503, 'STORE_UNAVAILABLE'],
    [503, 'DATABASE_UNAVAILABLE'],
    [503, 'TOO_MANY_CONFLICTS'],
  ])('is %i %s', (status, code) => expect(patience(status, code)).toBeGreaterThan(0));
  it.each([
    [409, 'EMAIL_TAKEN'],
    [409, 'NO_CAPACITY'],
    [500, 'INTERNAL'],
  ])('is not %i %s', (status, code) => expect(patience(status, code)).toBe(0));
});
