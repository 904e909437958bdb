/** Every error leaves as problem+json (RFC 9457) with a stable code; what is ours stays inside. */
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type FieldProblem } from '../refusal.js';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
}

const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  422: 'VALIDATION_FAILED',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};
const RETRY_AFTER_S = 2;

const ofHttpException = (error: HttpException): Problem => {
  const status = error.getStatus();
  const body = error.getResponse();
  const said = (typeof body === 'object' ? body : {}) as { code?: string; detail?: string; errors?: Problem['errors'] };
  return {
    status,
    code: said.code ?? CODES[status] ?? 'ERROR',
    detail: said.detail ?? error.message,
    ...(said.errors ? { errors: said.errors } : {}),
  };
};

const ofRefusal = ({ status, code, message, errors }: Refusal): Problem => ({
  ...{ status, code, detail: message },
  ...(errors.length === 0 ? {} : { errors }),
});

/** Fastify's own errors (malformed JSON, too large a body) carry a status and no secrets. */
const ofFastifyError = (error: { statusCode: number; message: string }): Problem => ({
  status: error.statusCode,
  code: CODES[error.statusCode] ?? 'BAD_REQUEST',
  detail: error.statusCode === 400 ? 'The request body is not valid JSON.' : error.message,
});

/** Connection refused, cut or timed out, or PostgreSQL going down or coming up (SQLSTATE classes 08 and 57P). */
const AWAY = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|08\w{3}|57P0[1-3])$/;
/** What the pool says without a code. */
const AWAY_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** An outage of the database is not a defect: it can be asked again. */
const isDatabaseAway = (error: unknown): boolean => {
  const { code, message, errors } = (error ?? {}) as { code?: unknown; message?: unknown; errors?: unknown };
  if (Array.isArray(errors)) return errors.some(isDatabaseAway);
  return (typeof code === 'string' && AWAY.test(code)) || (typeof message === 'string' && AWAY_MESSAGE.test(message));
};

/** Undefined for what nobody expected. */
export const problemOf = (error: unknown): Problem | undefined => {
  if (error instanceof Refusal) return ofRefusal(error);
  if (error instanceof HttpException) return ofHttpException(error);
  if (isDatabaseAway(error)) return { status: 503, code: 'DATABASE_UNAVAILABLE', detail: 'The database does not answer.' };
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  const known = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return known ? ofFastifyError(error as { statusCode: number; message: string }) : undefined;
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const known = problemOf(error);
    if (!known)
      this.log.error(
        `${request.method} ${request.url.split('?')[0]} failed (request ${request.id})`,
        error instanceof Error ? error.stack : String(error),
      );
    const problem = known ?? { status: 500, code: 'INTERNAL', detail: 'Something went wrong on our side.' };
    if (problem.status === 503) void reply.header('Retry-After', String(RETRY_AFTER_S));
    if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
    void reply
      .status(problem.status)
      .type('application/problem+json')
      .send({ type: 'about:blank', title: problem.code, instance: request.url.split('?')[0], ...problem });
  }
}
