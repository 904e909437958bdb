/** The purchase, step by step, as it happens. */
import { Progress as Bar } from '@mantine/core';
import type { GameView } from '../api/queries.js';
import { order as words } from '../messages/order.js';
import { duration } from '../parts/format.js';
import { AlertIcon, CheckIcon } from '../parts/icons.js';
import { Card } from '../parts/status.js';
import { useNow, When } from '../parts/when.js';
import css from './order.module.css';
import { createdAt, purchaseSteps, type Facts, type PurchaseStep } from './order-steps.js';

const { steps } = words;
const MS_PER_MINUTE = 60_000;
const PERCENT = 100;
/** A bar that is full before it is over would be a lie. */
const ALMOST = 96;

function Install({ since, usualMinutes }: { since: string; usualMinutes: number }) {
  const elapsedMs = useNow() - Date.parse(since);
  const share = Math.min(ALMOST, (PERCENT * elapsedMs) / (usualMinutes * MS_PER_MINUTE));
  const text = words.installProgress(duration(elapsedMs), usualMinutes);
  return (
    <div className={css['install']}>
      <Bar value={Math.max(2, share)} size="sm" radius="xl" animated aria-label={steps.installing} />
      <span>{text}</span>
    </div>
  );
}

const MARKS = { done: <CheckIcon size={15} />, failed: <AlertIcon size={15} />, now: null, next: null };

function Step({ step, detail }: { step: PurchaseStep; detail: React.ReactNode }) {
  const { name, state, at } = step;
  return (
    <li className={`${css['step']} ${css[state]}`} aria-current={state === 'now' ? 'step' : undefined} data-step={name} data-state={state}>
      <span className={css['dot']}>{MARKS[state]}</span>
      <div className={css['stepText']}>
        <span className={css['stepName']}>
          {steps[name]} <span className={css['hidden']}>({steps.state[state]})</span>
        </span>
        {detail}
      </div>
      {at !== null && (
        <span className={css['stepTime']}>
          <When at={at} as="time" />
        </span>
      )}
    </li>
  );
}

export function Progress({ facts, game }: { facts: Facts; game: GameView | undefined }) {
  const since = createdAt(facts);
  const detailOf = ({ name, state }: PurchaseStep) =>
    name === 'installing' && state === 'now' && since !== null && game ? (
      <Install since={since} usualMinutes={game.usualInstallMinutes} />
    ) : null;
  return (
    <Card>
      <ol className={css['steps']} aria-label={steps.label}>
        {purchaseSteps(facts).map((step) => (
          <Step key={step.name} step={step} detail={detailOf(step)} />
        ))}
      </ol>
    </Card>
  );
}
