/** Nest's log lines through pino: one JSON object a line, nothing secret in it. */
import { type LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

const REDACTED = ['*.password', '*.token', '*.accessToken', '*.authorization', 'req.headers', '*.email'];

export class PinoLogger implements LoggerService {
  private readonly out: Logger;

  /** @param level fatal, error, warn, info, debug or trace */
  constructor(level: string) {
    this.out = pino({ level, redact: REDACTED, base: null });
  }

  log(message: unknown, context?: string): void {
    this.out.info({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.out.error({ context, stack }, String(message));
  }
  warn(message: unknown, context?: string): void {
    this.out.warn({ context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.out.debug({ context }, String(message));
  }
  fatal(message: unknown, context?: string): void {
    this.out.fatal({ context }, String(message));
  }
}
