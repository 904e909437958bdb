/** What can be done to the order now; each act is asked with its consequences and a reason, and what cannot be done says why. */
import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { opsActs } from '../../messages/ops-acts.js';
import { Card, Loading, Note, ProblemNote } from '../../parts/status.js';
import { ActionDialog } from './action-dialog.js';
import { actionsQuery, type OrderActionView } from './order-queries.js';
import { Reasons } from '../reasons.js';
import css from './order.module.css';

const { actions: words } = opsActs;

function NotNow({ actions }: { actions: readonly OrderActionView[] }) {
  if (actions.length === 0) return null;
  return (
    <details className={css['notNow']}>
      <summary>{words.not(actions.length)}</summary>
      <dl>
        {actions.map(({ action, refusal }) => (
          <div key={action}>
            <dt>{words.names[action]}</dt>
            <dd>
              {refusal?.why} <code>{refusal?.code}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

export function Actions({ orderId }: { orderId: string }) {
  const { data, error, refetch } = useQuery(actionsQuery(orderId));
  const [asked, setAsked] = useState<OrderActionView>();
  const [done, setDone] = useState<OrderActionView['action']>();
  const allowed = (data ?? []).filter(({ refusal }) => refusal === null);
  const finish = (action: OrderActionView['action']): void => {
    setAsked(undefined);
    setDone(action);
  };
  return (
    <Card title={words.title} className={css['card']}>
      {!data && (error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={2} height={34} />)}
      {data && allowed.length === 0 && <p className={css['soft']}>{words.none}</p>}
      <div className={css['actions']}>
        {allowed.map((action) => (
          <Button
            key={action.action}
            size="sm"
            variant={action.action === 'retry' || action.action === 'resume' ? 'filled' : 'default'}
            className={action.action === 'end' ? (css['hard'] ?? '') : ''}
            onClick={() => setAsked(action)}
          >
            {words.names[action.action]}
          </Button>
        ))}
      </div>
      {done && (
        <Note tone="brand" role="status">
          <p>{words.done(words.names[done])}</p>
        </Note>
      )}
      {data && <NotNow actions={data.filter(({ refusal }) => refusal !== null)} />}
      <Reasons subjectId={orderId} />
      <Modal
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        size="lg"
        title={asked && words.titles[asked.action]}
        closeButtonProps={{ 'aria-label': words.undo }}
      >
        {asked && <ActionDialog orderId={orderId} action={asked} onClose={() => setAsked(undefined)} onDone={finish} />}
      </Modal>
    </Card>
  );
}
