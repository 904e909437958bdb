/** Provisioning: from a paid order to a ready server. */
import { Module } from '@nestjs/common';
import { DriftReconciler } from './drift-reconciler.js';
import { SessionEnd } from '../platform/http/session-end.js';
import { BulkDesk } from './live/bulk-desk.js';
import { ConsoleHub } from './live/console-hub.js';
import { LiveStatus } from './live/live-status.js';
import { ServerAddresses } from './live/server-addresses.js';
import { OpsServerController } from './live/ops-server.controller.js';
import { ServerControl } from './live/server-control.js';
import { ServerController } from './live/server.controller.js';
import { ServerDesk } from './live/server-desk.js';
import { ServerSyncs } from './live/server-syncs.js';
import { ServerLabelController } from './live/server-label.controller.js';
import { ServerLabelDesk } from './live/server-label.desk.js';
import { MoveDesk } from './move-desk.js';
import { PortShelf } from './port-shelf.js';
import { InstallWatch } from './install-watch.js';
import { ProofOfLife } from './proof-of-life.js';
import { ProvisioningRunner } from './provisioning.runner.js';
import { provisioningHandlers } from './provisioning.handlers.js';
import { IsServerInPlaceHandler } from './provisioning.queries.js';
import { PurchaseProcess } from './purchase.process.js';
import { RepairDesk } from './repair-desk.js';
import { ServerChanges } from './server-changes.js';
import { ServerNames } from './server-names.js';
import { ServerMoves } from './server-moves.js';
import { ServerRequests } from './server-request.js';
import { ServiceProcess } from './service.process.js';
import { StrayServers } from './stray-servers.js';
import { ServersController } from './servers.controller.js';

/** Power, console and state of running servers. */
const live = [ServerControl, LiveStatus, ServerAddresses, ConsoleHub, ServerDesk, SessionEnd, BulkDesk, ServerSyncs, ServerLabelDesk];

@Module({
  controllers: [ServersController, ServerController, OpsServerController, ServerLabelController],
  providers: [
    ...provisioningHandlers,
    IsServerInPlaceHandler,
    ...live,
    DriftReconciler,
    RepairDesk,
    MoveDesk,
    PortShelf,
    InstallWatch,
    ProofOfLife,
    ProvisioningRunner,
    ServerChanges,
    ServerMoves,
    ServerNames,
    ServerRequests,
    PurchaseProcess,
    ServiceProcess,
    StrayServers,
  ],
  exports: [BulkDesk, DriftReconciler, RepairDesk, MoveDesk, PurchaseProcess, ServiceProcess],
})
export class ProvisioningModule {}
