/** The ledger stands still right before a step toward the end of a service that nobody has paid for; the customer pays, another takes over, and then the first one wakes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { PausedLedger } from '../support/paused-ledger.js';

const START_MS = 240_000;
const MINUTE_MS = 60_000;
/** A checkout that was opened so long before something is due is still open then. */
const BEFORE_MS = 15 * MINUTE_MS;
const STEP_MS = 2_000;

let paused: PausedLedger;
beforeAll(async () => {
  paused = await PausedLedger.start();
}, START_MS);
/** Or an order that a case leaves behind would come to its own end in the next one. */
afterEach(async () => {
  const token = await paused.world.operator(paused.ledger.url);
  for (const { orderId, status } of await paused.buyer.orders()) {
    if (status === 'ended') continue;
    await call(paused.ledger.url, `/api/v1/ops/orders/${orderId}/end`, { token, body: { reason: 'a test' }, key: crypto.randomUUID() });
    await paused.untilTold(`order-${orderId}`, 'OrderEnded');
  }
}, START_MS);
afterAll(() => paused?.close(), START_MS);

const last = async (orderId: string, type: string): Promise<Readonly<Record<string, unknown>>> =>
  (await paused.told(`order-${orderId}`, type)).at(-1) ?? {};
const setTo = async (iso: unknown, beforeMs = 0): Promise<void> => {
  paused.clock.set(new Date(Date.parse(String(iso)) - beforeMs));
  await paused.clock.followed();
};

/** The panel is about to be asked for this. */
const untilClaimed = (orderId: string, change: string): Promise<unknown> =>
  paused.whileTimePasses(`the claim to ${change}`, STEP_MS, async () =>
    (await paused.told(`provisioning-${orderId}`, 'ServerChangeStarted')).some((claim) => claim['change'] === change),
  );

/** The panel has suspended it. */
const graceOver = async (orderId: string): Promise<void> => {
  await setTo((await last(orderId, 'OrderGraceStarted'))['graceUntil']);
  await paused.untilTold(`provisioning-${orderId}`, 'ServerSuspended');
};
const deleteAt = async (orderId: string): Promise<unknown> => (await last(orderId, 'OrderSuspended'))['deleteAt'];
/** To when the server's deletion is about to be asked for. */
const toDeletion = async (orderId: string): Promise<void> => {
  await setTo(await deleteAt(orderId));
  await untilClaimed(orderId, 'delete');
};
const counted = (orderId: string, types: readonly string[]): Promise<number[]> =>
  Promise.all(types.map(async (type) => (await paused.told(`order-${orderId}`, type)).length));
/** The server is the customer's as before, and no money waits to be given back. */
const kept = async (orderId: string): Promise<void> => {
  expect(await paused.serverOf(orderId)).toMatchObject({ suspended: false });
  expect(await counted(orderId, ['OrderPaymentAccepted', 'OrderPaymentNotAccepted', 'OrderEnding'])).toStrictEqual([1, 0, 0]);
};
/** Deleted once, with no other money than the first. */
const gone = async (orderId: string): Promise<void> => {
  expect(await paused.serverOf(orderId)).toBeUndefined();
  expect(await paused.told(`payment-${orderId}`, 'PaymentSucceeded')).toHaveLength(1);
  expect(await paused.told(`provisioning-${orderId}`, 'ServerDeleted')).toHaveLength(1);
};

describe('an order that is paid once', () => {
  const inGrace = async (): Promise<string> => {
    const orderId = await paused.paid();
    await paused.untilTold(`order-${orderId}`, 'OrderDelivered');
    await setTo((await last(orderId, 'OrderDelivered'))['paidThrough']);
    await paused.untilTold(`order-${orderId}`, 'OrderGraceStarted');
    return orderId;
  };
  const suspended = async (): Promise<string> => {
    const orderId = await inGrace();
    await graceOver(orderId);
    return orderId;
  };
  /** Answers the session's id. */
  const extension = async (orderId: string): Promise<string> => {
    const { token } = paused.buyer;
    const asked = { token, body: {}, key: crypto.randomUUID() };
    const { body } = await call<{ url: string }>(paused.ledger.url, `/api/v1/orders/${orderId}/extend`, asked);
    return /cs_test_\w+/.exec(body.url)?.[0] ?? '';
  };
  const session = (sessionId: string) => paused.world.stripe.checkout.sessions.retrieve(sessionId);
  /** Stripe waits a while for the word of a ledger that stands still, and the customer with it. */
  const pay = async (sessionId: string): Promise<{ answered: Promise<unknown> }> => {
    const answered = paused.world.stripeControl(`/_control/sessions/${sessionId}/pay`, {});
    await eventually(async () => (await session(sessionId)).status === 'complete', { what: 'a paid session' });
    return { answered };
  };
  it(
    'and then pays while it is about to be suspended is not suspended',
    async () => {
      const orderId = await inGrace();
      const { graceUntil } = await last(orderId, 'OrderGraceStarted');
      await setTo(graceUntil, BEFORE_MS);
      const sessionId = await extension(orderId);
      const suspends = async (): Promise<void> => {
        await setTo(graceUntil);
        await untilClaimed(orderId, 'suspend');
      };
      await paused.overslept('panel.suspendServer', suspends, async () => {
        const { answered } = await pay(sessionId);
        await paused.whileTimePasses('the sweep', STEP_MS, async () => (await last(orderId, 'OrderResumed'))['reason'] === 'unpaid');
        await paused.whileTimePasses('the server', STEP_MS, async () => (await paused.serverOf(orderId))?.suspended === false);
        await answered;
      });
      await kept(orderId);
    },
    START_MS,
  );

  it(
    'and then pays while its checkout is about to be closed is kept',
    async () => {
      const orderId = await suspended();
      await setTo(await deleteAt(orderId), BEFORE_MS);
      const sessionId = await extension(orderId);
      const closes = async (): Promise<void> => setTo(await deleteAt(orderId));
      await paused.overslept('stripe.call', closes, async () => {
        const { answered } = await pay(sessionId);
        await paused.untilTold(`provisioning-${orderId}`, 'ServerUnsuspended');
        await answered;
      });
      await kept(orderId);
    },
    START_MS,
  );

  it(
    'cannot be paid for any more when its server is about to be deleted',
    async () => {
      const orderId = await suspended();
      await setTo(await deleteAt(orderId), BEFORE_MS);
      const sessionId = await extension(orderId);
      await paused.overslept(
        'panel.deleteServer',
        () => toDeletion(orderId),
        async () => {
          await expect(paused.world.stripeControl(`/_control/sessions/${sessionId}/pay`, {})).rejects.toThrow(
            /is expired; it can no longer be paid/,
          );
          expect((await session(sessionId)).status).toBe('expired');
          await paused.untilTold(`order-${orderId}`, 'OrderEnded');
        },
      );
      await gone(orderId);
    },
    START_MS,
  );
});

describe('an order by subscription', () => {
  /** After its period began, Stripe asks for the money within an hour. */
  const ASKED_MS = 2 * 60 * MINUTE_MS;
  /** Its renewal has failed, grace is over, and the panel has suspended it; answers what would still pay for it. */
  const suspended = async (): Promise<{
    orderId: string;
    invoiceId: string;
    subscriptionId: string;
    payBy: (method: string) => Promise<unknown>;
  }> => {
    const { stripe } = paused.world;
    const orderId = await paused.paid('subscription');
    await paused.untilTold(`order-${orderId}`, 'OrderDelivered');
    const subscriptionId = String((await paused.told(`payment-${orderId}`, 'SubscriptionLinked'))[0]?.['subscriptionId']);
    const { customer, items } = await stripe.subscriptions.retrieve(subscriptionId);
    const payBy = (method: string): Promise<unknown> =>
      paused.world.stripeControl(`/_control/customers/${customer as string}/payment_method`, { payment_method: method });
    await payBy('pm_card_chargeCustomerFail');
    await setTo(new Date((items.data[0]?.current_period_end ?? 0) * 1_000).toISOString(), -ASKED_MS);
    const { latest_invoice: invoice } = await stripe.subscriptions.retrieve(subscriptionId);
    await paused.untilTold(`order-${orderId}`, 'OrderGraceStarted');
    await graceOver(orderId);
    return { orderId, invoiceId: invoice as string, subscriptionId, payBy };
  };

  it(
    'that is paid while its invoice is about to be void is kept',
    async () => {
      const { orderId, invoiceId, subscriptionId, payBy } = await suspended();
      const voids = async (): Promise<void> => setTo(await deleteAt(orderId));
      await paused.overslept('stripe.call', voids, async () => {
        await payBy('pm_card_visa');
        await paused.world.stripe.invoices.pay(invoiceId);
        await paused.untilTold(`provisioning-${orderId}`, 'ServerUnsuspended');
      });
      await kept(orderId);
      expect((await paused.world.stripe.subscriptions.retrieve(subscriptionId)).status).toBe('active');
    },
    START_MS,
  );

  it(
    'cannot be paid for any more when its server is about to be deleted',
    async () => {
      const { orderId, invoiceId, payBy } = await suspended();
      await paused.overslept(
        'panel.deleteServer',
        () => toDeletion(orderId),
        async () => {
          await payBy('pm_card_visa');
          await expect(paused.world.stripe.invoices.pay(invoiceId)).rejects.toThrow();
          expect((await paused.world.stripe.invoices.retrieve(invoiceId)).status).toBe('void');
          await paused.untilTold(`order-${orderId}`, 'OrderEnded');
        },
      );
      await gone(orderId);
    },
    START_MS,
  );
});
