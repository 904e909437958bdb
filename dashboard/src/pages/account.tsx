/** Who somebody is here and on the panel. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { mailPanelCode, provePanelAccount, rename } from '../api/actions.js';
import { problemOf } from '../api/problem.js';
import { meQuery, type Me } from '../api/queries.js';
import { account } from '../messages/account.js';
import { Page } from '../parts/page.js';
import { Card, CopyValue, Facts, Loading, Note, Pill, ProblemNote, type Tone } from '../parts/status.js';
import css from './account.module.css';
import { ChangePassword, Sessions } from './account-access.js';
import { ChangeEmail } from './account-email.js';
import { PanelPasswordButton } from './panel-password.js';

const { page: words } = account;
const NAME_MAX = 100;
const TONES: Readonly<Record<string, Tone>> = { linked: 'good', pending: 'brand', conflict: 'warn' };

function Proof() {
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const send = useMutation({ mutationFn: mailPanelCode });
  const prove = useMutation({
    mutationFn: () => provePanelAccount(code.trim()),
    onSuccess: () => client.invalidateQueries({ queryKey: ['me'] }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    prove.mutate();
  };
  return (
    <Stack>
      <Note tone="warn">
        <p>{words.conflictText}</p>
      </Note>
      <Group>
        <Button variant="default" loading={send.isPending} onClick={() => send.mutate()}>
          {words.sendCode}
        </Button>
      </Group>
      {send.isSuccess && (
        <form onSubmit={submit} className={css['proof']}>
          <TextInput
            label={words.code}
            description={words.codeSent}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" loading={prove.isPending} disabled={code.trim() === ''}>
            {words.prove}
          </Button>
        </form>
      )}
      {(send.error ?? prove.error) && <ProblemNote error={send.error ?? prove.error} />}
    </Stack>
  );
}

function PanelAccount({ me: { panelAccount } }: { me: Me }) {
  const { status, username } = panelAccount;
  return (
    <Card title={words.panel}>
      <Stack>
        <p className={css['lead']}>{words.panelLead}</p>
        <Group>
          <Pill tone={TONES[status] ?? 'calm'} moving={status === 'pending'}>
            {words.statuses[status] ?? status}
          </Pill>
        </Group>
        {status === 'pending' && <p className={css['lead']}>{words.pendingText}</p>}
        {status === 'conflict' && <Proof />}
        {status === 'linked' && (
          <>
            <Facts
              of={[
                [words.username, username === null ? words.usernameKept : <CopyValue key="name" value={username} what={words.username} />],
              ]}
            />
            <Group>
              <PanelPasswordButton />
              <PanelPasswordButton way="reveal" variant="subtle" />
            </Group>
          </>
        )}
      </Stack>
    </Card>
  );
}

function Name({ of }: { of: string }) {
  const client = useQueryClient();
  const [name, setName] = useState(of);
  const keep = useMutation({
    mutationFn: () => rename(name.trim()),
    onSuccess: () => client.invalidateQueries({ queryKey: ['me'] }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    keep.mutate();
  };
  return (
    <form onSubmit={submit} className={css['proof']}>
      <TextInput
        label={account.name}
        autoComplete="name"
        maxLength={NAME_MAX}
        value={name}
        error={keep.isError ? problemOf(keep.error).detail : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={keep.isPending} disabled={name.trim() === '' || name.trim() === of}>
        {words.keepName}
      </Button>
      <p role="status">{keep.isSuccess && name.trim() === of ? words.named : ''}</p>
    </form>
  );
}

export function AccountPage() {
  const { data: me, error, refetch } = useQuery(meQuery);
  return (
    <Page title={words.title}>
      {!me && error && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {!me && !error && <Loading rows={2} height={140} />}
      {me && (
        <>
          <Card title={words.you}>
            <Stack>
              <Facts of={[[account.email, me.email]]} />
              <Name of={me.name} />
            </Stack>
          </Card>
          {me.role === 'customer' && <PanelAccount me={me} />}
          {me.role === 'customer' && <ChangeEmail />}
          <ChangePassword />
          <Sessions />
        </>
      )}
    </Page>
  );
}
