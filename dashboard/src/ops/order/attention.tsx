/** What about this order needs a human, and what to do about it. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { ops } from '../../messages/ops.js';
import { opsOrder } from '../../messages/ops-order.js';
import { Note } from '../../parts/status.js';
import { When } from '../../parts/when.js';
import { attentionQuery, type MatterView } from '../queries.js';
import type { ReplayView } from './order-queries.js';
import css from './order.module.css';

const { attention: words } = opsOrder;

function Matter({ matter: { kind, code, severity, raisedAt } }: { matter: MatterView }) {
  return (
    <Note tone={severity === 'critical' ? 'bad' : 'warn'} title={ops.matters[kind] ?? kind}>
      <p>{words.todo[kind] ?? words.todoOther}</p>
      <p className={css['small']}>
        {words.code(code)} · {words.since} <When at={raisedAt} />
      </p>
    </Note>
  );
}

export function Attention({ replay: { orderId, notes } }: { replay: ReplayView }) {
  const { data } = useInfiniteQuery(attentionQuery({ orderId }));
  const matters = data?.pages.flatMap(({ items }) => items) ?? [];
  if (matters.length === 0 && notes.length === 0) return null;
  return (
    <div className={css['notes']}>
      {matters.map((matter) => (
        <Matter key={matter.attentionKey} matter={matter} />
      ))}
      {notes.length > 0 && (
        <Note tone="warn" title={words.notes}>
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Note>
      )}
    </div>
  );
}
