/** Looks at an install until it has ended: well, which is believed of a server that lives, or not. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import type { PanelServerStatus } from '../pterodactyl/panel.types.js';
import { INSTALL_UNPROVEN, ProofOfLife, type Installing } from './proof-of-life.js';
import { askForHelp, recordInstallFailed, recordReady, type Provisioning } from './provisioning.decider.js';
import type { Decide } from './server-changes.js';

const FAILED: readonly PanelServerStatus[] = ['install_failed', 'reinstall_failed'];

@Injectable()
export class InstallWatch {
  constructor(
    private readonly panel: PanelClient,
    private readonly life: ProofOfLife,
    private readonly clock: Clock,
  ) {}

  /** A panel that cannot be read says nothing of the install, however late it is. */
  async watch(saga: Provisioning, { serverId, overdue }: { serverId: number; overdue: boolean }): Promise<Decide | null> {
    const server = await this.panel.getServer(serverId);
    if (server.ok === 'absent') return this.help(saga, 'SERVER_GONE');
    if (server.ok !== 'done') return null;
    switch (server.value.status) {
      case null:
        return 'server' in saga && saga.server ? this.prove({ ...saga, server: saga.server }, overdue) : null;
      case 'suspended':
        return overdue ? this.help(saga, 'SUSPENDED_DURING_INSTALL') : null;
      case 'installing':
      case 'install_failed':
      case 'reinstall_failed':
      case 'restoring_backup':
        return this.failed(saga, FAILED.includes(server.value.status) ? 'INSTALL_FAILED' : overdue ? 'INSTALL_OVERDUE' : null);
    }
  }

  private async prove(saga: Installing, overdue: boolean): Promise<Decide | null> {
    const life = await this.life.of(saga, { overdue });
    if (life === 'dead') return this.failed(saga, INSTALL_UNPROVEN);
    return life === 'alive' ? recordReady({ at: this.clock.iso() }) : null;
  }

  private failed({ status }: Pick<Provisioning, 'status'>, code: string | null): Decide | null {
    return status === 'needsHuman' || code === null ? null : recordInstallFailed({ code, at: this.clock.iso() });
  }

  private help({ status }: Provisioning, code: string): Decide | null {
    return status === 'needsHuman' ? null : askForHelp({ step: 'install', code, at: this.clock.iso() });
  }
}
