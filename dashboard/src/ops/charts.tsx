/** Small pictures of figures over days. Each says in words what it shows, for those who do not see it. */
import type { ReactNode } from 'react';
import { dayOfYear } from '../parts/format.js';
import css from './charts.module.css';

const WIDTH = 600;
const HEIGHT = 120;
const GAP_SHARE = 0.25;

export interface Point {
  /** A day, as YYYY-MM-DD. */
  readonly key: string;
  /** Shown on hover. */
  readonly label: string;
  /** The later stand before the earlier; undefined leaves a gap. */
  readonly values: readonly (number | undefined)[];
}

interface ChartProps {
  readonly title: string;
  readonly points: readonly Point[];
  /** What stands at the top line. */
  readonly top: string;
  /** Names of the values, in their order. */
  readonly legend?: readonly string[];
}

const highest = (points: readonly Point[]): number => Math.max(1, ...points.flatMap(({ values }) => values.map((value) => value ?? 0)));

function Frame({ title, points, top, legend = [], children }: ChartProps & { children: ReactNode }) {
  return (
    <figure className={css['chart']}>
      <div className={css['top']}>
        <span className={css['legend']}>
          {legend.map((name, series) => (
            <span key={name} data-series={series}>
              {name}
            </span>
          ))}
        </span>
        <span>{top}</span>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}. ${points.map(({ label }) => label).join('; ')}`}
      >
        <line x1={0} x2={WIDTH} y1={0.5} y2={0.5} className={css['grid']} />
        <line x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} className={css['grid']} />
        {children}
        <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={css['ground']} />
      </svg>
      <figcaption className={css['days']}>
        <span>{dayOfYear(points[0]?.key ?? '')}</span>
        <span>{dayOfYear(points.at(-1)?.key ?? '')}</span>
      </figcaption>
    </figure>
  );
}

/** Values of a point stand in front of each other, so that the second is seen as a part of the first. */
export function Bars(props: ChartProps) {
  const { points } = props;
  const scale = HEIGHT / highest(points);
  const step = WIDTH / Math.max(1, points.length);
  return (
    <Frame {...props}>
      {points.map(({ key, label, values }, index) => (
        <g key={key}>
          <title>{label}</title>
          <rect x={index * step} y={0} width={step} height={HEIGHT} className={css['hover']} />
          {values.map((value = 0, series) => (
            <rect
              key={series}
              x={index * step + (step * GAP_SHARE) / 2}
              y={HEIGHT - Math.max(0, value) * scale}
              width={step * (1 - GAP_SHARE)}
              height={Math.max(0, value) * scale}
              className={css[`series${series}`]}
            />
          ))}
        </g>
      ))}
    </Frame>
  );
}

/** A line for each value; days without one are passed over. */
export function Lines(props: ChartProps) {
  const { points } = props;
  const scale = HEIGHT / highest(points);
  const step = WIDTH / Math.max(1, points.length);
  const place = (index: number, value: number): string => `${(index + 0.5) * step},${HEIGHT - value * scale}`;
  const series = points[0]?.values.map((_none, at) => at) ?? [];
  return (
    <Frame {...props}>
      {points.map(({ key, label }, index) => (
        <g key={key}>
          <title>{label}</title>
          <rect x={index * step} y={0} width={step} height={HEIGHT} className={css['hover']} />
        </g>
      ))}
      {series.map((at) => {
        const there = points.flatMap(({ values }, index) => {
          const value = values[at];
          return value === undefined ? [] : [place(index, value)];
        });
        return (
          <g key={at} className={css[`line${at}`]}>
            <polyline points={there.join(' ')} vectorEffect="non-scaling-stroke" />
            {there.map((point) => (
              <path key={point} d={`M${point.replace(',', ' ')} l0.01 0`} vectorEffect="non-scaling-stroke" />
            ))}
          </g>
        );
      })}
    </Frame>
  );
}

/** How much of a whole is taken, part by part. @param parts shares from 0 to 1 */
export function Meter({
  label,
  parts,
}: {
  label: string;
  parts: readonly { readonly name: string; readonly share: number; readonly text: string }[];
}) {
  return (
    <span className={css['meter']} role="img" aria-label={`${label}: ${parts.map(({ name, text }) => `${name} ${text}`).join(', ')}`}>
      {parts.map(({ name, share, text }, index) => (
        <span
          key={name}
          className={css[`part${index}`]}
          style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }}
          title={`${name}: ${text}`}
        />
      ))}
    </span>
  );
}
