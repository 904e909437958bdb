/** The choices of an offer, each as cards of which one is taken. */
import { Radio } from '@mantine/core';
import type { ReactNode } from 'react';
import type { PlanView } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';
import { common } from '../messages/common.js';
import { gib, money, number } from '../parts/format.js';
import { ChipIcon, DiskIcon, MemoryIcon } from '../parts/icons.js';
import { Pill } from '../parts/status.js';
import type { Choice } from './choice.js';
import css from './configure.module.css';
import { FEW, perMonth, priceOf, savingPercent, stockIn, stockOf, TERMS } from './offer.js';

const { configure } = catalog;
const PERCENT_PER_CORE = 100;

interface Option {
  readonly value: string;
  readonly disabled?: boolean;
  readonly content: ReactNode;
}

function Cards({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly Option[];
}) {
  return (
    <Radio.Group value={value} onChange={onChange} aria-label={label}>
      <div className={css['options']}>
        {options.map((option) => (
          <Radio.Card key={option.value} value={option.value} disabled={option.disabled ?? false} className={css['option'] ?? ''}>
            <Radio.Indicator className={css['indicator'] ?? ''} />
            <span className={css['optionText']}>{option.content}</span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}

export function Stock({ available }: { available: number }) {
  if (available === 0) return <Pill tone="calm">{catalog.soldOut}</Pill>;
  return available <= FEW ? <Pill tone="warn">{catalog.left(available)}</Pill> : <Pill tone="good">{catalog.plenty}</Pill>;
}

function PlanOption({ plan, choice }: { plan: PlanView; choice: Choice }) {
  const price = perMonth(plan, choice.term);
  return (
    <>
      <strong className={css['planName']}>{plan.name}</strong>
      {price && (
        <span className={css['planPrice']}>
          <b>{money(price.amountMinor, price.currency)}</b> {configure.perMonth}
        </span>
      )}
      <span className={css['specs']}>
        <span>
          <MemoryIcon size={16} /> {common.unit.gib(gib(plan.memoryMib))} {configure.memory}
        </span>
        <span>
          <ChipIcon size={16} /> {common.unit.cores(number(plan.cpuPercent / PERCENT_PER_CORE, 1))}
        </span>
        <span>
          <DiskIcon size={16} /> {common.unit.gib(gib(plan.diskMib))} {configure.disk}
        </span>
      </span>
      {!plan.sellable && <Pill tone="calm">{catalog.unavailable}</Pill>}
      {plan.sellable && stockOf(plan) === 0 && <Pill tone="calm">{catalog.soldOut}</Pill>}
    </>
  );
}

export function PlanChoice({ plans, choice }: { plans: readonly PlanView[]; choice: Choice }) {
  const options = plans.map((plan) => ({
    value: plan.planId,
    disabled: stockOf(plan) === 0,
    content: <PlanOption plan={plan} choice={choice} />,
  }));
  return (
    <Cards label={configure.plan} value={choice.plan?.planId ?? ''} onChange={(value) => choice.set('plan', value)} options={options} />
  );
}

export function RegionChoice({
  regions,
  plan,
  choice,
}: {
  regions: readonly { id: string; name: string }[];
  plan: PlanView;
  choice: Choice;
}) {
  const options = regions.map(({ id, name }) => {
    const available = stockIn(plan, id);
    const content = (
      <span className={css['row']}>
        <strong>{name}</strong> <Stock available={available} />
      </span>
    );
    return { value: id, disabled: available === 0, content };
  });
  return <Cards label={configure.region} value={choice.region} onChange={(value) => choice.set('region', value)} options={options} />;
}

export function TermChoice({ plan, choice }: { plan: PlanView; choice: Choice }) {
  const options = TERMS.map((term) => {
    const [price, total, saving] = [perMonth(plan, term), priceOf(plan, term), savingPercent(plan, term)];
    const content = (
      <>
        <span className={css['row']}>
          <strong>{configure.terms[term]}</strong> {saving > 0 && <Pill tone="good">{configure.saves(saving)}</Pill>}
        </span>
        {price && total && (
          <span className={css['soft']}>
            {money(price.amountMinor, price.currency)} {configure.perMonth}
          </span>
        )}
      </>
    );
    return { value: term, content };
  });
  return <Cards label={configure.term} value={choice.term} onChange={(value) => choice.set('term', value)} options={options} />;
}

const WAYS = [
  { value: 'subscription', title: configure.subscription, hint: configure.subscriptionHint },
  { value: 'once', title: configure.once, hint: configure.onceHint },
];

export function PaymentChoice({ choice }: { choice: Choice }) {
  const options = WAYS.map(({ value, title, hint }) => ({
    value,
    content: (
      <>
        <strong>{title}</strong>
        <span className={css['soft']}>{hint}</span>
      </>
    ),
  }));
  return <Cards label={configure.payment} value={choice.payment} onChange={(value) => choice.set('payment', value)} options={options} />;
}
