/** `ledger customer`: customers and their accounts on the panel. */
import type { Command } from 'commander';
import { PanelAccountDesk } from '../../customers/panel-account.desk.js';
import { newId } from '../../platform/ids.js';
import { COMMAND_LINE, withLedger } from './with-ledger.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const addCustomerCommands = (program: Command): void => {
  program
    .command('customer')
    .description('customers and their accounts on the panel')
    .command('link <customerId>')
    .description('says which account of the panel is theirs, where it knew their e-mail address before')
    .requiredOption('--panel-user <number>', "the account's number on the panel")
    .requiredOption('--reason <text>', 'why; kept sealed, apart from the events')
    .action(async (customerId: string, { panelUser, reason }: { panelUser: string; reason: string }) => {
      if (!UUID.test(customerId)) throw new Error(`${customerId} is not a customer's id`);
      if (!/^[1-9]\d{0,8}$/.test(panelUser)) throw new Error('--panel-user takes the number of an account on the panel');
      if (reason.trim() === '') throw new Error('--reason must say why');
      const asking = { customerId, commandId: newId(), actor: COMMAND_LINE };
      await withLedger((app) => app.get(PanelAccountDesk).assign(asking, { panelUserId: Number(panelUser), reason }));
      console.log(`customer ${customerId} is linked to panel user ${panelUser} as soon as a ledger with the role reactor runs`);
    });
};
