/** What can be asked of a customer's stream. */
import { Command } from '@nestjs/cqrs';
import type { Written } from '../platform/commands.js';
import type { Actor } from '../platform/event.js';

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
