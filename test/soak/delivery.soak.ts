/**
 * Stories of orders, told in between each other: payments, refunds and disputes at Stripe, operators and customers who want something of a server, an
 * administrator on the panel's own pages, a panel that fails in every way it can, and the ledger killed with -9 in the midst. At rest there is one server
 * for every order that is owed one and none else, room is kept for exactly these, and whatever is not so is explained; and once the panel does what it is
 * asked, operators get every order served.
 */
import { toldInBetween } from '../support/delivery-in-between.js';
import type { Soak } from './support.js';

export const standardCount = 100;

const KILLS_PER_ROUND = 10;

/** @param count of kills, in rounds of ten */
export const soak: Soak = ({ seed, count, note }) => toldInBetween({ seed, kills: count, killsPerRound: KILLS_PER_ROUND, note });
