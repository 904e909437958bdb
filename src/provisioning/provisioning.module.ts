/** Provisioning: from a paid order to a ready server. */
import { Module } from '@nestjs/common';
import { DriftReconciler } from './drift-reconciler.js';
import { ProvisioningRunner } from './provisioning.runner.js';
import { provisioningHandlers } from './provisioning.handlers.js';
import { PurchaseProcess } from './purchase.process.js';
import { RepairDesk } from './repair-desk.js';
import { ServerChanges } from './server-changes.js';
import { ServerRequests } from './server-request.js';
import { ServiceProcess } from './service.process.js';
import { ServersController } from './servers.controller.js';

@Module({
  controllers: [ServersController],
  providers: [
    ...provisioningHandlers,
    DriftReconciler,
    RepairDesk,
    ProvisioningRunner,
    ServerChanges,
    ServerRequests,
    PurchaseProcess,
    ServiceProcess,
  ],
  exports: [DriftReconciler, RepairDesk, PurchaseProcess, ServiceProcess],
})
export class ProvisioningModule {}
