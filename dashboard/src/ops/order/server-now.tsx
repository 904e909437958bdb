/** What the server does now, and its power, with a reason. */
import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { opsActs } from '../../messages/ops-acts.js';
import { Console } from '../../pages/server-console.js';
import type { ConsoleSource } from '../../pages/use-console.js';
import { bytes, duration, percent } from '../../parts/format.js';
import { Card, CopyValue, Loading, Pill, ProblemNote, type Tone } from '../../parts/status.js';
import { Ask, Effects } from './ask.js';
import { opsCommand, opsConsole, opsPower, opsServerQuery, readAgain, type ServerNow, type Signal } from './order-queries.js';
import css from './order.module.css';
import { useKeyOf } from './use-key.js';

const { server: words } = opsActs;
const TONES: Readonly<Record<string, Tone>> = { running: 'good', offline: 'calm', starting: 'brand', stopping: 'warn' };
const PERCENT = 100;
/** In which states of the server each makes sense. */
const SIGNALS: readonly (readonly [Signal, readonly string[]])[] = [
  ['start', ['offline']],
  ['restart', ['running', 'starting']],
  ['stop', ['running', 'starting']],
  ['kill', ['running', 'starting', 'stopping']],
];
type Live = NonNullable<ServerNow['live']>;

function Usage({ live }: { live: Live }) {
  const figures = [
    [words.up, duration(live.uptimeMs)],
    [words.cpu, percent(live.cpuPercent / PERCENT)],
    [words.memory, bytes(live.memoryBytes)],
    [words.disk, bytes(live.diskBytes)],
  ] as const;
  return (
    <>
      {figures.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </>
  );
}

function PowerDialog({ orderId, signal, onClose }: { orderId: string; signal: Signal; onClose: () => void }) {
  const client = useQueryClient();
  const keyOf = useKeyOf();
  const [reason, setReason] = useState('');
  const act = useMutation({
    mutationFn: () => opsPower(orderId, { signal, reason: reason.trim() }, keyOf({ signal, reason })),
    onSuccess: onClose,
    onSettled: () => readAgain(client, orderId),
  });
  return (
    <Ask
      reason={reason}
      onReason={setReason}
      doing={words.signals[signal]}
      isHard={signal === 'kill'}
      isReady
      act={{ ...act, mutate: () => act.mutate() }}
      onClose={onClose}
    >
      <Effects of={[words.effects[signal]]} />
    </Ask>
  );
}

/** The owner's console, for one reason, which goes with every look and every command; both are on record. */
function ConsoleDialog({ orderId, live, onClose }: { orderId: string; live: Live; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [source, setSource] = useState<ConsoleSource>();
  if (source)
    return (
      <Console
        source={source}
        send={(line) => opsCommand(orderId, { command: line, reason: reason.trim() })}
        isRunning={live.state !== 'offline'}
        hearsAlways
      />
    );
  return (
    <Ask
      reason={reason}
      onReason={setReason}
      doing={words.look}
      isHard={false}
      isReady
      act={{ isPending: false, isError: false, error: null, mutate: () => setSource(opsConsole(orderId, reason.trim())) }}
      onClose={onClose}
    >
      <Effects of={words.lookEffects} />
    </Ask>
  );
}

function Power({ orderId, live }: { orderId: string; live: Live }) {
  const [asked, setAsked] = useState<Signal>();
  const [isLooking, setLooking] = useState(false);
  return (
    <div className={css['actions']} role="group" aria-label={words.power}>
      {SIGNALS.map(([signal, when]) => (
        <Button key={signal} size="xs" variant="default" disabled={!when.includes(live.state)} onClick={() => setAsked(signal)}>
          {words.signals[signal]}
        </Button>
      ))}
      <Button size="xs" variant="default" onClick={() => setLooking(true)}>
        {words.console}
      </Button>
      <Modal
        opened={isLooking}
        onClose={() => setLooking(false)}
        size="xl"
        title={words.console}
        closeButtonProps={{ 'aria-label': opsActs.actions.undo }}
      >
        {isLooking && <ConsoleDialog orderId={orderId} live={live} onClose={() => setLooking(false)} />}
      </Modal>
      <Modal
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={asked && words.titles[asked]}
        closeButtonProps={{ 'aria-label': opsActs.actions.undo }}
      >
        {asked && <PowerDialog orderId={orderId} signal={asked} onClose={() => setAsked(undefined)} />}
      </Modal>
    </div>
  );
}

function Now({ server: { address, live } }: { server: ServerNow }) {
  return (
    <>
      <dl className={`${css['facts']} ${css['measured']}`}>
        <div>
          <dt>{words.address}</dt>
          <dd>{address === null ? words.noAddress : <CopyValue value={address} what={words.address} />}</dd>
        </div>
        {live && <Usage live={live} />}
      </dl>
      {live?.stale && <p className={css['soft']}>{words.stale}</p>}
      {!live && <p className={css['soft']}>{words.noLive}</p>}
    </>
  );
}

export function ServerNowCard({ orderId }: { orderId: string }) {
  const { data, error, refetch } = useQuery(opsServerQuery(orderId));
  return (
    <Card className={css['card']}>
      <div className={css['cardHead']}>
        <h2>{words.title}</h2>
        {data?.live && <Pill tone={TONES[data.live.state] ?? 'calm'}>{words.states[data.live.state] ?? data.live.state}</Pill>}
        {data?.live && <Power orderId={orderId} live={data.live} />}
      </div>
      {data ? (
        <Now server={data} />
      ) : error ? (
        <ProblemNote error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading rows={1} height={40} />
      )}
    </Card>
  );
}
