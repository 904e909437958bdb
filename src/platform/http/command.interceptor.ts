/** What every route that changes something has: an identity that a repeat shares, and an answer that says where in the log it stands. */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { noting, Touched } from '../event-store/touched.js';
import { IdempotencyStore, type TakenKey } from '../idempotency/idempotency.store.js';
import { derivedId, newId } from '../ids.js';
import { refuse } from '../refusal.js';
import type { RequestWithUser } from './auth.decorators.js';
import { LEDGER_POSITION } from './ledger-position.js';
import { problemOf } from './problem.filter.js';
import { IDEMPOTENCY_KEY, KEY_MAX, KEY_RULE, type KeyRule, type RequestIdentity, type RequestWithIdentity } from './request-key.js';

const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const VISIBLE = /^[\x21-\x7e]+$/;

type CommandRequest = RequestWithUser & RequestWithIdentity;

@Injectable()
export class CommandInterceptor implements NestInterceptor {
  constructor(
    private readonly keys: IdempotencyStore,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<CommandRequest>();
    const rule = this.reflector.get<KeyRule | undefined>(KEY_RULE, context.getHandler()) ?? {};
    if (!CHANGING.has(request.method) || rule.exempt) return next.handle();
    const taken = await this.take(request, rule);
    request.identity = identityOf(taken);
    const touched = new Touched();
    let came = true;
    try {
      return of(await noting(touched, () => lastValueFrom(next.handle())));
    } catch (error) {
      came = touched.written || !isRefused(error);
      throw error;
    } finally {
      if (touched.position > 0n)
        void context.switchToHttp().getResponse<FastifyReply>().header(LEDGER_POSITION, touched.position.toString());
      if (taken) await this.giveBack(taken, came);
    }
  }

  /** @param came whether anything came of the request, so that a repeat is its repeat */
  private async giveBack(taken: TakenKey, came: boolean): Promise<void> {
    if (came || taken.repeated) this.keys.finish(taken);
    else await this.keys.forget(taken);
  }

  private async take(request: CommandRequest, rule: KeyRule): Promise<TakenKey | undefined> {
    if (request.method !== 'POST') return undefined;
    const key = request.headers[IDEMPOTENCY_KEY.toLowerCase()];
    if (key === undefined || key === '') {
      if (rule.required) throw refuse('IDEMPOTENCY_KEY_REQUIRED', 422, `Send an ${IDEMPOTENCY_KEY} header.`);
      return undefined;
    }
    if (typeof key !== 'string' || key.length > KEY_MAX || !VISIBLE.test(key))
      throw refuse('IDEMPOTENCY_KEY_INVALID', 422, `An ${IDEMPOTENCY_KEY} is one word of at most ${KEY_MAX} visible ASCII characters.`);
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    return this.keys.take({ scope: this.scopeOf(request, rule), route, key, bodyHash: this.keys.digest([request.url, request.body]) });
  }

  /** Whose key it is: the person's, or where nobody is logged in whoever the body says is asking, or else the body's alone. */
  private scopeOf({ user, body }: CommandRequest, { claimedBy }: KeyRule): string {
    if (user) return user.id;
    const claim = claimedBy === undefined ? undefined : (body as Record<string, unknown> | null | undefined)?.[claimedBy];
    return `anonymous ${this.keys.digest(typeof claim === 'string' ? claim.trim().toLowerCase() : [body])}`;
  }
}

const identityOf = (taken: TakenKey | undefined): RequestIdentity => {
  const requestId = taken?.requestId ?? newId();
  return { requestId, commandId: derivedId('request', requestId), repeated: taken?.repeated ?? false };
};

/** Turned down for what was asked: the same will be turned down again, and something better deserves the key. */
const isRefused = (error: unknown): boolean => {
  const status = problemOf(error)?.status ?? 500;
  return status < 500;
};
