/** Questions about a customer to which a read model knows the answer for most, and only the stream for who signed up a moment ago. */
import { Query, QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { GetCustomerAccount } from '../../projections/customer-accounts/customer-accounts.query.js';
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
  constructor(
    private readonly queries: QueryBus,
    private readonly streams: StreamRepository,
  ) {}

  async execute({ customerId }: PanelAccountOf): Promise<PanelAccount> {
    // What is linked stays linked, to the same account; anything else may have changed since.
    const row = await this.queries.execute(new GetCustomerAccount(customerId));
    if (row?.status === 'linked' && row.panelUserId !== null) return { status: 'linked', panelUserId: row.panelUserId };
    const { state } = await this.streams.load(customerDecider, customerId);
    if (state.status === 'linked') return { status: 'linked', panelUserId: state.panelUserId };
    return { status: state.status === 'conflict' ? 'conflict' : 'pending' };
  }
}
