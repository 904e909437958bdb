/** An act of an operator: what will happen is said first, whatever it needs is asked for, and what came back stays in sight. */
import { Button, Checkbox, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { common } from '../messages/common.js';
import { ops } from '../messages/ops.js';
import { ProblemNote } from '../parts/status.js';
import { OPS_NOTES } from './queries.js';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly kind?: 'text' | 'number' | 'check' | 'choice';
  readonly initial?: string;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
}

/** Why it is done: free text, which the ledger keeps sealed. */
export const REASON: Field = { name: 'reason', label: ops.reason, hint: ops.reasonSealed };

/** By the name of the field; what is not ticked is missing. */
export type Values = Readonly<Record<string, string>>;

export interface Deed {
  readonly title: string;
  /** What will happen. */
  readonly text: string;
  /** On the button. */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly fields?: readonly Field[];
  readonly carryOut: (values: Values) => Promise<unknown>;
}

function Input({ field: { name, label, hint, kind = 'text', initial = '', choices = [] } }: { field: Field }) {
  if (kind === 'check') return <Checkbox name={name} label={label} defaultChecked={initial === 'on'} />;
  if (kind === 'choice') return <NativeSelect name={name} label={label} data={[...choices]} defaultValue={initial} />;
  return (
    <TextInput
      name={name}
      label={label}
      description={hint}
      type={kind}
      {...(kind === 'number' ? { min: 0 } : {})}
      defaultValue={initial}
      required
      autoComplete="off"
    />
  );
}

function Form({ deed, onClose }: { deed: Deed; onClose: () => void }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: deed.carryOut,
    onSuccess: async () => {
      onClose();
      await Promise.all(['ops', OPS_NOTES].map((root) => client.invalidateQueries({ queryKey: [root] })));
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const entries = [...new FormData(event.currentTarget)].map(([name, value]) => [name, typeof value === 'string' ? value : '']);
    act.mutate(Object.fromEntries(entries) as Values);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <p>{deed.text}</p>
        {deed.fields?.map((field) => (
          <Input key={field.name} field={field} />
        ))}
        {act.isError && <ProblemNote error={act.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={act.isPending} {...(deed.isDangerous ? { color: 'red' } : {})}>
            {deed.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function DeedDialog({ deed, onClose }: { deed: Deed | undefined; onClose: () => void }) {
  return (
    <Modal opened={deed !== undefined} onClose={onClose} title={deed?.title} closeButtonProps={{ 'aria-label': common.cancel }}>
      {deed && <Form deed={deed} onClose={onClose} />}
    </Modal>
  );
}
