/** Provisioning: from a paid order to a ready server. */
import { Module } from '@nestjs/common';
import { ProvisioningRunner } from './provisioning.runner.js';
import { provisioningHandlers } from './provisioning.handlers.js';
import { PurchaseProcess } from './purchase.process.js';
import { ServerChanges } from './server-changes.js';
import { ServerRequests } from './server-request.js';
import { ServiceProcess } from './service.process.js';
import { ServersController } from './servers.controller.js';

@Module({
  controllers: [ServersController],
  providers: [...provisioningHandlers, ProvisioningRunner, ServerChanges, ServerRequests, PurchaseProcess, ServiceProcess],
  exports: [PurchaseProcess, ServiceProcess],
})
export class ProvisioningModule {}
