/** What narrows a list. */
import { NativeSelect, TextInput } from '@mantine/core';
import { ops } from '../../messages/ops.js';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  /** Names by value. */
  readonly of: Readonly<Record<string, string>>;
  /** What nothing chosen means; every one, if nothing is said. */
  readonly any?: string;
  readonly onChange: (value: string) => void;
}

export function Choice({ label, value, of, any = ops.any, onChange }: ChoiceProps) {
  const data = [{ value: '', label: any }, ...Object.entries(of).map(([key, name]) => ({ value: key, label: name }))];
  return <NativeSelect size="xs" label={label} data={data} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

interface OrderProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Newest first, unless the oldest are asked for. */
export function Order({ value, onChange }: OrderProps) {
  return <Choice label={ops.sort} value={value} of={{ oldest: ops.oldest }} any={ops.newest} onChange={onChange} />;
}

interface DaysProps {
  readonly from: string;
  readonly to: string;
  readonly setFrom: (day: string) => void;
  readonly setTo: (day: string) => void;
}

/** First and last day, in UTC. */
export function Days({ from, to, setFrom, setTo }: DaysProps) {
  return (
    <>
      <TextInput size="xs" type="date" label={ops.from} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      <TextInput size="xs" type="date" label={ops.to} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
    </>
  );
}

interface SearchProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function Search({ label, hint, value, onChange }: SearchProps) {
  return (
    <TextInput
      size="xs"
      type="search"
      label={label}
      placeholder={hint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
