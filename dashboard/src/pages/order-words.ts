/** How an order is named and coloured wherever it is shown. */
import type { OrderView, PlansView } from '../api/queries.js';
import type { Tone } from '../parts/status.js';

interface Look {
  readonly tone: Tone;
  /** Something is happening, and the page will change by itself. */
  readonly moving: boolean;
}

const LOOKS: Readonly<Record<string, Look>> = {
  placed: { tone: 'brand', moving: true },
  held: { tone: 'brand', moving: true },
  awaitingPayment: { tone: 'warn', moving: false },
  paymentPending: { tone: 'warn', moving: true },
  paid: { tone: 'brand', moving: true },
  provisioning: { tone: 'brand', moving: true },
  installing: { tone: 'brand', moving: true },
  ready: { tone: 'good', moving: false },
  grace: { tone: 'warn', moving: false },
  suspended: { tone: 'bad', moving: false },
  ending: { tone: 'calm', moving: true },
  attention: { tone: 'bad', moving: true },
  ended: { tone: 'calm', moving: false },
};

export const toneOf = (status: string): Look => LOOKS[status] ?? { tone: 'calm', moving: false };

type Named = Pick<OrderView, 'planId' | 'region'>;

/** The id, where the catalog no longer has it. */
export const planNameOf = (offer: PlansView | undefined, { planId }: Pick<Named, 'planId'>): string =>
  offer?.plans.find((plan) => plan.planId === planId)?.name ?? planId;

export const gameNameOf = (offer: PlansView | undefined, gameId: string): string =>
  offer?.games.find(({ id }) => id === gameId)?.name ?? gameId;

export const regionNameOf = (offer: PlansView | undefined, { region }: Pick<Named, 'region'>): string =>
  offer?.regions.find(({ id }) => id === region)?.name ?? region;
