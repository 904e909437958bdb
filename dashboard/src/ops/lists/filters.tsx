/** What narrows a list. */
import { NativeSelect, TextInput } from '@mantine/core';
import { ops } from '../../messages/ops.js';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  /** Names by value. */
  readonly of: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

export function Choice({ label, value, of, onChange }: ChoiceProps) {
  const data = [{ value: '', label: ops.any }, ...Object.entries(of).map(([key, name]) => ({ value: key, label: name }))];
  return <NativeSelect size="xs" label={label} data={data} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
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
