/** Lets nobody in without a valid token, and nobody with the wrong role. */
import { ForbiddenException, Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { PUBLIC, ROLES, type RequestWithUser, type User, type UserRole } from './auth.decorators.js';

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: JwtService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, places)) return true;
    const request = context.switchToHttp().getRequest<RequestWithUser>();
    const user = await this.userOf(request.headers.authorization);
    const roles = this.reflector.getAllAndOverride<UserRole[] | undefined>(ROLES, places);
    if (roles && !roles.includes(user.role)) throw new ForbiddenException({ code: 'FORBIDDEN', detail: 'This is for operators.' });
    request.user = user;
    return true;
  }

  private async userOf(header: string | undefined): Promise<User> {
    const [scheme, token] = header?.split(' ') ?? [];
    if (scheme !== 'Bearer' || !token) throw new UnauthorizedException({ code: 'UNAUTHENTICATED', detail: 'Send a bearer token.' });
    try {
      const { sub, role, sid } = await this.tokens.verifyAsync<{ sub: string; role: UserRole; sid?: string }>(token, {
        algorithms: ['HS256'],
      });
      return { id: sub, role, ...(sid === undefined ? {} : { sessionId: sid }) };
    } catch {
      throw new UnauthorizedException({ code: 'TOKEN_INVALID', detail: 'The token is invalid or has expired.' });
    }
  }
}
