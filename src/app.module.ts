/** Puts the ledger together from its parts. */
import { createSecretKey } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TerminusModule } from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { queryHandlers, readModels } from '../projections/index.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { CoreModule, type Core } from './core.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { NodesModule } from './nodes/nodes.module.js';
import { EventFeed } from './events/event-feed.js';
import { EventsController } from './events/events.controller.js';
import { OpsCustomersController } from './ops/customers.controller.js';
import { OrderSearch } from './ops/order-search.js';
import { InsightController } from './ops/insight.controller.js';
import { DeedNotes } from './ops/deed-notes.js';
import { NotesController } from './ops/notes.controller.js';
import { OpsController } from './ops/ops.controller.js';
import { PanelAccountsController } from './ops/panel-accounts.controller.js';
import { PanelObserver } from './ops/panel-observer.js';
import { ParkedController } from './ops/parked.controller.js';
import { ProjectionsController } from './ops/projections.controller.js';
import { Projections } from './ops/projections.js';
import { Reconciler } from './ops/reconcile/reconciler.js';
import { BulkController } from './ops/bulk.controller.js';
import { MoveController } from './ops/move.controller.js';
import { RepairController } from './ops/repair.controller.js';
import { ServiceController } from './ops/service.controller.js';
import { ReplayController } from './ops/replay.controller.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { SettingsModule } from './platform/config/settings.module.js';
import { poolOf } from './platform/database/data-source.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { AuthGuard } from './platform/http/auth.guard.js';
import { ClientErrors } from './platform/http/client-errors.js';
import { ClientErrorsController } from './platform/http/client-errors.controller.js';
import { CommandInterceptor } from './platform/http/command.interceptor.js';
import { HealthController, READY_CHECKS } from './platform/http/health.controller.js';
import { AtLeastInterceptor, PositionWaiter } from './platform/http/ledger-position.js';
import { MetricsController, MetricsText } from './platform/http/metrics.controller.js';
import { WebAppController } from './platform/http/web-app.controller.js';
import { requestLimits } from './platform/http/request-limits.js';
import { SessionEnd } from './platform/http/session-end.js';
import { IdempotencyStore } from './platform/idempotency/idempotency.store.js';
import { ParkedProjections } from './platform/readers/parked-projections.js';
import { RebuildDesk } from './platform/readers/rebuild/rebuild-desk.js';
import { ProvisioningModule } from './provisioning/provisioning.module.js';
import { Readers } from './readers.js';
import { StripeModule } from './stripe/stripe.module.js';
import { SweepMetrics } from './stripe/sweep-metrics.js';

const readModelKeys = readModels.map(({ projection: { name, version } }) => ({ reader: name, version }));

const operatorControllers = [
  BulkController,
  InsightController,
  OpsController,
  OpsCustomersController,
  PanelAccountsController,
  ParkedController,
  ProjectionsController,
  NotesController,
  RepairController,
  MoveController,
  ReplayController,
  ServiceController,
];

const metrics = {
  provide: MetricsText,
  inject: [Readers, SweepMetrics, ClientErrors],
  useFactory: (readers: Readers, sweep: SweepMetrics, errors: ClientErrors): MetricsText => ({
    text: async () => `${await readers.metrics.text()}${await sweep.text()}${await errors.text()}`,
  }),
};

const features = [
  CatalogModule,
  CustomersModule,
  NodesModule,
  NotificationsModule,
  OrdersModule,
  PaymentsModule,
  ProvisioningModule,
  StripeModule,
];

const services = [ClientErrors, EventFeed, OrderSearch, PanelObserver, Projections, Readers, Reconciler, SessionEnd];

@Module({})
export class AppModule {
  static with(core: Core): DynamicModule {
    const { settings } = core;
    // As a text it would be tried as a PEM key for every token, and that costs a millisecond.
    const jwtKey = createSecretKey(settings.JWT_SECRET, 'utf8');
    return {
      module: AppModule,
      global: true,
      imports: [
        SettingsModule.with(settings),
        DatabaseModule.forRootAsync({
          useFactory: () => ({
            url: settings.DATABASE_URL,
            poolMax: settings.DATABASE_POOL_MAX,
            entities: readModels.map(({ entity }) => entity),
          }),
        }),
        CoreModule.with(core),
        JwtModule.register({ global: true, secretOrKeyProvider: () => jwtKey }),
        ThrottlerModule.forRoot(requestLimits(settings.RATE_LIMIT)),
        TerminusModule,
        ...features,
      ],
      controllers: [
        ClientErrorsController,
        EventsController,
        HealthController,
        MetricsController,
        ...operatorControllers,
        WebAppController,
      ],
      providers: [
        ...queryHandlers,
        DeedNotes,
        {
          provide: IdempotencyStore,
          inject: [DataSource],
          useFactory: (database: DataSource) => new IdempotencyStore(database, settings.IDENTITY_KEY),
        },
        ...services,
        {
          provide: RebuildDesk,
          inject: [DataSource],
          useFactory: (database: DataSource) => new RebuildDesk(database, readModels),
        },
        {
          provide: ParkedProjections,
          inject: [DataSource],
          useFactory: (database: DataSource) => new ParkedProjections(poolOf(database), readModelKeys),
        },
        { provide: READY_CHECKS, inject: [Readers], useFactory: (readers: Readers) => readers.readyChecks() },
        { provide: PositionWaiter, useExisting: Readers },
        metrics,
        { provide: APP_GUARD, useClass: ThrottlerGuard },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_INTERCEPTOR, useClass: AtLeastInterceptor },
        { provide: APP_INTERCEPTOR, useClass: CommandInterceptor },
      ],
    };
  }
}
