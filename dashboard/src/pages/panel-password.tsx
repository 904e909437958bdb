/** Sets a new password for the panel and shows it a single time. */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { resetPanelPassword, type PanelLoginView } from '../api/actions.js';
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

export function PanelPasswordButton({ label, variant = 'default' }: { label: string; variant?: string }) {
  const [isOpen, { open, close }] = useDisclosure();
  const reset = useMutation({ mutationFn: resetPanelPassword });
  const end = (): void => {
    close();
    reset.reset();
  };
  return (
    <>
      <Button variant={variant} onClick={open}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={end} title={words.reset} closeButtonProps={{ 'aria-label': common.cancel }}>
        {reset.data ? (
          <Shown login={reset.data} onDone={end} />
        ) : (
          <Stack>
            <p>{words.resetConfirm}</p>
            {reset.isError && <ProblemNote error={reset.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={end}>
                {common.cancel}
              </Button>
              <Button loading={reset.isPending} onClick={() => reset.mutate()}>
                {words.resetDo}
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
