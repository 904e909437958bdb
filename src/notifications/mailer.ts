/** Sends mail over SMTP: one connection a message, own time-out round the whole of it. */
import { createTransport, type Transporter } from 'nodemailer';

export interface Mail {
  /** A repeat carries the same, by which mail servers and readers know it for the same message. */
  readonly id: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
}

/** `final`: this mail will never be taken; else another attempt may help, and this one may even have arrived. */
export type MailOutcome = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly final: boolean };

export interface MailSettings {
  /** `smtp://…` or `smtps://…`; undefined: there is no mail server. */
  readonly url: string | undefined;
  /** As mail shows it: `Order ledger <no-reply@example.com>`. */
  readonly from: string;
  /** Default 30,000 ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const STEP_TIMEOUT_MS = 10_000;

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
}

/** A refusal of the recipient or of the message itself is final; one of our log-in or of the connection is not. */
const outcomeOf = ({ code, responseCode }: SmtpError): MailOutcome => {
  const final = (code === 'EENVELOPE' || code === 'EMESSAGE') && (responseCode ?? 0) >= 500;
  return { ok: false, code: responseCode ? `SMTP_${responseCode}` : (code ?? 'UNKNOWN'), final };
};

export class Mailer {
  private readonly transport: Transporter | undefined;
  private readonly domain: string;

  constructor(private readonly settings: MailSettings) {
    const { url, from } = settings;
    this.domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
    const times = { connectionTimeout: STEP_TIMEOUT_MS, greetingTimeout: STEP_TIMEOUT_MS, socketTimeout: STEP_TIMEOUT_MS };
    this.transport = url === undefined ? undefined : createTransport({ url, ...times });
  }

  get isConfigured(): boolean {
    return this.transport !== undefined;
  }

  /** Never rejects. */
  async send({ id, to, subject, text }: Mail): Promise<MailOutcome> {
    if (!this.transport) return { ok: false, code: 'NO_MAIL_SERVER', final: true };
    const headers = { 'Auto-Submitted': 'auto-generated' };
    const sending = this.transport.sendMail({ from: this.settings.from, messageId: `<${id}@${this.domain}>`, to, subject, text, headers });
    const sent = sending.then(
      (): MailOutcome => ({ ok: true }),
      (error: unknown) => outcomeOf(error as SmtpError),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<MailOutcome>((answer) => {
      timer = setTimeout(() => answer({ ok: false, code: 'TIMEOUT', final: false }), this.settings.timeoutMs ?? TIMEOUT_MS);
    });
    return Promise.race([sent, late]).finally(() => clearTimeout(timer));
  }
}
