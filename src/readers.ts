/** Every reader of the log in this process: projections, reactors, due work, and the tasks beside them; which of them run follows from the roles. */
import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { dueRows } from '../projections/due-work/due-work.query.js';
import { dueNotifications } from '../projections/notifications/notifications.query.js';
import { dueServiceRows } from '../projections/service-work/service-work.query.js';
import { readModels } from '../projections/index.js';
import { ContinuePanelAccount } from './customers/customer.commands.js';
import { PanelPasswordProcess } from './customers/panel-password.process.js';
import { LEDGER_PREFIXES } from './ledger.events.js';
import { ContinueNotification } from './notifications/notification.commands.js';
import { NotificationProcess } from './notifications/notification.process.js';
import { ContinuePlacement, ContinueService } from './orders/order.commands.js';
import { ContinueStripeCalls } from './payments/payment.commands.js';
import { UnmatchedMoneyProcess } from './payments/unmatched-money.process.js';
import { PlanChangeProcess } from './orders/plan-change.process.js';
import { Clock } from './platform/clock.js';
import { Settings } from './platform/config/settings.js';
import { poolOf } from './platform/database/data-source.js';
import { EventStore } from './platform/event-store/event-store.js';
import type { ReadyCheck } from './platform/http/health.controller.js';
import { PositionWaiter } from './platform/http/ledger-position.js';
import { refuseChangedLog } from './platform/readers/checkpoints.js';
import { DueWorkRunner, type DueWork } from './platform/readers/due-work-runner.js';
import { Leases } from './platform/readers/leases.js';
import { ProjectionEngine } from './platform/readers/projection-engine.js';
import { ReactorEngine } from './platform/readers/reactor-engine.js';
import { readUnfinished } from './platform/readers/rebuild/rebuild-records.js';
import { ReadersMetrics } from './platform/readers/readers-metrics.js';
import { ReadersHealth, type ReaderStatus } from './platform/readers/readers-health.js';
import { readinessOf } from './platform/readers/readiness.js';
import { RebuildRunner } from './platform/readers/rebuild/rebuild-runner.js';
import { ContinueProvisioning } from './provisioning/provisioning.commands.js';
import { ServiceProcess } from './provisioning/service.process.js';
import { PurchaseProcess } from './provisioning/purchase.process.js';
import { StripeIntake } from './stripe/stripe-intake.js';
import { StripeSweep } from './stripe/stripe-sweep.js';

/** A reader may wait this long for a read model before it is told "not yet". */
const READ_WAIT_MS = 5_000;

/** Two readers under one name would move each other's checkpoint, and each would miss events. */
const refuseSharedNames = (names: readonly string[]): void => {
  const shared = names.find((name, index) => names.indexOf(name) !== index);
  if (shared !== undefined) throw new Error(`two readers of the log are called ${shared}`);
};

@Injectable()
export class Readers extends PositionWaiter {
  private readonly log = new Logger('readers');
  private readonly leases: Leases;
  private readonly projections: ProjectionEngine;
  private readonly rebuilds: RebuildRunner;
  private readonly reactors: ReactorEngine;
  private readonly dueWork: DueWorkRunner;
  private readonly health: ReadersHealth;
  readonly metrics: ReadersMetrics;

  constructor(
    private readonly settings: Settings,
    private readonly database: DataSource,
    private readonly store: EventStore,
    private readonly commands: CommandBus,
    clock: Clock,
    purchase: PurchaseProcess,
    service: ServiceProcess,
    planChange: PlanChangeProcess,
    intake: StripeIntake,
    unmatched: UnmatchedMoneyProcess,
    private readonly sweep: StripeSweep,
    notifications: NotificationProcess,
    panelPasswords: PanelPasswordProcess,
  ) {
    super();
    const report = (message: string): void => this.log.warn(message);
    this.leases = new Leases(poolOf(database), { log: report });
    this.metrics = new ReadersMetrics({
      status: () => this.health.status(),
      rebuilds: () => readUnfinished(poolOf(database), this.projections.keys),
    });
    const shared = { log: store, database, leases: this.leases, report, observer: this.metrics };
    this.projections = new ProjectionEngine({ ...shared, definitions: readModels, prefixes: LEDGER_PREFIXES });
    this.rebuilds = new RebuildRunner({ ...shared, definitions: readModels, prefixes: LEDGER_PREFIXES });
    const reactors = [intake, purchase, service, planChange, unmatched, notifications, panelPasswords];
    refuseSharedNames([...readModels.map(({ projection }) => projection.name), ...reactors.map(({ name }) => name)]);
    this.reactors = new ReactorEngine({ ...shared, reactors });
    this.dueWork = new DueWorkRunner({
      database,
      leases: this.leases,
      report,
      now: () => clock.now(),
      due: (now, limit) => this.due(now.toISOString(), limit),
      handlers: {
        placement: (id) => this.commands.execute(new ContinuePlacement(id)),
        provisioning: (id) => this.commands.execute(new ContinueProvisioning(id)),
        service: (id) => this.commands.execute(new ContinueService(id)),
        'stripe-calls': (id) => this.commands.execute(new ContinueStripeCalls(id)),
        notification: (id) => this.commands.execute(new ContinueNotification(id)),
        'panel-account': (id) => this.commands.execute(new ContinuePanelAccount(id)),
        'stripe-sweep': () => this.sweep.run().then(() => null),
      },
    });
    this.health = new ReadersHealth({ log: store, database, projections: this.projections, reactors: this.reactors });
  }

  /** @throws LogChanged when the read models were made from another log */
  async start(): Promise<void> {
    const { ROLES: roles } = this.settings;
    await this.projections.ensureTables();
    // Also a process that only takes requests must not write into another log than the one the read models tell of.
    await refuseChangedLog(this.store, poolOf(this.database), [...this.projections.keys, ...this.reactors.keys]);
    this.leases.start();
    if (roles.has('projector')) {
      await this.projections.start();
      this.rebuilds.start();
    }
    if (roles.has('reactor')) {
      await this.reactors.start();
      this.dueWork.start();
    }
  }

  /** Drains: what is being handled is finished, leases are given back. */
  async stop(): Promise<void> {
    await this.dueWork.stop();
    await this.reactors.stop();
    await this.rebuilds.stop();
    await this.projections.stop();
    await this.leases.stop();
  }

  async reached(position: bigint, names: readonly string[] = readModels.map(({ projection }) => projection.name)): Promise<boolean> {
    return this.health.waitUntil(names, position, READ_WAIT_MS);
  }

  /** Of every reader of the log, whichever process runs it. */
  status(): Promise<ReaderStatus[]> {
    return this.health.status();
  }

  readyChecks(): ReadyCheck[] {
    return [
      { name: 'eventStore', check: async () => ({ up: await this.store.ping() }) },
      { name: 'database', check: () => this.databaseCheck() },
      { name: 'projections', check: () => this.projectionsCheck() },
    ];
  }

  private async due(nowIso: string, limit: number): Promise<DueWork[]> {
    const sources = [dueRows, dueServiceRows, dueNotifications];
    const rows = (await Promise.all(sources.map((rowsOf) => rowsOf(this.database, nowIso, limit)))).flat();
    const works: DueWork[] = rows.map(({ kind, subjectId, dueAt }) => ({ kind, id: subjectId, dueAt: new Date(dueAt) }));
    const sweepAt = await this.sweep.dueAt();
    if (sweepAt !== null && sweepAt <= nowIso) works.push({ kind: 'stripe-sweep', id: 'all', dueAt: new Date(sweepAt) });
    return works.sort((one, other) => one.dueAt.getTime() - other.dueAt.getTime());
  }

  private async databaseCheck(): Promise<{ up: boolean; detail?: string }> {
    try {
      await this.database.query('select 1');
      return { up: true };
    } catch (error) {
      return { up: false, detail: error instanceof Error ? error.name : 'unreachable' };
    }
  }

  private async projectionsCheck(): Promise<{ up: boolean; detail?: string }> {
    return readinessOf(await this.health.status(), { runsProjector: this.settings.ROLES.has('projector') });
  }
}
