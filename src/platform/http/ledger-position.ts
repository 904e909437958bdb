/** Read-your-writes: a command answers where in the log it stands, a read waits until its read models have seen that place. */
import { applyDecorators, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiAcceptedResponse, ApiQuery } from '@nestjs/swagger';
import { from, mergeMap, type Observable } from 'rxjs';

export const LEDGER_POSITION = 'Ledger-Position';
export const LEDGER_STALE = 'Ledger-Stale';

/** Documents that a read takes `?atLeast=`. */
export const ReadsYourWrites = () =>
  applyDecorators(
    ApiQuery({
      name: 'atLeast',
      required: false,
      description: `A ${LEDGER_POSITION} of an earlier answer: wait until the read model has seen it.`,
    }),
    ApiAcceptedResponse({ description: `The read model is still behind; ${LEDGER_STALE}: true.` }),
  );

/** Waits until the read models have seen a position; false when they have not within the time a caller may wait. */
export abstract class PositionWaiter {
  abstract reached(position: bigint): Promise<boolean>;
}

const STILL_CATCHING_UP = 202;

@Injectable()
export class AtLeastInterceptor implements NestInterceptor {
  constructor(private readonly waiter: PositionWaiter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: { atLeast?: unknown } }>>();
    const atLeast = request.query?.atLeast;
    if (request.method !== 'GET' || typeof atLeast !== 'string' || !/^\d{1,20}$/.test(atLeast)) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.waiter.reached(BigInt(atLeast))).pipe(
      mergeMap((reached) => {
        if (!reached) void reply.status(STILL_CATCHING_UP).header(LEDGER_STALE, 'true');
        return next.handle();
      }),
    );
  }
}
