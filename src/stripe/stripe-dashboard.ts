/** Where people look at Stripe's objects themselves. Pure. */

const DASHBOARD = 'https://dashboard.stripe.com';

/** @param standIn the address of what answers in Stripe's place, which has no such pages @returns without a last slash; null with a stand-in */
export const stripeDashboardOf = (standIn: string | undefined, isLive: boolean): string | null => {
  if (standIn !== undefined) return null;
  return isLive ? DASHBOARD : `${DASHBOARD}/test`;
};
