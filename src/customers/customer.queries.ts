/** Questions about a customer that must be answered from the stream, because a read model may lag behind a sign-up of a moment ago. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { customerDecider } from './customer.decider.js';

export type PanelAccount =
  { readonly status: 'pending' } | { readonly status: 'conflict' } | { readonly status: 'linked'; readonly panelUserId: number };

export class PanelAccountOf extends Query<PanelAccount> {
  constructor(readonly customerId: string) {
    super();
  }
}

@QueryHandler(PanelAccountOf)
export class PanelAccountOfHandler implements IQueryHandler<PanelAccountOf> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ customerId }: PanelAccountOf): Promise<PanelAccount> {
    const { state } = await this.streams.load(customerDecider, customerId);
    if (state.status === 'linked') return { status: 'linked', panelUserId: state.panelUserId };
    return { status: state.status === 'conflict' ? 'conflict' : 'pending' };
  }
}
