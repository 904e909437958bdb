/** Read models: how far each is, what operators can have done to it, and the events that wait for a decision. */
import { Button, Menu, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ops } from '../../messages/ops.js';
import { duration, number } from '../../parts/format.js';
import { Page } from '../../parts/page.js';
import { Card, Note, Pill } from '../../parts/status.js';
import { DeedDialog, type Deed } from '../deed.js';
import { isBuilding, projectionsQuery, type ProjectionView } from '../queries.js';
import { Read } from '../read.js';
import { Reasons } from '../reasons.js';
import { Short } from '../short.js';
import { deedsOf } from './deeds.js';
import { Parked } from './parked.js';
import css from './projections.module.css';

const words = ops.projections;
const MS = 1_000;

function State({ of }: { of: ProjectionView }) {
  if (of.lastError !== null) return <Pill tone="bad">{words.failing}</Pill>;
  if (of.parked > 0) return <Pill tone="warn">{words.parkedOf(number(of.parked))}</Pill>;
  if (!of.caughtUp) return <Pill tone="brand">{words.behind(number(of.percent))}</Pill>;
  return <Pill tone="good">{words.caughtUp}</Pill>;
}

function RebuildLine({ rebuild }: { rebuild: NonNullable<ProjectionView['rebuild']> }) {
  const { state, percent, eventsPerSecond, etaSeconds, difference, lastError, purpose } = rebuild;
  const left = etaSeconds === null ? '' : words.left(duration(etaSeconds * MS));
  return (
    <div className={css['rebuild']}>
      <div className={css['progress']}>
        <span>
          {words.purposes[purpose]}: {words.states[state]}
        </span>
        {isBuilding(rebuild) && (
          <span>
            {words.rate(number(eventsPerSecond))} {left}
          </span>
        )}
      </div>
      {isBuilding(rebuild) && <Progress value={percent} aria-label={words.progress} size="sm" />}
      {lastError !== null && <Note tone="bad">{lastError}</Note>}
      {state === 'differs' && difference !== null && (
        <pre className={css['json']} tabIndex={0}>
          {JSON.stringify(difference, null, 2)}
        </pre>
      )}
    </div>
  );
}

function Projection({ of, ask }: { of: ProjectionView; ask: (deed: Deed) => void }) {
  return (
    <li className={`${css['item']} ${css['projection']}`}>
      <h3>
        {of.name} <small>{words.version(of.version)}</small>
      </h3>
      <div className={css['state']}>
        <State of={of} />
      </div>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button className={css['acts'] ?? ''} size="compact-sm" variant="default" aria-label={words.actionsOf(of.name)}>
            {words.actions}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {deedsOf(of).map((deed) => (
            <Menu.Item key={deed.title} {...(deed.isDangerous ? { color: 'red' } : {})} onClick={() => ask(deed)}>
              {deed.action}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <dl className={css['facts']}>
        <div>
          <dt>{words.lag}</dt>
          <dd>{of.lagSeconds === null ? '—' : duration(of.lagSeconds * MS)}</dd>
        </div>
        <div>
          <dt>{words.speed}</dt>
          <dd>{words.rate(number(of.eventsPerSecond))}</dd>
        </div>
        <div>
          <dt>{words.position}</dt>
          <dd>{of.position ?? '—'}</dd>
        </div>
        <div>
          <dt>{words.owner}</dt>
          <dd>{of.owner === null ? '—' : <Short id={of.owner} />}</dd>
        </div>
        <div>
          <dt>{words.epoch}</dt>
          <dd>{of.epoch}</dd>
        </div>
        <div>
          <dt>{words.old}</dt>
          <dd>{of.oldKept ? words.kept : '—'}</dd>
        </div>
      </dl>
      {of.lastError !== null && <Note tone="bad">{of.lastError}</Note>}
      {of.rebuild && <RebuildLine rebuild={of.rebuild} />}
      <Reasons subjectId={`projection-${of.name}`} />
    </li>
  );
}

/** What does not go well comes first. */
const urgency = ({ lastError, parked, caughtUp, rebuild }: ProjectionView): number =>
  (lastError === null ? 0 : 8) + (parked > 0 ? 4 : 0) + (isBuilding(rebuild) ? 2 : 0) + (caughtUp ? 0 : 1);

export default function ProjectionsPage() {
  const read = useQuery(projectionsQuery);
  const [deed, setDeed] = useState<Deed>();
  return (
    <Page title={words.title} lead={words.lead}>
      <Parked ask={setDeed} />
      <Card className={css['card']}>
        <Read read={read} rows={8}>
          {(all) => (
            <ul className={css['list']}>
              {all
                .toSorted((one, other) => urgency(other) - urgency(one))
                .map((one) => (
                  <Projection key={one.name} of={one} ask={setDeed} />
                ))}
            </ul>
          )}
        </Read>
      </Card>
      <DeedDialog deed={deed} onClose={() => setDeed(undefined)} />
    </Page>
  );
}
