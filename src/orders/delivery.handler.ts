/** The server of an order is ready: from here its period runs, and what a late one is owed is recorded. */
import { CommandHandler, QueryBus, type ICommandHandler } from '@nestjs/cqrs';
import { Catalog } from '../catalog/catalog.js';
import { MoneyOfOrderQuery } from '../payments/payment.queries.js';
import type { Written } from '../platform/commands.js';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { lateCredit, type LateCredit } from './late-delivery.decider.js';
import { RecordDelivery } from './order.commands.js';
import { orderDecider, recordDelivery, type Order } from './order.decider.js';
import { endOfTerm } from './period.js';
import type { MoneyOfOrder } from './service.saga.js';

const MINUTE_MS = 60_000;

type PaidOrder = Extract<Order, { status: 'paid' }>;

@CommandHandler(RecordDelivery)
export class RecordDeliveryHandler implements ICommandHandler<RecordDelivery> {
  constructor(
    private readonly streams: StreamRepository,
    private readonly queries: QueryBus,
    private readonly catalog: Catalog,
  ) {}

  async execute({ data, context }: RecordDelivery): Promise<Written> {
    const { orderId, serverId, identifier, readyAt } = data;
    const money = await this.queries.execute(new MoneyOfOrderQuery(orderId));
    return this.streams.execute({ decider: orderDecider, id: orderId }, context, (order) => {
      if (order.status !== 'paid') return [];
      // A subscription may have been renewed before its server was ready.
      const paidThrough = order.service.paidThrough ?? endOfTerm(readyAt, order.placed.term);
      return recordDelivery({ serverId, identifier, readyAt, paidThrough, late: this.late(order, money, readyAt) })(order);
    });
  }

  /** Of all periods that are paid for by now. */
  private late({ placed, paid, service, seenPayments }: PaidOrder, { payments }: MoneyOfOrder, readyAt: string): LateCredit | null {
    const first = payments.find(({ paymentId }) => paymentId === paid.paymentId);
    const renewals = payments.filter(({ kind, paymentId }) => kind === 'renewal' && seenPayments.includes(paymentId));
    const amountMinor = [first, ...renewals].reduce((sum, payment) => sum + (payment?.total.amountMinor ?? 0), 0);
    return lateCredit({
      payment: placed.payment,
      paidAt: first?.paidAt ?? paid.paidAt,
      readyAt,
      paidThrough: service.paidThrough,
      total: { amountMinor, currency: placed.price.currency },
      longestInstallMs: (this.catalog.game(placed.gameId)?.install.longestMinutes ?? 0) * MINUTE_MS,
    });
  }
}
