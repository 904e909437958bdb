/** Settings about the outside: Stripe, the panel and the people who are told. */
import { ArrayNotEmpty, IsBoolean, IsIn, IsInt, IsOptional, IsUrl, Matches, Max, Min } from 'class-validator';
import { HTTP_URL } from './setting-checks.js';
import { Setting } from './setting.js';

const PANEL_CREATE_TIMEOUT_MS_DEFAULT = 45_000;
const PANEL_SETTLE_MS_DEFAULT = 60_000;

export class ConnectionSettings {
  @Setting({
    group: 'Stripe',
    doc: 'Secret or restricted key; test keys outside production, live keys in it.',
    expects: 'a key that starts with sk_test_, rk_test_, sk_live_ or rk_live_',
    secret: true,
  })
  @Matches(/^(sk|rk)_(test|live)_\w+$/)
  readonly STRIPE_SECRET_KEY!: string;

  @Setting({
    group: 'Stripe',
    doc: 'Signing secret of the webhook endpoint; several during a rotation.',
    expects: 'comma-separated secrets that start with whsec_',
    kind: 'list',
    secret: true,
  })
  @ArrayNotEmpty()
  @Matches(/^whsec_\S+$/, { each: true })
  readonly STRIPE_WEBHOOK_SECRET!: readonly string[];

  @Setting({
    group: 'Stripe',
    doc: 'Base address of the local Stripe; without it Stripe itself.',
    expects: 'an http address',
    optional: true,
    refusedInProduction: 'a stand-in cannot take money; remove it',
  })
  @IsOptional()
  @IsUrl(HTTP_URL)
  readonly STRIPE_API_URL?: string;

  @Setting({
    group: 'Stripe',
    doc: 'What becomes of money that names no order of ours, or that its order cannot take: manual waits for an operator, auto gives it back without asking.',
    expects: 'manual or auto',
    default: 'manual',
  })
  @IsIn(['manual', 'auto'])
  readonly REFUND_UNMATCHED!: 'manual' | 'auto';

  @Setting({
    group: 'Stripe',
    doc: "How often Stripe's list of events is compared with ours and open payments are asked about, in seconds; 0: only by hand.",
    expects: 'a whole number from 0 to 86400, in production from 30',
    kind: 'integer',
    default: '300',
  })
  @IsInt()
  @Min(0)
  @Max(86_400)
  readonly STRIPE_SWEEP_SECONDS!: number;

  @Setting({
    group: 'Stripe',
    doc: 'Whether customers may type promotion codes at the checkout; the codes are made at Stripe.',
    expects: 'true or false',
    kind: 'boolean',
    default: 'false',
  })
  @IsBoolean()
  readonly STRIPE_PROMOTION_CODES!: boolean;

  @Setting({
    group: 'Stripe',
    doc: 'Whether Stripe works out and adds the tax at the checkout; needs Stripe Tax with a default tax behaviour.',
    expects: 'true or false',
    kind: 'boolean',
    default: 'false',
  })
  @IsBoolean()
  readonly STRIPE_AUTOMATIC_TAX!: boolean;

  @Setting({
    group: 'Service',
    doc: 'How many days a service runs on after its payment failed or its period ended.',
    expects: 'a whole number from 0 to 60',
    kind: 'integer',
    default: '3',
  })
  @IsInt()
  @Min(0)
  @Max(60)
  readonly GRACE_DAYS!: number;

  @Setting({
    group: 'Service',
    doc: 'How many days after that a suspended service is kept before it ends and its server is deleted.',
    expects: 'a whole number from 1 to 365',
    kind: 'integer',
    default: '7',
  })
  @IsInt()
  @Min(1)
  @Max(365)
  readonly RETENTION_DAYS!: number;

  @Setting({ group: 'Panel', doc: 'The Pterodactyl panel.', expects: 'an http(s) address', aliases: ['PTERODACTYL_URL'] })
  @IsUrl(HTTP_URL)
  readonly PANEL_URL!: string;

  @Setting({
    group: 'Panel',
    doc: 'Application key (Admin area, Application API); starts with ptla_.',
    expects: 'an application key: in the panel, Admin area, Application API (starts with ptla_)',
    secret: true,
    aliases: ['PTERODACTYL_API_KEY'],
  })
  @Matches(/^(?!ptlc_)\S{16,}$/)
  readonly PTERO_APP_KEY!: string;

  @Setting({
    group: 'Panel',
    doc: 'Client key of a panel administrator (Account, API Credentials); starts with ptlc_. Without it live status, power and console answer 503.',
    expects: 'a client key: in the panel, Account, API Credentials (starts with ptlc_)',
    optional: true,
    secret: true,
  })
  @IsOptional()
  @Matches(/^(?!ptla_)\S{16,}$/)
  readonly PTERO_CLIENT_KEY?: string;

  @Setting({
    group: 'Panel',
    doc: "Calls a minute that the panel's client API allows that administrator (APP_API_CLIENT_RATELIMIT), shared by all processes; more are refused.",
    expects: 'a whole number from 60 to 100000',
    kind: 'integer',
    default: '240',
  })
  @IsInt()
  @Min(60)
  @Max(100_000)
  readonly PANEL_CLIENT_RATE_LIMIT!: number;

  @Setting({
    group: 'Panel',
    doc: "Calls a minute that the panel allows one administrator (the panel's APP_API_APPLICATION_RATELIMIT); more wait.",
    expects: 'a whole number from 60 to 100000',
    kind: 'integer',
    default: '240',
  })
  @IsInt()
  @Min(60)
  @Max(100_000)
  readonly PANEL_RATE_LIMIT!: number;

  @Setting({
    group: 'Panel',
    doc: 'The time for which the panel counts those calls, in seconds (its `application_period`, a minute unless it was changed).',
    expects: 'a whole number from 1 to 3600',
    kind: 'integer',
    default: '60',
  })
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly PANEL_RATE_WINDOW_SECONDS!: number;

  @Setting({
    group: 'Panel',
    doc: 'How long one creation call may take, in milliseconds; production accepts no less than the default.',
    expects: 'a whole number from 1 to 600000',
    kind: 'integer',
    default: String(PANEL_CREATE_TIMEOUT_MS_DEFAULT),
  })
  @IsInt()
  @Min(1)
  @Max(600_000)
  readonly PANEL_CREATE_TIMEOUT_MS!: number;

  @Setting({
    group: 'Panel',
    doc: 'How long after a timed-out creation the panel may still finish it, in milliseconds; production accepts no less than the default.',
    expects: 'a whole number from 1 to 600000',
    kind: 'integer',
    default: String(PANEL_SETTLE_MS_DEFAULT),
  })
  @IsInt()
  @Min(1)
  @Max(600_000)
  readonly PANEL_SETTLE_MS!: number;

  @Setting({
    group: 'Panel',
    doc: 'How often an install is looked at, in milliseconds.',
    expects: 'a whole number from 10 to 60000',
    kind: 'integer',
    default: '2000',
  })
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly PANEL_POLL_MS!: number;

  @Setting({
    group: 'Panel',
    doc: 'How often all nodes and servers of the panel are read and compared with the record, in seconds; a call for every 100 servers.',
    expects: 'a whole number from 1 to 3600',
    kind: 'integer',
    default: '15',
  })
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly PANEL_OBSERVE_SECONDS!: number;

  @Setting({
    group: 'People',
    doc: 'Mail server for messages to customers; without one none are sent, which is recorded.',
    expects: 'smtp://… or smtps://…',
    optional: true,
    requiredInProduction: true,
    secret: true,
  })
  @IsOptional()
  @Matches(/^smtps?:\/\/\S+$/)
  readonly SMTP_URL?: string;

  @Setting({
    group: 'People',
    doc: 'Whom messages to customers come from.',
    expects: 'an address, or a name and an address in angle brackets',
    default: 'Order ledger <no-reply@localhost>',
    requiredInProduction: true,
  })
  @Matches(/^(?:[^<>@\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/)
  readonly MAIL_FROM!: string;

  @Setting({
    group: 'People',
    doc: 'Discord or Slack webhook that alerts are posted to.',
    expects: 'an http(s) address',
    optional: true,
    secret: true,
  })
  @IsOptional()
  @IsUrl(HTTP_URL)
  readonly ALERT_WEBHOOK_URL?: string;

  @Setting({
    group: 'People',
    doc: 'Create demo@example.com and ops@example.com with known passwords at start.',
    expects: 'true or false',
    kind: 'boolean',
    default: 'false',
    refusedInProduction: 'everybody knows the passwords; set it to false',
  })
  @IsBoolean()
  readonly DEMO_ACCOUNTS!: boolean;
}
