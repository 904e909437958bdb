/** `ledger order refund | suspend | resume | end`: what the operator API does to a paid order, from a shell. */
import type { Command } from 'commander';
import { ServiceDesk, type Asking } from '../../orders/service-desk.js';
import { derivedId, newId } from '../../platform/ids.js';
import { checkedOrderId } from './order-id.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

const KEY = /^[\w-]{1,64}$/;
const SOON = 'as soon as a ledger with the role reactor runs';

export interface Given {
  readonly reason: string;
  readonly key?: string;
}

interface RefundGiven extends Given {
  readonly payment?: string;
  readonly amount?: string;
}

interface Verb {
  readonly name: 'refund' | 'suspend' | 'resume' | 'end';
  readonly about: string;
  readonly done: string;
}

export const checkedReason = ({ reason }: Given): string => {
  if (reason.trim() === '') throw new Error('--reason must say why');
  return reason;
};

/** The id of a wish: the same key for the same thing is the same wish, so that a command nobody saw end can be repeated. */
export const checkedKey = ({ key }: Given, ...about: readonly string[]): string => {
  if (key !== undefined && !KEY.test(key)) throw new Error('--key takes up to 64 letters, digits, - and _');
  return key === undefined ? newId() : derivedId('command-line', ...about, key);
};

export const askingOf = ({ name }: { readonly name: string }, id: string, given: Given): Asking => {
  const orderId = checkedOrderId(id);
  checkedReason(given);
  return { orderId, commandId: checkedKey(given, name, orderId), actor: COMMAND_LINE };
};

/** Minor units; null when not given. */
const amountOf = (amount: string | undefined): number | null => {
  if (amount === undefined) return null;
  const minor = Number(amount);
  if (!/^\d+$/.test(amount) || minor < 1 || !Number.isSafeInteger(minor))
    throw new Error('--amount takes whole minor units, for example 499');
  return minor;
};

export const addOrderServiceCommands = (order: Command): void => {
  const add = <T extends Given>(verb: Verb, work: (desk: ServiceDesk, asking: Asking, given: T) => Promise<void>): Command =>
    order
      .command(`${verb.name} <orderId>`)
      .description(verb.about)
      .requiredOption('--reason <text>', 'why; kept sealed, apart from the events')
      .option('--key <key>', 'of this wish: the same key again does nothing more')
      .action(async (id: string, given: T) => {
        const asking = askingOf(verb, id, given);
        await withLedger((app) => work(app.get(ServiceDesk), asking, given));
        console.log(`order ${asking.orderId} ${verb.done}`);
      });
  add<RefundGiven>(
    { name: 'refund', about: 'gives money back; all of the period that runs also ends the service', done: `is refunded ${SOON}` },
    (desk, asking, { payment, amount, reason }) =>
      desk.refund(asking, { paymentId: payment ?? null, amountMinor: amountOf(amount), note: reason }),
  )
    .option('--payment <id>', 'which payment; the one that came last if absent')
    .option('--amount <minor>', 'in minor units; all that is left of the payment if absent');
  add({ name: 'suspend', about: 'stops the service', done: `is suspended; its server stops ${SOON}` }, (desk, asking, { reason }) =>
    desk.suspend(asking, true, reason),
  );
  add(
    { name: 'resume', about: 'lets a service run again that an operator stopped', done: `is resumed; its server runs ${SOON}` },
    (desk, asking, { reason }) => desk.suspend(asking, false, reason),
  );
  add({ name: 'end', about: 'ends the service: billing first, then the server', done: `ends ${SOON}` }, (desk, asking, { reason }) =>
    desk.endByOperator(asking, reason),
  );
};
