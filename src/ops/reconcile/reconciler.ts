/** Gathers what ledger and Stripe tell of a span of time and compares it. Changes nothing on either side. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { IsMoneyCounted, MoneyMoved, type MovedRow } from '../../../projections/payments/movements.query.js';
import { payments } from '../../../projections/payments/payments.projection.js';
import { InvoiceOfPaymentIntent, OrderOfStripeObject } from '../../../projections/stripe-links/stripe-links.query.js';
import { StreamRepository } from '../../platform/event-store/stream-repository.js';
import { PositionWaiter } from '../../platform/http/ledger-position.js';
import { refuse } from '../../platform/refusal.js';
import { StripeGateway } from '../../stripe/stripe.gateway.js';
import { movementOf, movementsIn, type StripeMovement } from '../../stripe/stripe-money.js';
import { reconcile, type Movement, type MovementKind, type Reconciliation } from './reconcile.js';

export interface ReconciliationReport extends Reconciliation {
  /** Money at Stripe that is no business of the ledger's: it names no order, and no webhook of it came here. */
  readonly foreign: readonly Movement[];
  /** Paid past Stripe, and what Stripe charged for disputes: in no sum. */
  readonly apart: readonly {
    readonly what: 'offStripe' | 'fee';
    readonly objectId: string;
    readonly currency: string;
    readonly amountMinor: bigint;
  }[];
}

const MS_PER_SECOND = 1_000;
const KINDS: Readonly<Record<MovedRow['kind'], MovementKind>> = {
  payment: 'payment',
  unmatchedMoney: 'payment',
  refund: 'refund',
  dispute: 'dispute',
};

const ours = ({ kind, objectId, orderId, currency, amountMinor, offStripeMinor }: MovedRow): Movement => ({
  ...{ kind: KINDS[kind], objectId, orderId, currency: currency ?? '' },
  amountMinor: BigInt(amountMinor ?? 0) - BigInt(offStripeMinor ?? 0),
});
const theirs = ({ kind, objectId, orderId, currency, amountMinor }: StripeMovement): Movement => ({
  ...{ kind, objectId, orderId, currency },
  amountMinor: BigInt(amountMinor),
});

@Injectable()
export class Reconciler {
  constructor(
    private readonly streams: StreamRepository,
    private readonly waiter: PositionWaiter,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
  ) {}

  /**
   * @param span `to` is not part of it
   * @throws Refusal READ_MODEL_BEHIND when the list of payments has not caught up, STRIPE_UNAVAILABLE
   */
  async compare({ from, to }: { readonly from: Date; readonly to: Date }): Promise<ReconciliationReport> {
    await this.caughtUp();
    const listed = await this.listed(from, to);
    const objectIds = listed.map(({ objectId }) => objectId);
    const rows = await this.queries.execute(new MoneyMoved({ from: from.toISOString(), to: to.toISOString(), objectIds }));
    const known = new Set(rows.map(({ objectId }) => objectId));
    const foreign: Movement[] = [];
    const movements: Movement[] = [];
    for (const movement of listed) {
      const orderId = movement.orderId ?? (known.has(movement.objectId) ? null : await this.orderOf(movement));
      const isOurs = known.has(movement.objectId) || orderId !== null || (await this.isOfUnmatched(movement));
      (isOurs ? movements : foreign).push({ ...theirs(movement), orderId });
    }
    movements.push(...(await this.elsewhere(rows, new Set(objectIds))));
    return { ...reconcile(rows.map(ours), movements), foreign, apart: apartIn(rows) };
  }

  private async caughtUp(): Promise<void> {
    const head = await this.streams.head();
    if (head !== undefined && !(await this.waiter.reached(head, [payments.name])))
      throw refuse('READ_MODEL_BEHIND', 503, 'The list of payments has not caught up with the log; please ask again.');
  }

  private async listed(from: Date, to: Date): Promise<StripeMovement[]> {
    const seconds = (time: Date): number => Math.floor(time.getTime() / MS_PER_SECOND);
    return this.stripe.asking(async () => {
      const all: StripeMovement[] = [];
      for await (const movement of movementsIn(this.stripe.sdk, { from: seconds(from), to: seconds(to) })) all.push(movement);
      return all;
    });
  }

  /** Refunds and disputes made at Stripe name no order themselves: their payment does. */
  private async orderOf({ objectId, paymentIntent }: StripeMovement): Promise<string | null> {
    for (const id of [objectId, paymentIntent]) {
      const orderId = id === null ? undefined : await this.queries.execute(new OrderOfStripeObject(id));
      if (orderId !== undefined) return orderId;
    }
    return null;
  }

  /** What goes back of money without an order, or is disputed, counts as long as that money does. */
  private async isOfUnmatched({ paymentIntent }: StripeMovement): Promise<boolean> {
    if (paymentIntent === null) return false;
    const invoice = await this.queries.execute(new InvoiceOfPaymentIntent(paymentIntent));
    return this.queries.execute(new IsMoneyCounted(invoice ?? paymentIntent));
  }

  /** What the ledger was told in the span and Stripe lists in another: asked for one by one. */
  private async elsewhere(rows: readonly MovedRow[], listed: ReadonlySet<string>): Promise<Movement[]> {
    const found: Movement[] = [];
    const asked = new Set<string>();
    for (const { kind, objectId } of rows) {
      if (listed.has(objectId) || asked.has(objectId)) continue;
      asked.add(objectId);
      const movement = await this.stripe.asking(() => movementOf(this.stripe.sdk, KINDS[kind], objectId));
      if (movement) found.push(theirs(movement));
    }
    return found;
  }
}

const apartIn = (rows: readonly MovedRow[]): ReconciliationReport['apart'] =>
  rows.flatMap(({ objectId, currency, offStripeMinor, feeMinor }) =>
    (
      [
        ['offStripe', offStripeMinor],
        ['fee', feeMinor],
      ] as const
    ).flatMap(([what, minor]) =>
      minor === null || minor === '0' ? [] : [{ what, objectId, currency: currency ?? '', amountMinor: BigInt(minor) }],
    ),
  );
