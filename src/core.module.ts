/** What every part uses: time, the log, the panel, Stripe, the catalog, the buses. One of each in a process. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Catalog } from './catalog/catalog.js';
import { dashboardUrl, publicUrl } from './platform/config/derived.js';
import type { Settings } from './platform/config/settings.js';
import { Clock } from './platform/clock.js';
import { EventStore } from './platform/event-store/event-store.js';
import { StreamRepository } from './platform/event-store/stream-repository.js';
import { WebApp } from './platform/http/web-app.js';
import { SERVICE_RULES } from './orders/service.runner.js';
import { SERVICE_RULES_FIXED, type ServiceRules } from './orders/service.saga.js';
import { EggShelf } from './provisioning/egg-shelf.js';
import { PANEL_TIMES } from './provisioning/server-changes.js';
import { LivePanel } from './pterodactyl/live-panel.js';
import { PanelClient } from './pterodactyl/panel.client.js';
import { StripeGateway } from './stripe/stripe.gateway.js';
import { SWEEP_SECONDS } from './stripe/stripe-sweep.js';
import { WEBHOOK_SETTINGS } from './stripe/stripe-inbox.js';

/** What the composition root has opened before the modules are built. */
export interface Core {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly store: EventStore;
  readonly catalog: Catalog;
}

const DAY_MS = 86_400_000;

/** Streams that many orders write to at once. */
const HOT = new Set(['node']);

@Global()
@Module({})
export class CoreModule {
  static with({ settings, clock, store, catalog }: Core): DynamicModule {
    const panel = new PanelClient({
      url: settings.PANEL_URL,
      appKey: settings.PTERO_APP_KEY,
      wingsTimeoutMs: settings.PANEL_CREATE_TIMEOUT_MS,
      callsMax: settings.PANEL_RATE_LIMIT,
      windowMs: settings.PANEL_RATE_WINDOW_SECONDS * 1000,
    });
    const livePanel = new LivePanel({
      url: settings.PANEL_URL,
      clientKey: settings.PTERO_CLIENT_KEY,
      callsMax: settings.PANEL_CLIENT_RATE_LIMIT,
    });
    const stripe = new StripeGateway({
      secretKey: settings.STRIPE_SECRET_KEY,
      dashboardUrl: dashboardUrl(settings),
      returnUrl: publicUrl(settings),
      promotionCodes: settings.STRIPE_PROMOTION_CODES,
      automaticTax: settings.STRIPE_AUTOMATIC_TAX,
      ...(settings.STRIPE_API_URL ? { apiUrl: settings.STRIPE_API_URL } : {}),
    });
    const panelTimes = {
      createTimeoutMs: settings.PANEL_CREATE_TIMEOUT_MS,
      settleMs: settings.PANEL_SETTLE_MS,
      pollMs: settings.PANEL_POLL_MS,
    };
    const webhooks = { secrets: settings.STRIPE_WEBHOOK_SECRET, livemode: stripe.livemode };
    const serviceRules: ServiceRules = {
      ...SERVICE_RULES_FIXED,
      graceMs: settings.GRACE_DAYS * DAY_MS,
      retentionMs: settings.RETENTION_DAYS * DAY_MS,
    };
    const providers = [
      { provide: Clock, useValue: clock },
      { provide: EventStore, useValue: store },
      { provide: StreamRepository, useValue: new StreamRepository(store, clock, HOT) },
      { provide: Catalog, useValue: catalog },
      { provide: PanelClient, useValue: panel },
      { provide: LivePanel, useValue: livePanel },
      { provide: WebApp, useValue: new WebApp() },
      { provide: EggShelf, useValue: new EggShelf(panel, clock) },
      { provide: StripeGateway, useValue: stripe },
      { provide: SERVICE_RULES, useValue: serviceRules },
      { provide: PANEL_TIMES, useValue: panelTimes },
      { provide: WEBHOOK_SETTINGS, useValue: webhooks },
      { provide: SWEEP_SECONDS, useValue: settings.STRIPE_SWEEP_SECONDS },
    ];
    return {
      module: CoreModule,
      imports: [CqrsModule.forRoot()],
      providers,
      exports: [...providers.map(({ provide }) => provide), CqrsModule],
    };
  }
}
