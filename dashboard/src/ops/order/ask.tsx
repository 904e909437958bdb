/** What every act of an operator is asked with: what will happen, a reason, and what went wrong when it was refused. */
import { Button, Group, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';
import { problemOf } from '../../api/problem.js';
import { opsActs } from '../../messages/ops-acts.js';
import { opsOrder } from '../../messages/ops-order.js';
import { Note, ProblemNote } from '../../parts/status.js';
import css from './order.module.css';

const { actions: words, problems } = opsActs;
const REASON_MAX = 2_000;

export function Refused({ error }: { error: unknown }) {
  const { code } = problemOf(error);
  const [title, advice] = problems[code] ?? [];
  if (title === undefined) return <ProblemNote error={error} />;
  return (
    <Note tone="bad" title={title} role="alert">
      <p>{advice}</p>
      <p className={css['small']}>{opsOrder.attention.code(code)}</p>
    </Note>
  );
}

export function Effects({ of }: { of: readonly string[] }) {
  return (
    <div className={css['effects']}>
      <h3>{words.will}</h3>
      <ol>
        {of.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ol>
    </div>
  );
}

interface AskProps {
  readonly reason: string;
  readonly onReason: (reason: string) => void;
  readonly doing: string;
  readonly isHard: boolean;
  readonly isReady: boolean;
  readonly act: { readonly isPending: boolean; readonly isError: boolean; readonly error: unknown; mutate(): void };
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

export function Ask({ reason, onReason, doing, isHard, isReady, act, onClose, children }: AskProps) {
  const isFull = isReady && reason.trim() !== '';
  return (
    <form
      className={css['ask']}
      onSubmit={(event) => {
        event.preventDefault();
        if (isFull) act.mutate();
      }}
    >
      {children}
      <Textarea
        label={words.reason}
        description={words.reasonHint}
        value={reason}
        maxLength={REASON_MAX}
        rows={3}
        required
        onChange={(event) => onReason(event.currentTarget.value)}
      />
      {act.isError && <Refused error={act.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {words.undo}
        </Button>
        <Button type="submit" {...(isHard ? { color: 'red' } : {})} loading={act.isPending} disabled={!isFull}>
          {doing}
        </Button>
      </Group>
    </form>
  );
}
