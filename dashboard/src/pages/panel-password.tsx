/** A new password for the panel, set here or by an operator: shown a single time. */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { resetPanelPassword, revealPanelPassword, type PanelLoginView } from '../api/actions.js';
import { account } from '../messages/account.js';
import { common } from '../messages/common.js';
import { CopyValue, Facts, Note, ProblemNote } from '../parts/status.js';

const { page: words } = account;

function Shown({ login, onDone }: { login: PanelLoginView; onDone: () => void }) {
  return (
    <Stack>
      <Note tone="warn">
        <p>{words.shownOnce}</p>
      </Note>
      <Facts
        of={[
          login.username !== null && [words.username, <CopyValue key="name" value={login.username} what={words.username} />],
          [words.password, <CopyValue key="password" value={login.password} what={words.password} />],
        ]}
      />
      <Group justify="flex-end">
        <Button onClick={onDone}>{words.done}</Button>
      </Group>
    </Stack>
  );
}

const WAYS = {
  reset: { words: words.resetWays.own, ask: resetPanelPassword },
  reveal: { words: words.resetWays.byOperator, ask: revealPanelPassword },
} as const;

/** @param way `reset` sets one; `reveal` shows the one that an operator had set */
export function PanelPasswordButton({ way = 'reset', variant = 'default' }: { way?: keyof typeof WAYS; variant?: string }) {
  const { words: said, ask } = WAYS[way];
  const [isOpen, { open, close }] = useDisclosure();
  const reset = useMutation({ mutationFn: ask });
  const end = (): void => {
    close();
    reset.reset();
  };
  return (
    <>
      <Button variant={variant} onClick={open}>
        {said.label}
      </Button>
      <Modal opened={isOpen} onClose={end} title={said.label} closeButtonProps={{ 'aria-label': common.cancel }}>
        {reset.data ? (
          <Shown login={reset.data} onDone={end} />
        ) : (
          <Stack>
            <p>{said.confirm}</p>
            {reset.isError && <ProblemNote error={reset.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={end}>
                {common.cancel}
              </Button>
              <Button loading={reset.isPending} onClick={() => reset.mutate()}>
                {said.action}
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
