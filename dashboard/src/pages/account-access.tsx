/** How somebody gets in: the password, and where it was used. */
import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { changePassword, endSession } from '../api/actions.js';
import { problemOf } from '../api/problem.js';
import { sessionsQuery } from '../api/queries.js';
import { account } from '../messages/account.js';
import { Card, Loading, Note, Pill, ProblemNote } from '../parts/status.js';
import { When } from '../parts/when.js';
import css from './account.module.css';

const { page: words } = account;
const PASSWORD_MIN = 10;
const EMPTY = { currentPassword: '', newPassword: '' };

export function ChangePassword() {
  const client = useQueryClient();
  const [fields, setFields] = useState(EMPTY);
  const change = useMutation({
    mutationFn: () => changePassword(fields),
    onSuccess: () => {
      setFields(EMPTY);
      return client.invalidateQueries({ queryKey: ['sessions'] });
    },
  });
  const faults = change.isError ? problemOf(change.error).fields : {};
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const field = (name: keyof typeof EMPTY) => ({
    required: true,
    value: fields[name],
    error: faults[name],
    onChange: (event: FormEvent<HTMLInputElement>) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  return (
    <Card title={words.change}>
      <form onSubmit={submit} className={css['form']}>
        <Stack>
          <PasswordInput label={words.current} autoComplete="current-password" {...field('currentPassword')} />
          <PasswordInput
            label={words.fresh}
            description={account.passwordHint(PASSWORD_MIN)}
            minLength={PASSWORD_MIN}
            autoComplete="new-password"
            {...field('newPassword')}
          />
          {change.isError && <ProblemNote error={change.error} />}
          {change.isSuccess && (
            <Note tone="good" role="status">
              <p>{words.changed}</p>
            </Note>
          )}
          <Button type="submit" variant="default" loading={change.isPending}>
            {words.change}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}

export function Sessions() {
  const client = useQueryClient();
  const { data: sessions, error, refetch } = useQuery(sessionsQuery);
  const end = useMutation({ mutationFn: endSession, onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }) });
  return (
    <Card title={words.sessions}>
      {!sessions && (error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={1} height={48} />)}
      {end.isError && <ProblemNote error={end.error} />}
      <ul className={css['sessions']}>
        {sessions?.map(({ sessionId, device, current, usedAt }) => (
          <li key={sessionId}>
            <span>
              <strong>{device}</strong>
              <span className={css['used']}>
                {words.lastUsed} <When at={usedAt} />
              </span>
            </span>
            {current ? (
              <Pill tone="good">{words.thisOne}</Pill>
            ) : (
              <Button size="xs" variant="default" aria-label={words.endOf(device)} onClick={() => end.mutate(sessionId)}>
                {words.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
