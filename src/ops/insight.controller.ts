/** What operators see of money and delivery. Reads only. */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ListPromises } from '../../projections/delivery-invariant/delivery-invariant.query.js';
import { GetOrderDays } from '../../projections/order-list/order-days.query.js';
import { GetMrr, GetRevenue, ListPayments, type Period } from '../../projections/payments/payments.query.js';
import { GetProvisioningHealth, ListProvisioningFacts } from '../../projections/provisioning-health/provisioning-health.query.js';
import { OrderOfStripeObject } from '../../projections/stripe-links/stripe-links.query.js';
import { ListWebhooks } from '../../projections/webhook-log/webhook-log.query.js';
import { Clock } from '../platform/clock.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { refuse } from '../platform/refusal.js';
import {
  FiguresRequest,
  MrrPage,
  PaymentsPage,
  PaymentsRequest,
  PeriodRequest,
  PromisesPage,
  PromisesRequest,
  ProvisioningFactsPage,
  ProvisioningFactsRequest,
  ProvisioningHealthView,
  RevenuePage,
  StripeLinkView,
  WebhooksPage,
  WebhooksRequest,
} from './insight.dto.js';

import { OrderDayView } from './orders.dto.js';

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 30;
const DAYS_MAX = 400;

/** Of a day that the calendar does not have, the parser makes another. */
const isDay = (day: string): boolean => new Date(Date.parse(day)).toISOString().startsWith(day);

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID, PERIOD_INVALID' })
@Controller('api/v1/ops')
export class InsightController {
  constructor(
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get('payments')
  @ReadsFrom('payments')
  @ApiOperation({ summary: 'Payments and money without an order, newest first' })
  @ApiOkResponse({ type: PaymentsPage })
  async payments(@Query() wish: PaymentsRequest): Promise<PaymentsPage> {
    return this.queries.execute(new ListPayments(wish));
  }

  @Get('revenue')
  @ReadsFrom('payments')
  @ApiOperation({ summary: 'Money that orders took, by day, currency, plan and region, the latest day first' })
  @ApiOkResponse({ type: RevenuePage })
  async revenue(@Query() wish: FiguresRequest): Promise<RevenuePage> {
    return this.queries.execute(new GetRevenue({ ...wish, ...this.period(wish) }));
  }

  @Get('mrr')
  @ReadsFrom('payments', 'order-list')
  @ApiOperation({
    summary: 'Monthly recurring revenue at the end of each day, by currency, plan and region',
    description: "Each order's price of its term divided by the months of the term, while a payment covers it.",
  })
  @ApiOkResponse({ type: MrrPage })
  async mrr(@Query() wish: FiguresRequest): Promise<MrrPage> {
    return this.queries.execute(new GetMrr({ ...wish, ...this.period(wish) }));
  }

  @Get('order-days')
  @ReadsFrom('order-list')
  @ApiOperation({ summary: 'How far the orders of each day came and how long they took, the latest day first' })
  @ApiOkResponse({ type: [OrderDayView], description: 'Days without orders are left out.' })
  async orderDays(@Query() wish: PeriodRequest): Promise<OrderDayView[]> {
    return this.queries.execute(new GetOrderDays(this.period(wish)));
  }

  @Get('webhooks')
  @ReadsFrom('webhook-log')
  @ApiOperation({ summary: 'What Stripe sent and what became of it, newest first' })
  @ApiOkResponse({ type: WebhooksPage })
  async webhooks(@Query() wish: WebhooksRequest): Promise<WebhooksPage> {
    return this.queries.execute(new ListWebhooks(wish));
  }

  @Get('provisioning-health')
  @ReadsFrom('provisioning-health', 'order-list')
  @ApiOperation({ summary: 'How long each step of provisioning took, and why steps failed' })
  @ApiOkResponse({ type: ProvisioningHealthView })
  async provisioningHealth(@Query() wish: PeriodRequest): Promise<ProvisioningHealthView> {
    return this.queries.execute(new GetProvisioningHealth(this.period(wish)));
  }

  @Get('provisioning-health/facts')
  @ReadsFrom('provisioning-health')
  @ApiOperation({ summary: 'Attempts and steps of provisioning one by one, newest first' })
  @ApiOkResponse({ type: ProvisioningFactsPage })
  async provisioningFacts(@Query() wish: ProvisioningFactsRequest): Promise<ProvisioningFactsPage> {
    return this.queries.execute(new ListProvisioningFacts(wish));
  }

  @Get('delivery-invariant')
  @ReadsFrom('delivery-invariant')
  @ApiOperation({ summary: 'Orders for which "one running server for a paid period, none without" is broken, newest order first' })
  @ApiOkResponse({ type: PromisesPage })
  async deliveryInvariant(@Query() { broken, ...wish }: PromisesRequest): Promise<PromisesPage> {
    return this.queries.execute(new ListPromises({ ...wish, brokenOnly: broken }));
  }

  @Get('stripe-links/:objectId')
  @ReadsFrom('stripe-links')
  @ApiOperation({ summary: 'The order that an object of Stripe belongs to' })
  @ApiOkResponse({ type: StripeLinkView })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  async stripeLink(@Param('objectId') objectId: string): Promise<StripeLinkView> {
    const orderId = await this.queries.execute(new OrderOfStripeObject(objectId));
    if (orderId === undefined) throw refuse('NOT_FOUND', 404, 'No fact leads from this object to an order.');
    return { objectId, orderId };
  }

  /** @throws Refusal PERIOD_INVALID */
  private period({ from, to }: PeriodRequest): Period {
    const last = to ?? this.clock.iso().slice(0, 10);
    const first = from ?? new Date(Date.parse(last) - (DAYS_DEFAULT - 1) * DAY_MS).toISOString().slice(0, 10);
    const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
    if (!isDay(last) || !isDay(first) || days < 1 || days > DAYS_MAX)
      throw refuse('PERIOD_INVALID', 422, `A period has 1 to ${DAYS_MAX} days.`);
    return { from: first, to: last };
  }
}
