/** What operators have done about differences between the panel and the record: with a written reason, which is kept sealed. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoteStore } from '../customers/identity/note.store.js';
import { contextOf, type Asking } from '../orders/service-desk.js';
import { derivedId } from '../platform/ids.js';
import type { DriftKind } from './drift.events.js';
import { RepairServer } from './provisioning.commands.js';

/** All kinds of difference, as they are asked for. */
export const DRIFT_KINDS: readonly DriftKind[] = [
  ...(['missing', 'unexpected', 'externalId', 'suspended', 'unsuspended', 'limits', 'owner', 'node'] as const),
];

@Injectable()
export class RepairDesk {
  constructor(
    private readonly commands: CommandBus,
    private readonly notes: NoteStore,
  ) {}

  /** @throws Refusal DRIFT_NOT_SEEN, DRIFT_NOT_REPAIRABLE, SERVER_BUSY */
  async repair(asking: Asking, { kind, reason }: { kind: DriftKind; reason: string }): Promise<void> {
    const { orderId, commandId, actor } = asking;
    const noteId = derivedId('note', commandId);
    await this.notes.save({ noteId, subjectId: orderId, authorId: actor.id, text: reason });
    const repairId = derivedId('repair', commandId);
    await this.commands.execute(new RepairServer({ orderId, kind, repairId, noteId }, contextOf(asking)));
  }
}
