/** The slider through the history of an order, and what it was at that point: where it stood, why, and whose turn it was. */
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { NextView, StepView } from '../../api/generated/types.gen.js';
import { opsOrder } from '../../messages/ops-order.js';
import { exact, time } from '../../parts/format.js';
import { BackIcon, NextIcon } from '../../parts/icons.js';
import { Note, Pill } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { kindOf } from './history.js';
import type { ReplayView } from './order-queries.js';
import css from './travel.module.css';
import { isTrouble } from './trouble.js';
import type { Travel } from './use-point.js';

const { travel: words, next: nextWords } = opsOrder;
const SECONDS = 19;

/** Where each event stands under the slider; now has the last place. */
function Ticks({ steps, count }: { steps: readonly StepView[]; count: number }) {
  return (
    <svg className={css['ticks']} viewBox={`0 0 ${steps.length} 10`} preserveAspectRatio="none" aria-hidden="true">
      {steps.map((step, index) => (
        <line
          key={step.number}
          x1={index}
          x2={index}
          y1={0}
          y2={10}
          data-kind={kindOf(step)}
          data-trouble={isTrouble(step)}
          data-later={step.number > count}
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

function Move({ label, isOff, onClick, children }: { label: string; isOff: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} disabled={isOff} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

const valueOf = (step: StepView | undefined, of: number): string =>
  step ? words.value(words.step(step.number, of), step.event.type, exact(step.event.occurredAt)) : words.begin;

function Slider({ replay, travel }: { replay: ReplayView; travel: Travel }) {
  const { steps } = replay;
  const { point } = travel;
  return (
    <div className={css['slider']}>
      <input
        type="range"
        min={1}
        max={steps.length + 1}
        step={1}
        value={point.isNow ? steps.length + 1 : Math.max(1, point.count)}
        aria-label={words.label}
        aria-valuetext={point.isNow ? words.live : valueOf(point.step, steps.length)}
        title={words.keys}
        onChange={({ currentTarget }) => travel.goTo(Number(currentTarget.value))}
      />
      <Ticks steps={steps} count={point.count} />
    </div>
  );
}

/** In the viewer's zone, as the field takes it. */
const localOf = (iso: string): string => {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, SECONDS);
};

function GoTo({ travel }: { travel: Travel }) {
  const [typed, setTyped] = useState<string>();
  const at = travel.point.step?.event.occurredAt ?? '';
  const leave = (): void => {
    if (typed !== undefined) go(typed, travel);
    setTyped(undefined);
  };
  return (
    <label className={css['goTo']}>
      <span>{words.goTo}</span>
      <input
        type="datetime-local"
        step={1}
        value={typed ?? (at === '' ? '' : localOf(at))}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => {
          if (event.key === 'Enter') leave();
        }}
      />
    </label>
  );
}

const go = (local: string, travel: Travel): void => {
  const date = new Date(local);
  // The field knows no parts of a second: what happened within this one is part of it.
  if (!Number.isNaN(date.getTime())) travel.goToTime(new Date(date.getTime() + 999).toISOString());
};

const doOf = ({ step }: NextView): string => {
  const [name, change] = [step['do'], step['change']].map((word) => (typeof word === 'string' ? word : ''));
  return nextWords.steps[`${name}_${change}`] ?? nextWords.steps[name ?? ''] ?? name ?? '';
};

function NextLine({ next }: { next: NextView }) {
  const what = doOf(next);
  return (
    <p className={css['next']} data-next>
      <strong>{nextWords.by[next.by]}</strong>
      {what !== '' && <span>{nextWords.does(what)}</span>}
      {next.dueAt !== null && (
        <span className={css['soft']}>
          {nextWords.due} <When at={next.dueAt} />
        </span>
      )}
    </p>
  );
}

function Was({ replay, travel: { point } }: { replay: ReplayView; travel: Travel }) {
  const { states, step, isNow } = point;
  const { succeeded = [] } = states.payment as { succeeded?: readonly unknown[] };
  return (
    <div className={css['was']}>
      <div className={css['pills']}>
        <Pill tone="brand">
          {words.states.order}: {String(states.order['status'])}
        </Pill>
        <Pill tone={succeeded.length > 0 ? 'good' : 'calm'}>
          {words.states.payments}: {succeeded.length}
        </Pill>
        <Pill tone={step && isTrouble(step) ? 'bad' : 'calm'}>
          {words.states.provisioning}: {String(states.provisioning['status'])}
        </Pill>
      </div>
      {point.next && !isNow && (
        <p className={css['why']} data-then>
          {point.next.why}
        </p>
      )}
      {point.next && <NextLine next={point.next} />}
      <span className={css['hidden']} role="status">
        {isNow ? words.live : valueOf(step, replay.steps.length)}
      </span>
    </div>
  );
}

export function TravelBar({ replay, travel }: { replay: ReplayView; travel: Travel }) {
  const { point, goTo, goToNow, isUnknown } = travel;
  const { length } = replay.steps;
  const place = point.isNow ? words.now : point.step ? words.step(point.count, length) : words.begin;
  return (
    <div className={css['bar']} data-now={point.isNow}>
      {isUnknown && (
        <Note tone="warn" role="status">
          <p>{words.unknown}</p>
        </Note>
      )}
      <div className={css['head']}>
        <h2>{words.title}</h2>
        <p className={css['place']} data-place>
          <strong>{place}</strong>
          {point.step && (
            <>
              <span>{point.step.event.type}</span>
              <time dateTime={point.step.event.occurredAt} title={exact(point.step.event.occurredAt)}>
                {time(point.step.event.occurredAt)}
              </time>
            </>
          )}
        </p>
        <div className={css['buttons']}>
          <GoTo travel={travel} />
          <Move
            label={words.previous}
            isOff={point.count <= 1 && !point.isNow}
            onClick={() => goTo(point.isNow ? length : point.count - 1)}
          >
            <BackIcon size={16} />
          </Move>
          <Move label={words.next} isOff={point.isNow} onClick={() => goTo(point.count + 1)}>
            <NextIcon size={16} />
          </Move>
          <Button size="sm" variant={point.isNow ? 'light' : 'filled'} onClick={goToNow} disabled={point.isNow}>
            {point.isNow ? words.now : words.toNow}
          </Button>
        </div>
      </div>
      <Slider replay={replay} travel={travel} />
      <Was replay={replay} travel={travel} />
    </div>
  );
}
