/** What a change of plan promises, judged at rest from the log, the panel and Stripe: one end, one plan everywhere, money moved once. */
import { Catalog, priceIdOf, resourcesOf } from '../../src/catalog/catalog.js';
import type { Recorded } from '../../src/platform/event.js';
import { orderDecider, type Order } from '../../src/orders/order.decider.js';
import type { OrderEvent, Resources } from '../../src/orders/order.events.js';
import type { OrderPlanChangeFailed, OrderPlanChangeQuoted } from '../../src/orders/service.events.js';
import type { StoryOfOrder } from './delivery-stories.js';
import type { PanelServer, World } from './local-world.js';

type Told = Awaited<ReturnType<World['allEvents']>>[number];
type Quote = OrderPlanChangeQuoted['data'];

/** What a change came to: the order is on the new plan, or on the old one as before; undecided where neither is said. */
interface Change {
  readonly quote: Quote;
  readonly ends: readonly Told[];
}

/** All of what is told of one order, with what follows from it. */
interface OrderAtRest {
  readonly orderId: string;
  readonly order: Order;
  readonly told: readonly Told[];
  /** Those that its customer has confirmed. */
  readonly changes: readonly Change[];
}

/** Of the orders of these stories, all of which are for a month. */
const catalog = Catalog.load('catalog.yaml');
const planOf = ({ placed: { planId, payment } }: Extract<Order, { placed: unknown }>) => {
  const sold = catalog.plan(planId);
  if (!sold) throw new Error(`${planId} is in no catalog`);
  return { planId, priceId: priceIdOf(sold.plan.terms.monthly, payment), resources: resourcesOf(sold) };
};

const ENDS = ['OrderPlanChanged', 'OrderPlanChangeFailed'];
const changeIdOf = ({ data }: Told): unknown => data['changeId'];

const changesIn = (told: readonly Told[]): Change[] =>
  told
    .filter(({ type }) => type === 'OrderPlanChangeConfirmed')
    .flatMap((confirmed) => {
      const about = told.filter((event) => changeIdOf(event) === changeIdOf(confirmed));
      const quoted = about.find(({ type }) => type === 'OrderPlanChangeQuoted');
      return quoted ? [{ quote: quoted.data as unknown as Quote, ends: about.filter(({ type }) => ENDS.includes(type)) }] : [];
    });

const orderAtRest = (orderId: string, told: readonly Told[]): OrderAtRest => {
  const own = told.filter(({ stream }) => stream === `order-${orderId}`) as unknown as Recorded<OrderEvent>[];
  return { orderId, order: own.reduce(orderDecider.evolve, orderDecider.initial), told, changes: changesIn(told) };
};

const sizeOf = ({ memoryMib, diskMib, cpuPercent }: Resources): string => `${memoryMib} MiB, disk ${diskMib} MiB, cpu ${cpuPercent} %`;
const sizeOn = ({ limits }: PanelServer): string => `${limits.memory} MiB, disk ${limits.disk} MiB, cpu ${limits.cpu} %`;

/** What an order's plans look like at one moment of rest. */
export class PlansAtRest {
  private constructor(
    private readonly world: World,
    private readonly orders: readonly OrderAtRest[],
    private readonly servers: readonly PanelServer[],
  ) {}

  static async of(world: World, events: readonly Told[]): Promise<PlansAtRest> {
    const byOrder = new Map<string, Told[]>();
    for (const event of events) {
      const orderId = /^(?:order|payment)-(.+)$/.exec(event.stream)?.[1];
      if (orderId !== undefined) byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), event]);
    }
    const orders = [...byOrder].map(([orderId, told]) => orderAtRest(orderId, told));
    return new PlansAtRest(world, orders, await world.panelServers());
  }

  /** Memory and disk that are kept for an order whose change is undecided, in MiB: those of both plans. Undefined where none is. */
  roomWhileUndecided(orderId: string): { readonly memoryMib: number; readonly diskMib: number } | undefined {
    const known = this.orders.find((one) => one.orderId === orderId);
    const quote = known?.changes.find(({ ends }) => ends.length === 0)?.quote;
    if (!known || !quote || !('placed' in known.order)) return undefined;
    const { memoryMib, diskMib } = planOf(known.order).resources;
    return { memoryMib: Math.max(memoryMib, quote.resources.memoryMib), diskMib: Math.max(diskMib, quote.resources.diskMib) };
  }

  /** @param asksFor kinds of attention that an order has; a change that waits for a person is no broken promise */
  async broken(asksFor: (orderId: string) => readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const one of this.orders) {
      const asks = asksFor(one.orderId);
      found.push(...undecided(one, asks), ...unexplained(one, asks), ...this.otherSize(one), ...(await this.otherMoney(one, asks)));
    }
    return found;
  }

  /** How often each came to an end for which there was a story: by its deed, and whether the panel made trouble. */
  ended(stories: readonly StoryOfOrder[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { quote, ends } of this.orders.flatMap(({ changes }) => changes)) {
      const wanted = stories.map(({ plansWanted }) => plansWanted.get(quote.changeId)).find((known) => known !== undefined);
      const end = ends[0]?.type === 'OrderPlanChanged' ? '' : 'Failed';
      if (!wanted || ends.length === 0) continue;
      const name = `${wanted.deed}${wanted.inTrouble ? 'InTrouble' : ''}${end}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  private otherSize({ orderId, order, changes }: OrderAtRest): string[] {
    if (order.status !== 'delivered' || changes.some(({ ends }) => ends.length === 0)) return [];
    const own = this.servers.filter(({ externalId }) => externalId === `order_${orderId}`);
    const { planId, resources } = planOf(order);
    const is = sizeOf(resources);
    return own.flatMap((server) => (sizeOn(server) === is ? [] : [`${orderId} is on ${planId} (${is}) and has ${sizeOn(server)}`]));
  }

  /** What Stripe takes for the order, and what it has taken for its changes. */
  private async otherMoney({ orderId, order, told, changes }: OrderAtRest, asks: readonly string[]): Promise<string[]> {
    const subscription = changes[0]?.quote.inputs.subscriptionId;
    if (!subscription) return [];
    const { items, status } = await this.world.stripe.subscriptions.retrieve(subscription);
    const invoices = await this.world.stripe.invoices.list({ subscription, limit: 100 });
    const paid = invoices.data.filter((invoice) => invoice.billing_reason === 'subscription_update' && invoice.status === 'paid');
    const found = paid.flatMap(({ id }) => bookedOnce(orderId, id ?? '', told));
    // What a person is asked about, or an end has overtaken, need not be put back.
    const isSettled = order.status === 'delivered' && status !== 'canceled' && !asks.includes('stripeCall');
    if (!isSettled || changes.some(({ ends }) => ends.length === 0)) return found;
    const price = items.data[0]?.price.id;
    const { planId, priceId } = planOf(order);
    if (price !== priceId) found.push(`${orderId} is on ${planId} and pays ${price}`);
    const due = changes.reduce((sum, { quote, ends }) => sum + (ends[0]?.type === 'OrderPlanChanged' ? quote.due.amountMinor : 0), 0);
    const taken = paid.reduce((sum, { total }) => sum + total, 0);
    if (taken !== due) found.push(`${orderId} has paid ${taken} for changes of plan that cost ${due}`);
    return found;
  }
}

/** Money for a change is recorded once, and the order says once whether it takes it or it waits for a refund. */
const bookedOnce = (orderId: string, invoiceId: string, told: readonly Told[]): string[] => {
  const about = told.filter(({ data }) => data['paymentId'] === invoiceId).map(({ type }) => type);
  const booked = about.filter((type) => type === 'PaymentSucceeded').length;
  const judged = about.filter((type) => type === 'OrderPaymentAccepted' || type === 'OrderPaymentNotAccepted').length;
  return booked === 1 && judged === 1 ? [] : [`${orderId}: ${invoiceId} is booked ${booked} times and judged ${judged} times`];
};

const WAITS_FOR_A_PERSON = ['provisioning', 'drift', 'stripeCall'];

const undecided = ({ orderId, order, changes }: OrderAtRest, asks: readonly string[]): string[] =>
  changes.flatMap(({ quote, ends }) => {
    if (ends.length > 1) return [`${orderId}: the change to ${quote.toPlanId} has ended ${ends.length} times`];
    // Of a service that ends the plan is changed no more.
    const mayWait = order.status !== 'delivered' || asks.some((kind) => WAITS_FOR_A_PERSON.includes(kind));
    return ends.length === 1 || mayWait ? [] : [`${orderId}: the change to ${quote.toPlanId} comes to no end; attention: ${asks.join()}`];
  });

/** Who has paid for what they did not get, and has not asked for another plan since, is looked after by a person. */
const unexplained = ({ orderId, told, changes }: OrderAtRest, asks: readonly string[]): string[] =>
  changes.flatMap(({ quote, ends: [end] }) => {
    if (end?.type !== 'OrderPlanChangeFailed') return [];
    const { code, undo } = end.data as unknown as OrderPlanChangeFailed['data'];
    const isLast = told.findLast(({ type }) => type === 'OrderPlanChangeQuoted')?.data['changeId'] === quote.changeId;
    const isTold = !undo || !isLast || asks.includes('planChange');
    return code !== '' && isTold ? [] : [`${orderId}: the change to ${quote.toPlanId} failed (${code}) and nobody is told; ${asks.join()}`];
  });
