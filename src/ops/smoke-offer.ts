/** What a smoke test buys: the cheapest offer of a game that can be bought now. Pure. */
import type { Purchase } from './smoke-purchase.js';

/** The answer of `GET /api/v1/plans`, as far as it matters here. */
export interface Plans {
  readonly payments?: string;
  readonly games: readonly { readonly id: string; readonly name: string; readonly longestInstallMinutes?: number }[];
  readonly plans: readonly {
    readonly planId: string;
    readonly game: string;
    readonly sellable: boolean;
    readonly terms: readonly { readonly term: string; readonly amountMinor: number }[];
    readonly regions: readonly { readonly region: string; readonly available: number }[];
  }[];
}

const LONGEST_INSTALL_MINUTES_DEFAULT = 30;
/** Beyond the longest install: creating the server and noticing that it is ready. */
const MARGIN_MINUTES = 5;

/** Refuses a deployment that takes real money, or does not say that it does not, before anything is ordered there. */
export function refuseLive({ payments }: Pick<Plans, 'payments'>): void {
  if (payments !== 'test')
    throw new Error(
      payments === 'live'
        ? 'this deployment uses a live Stripe key: a smoke test must not move real money'
        : 'this deployment does not say that its Stripe key is a test key',
    );
}

/** The smallest offer of a game that can be bought now; throws saying why there is none. */
export function offerFor({ games, plans }: Plans, gameId: string): Pick<Purchase, 'planId' | 'region' | 'term' | 'installWithinMs'> {
  const game = games.find(({ id }) => id === gameId);
  if (!game) throw new Error(`there is no game ${gameId}; there are: ${games.map(({ id }) => id).join(', ')}`);
  const ofGame = plans.filter((plan) => plan.game === gameId);
  const sellable = ofGame.filter((plan) => plan.sellable);
  if (sellable.length === 0)
    throw new Error(`no plan of ${gameId} can be sold: egg or prices do not agree with panel or Stripe (see the attention list)`);
  const offers = sellable.flatMap((plan) => {
    const region = plan.regions.find(({ available }) => available > 0)?.region;
    const cheapest = [...plan.terms].sort((one, other) => one.amountMinor - other.amountMinor)[0];
    return region !== undefined && cheapest
      ? [{ planId: plan.planId, region, term: cheapest.term, amountMinor: cheapest.amountMinor }]
      : [];
  });
  const offer = offers.sort((one, other) => one.amountMinor - other.amountMinor)[0];
  if (!offer) throw new Error(`no node has room for ${gameId}`);
  const minutes = (game.longestInstallMinutes ?? LONGEST_INSTALL_MINUTES_DEFAULT) + MARGIN_MINUTES;
  return { planId: offer.planId, region: offer.region, term: offer.term, installWithinMs: minutes * 60_000 };
}
