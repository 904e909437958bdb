/** An answer that goes on and on: who asked for it, and when the token ends that let the request in. */
import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { FastifyReply } from 'fastify';
import type { RequestWithUser, User } from './auth.decorators.js';
import type { RequestIdentity, RequestWithIdentity } from './request-key.js';

const MS_PER_S = 1000;

export interface Streaming {
  readonly reply: FastifyReply;
  readonly user: User;
  /** Only of a request that changes something. */
  readonly identity: RequestIdentity | undefined;
  readonly authorization: string | undefined;
  /** What a viewer that was cut off has seen last (`Last-Event-ID`). */
  readonly lastId: string | undefined;
}

/** The request and its answer, which the route takes over. */
export const Stream = createParamDecorator((_data: unknown, context: ExecutionContext): Streaming => {
  const http = context.switchToHttp();
  const { user, identity, headers } = http.getRequest<RequestWithUser & RequestWithIdentity>();
  if (!user) throw new Error('Stream on a public route');
  const lastId = headers['last-event-id'];
  return {
    reply: http.getResponse<FastifyReply>(),
    user,
    identity,
    authorization: headers.authorization,
    lastId: Array.isArray(lastId) ? lastId[0] : lastId,
  };
});

@Injectable()
export class SessionEnd {
  constructor(private readonly tokens: JwtService) {}

  /** Unix milliseconds. The guard has let the request in, so that its token is known to be good. */
  of({ authorization }: Pick<Streaming, 'authorization'>): number {
    const claims = this.tokens.decode<{ exp?: number } | null>(authorization?.split(' ')[1] ?? '');
    return (claims?.exp ?? 0) * MS_PER_S;
  }
}
