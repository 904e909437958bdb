/** Another e-mail address: asked for with the password, and confirmed with the code that is mailed there. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { confirmEmail, mailEmailCode, newKey } from '../api/actions.js';
import { problemOf } from '../api/problem.js';
import { account } from '../messages/account.js';
import { Card, Note, ProblemNote } from '../parts/status.js';
import css from './account.module.css';

const { page: words } = account;
const EMPTY = { email: '', password: '' };

function Confirm({ email, onDone }: { email: string; onDone: () => Promise<unknown> }) {
  const [code, setCode] = useState('');
  const [key, setKey] = useState(newKey);
  const confirm = useMutation({ mutationFn: () => confirmEmail(code.trim(), key), onSuccess: onDone });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit} className={css['form']}>
      <Stack>
        <Note tone="good" role="status">
          <p>{words.emailCodeSent(email)}</p>
        </Note>
        <TextInput
          label={words.emailCode}
          autoComplete="one-time-code"
          required
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value);
            setKey(newKey());
          }}
        />
        {confirm.isError && <ProblemNote error={confirm.error} />}
        <Button type="submit" loading={confirm.isPending}>
          {words.confirmEmail}
        </Button>
      </Stack>
    </form>
  );
}

export function ChangeEmail() {
  const client = useQueryClient();
  const [fields, setFields] = useState(EMPTY);
  const [isChanged, setIsChanged] = useState(false);
  const send = useMutation({ mutationFn: mailEmailCode, onMutate: () => setIsChanged(false) });
  const done = (): Promise<unknown> => {
    setFields(EMPTY);
    setIsChanged(true);
    send.reset();
    return Promise.all([client.invalidateQueries({ queryKey: ['me'] }), client.invalidateQueries({ queryKey: ['sessions'] })]);
  };
  const faults = send.isError ? problemOf(send.error).fields : {};
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send.mutate(fields);
  };
  const field = (name: keyof typeof EMPTY) => ({
    required: true,
    value: fields[name],
    error: faults[name],
    onChange: (event: FormEvent<HTMLInputElement>) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  return (
    <Card title={words.changeEmail}>
      <Stack>
        <form onSubmit={submit} className={css['form']}>
          <Stack>
            <TextInput type="email" label={words.newEmail} autoComplete="email" {...field('email')} />
            <PasswordInput label={words.yourPassword} autoComplete="current-password" {...field('password')} />
            {send.isError && <ProblemNote error={send.error} />}
            <Button type="submit" variant="default" loading={send.isPending}>
              {words.mailCode}
            </Button>
          </Stack>
        </form>
        {send.isSuccess && <Confirm email={send.variables.email} onDone={done} />}
        {isChanged && (
          <Note tone="good" role="status">
            <p>{words.emailChanged}</p>
          </Note>
        )}
      </Stack>
    </Card>
  );
}
