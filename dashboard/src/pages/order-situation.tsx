/** Where an order stands, in a sentence, and what its owner can do about it. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearch } from 'wouter';
import { billingPortal, extendOrder, reopenCheckout } from '../api/actions.js';
import type { OrderView, PlansView } from '../api/queries.js';
import { order as words } from '../messages/order.js';
import { Card, Note, ProblemNote } from '../parts/status.js';
import { When } from '../parts/when.js';
import css from './order.module.css';

/** Opens a page of Stripe's that the API names. */
export function GoButton({
  find,
  children,
  variant = 'filled',
}: {
  find: () => Promise<string | null>;
  children: ReactNode;
  variant?: string;
}) {
  const go = useMutation({
    mutationFn: find,
    onSuccess: (url) => {
      if (url !== null) location.assign(url);
    },
  });
  return (
    <>
      <Button variant={variant} loading={go.isPending || (go.isSuccess && go.data !== null)} onClick={() => go.mutate()}>
        {children}
      </Button>
      {go.isError && <ProblemNote error={go.error} />}
    </>
  );
}

/** Not of a card: money that was on its way and did not arrive, or a way to pay that we do not know. */
const NO_CARD = new Set(['asyncPaymentFailed', 'payment_declined']);

const declineOf = (reason: string): string => (NO_CARD.has(reason) ? words.notArrived : words.declined(words.declineReasons[reason] ?? ''));

/** What became of the last try to pay; nothing where there was none. */
function LastTry({ order: { statusReason, payment, status }, hasReturned }: { order: OrderView; hasReturned: boolean }) {
  if (statusReason === 'checkoutExpired') return <p>{words.expired}</p>;
  if (statusReason !== null)
    return (
      <Note tone="warn" role="status">
        <p>{declineOf(statusReason)}</p>
      </Note>
    );
  if (hasReturned) return <p role="status">{words.confirming}</p>;
  // Stripe does not tell to which subscription a declined card belongs.
  return payment === 'subscription' && status === 'awaitingPayment' ? <p className={css['soft']}>{words.mayBeDeclined}</p> : null;
}

function AwaitingPayment({ order }: { order: OrderView }) {
  const hasReturned = new URLSearchParams(useSearch()).has('session_id');
  return (
    <>
      <LastTry order={order} hasReturned={hasReturned} />
      {order.checkoutExpiresAt !== null && (
        <p className={css['soft']}>
          {words.payUntil} <When at={order.checkoutExpiresAt} as="time" />
        </p>
      )}
      <div>
        <GoButton find={async () => (await reopenCheckout(order.orderId)).checkoutUrl}>{words.payNow}</GoButton>
      </div>
    </>
  );
}

const payWay = ({ orderId, payment, subscription }: OrderView) =>
  payment === 'once' || subscription === null
    ? { find: async () => (await extendOrder(orderId)).url, label: words.manage.extend }
    : { find: async () => (await billingPortal(orderId)).url, label: words.payOpen };

function Deadline({ text, at }: { text: string; at: string }) {
  return (
    <Note tone="warn">
      <p>
        {text} <When at={at} />
      </p>
    </Note>
  );
}

function Overdue({ order, text }: { order: OrderView; text: string }) {
  const { find, label } = payWay(order);
  const isPayable = order.status === 'grace' || order.suspensions.includes('unpaid');
  return (
    <>
      <p>{text}</p>
      {order.status === 'grace' && order.graceUntil !== null && <Deadline text={words.suspendsOn} at={order.graceUntil} />}
      {order.status === 'suspended' && order.deleteAt !== null && <Deadline text={words.deletesOn} at={order.deleteAt} />}
      {isPayable && (
        <div>
          <GoButton find={find}>{label}</GoButton>
        </div>
      )}
    </>
  );
}

function OnTheWay({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const game = offer?.games.find(({ id }) => id === order.gameId);
  return (
    <>
      {game && <p>{words.promise(game.usualInstallMinutes, game.longestInstallMinutes)}</p>}
      {order.failingStep !== null && (
        <Note tone="warn" role="status">
          <p>{words.trouble(order.failingStep)}</p>
        </Note>
      )}
      <p className={css['soft']}>{words.closeSafely}</p>
    </>
  );
}

const Owed = () => (
  <Note tone="bad" role="status">
    <p>{words.owed}</p>
  </Note>
);

type Told = (props: { order: OrderView; offer: PlansView | undefined }) => ReactNode;

const onTheWay: Told = (props) => <OnTheWay {...props} />;
const awaiting: Told = ({ order }) => <AwaitingPayment order={order} />;
const TOLD: Readonly<Record<string, Told>> = {
  placed: awaiting,
  held: awaiting,
  awaitingPayment: awaiting,
  paymentPending: () => <p className={css['soft']}>{words.closeSafely}</p>,
  paid: onTheWay,
  provisioning: onTheWay,
  installing: onTheWay,
  attention: Owed,
  grace: ({ order }) => <Overdue order={order} text={words.graceReasons[order.statusReason ?? ''] ?? words.graceOther} />,
  suspended: ({ order }) => <Overdue order={order} text={words.suspendedReasons[order.statusReason ?? ''] ?? words.endedOther} />,
  ending: ({ order }) => <p>{words.endedReasons[order.statusReason ?? ''] ?? words.endedOther}</p>,
  ended: ({ order }) => <p>{words.endedReasons[order.statusReason ?? ''] ?? words.endedOther}</p>,
};

export function Situation({ order, offer }: { order: OrderView; offer: PlansView | undefined }) {
  const Told = TOLD[order.status];
  return (
    <Card className={css['situation']}>
      <h2 className={css['headline']} aria-live="polite">
        {words.headline[order.status] ?? order.status}
      </h2>
      {Told && Told({ order, offer })}
    </Card>
  );
}

export function NextSteps() {
  return (
    <Card title={words.nextSteps.title}>
      <ol className={css['list']}>
        {words.nextSteps.items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ol>
    </Card>
  );
}
