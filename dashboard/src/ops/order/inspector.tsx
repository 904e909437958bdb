/** What the chosen event changed, what everything was then, what each read model showed, and the event as it is recorded. */
import '@mantine/core/styles/Tabs.css';
import { Button, CopyButton, Tabs } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import type { RowChangeView, RowView, StepView } from '../../api/generated/types.gen.js';
import { opsOrder } from '../../messages/ops-order.js';
import { Card, CopyValue } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { effectsOf, leavesOf, partsOf, rowsAfter, textOf, type Change } from './history.js';
import css from './inspector.module.css';
import type { ReplayView } from './order-queries.js';
import type { Travel } from './use-point.js';

const { inspector: words, timeline } = opsOrder;
const STATES = ['order', 'payment', 'provisioning'] as const;
/** One row for each event above: that they are there says it all. */
const TIMELINE = 'order-timeline';
const INDENT = 2;

const dotted = (path: string): string => partsOf(path).join('.');

function Difference({ change: { path, before, after } }: { change: Change }) {
  const kind = before === undefined ? 'added' : after === undefined ? 'gone' : 'changed';
  return (
    <tr data-change={kind}>
      <th scope="row">{dotted(path) || (kind === 'gone' ? words.gone : words.added)}</th>
      <td>
        {before !== undefined && <del>{textOf(before)}</del>}
        {kind === 'changed' && ' → '}
        {after !== undefined && <ins>{textOf(after)}</ins>}
      </td>
    </tr>
  );
}

function Differences({ changes }: { changes: readonly Change[] }) {
  return (
    <table className={css['values']}>
      <tbody>
        {changes.map((change) => (
          <Difference key={change.path} change={change} />
        ))}
      </tbody>
    </table>
  );
}

function RowChanges({ title, rows }: { title: string; rows: readonly RowChangeView[] }) {
  const shown = rows.filter(({ projection }) => projection !== TIMELINE);
  if (shown.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      {shown.map(({ projection, rowKey, changes }) => (
        <details key={`${projection} ${rowKey}`} className={css['fold']}>
          <summary>
            <code>{projection}</code> <span>{changes.map(({ path }) => dotted(path) || words.added).join(', ')}</span>
          </summary>
          <Differences changes={changes} />
        </details>
      ))}
    </>
  );
}

function Changes({ step }: { step: StepView }) {
  const of = (name: string): Change[] =>
    step.changes
      .filter(({ path }) => path.startsWith(`/${name}/`))
      .map((change) => ({ ...change, path: change.path.slice(name.length + 1) }));
  return (
    <div className={css['pane']}>
      {step.changes.length === 0 && <p className={css['soft']}>{step.problem ?? words.noChanges}</p>}
      {STATES.filter((name) => of(name).length > 0).map((name) => (
        <div key={name}>
          <h3>{words.states[name]}</h3>
          <Differences changes={of(name)} />
        </div>
      ))}
      <RowChanges title={words.rowsChanged} rows={step.rows} />
      <RowChanges title={words.meanwhile} rows={step.number === 1 ? [] : step.meanwhile} />
    </div>
  );
}

/** Every value, with those marked that the step has touched. */
function Values({ of, touched }: { of: unknown; touched: readonly string[] }) {
  return (
    <table className={css['values']}>
      <tbody>
        {leavesOf(of).map(({ path, value }) => (
          <tr key={path} data-path={path} data-touched={touched.some((one) => path === one || path.startsWith(`${one}.`))}>
            <th scope="row">{path}</th>
            <td>{textOf(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ travel: { point } }: { travel: Travel }) {
  const touched = (name: string): string[] =>
    (point.step?.changes ?? []).filter(({ path }) => path.startsWith(`/${name}/`)).map(({ path }) => dotted(path.slice(name.length + 1)));
  return (
    <div className={css['pane']}>
      {STATES.map((name) => (
        <section key={name} data-state={name}>
          <h3>{words.states[name]}</h3>
          <Values of={point.states[name]} touched={touched(name)} />
        </section>
      ))}
    </div>
  );
}

function ReadModel({ projection, rows, touched }: { projection: string; rows: readonly RowView[]; touched: boolean }) {
  const only = rows.length === 1 ? rows[0] : undefined;
  return (
    <details className={css['fold']} data-projection={projection} open={touched && rows.length === 1}>
      <summary>
        <code>{projection}</code>
        {touched && <em>{words.changed}</em>}
        <span>{only ? only.rowKey : words.rows(rows.length)}</span>
      </summary>
      {projection === TIMELINE
        ? null
        : rows.map(({ rowKey, row }) => (
            <div key={rowKey} data-row={rowKey}>
              {rows.length > 1 && <h4>{rowKey}</h4>}
              <Values of={row} touched={[]} />
            </div>
          ))}
    </details>
  );
}

function ReadModels({ replay, travel: { point } }: { replay: ReplayView; travel: Travel }) {
  const rows = useMemo(() => (point.isNow ? replay.rows : rowsAfter(replay, point.count)), [replay, point.isNow, point.count]);
  const names = [...new Set(rows.map(({ projection }) => projection))].toSorted();
  const touched = new Set(point.step?.rows.map(({ projection }) => projection));
  return (
    <div className={css['pane']}>
      {names.map((name) => (
        <ReadModel
          key={`${name} ${point.count}`}
          projection={name}
          rows={rows.filter(({ projection }) => projection === name)}
          touched={touched.has(name) && name !== TIMELINE}
        />
      ))}
    </div>
  );
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}

/** A saga's step is caused by no event but by the time and the state it finds. */
const whyNoCause = ({ event: { actor, causationId, correlationId } }: StepView): string =>
  actor?.kind === 'saga' && causationId === correlationId ? words.ownStep : words.noCause;

function Links({ replay, travel, step }: { replay: ReplayView; travel: Travel; step: StepView }) {
  const link = (number: number) => (
    <button key={number} type="button" className={css['link']} onClick={() => travel.goTo(number)}>
      {words.toStep(number, replay.steps[number - 1]?.event.type ?? '')}
    </button>
  );
  const effects = effectsOf(replay, step.number);
  return (
    <>
      <Field name={words.cause}>{step.causedBy === null ? whyNoCause(step) : link(step.causedBy)}</Field>
      <Field name={words.effects}>{effects.length === 0 ? words.noEffects : effects.map(link)}</Field>
    </>
  );
}

function Event({ replay, travel, step }: { replay: ReplayView; travel: Travel; step: StepView }) {
  const { fields } = words;
  const { event } = step;
  const { actor } = event;
  return (
    <div className={css['pane']}>
      <table className={css['values']}>
        <tbody>
          <Links replay={replay} travel={travel} step={step} />
          <Field name={fields.stream}>
            <CopyValue value={`${event.stream}@${event.revision}`} what={fields.stream} />
          </Field>
          <Field name={fields.at}>{event.occurredAt === '' ? timeline.nobody : <When at={event.occurredAt} />}</Field>
          <Field name={fields.actor}>{actor ? `${timeline.actors[actor.kind] ?? actor.kind} ${actor.id}` : timeline.nobody}</Field>
          <Field name={fields.id}>
            <CopyValue value={event.id} what={fields.id} />
          </Field>
          <Field name={fields.position}>{event.position}</Field>
          <Field name={fields.causation}>{event.causationId}</Field>
          <Field name={fields.correlation}>{event.correlationId}</Field>
          <Field name={fields.command}>{event.commandId}</Field>
          <Field name={fields.version}>{event.schemaVersion}</Field>
          {event.traceparent !== null && <Field name={fields.trace}>{event.traceparent}</Field>}
        </tbody>
      </table>
      <div className={css['rawHead']}>
        <h3>{words.raw}</h3>
        <CopyButton value={JSON.stringify(event, null, INDENT)}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? words.copied : words.copyJson}
            </Button>
          )}
        </CopyButton>
      </div>
      <pre className={css['raw']} tabIndex={0} aria-label={words.raw}>
        {JSON.stringify(event.data, null, INDENT)}
      </pre>
    </div>
  );
}

export function Inspector({ replay, travel }: { replay: ReplayView; travel: Travel }) {
  const { step } = travel.point;
  const { tabs } = words;
  const nothing = <p className={css['soft']}>{words.nothingYet}</p>;
  return (
    <Card className={css['card']}>
      <Tabs defaultValue="changes" keepMounted={false}>
        <Tabs.List aria-label={words.label}>
          {(['changes', 'state', 'rows', 'event'] as const).map((name) => (
            <Tabs.Tab key={name} value={name} className={css['tab'] ?? ''}>
              {tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="changes">{step ? <Changes step={step} /> : nothing}</Tabs.Panel>
        <Tabs.Panel value="state">
          <State travel={travel} />
        </Tabs.Panel>
        <Tabs.Panel value="rows">
          <ReadModels replay={replay} travel={travel} />
        </Tabs.Panel>
        <Tabs.Panel value="event">{step ? <Event replay={replay} travel={travel} step={step} /> : nothing}</Tabs.Panel>
      </Tabs>
    </Card>
  );
}
