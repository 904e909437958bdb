/** Logging in and signing up; whoever was sent here goes back to where he wanted to be. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { logIn, signUp } from '../api/actions.js';
import { problemOf } from '../api/problem.js';
import { account } from '../messages/account.js';
import { Page } from '../parts/page.js';
import { Card, Note, ProblemNote } from '../parts/status.js';
import css from './entry.module.css';

const PASSWORD_MIN = 10;
type Kind = 'logIn' | 'signUp';

/** Only places of ours: a link from elsewhere must not lead away. */
const placeOf = (search: string): string => {
  const next = new URLSearchParams(search).get('next') ?? '/servers';
  return /^\/(?!\/)/.test(next) && !/^\/(login|signup)/.test(next) ? next : '/servers';
};

interface Fields {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** @param here shown in a page's own place: logging in is enough, nobody needs to go anywhere */
const useEntry = (kind: Kind, here: boolean) => {
  const search = useSearch();
  const [, go] = useLocation();
  const next = placeOf(search);
  const entry = useMutation({
    mutationFn: ({ name, email, password }: Fields) => (kind === 'logIn' ? logIn({ email, password }) : signUp({ name, email, password })),
    onSuccess: () => {
      if (!here) go(next, { replace: true });
    },
  });
  return { entry, next };
};

const hereNext = (): string => `${location.pathname}${location.search}`;

export function EntryPage({ kind, why }: { kind: Kind; why?: string }) {
  const words = account[kind];
  const { entry, next } = useEntry(kind, why !== undefined);
  const [fields, setFields] = useState<Fields>({ name: '', email: '', password: '' });
  const faults = entry.isError ? problemOf(entry.error).fields : {};
  const field = (name: keyof Fields) => ({
    name,
    label: account[name],
    required: true,
    value: fields[name],
    error: faults[name],
    onChange: (event: FormEvent<HTMLInputElement>) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    entry.mutate(fields);
  };
  const otherPath = kind === 'logIn' ? '/signup' : '/login';
  const other = `${otherPath}?next=${encodeURIComponent(why === undefined ? next : hereNext())}`;
  return (
    <Page title={words.title} lead={words.lead} narrow>
      {why !== undefined && (
        <Note tone="brand" role="status">
          {<p>{why}</p>}
        </Note>
      )}
      <Card>
        <form onSubmit={submit}>
          <Stack>
            {kind === 'signUp' && <TextInput autoComplete="name" maxLength={100} {...field('name')} />}
            <TextInput type="email" autoComplete="email" {...field('email')} />
            <PasswordInput
              autoComplete={kind === 'logIn' ? 'current-password' : 'new-password'}
              {...(kind === 'signUp' ? { minLength: PASSWORD_MIN, description: account.passwordHint(PASSWORD_MIN) } : {})}
              {...field('password')}
            />
            {entry.isError && <ProblemNote error={entry.error} />}
            <Button type="submit" loading={entry.isPending} size="md">
              {words.submit}
            </Button>
          </Stack>
        </form>
      </Card>
      <p className={css['other']}>
        {words.other} <Link href={other}>{words.otherLink}</Link>
      </p>
    </Page>
  );
}
