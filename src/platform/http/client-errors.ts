/** What goes wrong in a browser, told by the page itself: logged without what is personal or secret, and counted. */
import { Injectable, Logger } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

export interface ClientError {
  readonly kind: string;
  readonly message: string;
  readonly stack?: string;
  readonly page?: string;
  readonly release?: string;
}

/** Longest first: a token may look like part of something else. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer)\s+[\w.~+/=-]+/gi, '$1 [token]'],
  [/\beyJ[\w-]*\.[\w-]*\.[\w-]*/g, '[token]'],
  [/\b(sk|rk|pk|whsec|ptla|ptlc)_\w+/g, '[key]'],
  [/[\w.+%-]+(@|%40)[\w-]+(\.[\w-]+)+/g, '[e-mail]'],
  // Query and fragment of an address or a path.
  [/((?:https?:\/)?\/[^\s?#)'"]*)[?#][^\s)'":]*/g, '$1'],
  [/\b(password|token|secret|code)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi, '$1$2[hidden]'],
];

/** The text without tokens, keys, e-mail addresses and what follows a path in addresses; one line. */
export const redacted = (text: string): string =>
  SECRETS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text).replaceAll(/[^\S ]+/g, ' ⏎ ');

@Injectable()
export class ClientErrors {
  private readonly log = new Logger('browser');
  private readonly registry = new Registry();
  private readonly counter = new Counter({
    name: 'ledger_client_errors_total',
    help: 'Errors that pages reported from browsers.',
    labelNames: ['kind'],
    registers: [this.registry],
  });

  take({ kind, message, stack = '', page = '', release = '' }: ClientError): void {
    this.counter.inc({ kind });
    this.log.warn(`${kind} on ${redacted(page)} (${redacted(release)}): ${redacted(message)} ${redacted(stack)}`.trimEnd());
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
