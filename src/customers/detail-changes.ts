/** Customers change who they are: first the change itself, then the fact in the log. What dies in between is finished by the sweep. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RecordDetailChange } from './customer.commands.js';
import { DetailChangeStore, type DetailChange } from './identity/detail-change.store.js';

const SWEEP_MAX = 50;

@Injectable()
export class DetailChanges {
  constructor(
    private readonly changes: DetailChangeStore,
    private readonly commands: CommandBus,
  ) {}

  /** The name by which they are called from now on. */
  async rename(personId: string, changeId: string, name: string): Promise<void> {
    const renamed = await this.changes.rename({ changeId, personId }, name);
    if (renamed) await this.record({ changeId, personId, what: 'name' });
  }

  /** Records a change that was made; asking again is silence. */
  async record(change: DetailChange): Promise<void> {
    await this.commands.execute(new RecordDetailChange(change));
    await this.changes.markRecorded(change.changeId);
  }

  /** Records changes that never reached the log, and forgets old ones; one that fails holds up nobody else's. */
  async sweep(): Promise<void> {
    const waiting = await this.changes.unrecorded(SWEEP_MAX);
    const done = await Promise.allSettled(waiting.map((change) => this.record(change)));
    await this.changes.removeOld();
    const failed = done.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}
