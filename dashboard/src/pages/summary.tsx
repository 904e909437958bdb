/** What was chosen, what it costs, and the way to the payment. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useLocation } from 'wouter';
import { newKey, placeOrder, type PlaceOrderRequest } from '../api/actions.js';
import type { GameView, PlanView } from '../api/queries.js';
import { useSession } from '../api/session.js';
import { catalog } from '../messages/catalog.js';
import { money } from '../parts/format.js';
import { Card, Facts, ProblemNote } from '../parts/status.js';
import type { Choice } from './choice.js';
import css from './configure.module.css';
import { GameArt } from './game-art.js';
import { priceOf, stockIn, type TermId } from './offer.js';
import type { Settings } from './use-settings.js';

const { configure } = catalog;

/** The same wish keeps its key, however often the button is pressed; another choice is another wish. */
const useKey = (): ((wish: PlaceOrderRequest) => string) => {
  const last = useRef({ wish: '', key: '' });
  return (wish) => {
    const text = JSON.stringify(wish);
    if (last.current.wish !== text) last.current = { wish: text, key: newKey() };
    return last.current.key;
  };
};

const usePurchase = (wish: PlaceOrderRequest, onRefused: (error: unknown) => void) => {
  const keyOf = useKey();
  const [, go] = useLocation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => placeOrder(wish, keyOf(wish)),
    onSuccess: ({ orderId, checkoutUrl }) => {
      if (checkoutUrl === null) go(`/orders/${orderId}`);
      else location.assign(checkoutUrl);
    },
    // Whatever was wrong, what is left in stock may be part of it.
    onError: (error) => {
      onRefused(error);
      void client.invalidateQueries({ queryKey: ['plans'] });
    },
  });
};

interface SummaryProps {
  readonly game: GameView;
  readonly plan: PlanView;
  readonly choice: Choice;
  readonly regions: readonly { id: string; name: string }[];
  readonly settings: Settings;
}

function Total({ plan, term }: { plan: PlanView; term: TermId }) {
  const price = priceOf(plan, term);
  if (!price) return null;
  return (
    <p className={css['total']}>
      <span>{configure.total(configure.termNouns[term] ?? term)}</span>
      <strong>{money(price.amountMinor, price.currency)}</strong>
    </p>
  );
}

const wordOf = (isSoldOut: boolean, isLoggedIn: boolean): string => {
  if (isSoldOut) return catalog.soldOut;
  return isLoggedIn ? configure.buy : configure.logInToBuy;
};

export function Summary({ game, plan, choice, regions, settings }: SummaryProps) {
  const session = useSession();
  const [path, go] = useLocation();
  const { region, term, payment } = choice;
  const wish = { planId: plan.planId, region, term, payment, configuration: settings.chosen };
  const purchase = usePurchase(wish, (error) => settings.refuse(error));
  const isSoldOut = stockIn(plan, region) === 0;
  const isLoggedIn = session.status === 'in';
  const proceed = (): void => {
    if (!settings.check()) return;
    if (isLoggedIn) purchase.mutate();
    else go(`/signup?next=${encodeURIComponent(`${path}${location.search}`)}`);
  };
  return (
    <aside className={css['summary']}>
      <Card title={configure.summary}>
        <div className={css['summaryHead']}>
          <GameArt gameId={game.id} name={game.name} size="small" />
          <strong>{plan.name}</strong>
        </div>
        <Facts
          of={[
            [configure.region, regions.find(({ id }) => id === region)?.name ?? region],
            [configure.term, configure.terms[term]],
            [configure.payment, payment === 'once' ? configure.once : configure.subscription],
          ]}
        />
        <Total plan={plan} term={term} />
        {purchase.isError && <ProblemNote error={purchase.error} areFieldsMarked />}
        <Button
          fullWidth
          size="md"
          mt="md"
          onClick={proceed}
          disabled={isSoldOut || session.status === 'starting'}
          loading={purchase.isPending || purchase.isSuccess}
        >
          {wordOf(isSoldOut, isLoggedIn)}
        </Button>
        <p className={css['small']}>
          {configure.held} {configure.tax}
        </p>
      </Card>
    </aside>
  );
}
