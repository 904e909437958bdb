/** Questions about an order's server that must be answered from its stream, because a read model may lag. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StreamRepository } from '../platform/event-store/stream-repository.js';
import { provisioningDecider } from './provisioning.decider.js';

/** Whether an order's server stands where it is to stay: it is neither made anew elsewhere nor does it wait for a person. */
export class IsServerInPlace extends Query<boolean> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(IsServerInPlace)
export class IsServerInPlaceHandler implements IQueryHandler<IsServerInPlace> {
  constructor(private readonly streams: StreamRepository) {}

  async execute({ orderId }: IsServerInPlace): Promise<boolean> {
    const { state } = await this.streams.load(provisioningDecider, orderId);
    return 'server' in state && state.status !== 'needsHuman' && state.move === null;
  }
}
