/** Who asks for a change, and under which command: both of one request. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestWithUser } from './auth.decorators.js';
import type { RequestWithIdentity } from './request-key.js';

export interface Asker {
  readonly id: string;
  readonly commandId: string;
}

/** Only on routes that change something, for somebody who is logged in. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Asker => {
  const { user, identity } = context.switchToHttp().getRequest<RequestWithUser & RequestWithIdentity>();
  if (!user || !identity) throw new Error('Caller on a route that is public or only reads');
  return { id: user.id, commandId: identity.commandId };
});
