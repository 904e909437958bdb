/** Takes a customer's wish for a server: everything that must be true before an order is placed. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { PlanChecks } from '../../projections/plan-availability/plan-availability.query.js';
import { Catalog, checkOf, priceIdOf, resourcesOf, type PlanOfGame } from '../catalog/catalog.js';
import { configurationProblems } from '../catalog/configuration.js';
import { PanelAccountOf, type PanelAccount } from '../customers/customer.queries.js';
import { IdentityStore } from '../customers/identity/identity.store.js';
import type { RequestIdentity } from '../platform/http/request-key.js';
import { derivedId } from '../platform/ids.js';
import { Refusal, refuse, type FieldProblem } from '../platform/refusal.js';
import { PlaceOrder, ReopenCheckout, type PlacedOrder } from './order.commands.js';
import type { PaymentWay, Term } from './order.events.js';

export interface Wish {
  readonly planId: string;
  readonly region: string;
  readonly term: Term;
  readonly payment: PaymentWay;
  readonly configuration?: Readonly<Record<string, string>>;
}

const ACCOUNT_TRIES = 10;
const ACCOUNT_PAUSE_MS = 300;

@Injectable()
export class OrderDesk {
  constructor(
    private readonly catalog: Catalog,
    private readonly people: IdentityStore,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Places the order under the request's id. A repeat is answered from the stream if it got that far, whatever is for sale by now. */
  async place(customerId: string, wish: Wish, { requestId: orderId, commandId, repeated }: RequestIdentity): Promise<PlacedOrder> {
    const before = repeated ? await this.reopen(orderId) : undefined;
    if (before && before.stage !== 'none') return before;
    const sold = this.known(wish);
    const chosen = wish.configuration ?? {};
    const configurationId = derivedId('configuration', orderId);
    const [checks, account, configurationHash] = await Promise.all([
      this.queries.execute(new PlanChecks(wish.planId)),
      this.queries.execute(new PanelAccountOf(customerId)),
      this.kept(sold, { configurationId, customerId, values: chosen }),
    ]);
    const check = checkOf(sold, checks);
    const errors = configurationProblems(sold.game, check?.settings ?? [], chosen);
    if (errors.length > 0) throw configurationInvalid(errors);
    if (!check?.sellable) throw refuse('PLAN_NOT_SELLABLE', 409, 'This plan cannot be sold at the moment.');
    const panelUserId = await this.panelAccount(customerId, account);
    const price = sold.plan.terms[wish.term];
    const order = {
      ...{ orderId, customerId, panelUserId, planId: wish.planId, gameId: sold.game.id, region: wish.region, term: wish.term },
      ...{ payment: wish.payment, price: { amountMinor: price.amountMinor, currency: price.currency } },
      ...{ priceId: priceIdOf(price, wish.payment), resources: resourcesOf(sold), configurationId, configurationHash },
    };
    const context = { commandId, correlationId: orderId, causationId: commandId, actor: { kind: 'customer' as const, id: customerId } };
    return this.commands.execute(new PlaceOrder(order, context));
  }

  /** The checkout of an order that may still be paid. */
  async reopen(orderId: string): Promise<PlacedOrder> {
    return this.commands.execute(new ReopenCheckout(orderId));
  }

  /**
   * Keeps the settings before anything is appended; if the wish is refused, nothing leads to them.
   * @returns their hash; empty for what is refused whatever the egg says
   */
  private async kept({ game }: PlanOfGame, wish: Parameters<IdentityStore['saveConfiguration']>[0]): Promise<string> {
    return configurationProblems(game, [], wish.values).length > 0 ? '' : this.people.saveConfiguration(wish);
  }

  private known(wish: Wish): PlanOfGame {
    const sold = this.catalog.plan(wish.planId);
    if (!sold) throw refuse('PLAN_UNKNOWN', 422, 'There is no such plan.');
    if (!this.catalog.regions.some(({ id }) => id === wish.region)) throw refuse('REGION_UNKNOWN', 422, 'There is no such region.');
    return sold;
  }

  /** Waits a little for an account that is being linked right now, so that signing up and buying at once works. */
  private async panelAccount(customerId: string, first: PanelAccount): Promise<number> {
    let account = first;
    for (let tries = 1; ; tries += 1) {
      if (account.status === 'linked') return account.panelUserId;
      if (account.status === 'conflict')
        throw refuse(
          'PANEL_ACCOUNT_CONFLICT',
          409,
          'This e-mail address already has an account on the game panel. Please contact support.',
        );
      if (tries === ACCOUNT_TRIES)
        throw refuse('PANEL_ACCOUNT_PENDING', 409, 'Your game panel account is still being made. Please try again in a moment.');
      await new Promise((resolve) => setTimeout(resolve, ACCOUNT_PAUSE_MS));
      account = await this.queries.execute(new PanelAccountOf(customerId));
    }
  }
}

/** Names every field that is wrong. */
const configurationInvalid = (errors: readonly FieldProblem[]): Refusal => {
  const told = errors.map(({ field, problems }) => `${field} (${problems.join()})`).join(', ');
  return new Refusal('CONFIGURATION_INVALID', 422, `These settings are not valid: ${told}.`, errors);
};
