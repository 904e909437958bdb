/** Which order an object of Stripe's belongs to. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';

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
    join read.stripe_links_v1 link on steps < 3 and (link.object_id = reached.id or link.session = reached.id
      or link.payment_intent = reached.id or link.invoice = reached.id or link.subscription = reached.id or link.charge = reached.id)
    cross join lateral (values (link.object_id), (link.session), (link.payment_intent), (link.invoice), (link.subscription), (link.charge)) as tie(id)
    where tie.id is not null
  )
  select link.order_id as "orderId"
  from reached join read.stripe_links_v1 link on link.object_id = reached.id
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
