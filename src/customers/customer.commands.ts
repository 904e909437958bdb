/** What can be asked of a customer's stream. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';
import type { CommandContext } from '../platform/event-store/stream-repository.js';
import type { DetailChange } from './identity/detail-change.store.js';
import type { PanelAccountClaimed } from './panel-account.events.js';

/** Records that somebody signed up. Asking again is silence. */
export class RegisterCustomer extends Command<Written> {
  constructor(readonly data: { readonly customerId: string; readonly actor: Actor }) {
    super();
  }
}

/** Does the next step towards the customer's panel account; answers when to look again, or null when there is nothing left to do. */
export class ContinuePanelAccount extends Command<Date | null> {
  constructor(readonly customerId: string) {
    super();
  }
}

/** An account that the panel has already is to be the customer's, in whose way their e-mail address stood. */
export class ClaimPanelAccount extends Command<Written> {
  constructor(
    readonly claim: Omit<PanelAccountClaimed['data'], 'claimedAt'>,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Records that a customer has another e-mail address or name than before. Asking again is silence, and so it is of somebody who is no customer. */
export class RecordDetailChange extends Command<Written> {
  constructor(readonly change: DetailChange) {
    super();
  }
}
