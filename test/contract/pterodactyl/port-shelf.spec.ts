/** Ports of allocations are read from the panel once, and are the panel's own. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PortShelf } from '../../../src/provisioning/port-shelf.js';
import { PanelClient } from '../../../src/pterodactyl/panel.client.js';
import { closePanels, localPanel, type TestPanel } from './support.js';

class Counted extends PanelClient {
  reads = 0;
  override listAllocations(...of: Parameters<PanelClient['listAllocations']>): ReturnType<PanelClient['listAllocations']> {
    this.reads += 1;
    return super.listAllocations(...of);
  }
}

let panel: TestPanel;
let client: Counted;
let shelf: PortShelf;
beforeAll(async () => {
  panel = await localPanel();
  client = new Counted({ url: panel.url, appKey: panel.appKey });
  shelf = new PortShelf(client);
});
afterAll(closePanels);

describe('the port of an allocation', () => {
  it('is asked for when it is wanted, and once; one that was made since is found', async () => {
    expect([await shelf.of(1, []), client.reads]).toEqual([{ ok: 'done', value: new Map() }, 0]);
    const wanted = new Map([
      [1, 6567],
      [13, 25_600],
    ]);
    expect(await shelf.of(1, [1, 13])).toEqual({ ok: 'done', value: wanted });
    expect([await shelf.of(1, [13]), client.reads]).toEqual([{ ok: 'done', value: new Map([[13, 25_600]]) }, 1]);
    await panel.call('/nodes/1/allocations', { method: 'POST', body: { ip: '192.0.2.99', ports: ['40000'] } });
    const all = await panel.client.listAllocations(1);
    const made = all.ok === 'done' ? all.value.find(({ port }) => port === 40_000) : undefined;
    expect(await shelf.of(1, [made?.id ?? 0])).toEqual({ ok: 'done', value: new Map([[made?.id, 40_000]]) });
    expect(client.reads).toBe(2);
  });

  it('is missing where the panel knows no such allocation, and unknown while it does not answer', async () => {
    expect(await shelf.of(1, [99_999])).toEqual({ ok: 'done', value: new Map() });
    await panel.fault({ match: 'GET /api/application/nodes/*/allocations', fault: 'html502' });
    expect(await shelf.of(1, [99_999])).toEqual({ ok: 'unknown', code: 'Http502' });
  });
});
