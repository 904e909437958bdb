/** What narrows the list of orders. */
import { Button, NativeSelect, TextInput } from '@mantine/core';
import type { RefObject } from 'react';
import type { PlansView } from '../../api/queries.js';
import { ops } from '../../messages/ops.js';
import type { OrdersWish } from '../queries.js';
import css from './orders.module.css';
import type { WishName } from './use-orders-wish.js';

const words = ops.orders;

interface Named {
  readonly id: string;
  readonly name: string;
}

const choices = (of: readonly Named[]) => [{ value: '', label: ops.any }, ...of.map(({ id, name }) => ({ value: id, label: name }))];
const STATUSES = choices(Object.entries(ops.statuses).map(([id, name]) => ({ id, name })));

interface FiltersProps {
  readonly wish: OrdersWish;
  readonly offer: PlansView | undefined;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly set: (name: WishName, value: string) => void;
  readonly clear: () => void;
}

function Clear({ wish, clear }: Pick<FiltersProps, 'wish' | 'clear'>) {
  if (Object.keys(wish).every((name) => name === 'sort')) return null;
  return (
    <Button className={css['clear'] ?? ''} size="xs" variant="subtle" onClick={clear}>
      {words.clear}
    </Button>
  );
}

export function Filters({ wish, offer, search, set, clear }: FiltersProps) {
  const games = choices(offer?.games ?? []);
  const plans = choices((offer?.plans ?? []).map(({ planId, name }) => ({ id: planId, name })));
  const regions = choices(offer?.regions ?? []);
  const select = (name: 'status' | 'gameId' | 'planId' | 'region', data: typeof games) => (
    <NativeSelect
      size="xs"
      label={words.filters[name]}
      data={data}
      value={wish[name] ?? ''}
      onChange={(event) => set(name, event.currentTarget.value)}
    />
  );
  const day = (name: 'from' | 'to') => (
    <TextInput
      size="xs"
      type="date"
      label={words.filters[name]}
      value={wish[name] ?? ''}
      onChange={(event) => set(name, event.currentTarget.value)}
    />
  );
  return (
    <search className={css['filters']}>
      <TextInput
        ref={search}
        className={css['search'] ?? ''}
        type="search"
        size="sm"
        aria-label={words.search}
        placeholder={words.searchHint}
        value={wish.q ?? ''}
        onChange={(event) => set('q', event.currentTarget.value)}
      />
      {select('status', STATUSES)}
      {select('gameId', games)}
      {select('planId', plans)}
      {select('region', regions)}
      {day('from')}
      {day('to')}
      <Clear wish={wish} clear={clear} />
    </search>
  );
}
