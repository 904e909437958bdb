/** Start, stop, restart, kill; asked again where it hurts. */
import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ComponentType } from 'react';
import { power, type Signal } from '../api/actions.js';
import type { ServerNow } from '../api/queries.js';
import { common } from '../messages/common.js';
import { server } from '../messages/server.js';
import { PlayIcon, RestartIcon, SkullIcon, StopIcon } from '../parts/icons.js';
import { Card, Note, ProblemNote } from '../parts/status.js';
import css from './server.module.css';

const { power: words } = server;

interface Choice {
  readonly signal: Signal;
  readonly icon: ComponentType<{ size?: number }>;
  /** In which states of the server it makes sense. */
  readonly when: readonly string[];
  readonly color?: string;
}

const CHOICES: readonly Choice[] = [
  { signal: 'start', icon: PlayIcon, when: ['offline'] },
  { signal: 'restart', icon: RestartIcon, when: ['running', 'starting'] },
  { signal: 'stop', icon: StopIcon, when: ['running', 'starting'] },
  { signal: 'kill', icon: SkullIcon, when: ['running', 'starting', 'stopping'], color: 'red' },
];

export function Power({ orderId, live }: { orderId: string; live: ServerNow['live'] }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState<Signal>();
  const act = useMutation({
    mutationFn: (signal: Signal) => power(orderId, signal),
    onSettled: () => client.invalidateQueries({ queryKey: ['orders', orderId, 'server'] }),
  });
  const choose = (signal: Signal): void => {
    if (words.confirm[signal]) setAsked(signal);
    else act.mutate(signal);
  };
  const confirm = asked && words.confirm[asked];
  return (
    <Card title={words.title}>
      <div className={css['power']}>
        {CHOICES.map(({ signal, icon: Icon, when, color }) => (
          <Button
            key={signal}
            variant={signal === 'start' ? 'filled' : color ? 'subtle' : 'default'}
            {...(color ? { color } : {})}
            leftSection={<Icon size={16} />}
            disabled={!live || !when.includes(live.state)}
            loading={act.isPending && act.variables === signal}
            onClick={() => choose(signal)}
          >
            {words[signal]}
          </Button>
        ))}
      </div>
      {act.isSuccess && (
        <Note tone="brand" role="status">
          <p>{words.asked[act.variables]}</p>
        </Note>
      )}
      {act.isError && <ProblemNote error={act.error} />}
      <Modal
        opened={confirm !== undefined}
        onClose={() => setAsked(undefined)}
        title={confirm?.title}
        closeButtonProps={{ 'aria-label': common.cancel }}
      >
        <p className={css['ask']}>{confirm?.text}</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsked(undefined)}>
            {common.cancel}
          </Button>
          <Button
            color="red"
            onClick={() => {
              if (asked) act.mutate(asked);
              setAsked(undefined);
            }}
          >
            {confirm?.action}
          </Button>
        </Group>
      </Modal>
    </Card>
  );
}
