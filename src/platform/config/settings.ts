/** Every setting of the ledger. The property is the environment variable; `.env.example` is made from these declarations. */
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInstance,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import { ConnectionSettings } from './connection-settings.js';
import { Setting } from './setting.js';
import { HasMembers, HTTP_URL, IsKeyOf32Bytes, IsOrigin, IsTrustedProxies } from './setting-checks.js';

export type Role = 'http' | 'projector' | 'reactor';
export const ROLES_ALL: readonly Role[] = ['http', 'projector', 'reactor'];

export class Settings extends ConnectionSettings {
  @Setting({ group: 'Process', doc: 'What this installation is for.', expects: 'development, test or production', default: 'development' })
  @IsIn(['development', 'test', 'production'])
  readonly NODE_ENV!: 'development' | 'test' | 'production';

  @Setting({
    group: 'Process',
    doc: 'Which parts run in this process: http serves, projector fills read models, reactor talks to Stripe and the panel.',
    expects: 'a comma-separated choice of http, projector and reactor',
    kind: 'set',
    default: 'http,projector,reactor',
  })
  @IsInstance(Set)
  @HasMembers()
  @IsIn(ROLES_ALL, { each: true })
  readonly ROLES!: ReadonlySet<Role>;

  @Setting({ group: 'Process', doc: 'Least level that is logged.', expects: 'fatal, error, warn, info, debug or trace', default: 'info' })
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
  readonly LOG_LEVEL!: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

  @Setting({ group: 'Process', doc: 'Folder for the data of locally started engines.', expects: 'a folder', default: '.data' })
  @IsNotEmpty()
  readonly DATA_DIR!: string;

  @Setting({ group: 'Process', doc: 'The catalog of games and plans.', expects: 'a file', default: 'catalog.yaml' })
  @IsNotEmpty()
  readonly CATALOG_PATH!: string;

  @Setting({
    group: 'Process',
    doc: 'Steerable clock shared with the local Stripe and panel.',
    expects: 'an http address',
    optional: true,
    refusedInProduction: 'time must be real; remove it',
  })
  @IsOptional()
  @IsUrl(HTTP_URL)
  readonly LEDGER_CLOCK?: string;

  @Setting({
    group: 'Process',
    doc: 'Print one JSON line on stdout when ready, for a program that starts the ledger.',
    expects: 'true or false',
    kind: 'boolean',
    default: 'false',
  })
  @IsBoolean()
  readonly LEDGER_READY_LINE!: boolean;

  @Setting({
    group: 'HTTP',
    doc: 'Port to listen on; 0 takes a free one.',
    expects: 'a whole number from 0 to 65535',
    kind: 'integer',
    default: '3000',
  })
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT!: number;

  @Setting({
    group: 'HTTP',
    doc: 'Address to listen on; 0.0.0.0 in production.',
    expects: 'an address of this machine',
    default: '127.0.0.1',
    productionDefault: '0.0.0.0',
  })
  @IsNotEmpty()
  readonly HOST!: string;

  @Setting({
    group: 'HTTP',
    doc: 'Where customers and Stripe reach this API; without it http://127.0.0.1:<PORT>.',
    expects: 'an http(s) origin such as https://api.example.com',
    optional: true,
    requiredInProduction: true,
  })
  @IsOptional()
  @IsOrigin()
  readonly PUBLIC_URL?: string;

  @Setting({
    group: 'HTTP',
    doc: 'Where customers return after paying; without it PUBLIC_URL.',
    expects: 'an http(s) address',
    optional: true,
  })
  @IsOptional()
  @IsUrl(HTTP_URL)
  readonly DASHBOARD_URL?: string;

  @Setting({
    group: 'HTTP',
    doc: 'Whom customers write to; shown on the support page with the order filled in.',
    expects: 'an e-mail address',
    optional: true,
  })
  @IsOptional()
  @IsEmail()
  readonly SUPPORT_EMAIL?: string;

  @Setting({
    group: 'HTTP',
    doc: 'Where customers find support; opened with ?order=<id>.',
    expects: 'an http(s) address',
    optional: true,
  })
  @IsOptional()
  @IsUrl(HTTP_URL)
  readonly SUPPORT_URL?: string;

  @Setting({
    group: 'HTTP',
    doc: 'Origins of other web sites that may call this API from a browser.',
    expects: 'comma-separated origins such as https://www.example.com; the wildcard is not accepted',
    kind: 'list',
    default: '',
  })
  @IsOrigin({ each: true })
  readonly CORS_ORIGINS!: readonly string[];

  @Setting({
    group: 'HTTP',
    doc: 'Reverse proxies in front: how many, or their addresses. Whose X-Forwarded-For is believed.',
    expects: 'a number of hops from 0 to 9, or comma-separated addresses or networks',
    default: '0',
  })
  @IsTrustedProxies()
  readonly TRUST_PROXY!: string;

  @Setting({
    group: 'HTTP',
    doc: 'Requests a minute from one address; a twentieth of it for sign-up and login. The webhook and health are exempt.',
    expects: 'a whole number from 20 to 1000000',
    kind: 'integer',
    default: '600',
  })
  @IsInt()
  @Min(20)
  @Max(1_000_000)
  readonly RATE_LIMIT!: number;

  @Setting({
    group: 'HTTP',
    doc: 'Signs access tokens. Make one: openssl rand -base64 48',
    expects: 'at least 32 characters',
    secret: true,
    aliases: ['JWT_SECRET_KEY'],
  })
  @IsString()
  @MinLength(32)
  readonly JWT_SECRET!: string;

  @Setting({
    group: 'HTTP',
    doc: 'Bearer token for /metrics. Without it /metrics is open, in production closed. Make one: openssl rand -base64 24',
    expects: 'at least 16 characters',
    secret: true,
    optional: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(16)
  readonly METRICS_TOKEN?: string;

  @Setting({
    group: 'Data',
    doc: 'The event store: EventStoreDB 24.10 or newer, or a KurrentDB cluster. "local" starts one, through npm start.',
    expects: 'esdb://… or esdb+discover://… ("local" only with npm start)',
    secret: true,
  })
  @Matches(/^esdb(\+discover)?:\/\/[^\s]+$/)
  readonly EVENTSTORE_URL!: string;

  @Setting({
    group: 'Data',
    doc: 'PostgreSQL, reached directly or through a session-mode pooler. "local" starts one, through npm start.',
    expects: 'postgres://… ("local" only with npm start)',
    secret: true,
  })
  @Matches(/^postgres(ql)?:\/\/[^\s]+$/)
  readonly DATABASE_URL!: string;

  @Setting({
    group: 'Data',
    doc: 'Most connections this process opens to PostgreSQL.',
    expects: 'a whole number from 4 to 200',
    kind: 'integer',
    default: '10',
  })
  @IsInt()
  @Min(4)
  @Max(200)
  readonly DATABASE_POOL_MAX!: number;

  @Setting({
    group: 'Data',
    doc: 'Encrypts personal data; losing it loses them. Make one: openssl rand -base64 32',
    expects: '32 bytes in base64',
    secret: true,
  })
  @IsKeyOf32Bytes()
  readonly IDENTITY_KEY!: string;
}
