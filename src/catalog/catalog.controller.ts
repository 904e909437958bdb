/** What is for sale, with what is left of it: shown before anybody pays, so that "sold out" never comes after. */
import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { AllNodes, type NodeView } from '../../projections/node-capacity/node-capacity.query.js';
import { PlanChecks } from '../../projections/plan-availability/plan-availability.query.js';
import type { PlanAvailabilityRow } from '../../projections/plan-availability/plan-availability.projection.js';
import { Settings } from '../platform/config/settings.js';
import { Public } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { stripeDashboardOf } from '../stripe/stripe-dashboard.js';
import { StripeGateway } from '../stripe/stripe.gateway.js';
import { ConfigurationFieldView, fieldsOf } from './configuration.js';
import type { PlanSetting } from './plan.events.js';
import { Catalog, checkOf, TERMS, type PlanOfGame } from './catalog.js';

class NamedView {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly name!: string;
}

class GameView extends NamedView {
  @ApiProperty() readonly usualInstallMinutes!: number;
  @ApiProperty() readonly longestInstallMinutes!: number;
  @ApiProperty({ type: [ConfigurationFieldView] }) readonly configuration!: ConfigurationFieldView[];
}

class TermView {
  @ApiProperty({ enum: TERMS }) readonly term!: string;
  @ApiProperty() readonly currency!: string;
  @ApiProperty({ description: 'Minor units of the currency.' }) readonly amountMinor!: number;
}

class RegionStock {
  @ApiProperty() readonly region!: string;
  @ApiProperty({ description: 'How many more of this plan fit, counting every hold.' }) readonly available!: number;
}

class PlanView {
  @ApiProperty() readonly planId!: string;
  @ApiProperty() readonly game!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly memoryMib!: number;
  @ApiProperty() readonly diskMib!: number;
  @ApiProperty() readonly cpuPercent!: number;
  @ApiProperty({ description: 'Whether egg and prices agree with panel and Stripe.' }) readonly sellable!: boolean;
  @ApiProperty({ type: [TermView] }) readonly terms!: TermView[];
  @ApiProperty({ type: [RegionStock] }) readonly regions!: RegionStock[];
}

class SupportView {
  @ApiProperty({ type: String, nullable: true }) readonly email!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly url!: string | null;
}

class PlansView {
  @ApiProperty({ enum: ['test', 'live'], description: "The mode of this deployment's Stripe key: live moves real money." })
  readonly payments!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: "Where Stripe's own pages of this account's objects begin; null with a stand-in, which has none.",
    example: 'https://dashboard.stripe.com/test',
  })
  readonly stripeDashboard!: string | null;
  @ApiProperty({ type: [NamedView] }) readonly regions!: NamedView[];
  @ApiProperty({ type: [GameView] }) readonly games!: GameView[];
  @ApiProperty({ type: [PlanView] }) readonly plans!: PlanView[];
  @ApiProperty({ type: SupportView, description: 'Whom to ask.' }) readonly support!: SupportView;
}

@ApiTags('catalog')
@Controller('api/v1/plans')
export class CatalogController {
  constructor(
    private readonly catalog: Catalog,
    private readonly queries: QueryBus,
    private readonly stripe: StripeGateway,
    private readonly settings: Settings,
  ) {}

  @Public()
  @Get()
  @ReadsFrom('node-capacity', 'plan-availability')
  @ApiOperation({ summary: 'Games, plans, prices and what is left in each region' })
  @ApiOkResponse({ type: PlansView })
  async plans(): Promise<PlansView> {
    const [nodes, checks] = await Promise.all([this.queries.execute(new AllNodes()), this.queries.execute(new PlanChecks())]);
    return {
      payments: this.stripe.livemode ? 'live' : 'test',
      stripeDashboard: stripeDashboardOf(this.settings.STRIPE_API_URL, this.stripe.livemode),
      regions: this.catalog.regions.map(({ id, name }) => ({ id, name })),
      games: this.catalog.games.map(({ id, name, install, configuration }) => ({
        id,
        name,
        usualInstallMinutes: install.usualMinutes,
        longestInstallMinutes: install.longestMinutes,
        configuration: fieldsOf({ configuration }, this.settingsOf(id, checks)),
      })),
      plans: this.catalog.plans.map((sold) => this.planView(sold, checkOf(sold, checks)?.sellable ?? false, nodes)),
      support: { email: this.settings.SUPPORT_EMAIL ?? null, url: this.settings.SUPPORT_URL ?? null },
    };
  }

  /** The egg is the game's, so the check of any of its plans tells. */
  private settingsOf(gameId: string, checks: readonly PlanAvailabilityRow[]): readonly PlanSetting[] {
    const plans = this.catalog.plans.filter(({ game }) => game.id === gameId);
    return plans.map((sold) => checkOf(sold, checks)?.settings ?? []).find(({ length }) => length > 0) ?? [];
  }

  private planView(sold: PlanOfGame, sellable: boolean, nodes: readonly NodeView[]): PlanView {
    const { game, plan } = sold;
    return {
      planId: plan.id,
      game: game.id,
      name: plan.name,
      memoryMib: plan.memoryMib,
      diskMib: plan.diskMib,
      cpuPercent: plan.cpuPercent,
      sellable,
      terms: TERMS.map((term) => ({ term, currency: plan.terms[term].currency, amountMinor: plan.terms[term].amountMinor })),
      regions: this.catalog.regions.map(({ id }) => ({ region: id, available: sellable ? stock(sold, id, nodes) : 0 })),
    };
  }
}

const stock = ({ game, plan }: PlanOfGame, region: string, nodes: readonly NodeView[]): number =>
  nodes
    .filter((node) => node.region === region && node.status === 'enabled')
    .map((node) =>
      Math.floor(Math.min(node.freeMemoryMib / plan.memoryMib, node.freeDiskMib / plan.diskMib, node.freeAllocations / game.ports.length)),
    )
    .reduce((total, fits) => total + Math.max(fits, 0), 0);
