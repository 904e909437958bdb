/** Small parts that say how things stand. */
import { ActionIcon, Button, CopyButton, Skeleton, Stack, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { problemOf } from '../api/problem.js';
import { common } from '../messages/common.js';
import { wordsOf } from '../messages/problems.js';
import { relative } from './format.js';
import { AlertIcon, CheckIcon, ClockIcon, CopyIcon } from './icons.js';
import css from './parts.module.css';
import { useNow } from './when.js';

export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'brand';

export function Pill({ tone, moving = false, children }: { tone: Tone; moving?: boolean; children: ReactNode }) {
  return <span className={`${css['pill']} ${css[tone]} ${moving ? css['moving'] : ''}`}>{children}</span>;
}

export function Card({ title, children, className = '' }: { title?: string; children: ReactNode; className?: string | undefined }) {
  return (
    <section className={`${css['card']} ${className}`}>
      {title !== undefined && <h2 className={css['cardTitle']}>{title}</h2>}
      {children}
    </section>
  );
}

export function Note({ tone, title, children, role }: { tone: Tone; title?: string; children?: ReactNode; role?: 'alert' | 'status' }) {
  return (
    <div className={`${css['note']} ${css[tone]}`} role={role}>
      {tone === 'good' ? <CheckIcon /> : tone === 'calm' || tone === 'brand' ? <ClockIcon /> : <AlertIcon />}
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

/** An error in words: what it is, what to do, and the code for support. */
export function ProblemNote({
  error,
  onRetry,
  areFieldsMarked = false,
}: {
  error: unknown;
  onRetry?: (() => void) | undefined;
  areFieldsMarked?: boolean;
}) {
  const { code, detail, fields } = problemOf(error);
  const { title, advice } = wordsOf(code, detail);
  return (
    <Note tone="bad" title={title} role="alert">
      <p>{advice}</p>
      {!areFieldsMarked && Object.values(fields).map((text) => <p key={text}>{text}</p>)}
      <p className={css['code']}>{common.problemCode(code)}</p>
      {onRetry && (
        <Button size="xs" variant="default" mt="xs" onClick={onRetry}>
          {common.retry}
        </Button>
      )}
    </Note>
  );
}

export function Empty({ icon, title, text, action }: { icon: ReactNode; title: string; text: string; action?: ReactNode }) {
  return (
    <div className={css['centered']}>
      <span className={css['emblem']}>{icon}</span>
      <h2>{title}</h2>
      <p>{text}</p>
      {action}
    </div>
  );
}

export function Loading({ rows = 3, height = 72 }: { rows?: number; height?: number }) {
  return (
    <Stack role="status" aria-label={common.loading}>
      {Array.from({ length: rows }, (_none, row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

interface Read {
  readonly error: unknown;
  readonly isPending: boolean;
  readonly isError: boolean;
  readonly dataUpdatedAt: number;
  refetch(): unknown;
}

/** Says that what is shown is old, when the last question went unanswered. */
export function Stale({ read }: { read: Read }) {
  const nowMs = useNow();
  if (!read.isError || read.dataUpdatedAt === 0) return null;
  return (
    <Note tone="warn" role="status">
      <p>{common.stale(relative(new Date(read.dataUpdatedAt).toISOString(), nowMs))}</p>
    </Note>
  );
}

export function CopyValue({ value, what }: { value: string; what: string }) {
  return (
    <span className={css['copyable']}>
      <code className={css['mono']}>{value}</code>
      <CopyButton value={value} timeout={1_500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? common.copied : common.copy}>
            <ActionIcon variant="subtle" size="sm" onClick={copy} aria-label={copied ? common.copied : common.copyOf(what)}>
              {copied ? <CheckIcon size={16} /> : <CopyIcon size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}

export function Facts({ of }: { of: readonly (readonly [string, ReactNode] | false)[] }) {
  return (
    <dl className={css['facts']}>
      {of
        .filter((row) => row !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
