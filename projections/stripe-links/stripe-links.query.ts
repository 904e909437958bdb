/** Which order an object of Stripe's belongs to. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { tableNameOf } from '../../src/platform/projection.js';
import { stripeLinks } from './stripe-links.projection.js';

const LINKS = tableNameOf(stripeLinks);

/** Undefined when no fact of ours leads from the object to an order. */
export class OrderOfStripeObject extends Query<string | undefined> {
  constructor(readonly objectId: string) {
    super();
  }
}

/** From the object along its ties, in both directions: a refund names a charge, which names a payment intent, which an invoice was paid with. */
const REACHED = `
  with recursive reached(id, steps) as (
    select $1::text, 0
    union
    select tie.id, steps + 1
    from reached
    join ${LINKS} link on steps < 3 and (link.object_id = reached.id or link.session = reached.id
      or link.payment_intent = reached.id or link.invoice = reached.id or link.subscription = reached.id or link.charge = reached.id)
    cross join lateral (values (link.object_id), (link.session), (link.payment_intent), (link.invoice), (link.subscription), (link.charge)) as tie(id)
    where tie.id is not null
  )
  select link.order_id as "orderId"
  from reached join ${LINKS} link on link.object_id = reached.id
  where link.order_id is not null
  order by steps, link.order_id
  limit 1`;

@QueryHandler(OrderOfStripeObject)
export class OrderOfStripeObjectHandler implements IQueryHandler<OrderOfStripeObject> {
  constructor(private readonly database: DataSource) {}

  async execute({ objectId }: OrderOfStripeObject): Promise<string | undefined> {
    const rows: { orderId: string }[] = await this.database.query(REACHED, [objectId]);
    return rows[0]?.orderId;
  }
}

/** Whether every webhook up to this place in the log has been read into the links. */
export class LinksHavePassed extends Query<boolean> {
  constructor(readonly position: bigint) {
    super();
  }
}

@QueryHandler(LinksHavePassed)
export class LinksHavePassedHandler implements IQueryHandler<LinksHavePassed> {
  constructor(private readonly database: DataSource) {}

  async execute({ position }: LinksHavePassed): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `select 1 from engine.checkpoint where reader = $1 and version = $2 and commit_position >= $3::numeric`,
      [stripeLinks.name, stripeLinks.version, String(position)],
    );
    return rows.length > 0;
  }
}

/** The invoice that was paid with a payment intent; undefined when no webhook has said so. */
export class InvoiceOfPaymentIntent extends Query<string | undefined> {
  constructor(readonly paymentIntent: string) {
    super();
  }
}

@QueryHandler(InvoiceOfPaymentIntent)
export class InvoiceOfPaymentIntentHandler implements IQueryHandler<InvoiceOfPaymentIntent> {
  constructor(private readonly database: DataSource) {}

  async execute({ paymentIntent }: InvoiceOfPaymentIntent): Promise<string | undefined> {
    const rows: { invoice: string }[] = await this.database.query(
      `select invoice from ${LINKS} where payment_intent = $1 and invoice is not null order by object_id limit 1`,
      [paymentIntent],
    );
    return rows[0]?.invoice;
  }
}

/** The one order that this customer of Stripe's pays for; undefined for none, and for more than one. */
export class OrderOfStripeCustomer extends Query<string | undefined> {
  constructor(readonly customer: string) {
    super();
  }
}

@QueryHandler(OrderOfStripeCustomer)
export class OrderOfStripeCustomerHandler implements IQueryHandler<OrderOfStripeCustomer> {
  constructor(private readonly database: DataSource) {}

  async execute({ customer }: OrderOfStripeCustomer): Promise<string | undefined> {
    const rows: { orderId: string }[] = await this.database.query(
      `select distinct order_id as "orderId" from ${LINKS} where customer = $1 and order_id is not null limit 2`,
      [customer],
    );
    return rows.length === 1 ? rows[0]?.orderId : undefined;
  }
}
