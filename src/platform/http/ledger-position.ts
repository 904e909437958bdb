/** Read-your-writes: a command answers where in the log it stands, a read waits until its read models have seen that place. */
import { Injectable, SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '../refusal.js';
import { from, mergeMap, type Observable } from 'rxjs';

export const LEDGER_POSITION = 'Ledger-Position';
export const LEDGER_STALE = 'Ledger-Stale';

const READ_MODELS = 'ledger:read-models';

/** The read models that a route's answer is made from, by name; with none, that it comes from elsewhere and need not wait for any. */
export const ReadsFrom = (...names: readonly string[]) => SetMetadata(READ_MODELS, names);

/** What the route says; undefined if it says nothing. */
export const readModelsOf = (handler: object): readonly string[] | undefined =>
  Reflect.getMetadata(READ_MODELS, handler) as readonly string[] | undefined;

/** Waits until the read models have seen a position; false when they have not within the time a caller may wait. */
export abstract class PositionWaiter {
  /** @param names undefined: every read model */
  abstract reached(position: bigint, names: readonly string[] | undefined): Promise<boolean>;
}

const STILL_CATCHING_UP = 202;

@Injectable()
export class AtLeastInterceptor implements NestInterceptor {
  constructor(private readonly waiter: PositionWaiter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, query } = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: { atLeast?: unknown } }>>();
    if (method !== 'GET' || query?.atLeast === undefined) return next.handle();
    const { atLeast } = query;
    if (typeof atLeast !== 'string' || !/^\d{1,20}$/.test(atLeast))
      throw refuse('POSITION_INVALID', 422, `atLeast takes the number that a ${LEDGER_POSITION} header says.`);
    // Every read takes it, so no route has to know it.
    delete query.atLeast;
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.waiter.reached(BigInt(atLeast), readModelsOf(context.getHandler()))).pipe(
      mergeMap((reached) => {
        if (!reached) void reply.status(STILL_CATCHING_UP).header(LEDGER_STALE, 'true');
        return next.handle();
      }),
    );
  }
}
