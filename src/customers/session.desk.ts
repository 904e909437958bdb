/** Logging in for longer than an access token lasts: the refresh token in its cookie, and who may send it. */
import { createParamDecorator, ForbiddenException, Injectable, Logger, UnauthorizedException, type ExecutionContext } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PersonRole } from './identity/identity.store.js';
import { SessionStore, type OpenSession } from './identity/session.store.js';

const TOKEN_SECONDS = 15 * 60;
const MS_PER_S = 1000;
const COOKIE = 'ledger_refresh';
/** The only routes that read it, so that the browser sends it nowhere else. */
const COOKIE_PATH = '/api/v1/auth';

export class Session {
  @ApiProperty() readonly customerId!: string;
  @ApiProperty({ enum: ['customer', 'operator'] }) readonly role!: PersonRole;
  @ApiProperty({ description: 'Bearer token.' }) readonly accessToken!: string;
  @ApiProperty({ description: 'Seconds.' }) readonly expiresIn!: number;
}

/** A request and the answer that its cookie goes into. */
export interface HttpExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
export const Http = createParamDecorator((_data: unknown, context: ExecutionContext): HttpExchange => {
  const http = context.switchToHttp();
  return { request: http.getRequest<FastifyRequest>(), reply: http.getResponse<FastifyReply>() };
});

export abstract class SessionRules {
  /** The cookie goes over TLS only. */
  abstract readonly secure: boolean;
  /** Of web sites that may use the cookie, besides the one that the browser itself calls ours. */
  abstract readonly origins: readonly string[];
}

/** Enough to know one's own devices by; nothing to know a person by. */
const deviceOf = (userAgent: string | undefined): string => {
  const named = (names: readonly (readonly [RegExp, string])[]): string | undefined =>
    names.find(([mark]) => mark.test(userAgent ?? ''))?.[1];
  const browser = named([
    [/Edg/, 'Edge'],
    [/Firefox/, 'Firefox'],
    [/Chrom/, 'Chrome'],
    [/Safari/, 'Safari'],
  ]);
  const system = named([
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Windows/, 'Windows'],
    [/Mac OS/, 'macOS'],
    [/Linux/, 'Linux'],
  ]);
  return [browser ?? 'Another program', ...(system ? [`on ${system}`] : [])].join(' ');
};

const cookieOf = ({ headers }: FastifyRequest): string | undefined =>
  headers.cookie
    ?.split(';')
    .map((pair) => pair.trim().split('='))
    .find(([name]) => name === COOKIE)?.[1];

@Injectable()
export class SessionDesk {
  private readonly log = new Logger('sessions');

  constructor(
    private readonly sessions: SessionStore,
    private readonly tokens: JwtService,
    private readonly rules: SessionRules,
  ) {}

  /** Logs somebody in whom the caller knows. */
  async open(person: { personId: string; role: PersonRole }, { request, reply }: HttpExchange): Promise<Session> {
    return this.answer(await this.sessions.open(person, deviceOf(request.headers['user-agent']), new Date()), reply);
  }

  /** @throws REFRESH_INVALID, REFRESH_REUSED (401), CROSS_SITE (403) */
  async refresh({ request, reply }: HttpExchange): Promise<Session> {
    this.checkSite(request);
    const token = cookieOf(request);
    const session = token === undefined ? undefined : await this.sessions.refresh(token, new Date());
    if (typeof session === 'object') return this.answer(session, reply);
    this.drop(reply);
    if (session === undefined) throw new UnauthorizedException({ code: 'REFRESH_INVALID', detail: 'Please log in.' });
    this.log.warn(`A refresh token came again after its successor was used: its login ${token?.split('.')[0] ?? ''} was ended.`);
    throw new UnauthorizedException({
      code: 'REFRESH_REUSED',
      detail: 'This login was used from two places and has been ended; please log in.',
    });
  }

  /** @throws CROSS_SITE (403) */
  async logOut({ request, reply }: HttpExchange): Promise<void> {
    this.checkSite(request);
    const token = cookieOf(request);
    this.drop(reply);
    if (token !== undefined) await this.sessions.endByToken(token, new Date());
  }

  /** Another site can make a browser send the cookie, but cannot make it lie about who asks. What sends neither header is no browser. */
  private checkSite({ headers }: FastifyRequest): void {
    const { origin, 'sec-fetch-site': site } = headers;
    if (site === 'same-origin' || site === 'none' || (site === undefined && origin === undefined)) return;
    if (origin !== undefined && (this.rules.origins.includes(origin) || (site === undefined && origin.split('//')[1] === headers.host)))
      return;
    throw new ForbiddenException({ code: 'CROSS_SITE', detail: 'Only our own pages may ask this.' });
  }

  private async answer({ sessionId, personId, role, token, expiresAt }: OpenSession, reply: FastifyReply): Promise<Session> {
    const claims = { sub: personId, role, sid: sessionId };
    const accessToken = await this.tokens.signAsync(claims, { algorithm: 'HS256', expiresIn: TOKEN_SECONDS });
    this.keep(reply, token, Math.floor((expiresAt.getTime() - Date.now()) / MS_PER_S));
    return { customerId: personId, role, accessToken, expiresIn: TOKEN_SECONDS };
  }

  private drop(reply: FastifyReply): void {
    this.keep(reply, '', 0);
  }

  private keep(reply: FastifyReply, token: string, seconds: number): void {
    const attributes = [`Path=${COOKIE_PATH}`, `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Lax', ...(this.rules.secure ? ['Secure'] : [])];
    void reply.header('set-cookie', [`${COOKIE}=${token}`, ...attributes].join('; ')).header('cache-control', 'no-store');
  }
}
