/** Takes a customer's wish for a server: everything that must be true before an order is placed, and the key that makes a repeat harmless. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { AllPlanChecks } from '../../projections/plan-availability/plan-availability.query.js';
import { Catalog, priceIdOf, type PlanOfGame } from '../catalog/catalog.js';
import { PanelAccountOf } from '../customers/customer.queries.js';
import { IdentityStore } from '../customers/identity/identity.store.js';
import { derivedId, newId } from '../platform/ids.js';
import { IdempotencyStore } from '../platform/idempotency/idempotency.store.js';
import { refuse } from '../platform/refusal.js';
import { PlaceOrder, ReopenCheckout, type PlacedOrder } from './order.commands.js';
import type { PaymentWay, Resources, Term } from './order.events.js';

export interface Wish {
  readonly planId: string;
  readonly region: string;
  readonly term: Term;
  readonly payment: PaymentWay;
  readonly configuration?: Readonly<Record<string, string>>;
}

const ROUTE = 'POST /api/v1/orders';
const VALUE_MAX = 200;
const ACCOUNT_TRIES = 10;
const ACCOUNT_PAUSE_MS = 300;

@Injectable()
export class OrderDesk {
  constructor(
    private readonly catalog: Catalog,
    private readonly people: IdentityStore,
    private readonly keys: IdempotencyStore,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Places the order, or answers as the first time when this key was seen. */
  async place(request: { customerId: string; key: string; bodyHash: string; wish: Wish }): Promise<PlacedOrder> {
    const { customerId, key, bodyHash, wish } = request;
    const sold = await this.sellable(wish);
    const configuration = checkedConfiguration(sold, wish.configuration ?? {});
    const panelUserId = await this.panelAccount(customerId);
    const fresh = { orderId: newId(), configurationId: newId() };
    const { ids } = await this.keys.begin({ actorId: customerId, route: ROUTE, key, bodyHash, ids: fresh });
    const orderId = ids['orderId'] ?? fresh.orderId;
    const configurationId = ids['configurationId'] ?? fresh.configurationId;
    try {
      await this.people.saveConfiguration({ configurationId, customerId, values: configuration });
      const price = sold.plan.terms[wish.term];
      const order = {
        ...{ orderId, customerId, panelUserId, planId: wish.planId, gameId: sold.game.id, region: wish.region, term: wish.term },
        ...{ payment: wish.payment, price: { amountMinor: price.amountMinor, currency: price.currency } },
        ...{ priceId: priceIdOf(price, wish.payment), resources: resourcesOf(sold), configurationId },
        configurationHash: createHash('sha256').update(JSON.stringify(configuration)).digest('hex'),
      };
      const commandId = derivedId('place', customerId, ROUTE, key);
      const context = { commandId, correlationId: orderId, causationId: commandId, actor: { kind: 'customer' as const, id: customerId } };
      return await this.commands.execute(new PlaceOrder(order, context));
    } finally {
      await this.keys.finish({ actorId: customerId, route: ROUTE, key });
    }
  }

  /** The checkout of an order that may still be paid. */
  async reopen(orderId: string): Promise<PlacedOrder> {
    return this.commands.execute(new ReopenCheckout(orderId));
  }

  private async sellable(wish: Wish): Promise<PlanOfGame> {
    const sold = this.catalog.plan(wish.planId);
    if (!sold) throw refuse('PLAN_UNKNOWN', 422, 'There is no such plan.');
    if (!this.catalog.regions.some(({ id }) => id === wish.region)) throw refuse('REGION_UNKNOWN', 422, 'There is no such region.');
    const checks = await this.queries.execute(new AllPlanChecks());
    const check = checks.find(({ planId }) => planId === wish.planId);
    if (!check?.sellable) throw refuse('PLAN_NOT_SELLABLE', 409, 'This plan cannot be sold at the moment.');
    return sold;
  }

  /** Waits a little for an account that is being linked right now, so that signing up and buying at once works. */
  private async panelAccount(customerId: string): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const account = await this.queries.execute(new PanelAccountOf(customerId));
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
    }
  }
}

const resourcesOf = ({ game, plan }: PlanOfGame): Resources => {
  const { memoryMib, diskMib, cpuPercent, swapMib, io, threads, databases, backups } = plan;
  return { memoryMib, diskMib, cpuPercent, swapMib, io, threads, databases, backups, ports: game.ports.length };
};

/** Only what the game offers, as short strings, and nothing required missing; whether the egg likes a value is checked against the egg. */
const checkedConfiguration = ({ game }: PlanOfGame, chosen: Readonly<Record<string, unknown>>): Record<string, string> => {
  const offered = new Set(game.configuration.map(({ variable }) => variable));
  const wrong = Object.entries(chosen).find(([name, value]) => !offered.has(name) || typeof value !== 'string' || value.length > VALUE_MAX);
  if (wrong) throw refuse('CONFIGURATION_INVALID', 422, `${wrong[0]} is not a choice of this game, or its value is not a short text.`);
  const missing = game.configuration.find(({ variable, required }) => required && !chosen[variable]);
  if (missing) throw refuse('CONFIGURATION_INVALID', 422, `${missing.variable} is required.`);
  return chosen as Record<string, string>;
};
