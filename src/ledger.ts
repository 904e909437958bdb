/** One running ledger: opened, started, closed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { QueryBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { Catalog } from './catalog/catalog.js';
import { CatalogChecker } from './catalog/catalog-checker.js';
import type { Core } from './core.module.js';
import { SessionStore } from './customers/identity/session.store.js';
import { DetailChanges } from './customers/detail-changes.js';
import { SignUp } from './customers/sign-up.js';
import { Alerts } from './ops/alerts.js';
import { Background, type PeriodicTask } from './ops/background.js';
import { PanelObserver } from './ops/panel-observer.js';
import { ensureDemoNodes, ensureDemoPeople, untilDemoSells } from './ops/create-operator.js';
import { FollowedClock, SystemClock } from './platform/clock.js';
import { dashboardUrl, trustProxy } from './platform/config/derived.js';
import type { Settings } from './platform/config/settings.js';
import { EventStore } from './platform/event-store/event-store.js';
import { BODY_BYTES_MAX, configureHttp } from './platform/http/configure-http.js';
import { PinoLogger } from './platform/http/logger.js';
import { serveAssets } from './platform/http/web-app.js';
import { IdempotencyStore } from './platform/idempotency/idempotency.store.js';
import { Readers } from './readers.js';

export interface Ledger {
  readonly url: string;
  /** Stops taking requests, drains the readers, lets go of everything. */
  close(): Promise<void>;
}

const ENGINE_WAIT_MS = 30_000;
const ENGINE_PAUSE_MS = 250;
const MS_PER_SECOND = 1_000;
const CATALOG_EVERY_MS = 300_000;
const ALERTS_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 30_000;
const OLD_KEYS_EVERY_MS = 3_600_000;

/** What has to be there before the modules are built. @throws CatalogError, or an error naming the engine that does not answer */
export async function openCore(settings: Settings): Promise<Core> {
  const catalog = Catalog.load(settings.CATALOG_PATH);
  const clock = settings.LEDGER_CLOCK ? await FollowedClock.at(settings.LEDGER_CLOCK) : new SystemClock();
  const store = new EventStore(settings.EVENTSTORE_URL);
  const deadlineMs = performance.now() + ENGINE_WAIT_MS;
  while (!(await store.ping())) {
    if (performance.now() > deadlineMs) {
      await store.close();
      throw new Error(`The event store (EVENTSTORE_URL) did not answer within ${ENGINE_WAIT_MS / 1000} s.`);
    }
    await delay(ENGINE_PAUSE_MS);
  }
  return { settings, clock, store, catalog };
}

/**
 * Builds and starts everything that the roles ask for, then listens.
 * @throws LogChanged and whatever keeps an engine from being reached; nothing is left open then
 */
export async function startLedger(settings: Settings): Promise<Ledger> {
  const core = await openCore(settings);
  const adapter = new FastifyAdapter({
    trustProxy: trusted(trustProxy(settings)),
    bodyLimit: BODY_BYTES_MAX,
    genReqId: () => randomUUID(),
  });
  const logger = new PinoLogger(settings.LOG_LEVEL);
  const options = { rawBody: true, logger, abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(core), adapter, options).catch(async (error: unknown) => {
    await core.store.close();
    throw error;
  });
  configureHttp(app, settings);
  serveAssets(app);
  const readers = app.get(Readers);
  const background = new Background(tasksOf(app, settings));
  const close = async (): Promise<void> => {
    await background.stop();
    await readers.stop();
    await app.close();
    await core.store.close();
  };
  try {
    // Handlers are known to the buses only after this.
    await app.init();
    await readers.start();
    if (settings.DEMO_ACCOUNTS) await ensureDemoPeople(app);
    background.start();
    await app.listen(settings.PORT, settings.HOST);
    if (settings.DEMO_ACCOUNTS && settings.ROLES.has('reactor')) await untilDemoSells(app);
    return { url: await app.getUrl(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A number of hops, in the one form that the adapter's types know as well. */
const trusted = (proxies: false | number | string[]) =>
  typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies;

const tasksOf = (app: NestFastifyApplication, settings: Settings): PeriodicTask[] => {
  if (!settings.ROLES.has('reactor')) return [];
  const alerts = new Alerts(app.get(QueryBus), app.get(DataSource), settings.ALERT_WEBHOOK_URL, dashboardUrl(settings));
  const demo: PeriodicTask[] = settings.DEMO_ACCOUNTS
    ? [{ name: 'demo nodes', everyMs: SWEEP_EVERY_MS, run: () => ensureDemoNodes(app) }]
    : [];
  return [
    ...demo,
    {
      name: 'panel observer',
      everyMs: settings.PANEL_OBSERVE_SECONDS * MS_PER_SECOND,
      run: () => app.get(PanelObserver).observe(),
    },
    { name: 'catalog check', everyMs: CATALOG_EVERY_MS, run: async () => ((await app.get(CatalogChecker).check()) ? undefined : 'soon') },
    { name: 'alerts', everyMs: ALERTS_EVERY_MS, run: () => alerts.post() },
    { name: 'old request keys', everyMs: OLD_KEYS_EVERY_MS, run: () => app.get(IdempotencyStore).removeOld() },
    { name: 'old sessions', everyMs: OLD_KEYS_EVERY_MS, run: () => app.get(SessionStore).removeOld(new Date()) },
    { name: 'sign-up sweep', everyMs: SWEEP_EVERY_MS, run: () => app.get(SignUp).sweep() },
    { name: 'detail changes', everyMs: SWEEP_EVERY_MS, run: () => app.get(DetailChanges).sweep() },
  ];
};
