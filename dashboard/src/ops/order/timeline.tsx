/** Every event of the order, whichever stream it stands in; what caused the chosen one and what came of it is drawn beside. */
import { useEffect, useMemo, useState, type KeyboardEvent } from 'react';
import type { StepView } from '../../api/generated/types.gen.js';
import { opsOrder } from '../../messages/ops-order.js';
import { duration, exact, number as numberOf, time } from '../../parts/format.js';
import { Card } from '../../parts/status.js';
import { useRowsInView } from '../use-rows-in-view.js';
import { effectsOf, kindOf } from './history.js';
import type { ReplayView } from './order-queries.js';
import { effectOf } from './telling.js';
import css from './timeline.module.css';
import { isTrouble } from './trouble.js';
import type { Travel } from './use-point.js';

const { timeline: words } = opsOrder;
/** Also in timeline.module.css. */
const ROW_PX = 38;
const RIGHT = 26;
const LEFT = { cause: 4, effect: 12 } as const;
const BEND = 7;
const PAGE_ROWS = 10;
/** A usual history is drawn whole, so that the browser finds what stands in it. */
const SPARE_ROWS = 50;
const SHORT_MS = 10_000;

const gapOf = (from: string | undefined, to: string): string => {
  const ms = from === undefined ? NaN : Date.parse(to) - Date.parse(from);
  if (Number.isNaN(ms)) return '';
  return words.gap(ms < SHORT_MS ? `${numberOf(Math.max(0, ms) / 1_000, 2)}s` : duration(ms));
};

const middle = (row: number): number => row * ROW_PX + ROW_PX / 2;

/** From a cause to its effect, out to the left and back. */
const arc = (from: number, to: number, kind: keyof typeof LEFT): string =>
  `M ${RIGHT} ${middle(from)} H ${LEFT[kind] + BEND} Q ${LEFT[kind]} ${middle(from)} ${LEFT[kind]} ${middle(from) + BEND} ` +
  `V ${middle(to) - BEND} Q ${LEFT[kind]} ${middle(to)} ${LEFT[kind] + BEND} ${middle(to)} H ${RIGHT - 2}`;

/** Only what is shown can be pointed at. */
function Arrows({ shown, chosen, replay }: { shown: readonly StepView[]; chosen: StepView | undefined; replay: ReplayView }) {
  if (!chosen) return null;
  const rowOf = (number: number): number => shown.findIndex((step) => step.number === number);
  const own = rowOf(chosen.number);
  const cause = chosen.causedBy === null ? -1 : rowOf(chosen.causedBy);
  const effects = effectsOf(replay, chosen.number).map(rowOf);
  const pairs = [...(cause < 0 ? [] : [[cause, own, 'cause'] as const]), ...effects.map((row) => [own, row, 'effect'] as const)];
  return (
    <svg className={css['arrows']} width={RIGHT + 4} height={shown.length * ROW_PX} aria-hidden="true">
      {pairs
        .filter(([from, to]) => from >= 0 && to > from)
        .map(([from, to, kind]) => (
          <g key={`${from}-${to}`} data-arrow={kind}>
            <path d={arc(from, to, kind)} />
            <path d={`M ${RIGHT - 6} ${middle(to) - 4} L ${RIGHT - 1} ${middle(to)} L ${RIGHT - 6} ${middle(to) + 4}`} />
          </g>
        ))}
    </svg>
  );
}

function Who({ actor }: { actor: StepView['event']['actor'] }) {
  return (
    <span className={css['who']} title={actor ? `${actor.kind} ${actor.id}` : undefined}>
      {actor ? (words.actors[actor.kind] ?? actor.kind) : words.nobody}
    </span>
  );
}

function At({ at }: { at: string }) {
  if (at === '') return <span className={css['time']} />;
  return (
    <time className={css['time']} dateTime={at} title={exact(at)}>
      {time(at)}
    </time>
  );
}

/** Its cause, or one of its effects. */
const isLinked = ({ number, causedBy }: StepView, chosen: StepView | undefined): boolean =>
  chosen !== undefined && (chosen.causedBy === number || causedBy === chosen.number);

interface RowProps {
  readonly step: StepView;
  readonly before: StepView | undefined;
  readonly travel: Travel;
  /** Which one it is, of how many. */
  readonly place: readonly [number, number];
}

function Row({ step, before, travel, place: [place, count] }: RowProps) {
  const { event, number } = step;
  const { point, goTo } = travel;
  return (
    <li
      id={`step-${number}`}
      role="option"
      aria-posinset={place}
      aria-setsize={count}
      aria-selected={point.step?.number === number}
      className={css['row']}
      data-step={number}
      data-type={event.type}
      data-later={number > point.count}
      data-trouble={isTrouble(step)}
      data-linked={isLinked(step, point.step)}
      onClick={() => goTo(number)}
    >
      <span className={css['dot']} data-kind={kindOf(step)} />
      <span className={css['what']}>
        <strong>{event.type}</strong>
        <span>{step.problem === null ? effectOf(step) : words.unfolded}</span>
      </span>
      <Who actor={event.actor} />
      <span className={css['gap']}>{gapOf(before?.event.occurredAt, event.occurredAt)}</span>
      <At at={event.occurredAt} />
    </li>
  );
}

const useKinds = (steps: readonly StepView[]) => {
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const step of steps) found.set(kindOf(step), (found.get(kindOf(step)) ?? 0) + 1);
    return [...found];
  }, [steps]);
  const toggle = (kind: string): void => {
    const next = new Set(off);
    if (!next.delete(kind)) next.add(kind);
    setOff(next);
  };
  return { off, counts, toggle };
};

/** Of very many rows those in view are drawn; the chosen one stays among them, without the page being moved. */
const useInView = (count: number, chosen: number) => {
  const view = useRowsInView<HTMLOListElement>(count, ROW_PX, SPARE_ROWS);
  const { show } = view;
  useEffect(() => {
    if (chosen >= 0) show(chosen);
  }, [chosen, show]);
  return view;
};

const MOVES: Readonly<Record<string, (row: number, last: number) => number>> = {
  ArrowDown: (row) => row + 1,
  ArrowUp: (row) => row - 1,
  PageDown: (row) => row + PAGE_ROWS,
  PageUp: (row) => row - PAGE_ROWS,
  Home: () => 0,
  End: (_row, last) => last,
};

export function Timeline({ replay, travel }: { replay: ReplayView; travel: Travel }) {
  const { steps } = replay;
  const { off, counts, toggle } = useKinds(steps);
  const shown = steps.filter((step) => !off.has(kindOf(step)));
  const chosen = travel.point.step;
  const { box, first, end } = useInView(shown.length, chosen ? shown.indexOf(chosen) : -1);
  const walk = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const row = shown.findLastIndex(({ number }) => number <= (chosen?.number ?? 0));
    const next = shown[Math.max(0, Math.min(shown.length - 1, move(row, shown.length - 1)))];
    if (next) travel.goTo(next.number);
  };
  return (
    <Card title={words.title} className={css['card']}>
      <div className={css['kinds']} role="group" aria-label={words.filter}>
        {counts.map(([kind, count]) => (
          <button key={kind} type="button" aria-pressed={!off.has(kind)} onClick={() => toggle(kind)}>
            <span className={css['dot']} data-kind={kind} />
            {words.kinds[kind] ?? kind} <span>{count}</span>
          </button>
        ))}
      </div>
      {shown.length === 0 && <p className={css['none']}>{words.none}</p>}
      <ol
        className={css['list']}
        ref={box}
        role="listbox"
        tabIndex={0}
        aria-label={words.label}
        {...(chosen && shown.slice(first, end).includes(chosen) ? { 'aria-activedescendant': `step-${chosen.number}` } : {})}
        onKeyDown={walk}
      >
        <li role="presentation" style={{ height: first * ROW_PX }} />
        {shown.slice(first, end).map((step, index) => (
          <Row key={step.event.id} step={step} before={steps[step.number - 2]} travel={travel} place={[first + index + 1, shown.length]} />
        ))}
        <li role="presentation" style={{ height: (shown.length - end) * ROW_PX }} />
        <Arrows shown={shown} chosen={chosen} replay={replay} />
      </ol>
    </Card>
  );
}
