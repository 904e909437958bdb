import { describe, expect, it } from '@jest/globals';
import { stripeDashboardOf } from './stripe-dashboard.js';

describe("Stripe's own pages", () => {
  it('are those of the mode that the key is for', () => {
    expect(stripeDashboardOf(undefined, true)).toBe('https://dashboard.stripe.com');
    expect(stripeDashboardOf(undefined, false)).toBe('https://dashboard.stripe.com/test');
  });

  it('are none when a stand-in answers, whose objects Stripe does not know', () => {
    expect(stripeDashboardOf('http://127.0.0.1:4010', false)).toBeNull();
  });
});
