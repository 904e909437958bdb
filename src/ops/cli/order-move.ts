/** `ledger order move | reinstall | retry`: what the operator API does to a server that does not get on or must go elsewhere. */
import type { Command } from 'commander';
import type { Asking } from '../../orders/service-desk.js';
import { MoveDesk } from '../../provisioning/move-desk.js';
import { askingOf, type Given } from './order-service.js';
import { withLedger } from './with-ledger.js';

const SOON = 'as soon as a ledger with the role reactor runs';
const ACCEPT: readonly [string, string] = ['--accept-data-loss', 'what the server has saved may be lost; needed once it was ready'];

interface AnewGiven extends Given {
  readonly acceptDataLoss?: boolean;
  readonly node?: string;
  readonly ports?: boolean;
}

export const addOrderMoveCommands = (order: Command): void => {
  const add = (name: string, about: string, work: (desk: MoveDesk, asking: Asking, given: AnewGiven) => Promise<string>): Command =>
    order
      .command(`${name} <orderId>`)
      .description(about)
      .requiredOption('--reason <text>', 'why; kept sealed, apart from the events')
      .option('--key <key>', 'of this wish: the same key again does nothing more')
      .action(async (id: string, given: AnewGiven) => {
        const asking = askingOf({ name }, id, given);
        await withLedger(async (app) => console.log(`order ${asking.orderId} ${await work(app.get(MoveDesk), asking, given)} ${SOON}`));
      });
  add('move', 'deletes the server and makes it anew on another node or with other ports', async (desk, asking, given) => {
    const { node = null, ports = false, acceptDataLoss = false, reason } = given;
    await desk.move(asking, { nodeId: node, otherPorts: ports, dataLossAccepted: acceptDataLoss, reason });
    return 'is moved';
  })
    .option(
      '--node <nodeId>',
      "to this node of the order's region; if absent to the best other, or where it was when it has gone from the panel",
    )
    .option('--ports', 'it stays on its node and gets other ports there')
    .option(...ACCEPT);
  add('reinstall', 'runs the install of the server again', async (desk, asking, { acceptDataLoss = false, reason }) => {
    await desk.reinstall(asking, { dataLossAccepted: acceptDataLoss, reason });
    return 'is installed anew';
  }).option(...ACCEPT);
  add('retry', 'tries the provisioning of an order again that waits for help', async (desk, asking, { reason }) => {
    await desk.retry(asking, reason);
    return 'is tried again';
  });
};
