/** Who may call a route. Every route needs a token unless it says that it is public. */
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export type UserRole = 'customer' | 'operator';

export interface User {
  readonly id: string;
  readonly role: UserRole;
  /** Of the login that the token comes from. */
  readonly sessionId?: string;
}

export type RequestWithUser = FastifyRequest & { user?: User };

export const PUBLIC = 'ledger:public';
export const ROLES = 'ledger:roles';

/** No token needed. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Only people with one of these roles; everybody else gets 403. */
export const Roles = (...roles: UserRole[]) => SetMetadata(ROLES, roles);

/** The person whose token was sent. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): User => {
  const { user } = context.switchToHttp().getRequest<RequestWithUser>();
  if (!user) throw new Error('CurrentUser on a public route');
  return user;
});
