/** Takes somebody in: first who they are, then the fact in the log. What dies in between is finished at the next login or by the sweep. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RegisterCustomer } from './customer.commands.js';
import { newId } from '../platform/ids.js';
import { IdentityStore, type PersonRole } from './identity/identity.store.js';

const SWEEP_MAX = 50;

@Injectable()
export class SignUp {
  constructor(
    private readonly people: IdentityStore,
    private readonly commands: CommandBus,
  ) {}

  /**
   * The same id with the same e-mail and password again is the same sign-up.
   * @returns the person's id. @throws Refusal EMAIL_TAKEN
   */
  async signUp(wish: { email: string; name: string; password: string; role: PersonRole }, personId = newId()): Promise<string> {
    await this.people.createPerson({ personId, ...wish });
    if (wish.role === 'customer') await this.register(personId);
    return personId;
  }

  /** Records the sign-up; asking again is silence. */
  async register(personId: string): Promise<void> {
    await this.commands.execute(new RegisterCustomer({ customerId: personId, actor: { kind: 'customer', id: personId } }));
    await this.people.markRegistered(personId);
  }

  /** Registers people whose sign-up never reached the log; one that fails holds up nobody else. */
  async sweep(): Promise<void> {
    const waiting = await this.people.unregistered(SWEEP_MAX);
    const done = await Promise.allSettled(waiting.map((personId) => this.register(personId)));
    const failed = done.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}
