/** Reads the panel's nodes and servers once for everybody who compares them with the record, at most as often as its budget bears. */
import { Injectable, Logger } from '@nestjs/common';
import { NodeObserver } from '../nodes/node-observer.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { DriftReconciler } from '../provisioning/drift-reconciler.js';

@Injectable()
export class PanelObserver {
  private readonly log = new Logger(PanelObserver.name);

  constructor(
    private readonly panel: PanelClient,
    private readonly nodes: NodeObserver,
    private readonly drift: DriftReconciler,
  ) {}

  /** 'soon' when there was nothing to see yet. A read that failed changes nothing: facts are never deleted because the panel was away. */
  async observe(): Promise<void | 'soon'> {
    if (!(await this.nodes.isAsked())) return 'soon';
    const [nodes, servers] = [await this.panel.listNodes(), await this.panel.listServers()];
    if (nodes.ok !== 'done' || servers.ok !== 'done') {
      this.log.warn('the panel could not be read; everything stays as it was seen last');
      return 'soon';
    }
    const again = await this.nodes.observe(nodes.value, servers.value);
    await this.drift.compare(servers.value);
    return again;
  }
}
