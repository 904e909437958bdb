/** Changing the plan of an order, paying on, cancelling it and thinking again. */
import { Button, Checkbox, Group, Modal, Radio, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelOrder, extendOrder, undoCancel } from '../api/actions.js';
import type { OrderView, PlansView } from '../api/queries.js';
import { common } from '../messages/common.js';
import { order as words } from '../messages/order.js';
import { Card, Note, ProblemNote } from '../parts/status.js';
import { ChangePlan } from './order-change.js';
import { GoButton } from './order-situation.js';

const { manage } = words;

const useWish = (orderId: string, wish: () => Promise<void>, then: () => void) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: wish,
    onSuccess: () => {
      then();
      return client.invalidateQueries({ queryKey: ['orders', orderId] });
    },
  });
};

function CancelDialog({ orderId, onClose }: { orderId: string; onClose: () => void }) {
  const [when, setWhen] = useState<'periodEnd' | 'now'>('periodEnd');
  const [isSure, setSure] = useState(false);
  const cancel = useWish(orderId, () => cancelOrder(orderId, when), onClose);
  return (
    <Stack>
      <Radio.Group value={when} onChange={(value) => setWhen(value === 'now' ? 'now' : 'periodEnd')} aria-label={manage.cancelTitle}>
        <Stack gap="sm">
          <Radio value="periodEnd" label={manage.cancelEnd} description={manage.cancelEndText} />
          <Radio value="now" label={manage.cancelNow} description={manage.cancelNowText} />
        </Stack>
      </Radio.Group>
      {when === 'now' && (
        <Checkbox checked={isSure} onChange={(event) => setSure(event.currentTarget.checked)} label={manage.cancelNowAck} />
      )}
      {cancel.isError && <ProblemNote error={cancel.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button color="red" loading={cancel.isPending} disabled={when === 'now' && !isSure} onClick={() => cancel.mutate()}>
          {manage.cancelDo}
        </Button>
      </Group>
    </Stack>
  );
}

function Undo({ orderId }: { orderId: string }) {
  const undo = useWish(
    orderId,
    () => undoCancel(orderId),
    () => undefined,
  );
  return (
    <>
      <Note tone="warn">
        <p>{manage.cancelled}</p>
      </Note>
      {undo.isError && <ProblemNote error={undo.error} />}
      <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
        {manage.undo}
      </Button>
    </>
  );
}

export function Manage({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const { orderId, payment } = order;
  const [isCancelOpen, cancelDialog] = useDisclosure();
  const [isChangeOpen, changeDialog] = useDisclosure();
  const others = (offer?.plans ?? []).filter(({ game, planId }) => game === order.gameId && planId !== order.planId);
  const isEnding = order.endsAt !== null;
  return (
    <Card title={manage.title}>
      <Stack gap="sm">
        {payment === 'subscription' && !isEnding && (
          <Button variant="default" onClick={changeDialog.open}>
            {manage.changePlan}
          </Button>
        )}
        {payment === 'once' && !isEnding && (
          <GoButton variant="default" find={async () => (await extendOrder(orderId)).url}>
            {manage.extend}
          </GoButton>
        )}
        {isEnding ? (
          <Undo orderId={orderId} />
        ) : (
          <Button variant="subtle" color="red" onClick={cancelDialog.open}>
            {manage.cancel}
          </Button>
        )}
      </Stack>
      <Modal
        opened={isCancelOpen}
        onClose={cancelDialog.close}
        title={manage.cancelTitle}
        closeButtonProps={{ 'aria-label': common.cancel }}
      >
        <CancelDialog orderId={orderId} onClose={cancelDialog.close} />
      </Modal>
      <Modal
        opened={isChangeOpen}
        onClose={changeDialog.close}
        title={manage.changeTitle}
        closeButtonProps={{ 'aria-label': common.cancel }}
      >
        <ChangePlan order={order} plans={others} onClose={changeDialog.close} />
      </Modal>
    </Card>
  );
}
