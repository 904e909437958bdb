/** What the server says, and a line to tell it something. */
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { server } from '../messages/server.js';
import { Card, ProblemNote } from '../parts/status.js';
import css from './server.module.css';
import { useConsole, type ConsoleSource, type Line } from './use-console.js';

const { console: words } = server;
const NEAR_PX = 40;
const COMMANDS_MAX = 50;

/** Colours and cursor moves of a terminal, which mean nothing here. */
const ESCAPES = new RegExp('\\u001b\\[[0-9;?]*[A-Za-z]', 'g');

function Lines({ lines }: { lines: readonly Line[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  useEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follows]);
  const look = (): void => {
    const { current } = box;
    if (current) setFollows(current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_PX);
  };
  return (
    <div className={css['screenFrame']}>
      <div className={css['screen']} ref={box} onScroll={look} tabIndex={0} role="log" aria-label={words.label}>
        {lines.map(({ id, text }) => (
          <div key={id}>{text.replace(ESCAPES, '')}</div>
        ))}
      </div>
      {!follows && (
        <Button size="xs" className={css['follow'] ?? ''} onClick={() => setFollows(true)}>
          {words.follow}
        </Button>
      )}
    </div>
  );
}

/** Arrow keys walk through what was sent before. */
const useHistory = () => {
  const [sent, setSent] = useState<readonly string[]>([]);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const walk = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const next = Math.min(sent.length, Math.max(0, at + (event.key === 'ArrowUp' ? -1 : 1)));
    setAt(next);
    setText(sent[next] ?? '');
  };
  const keep = (line: string): void => {
    const all = [...sent, line].slice(-COMMANDS_MAX);
    setSent(all);
    setAt(all.length);
    setText('');
  };
  return { text, setText, walk, keep };
};

interface ConsoleProps {
  readonly source: ConsoleSource;
  readonly send: (line: string) => Promise<void>;
  readonly isRunning: boolean;
  /** Heard also while the game is off: what it said last tells why. */
  readonly hearsAlways?: boolean;
  readonly title?: string;
}

export function Console({ source, send: tell, isRunning, hearsAlways = false, title }: ConsoleProps) {
  const { lines, isConnected } = useConsole(source, isRunning || hearsAlways);
  const { text, setText, walk, keep } = useHistory();
  const send = useMutation({ mutationFn: tell });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const line = text.trim();
    if (line === '') return;
    keep(line);
    send.mutate(line);
  };
  const hint = !isRunning ? words.offline : !isConnected ? words.lost : lines.length === 0 ? words.empty : undefined;
  return (
    <Card {...(title === undefined ? {} : { title })} className={css['console']}>
      <Lines lines={lines} />
      <p className={css['hint']} role="status">
        {hint}
      </p>
      <form className={css['prompt']} onSubmit={submit}>
        <TextInput
          className={css['input'] ?? ''}
          aria-label={words.command}
          placeholder={words.placeholder}
          value={text}
          maxLength={500}
          disabled={!isRunning}
          onKeyDown={walk}
          onChange={(event) => setText(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <Button type="submit" disabled={!isRunning || text.trim() === ''}>
          {words.send}
        </Button>
      </form>
      {send.isError && <ProblemNote error={send.error} />}
    </Card>
  );
}
