/** Another plan: first what it costs, then the change. */
import { Button, Group, Radio, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changePlan, quotePlan, type PlanQuote } from '../api/actions.js';
import type { OrderView, PlanView } from '../api/queries.js';
import { common } from '../messages/common.js';
import { order as words } from '../messages/order.js';
import { money } from '../parts/format.js';
import { Facts, Loading, Note, ProblemNote } from '../parts/status.js';
import { When } from '../parts/when.js';
import { isTerm, priceOf } from './offer.js';

const { manage } = words;

function Quote({ quote: { now, nextRenewal } }: { quote: PlanQuote }) {
  return (
    <Facts
      of={[
        [now.amountMinor < 0 ? manage.creditNow : manage.dueNow, money(Math.abs(now.amountMinor), now.currency)],
        [
          manage.renewsAt,
          <span key="renewal">
            {money(nextRenewal.amountMinor, nextRenewal.currency)} (<When at={nextRenewal.at} as="date" />)
          </span>,
        ],
      ]}
    />
  );
}

const labelOf = (plan: PlanView, term: string): string => {
  const price = isTerm(term) ? priceOf(plan, term) : undefined;
  return price ? `${plan.name} · ${money(price.amountMinor, price.currency)}` : plan.name;
};

export function ChangePlan({ order, plans, onClose }: { order: OrderView; plans: readonly PlanView[]; onClose: () => void }) {
  const client = useQueryClient();
  const quote = useMutation({ mutationFn: (planId: string) => quotePlan(order.orderId, planId) });
  const change = useMutation({
    mutationFn: (quoteId: string) => changePlan(order.orderId, quoteId),
    onSuccess: () => client.invalidateQueries({ queryKey: ['orders', order.orderId] }),
  });
  if (plans.length === 0) return <p>{manage.noOther}</p>;
  if (change.isSuccess)
    return (
      <Note tone="good" role="status">
        <p>{manage.changing}</p>
      </Note>
    );
  return (
    <Stack>
      <Radio.Group label={manage.pick} value={quote.variables ?? ''} onChange={(planId) => quote.mutate(planId)}>
        <Stack gap="xs" mt="sm">
          {plans.map((plan) => (
            <Radio key={plan.planId} value={plan.planId} label={labelOf(plan, order.term)} disabled={!plan.sellable} />
          ))}
        </Stack>
      </Radio.Group>
      {quote.isPending && <Loading rows={1} height={48} />}
      {quote.data && <Quote quote={quote.data} />}
      {(quote.error ?? change.error) && <ProblemNote error={quote.error ?? change.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button disabled={!quote.data} loading={change.isPending} onClick={() => quote.data && change.mutate(quote.data.quoteId)}>
          {manage.confirm}
        </Button>
      </Group>
    </Stack>
  );
}
