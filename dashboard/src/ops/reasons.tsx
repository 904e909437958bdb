/** What operators wrote about why they did something: sealed in the ledger, and opened for operators alone. */
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ops } from '../messages/ops.js';
import { When } from '../parts/when.js';
import { notesQuery } from './queries.js';
import css from './reasons.module.css';
import { Short } from './short.js';

/** Nothing where nobody wrote anything. */
export function Reasons({ subjectId }: { subjectId: string }) {
  const { data, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(notesQuery(subjectId));
  const notes = data?.pages.flatMap(({ items }) => items) ?? [];
  if (notes.length === 0) return null;
  return (
    <section className={css['reasons']}>
      <h3>{ops.reasons}</h3>
      <ul>
        {notes.map(({ noteId, authorId, deed, text, writtenAt }) => (
          <li key={noteId}>
            <p>{text}</p>
            <small>
              {deed !== null && <code>{deed}</code>} <When at={writtenAt} /> · <Short id={authorId} />
            </small>
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button size="compact-xs" variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
          {ops.more}
        </Button>
      )}
    </section>
  );
}
