/** The built web application that is served beside the API: one page for all its addresses, and files that never change under their name. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

/** Beside the built code; while the sources run there is none. */
const DIR = join(import.meta.dirname, '../../../dashboard');
const ASSETS = join(DIR, 'assets');
const PAGE = 'index.html';
const YEAR_MS = 31_536_000_000;

/** Nothing from elsewhere, nothing written inside the page: neither scripts nor styles. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

interface Page {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

const pageOf = (name: string): Page => {
  const body = readFileSync(join(DIR, name));
  return {
    body,
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  };
};

export class WebApp {
  /** The names that stand beside the page; only these are ever read, whatever is asked for. */
  private readonly names: ReadonlySet<string>;

  constructor() {
    const entries = existsSync(ASSETS) ? readdirSync(DIR, { withFileTypes: true }) : [];
    this.names = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  }

  /** Sends a file that stands beside the page, or the page itself for an address of the application; false for neither. */
  send(reply: FastifyReply, path: string): boolean {
    const asked = path.slice(1);
    const name = this.names.has(asked) ? asked : extname(asked) === '' ? PAGE : undefined;
    if (name === undefined || !this.names.has(name)) return false;
    // Read again each time: it is small, and it may have been built anew.
    const { body, type, etag } = pageOf(name);
    void reply.headers({ 'content-security-policy': CONTENT_SECURITY_POLICY, 'cache-control': 'no-cache', etag });
    if (reply.request.headers['if-none-match'] === etag) void reply.status(304).send();
    else void reply.type(type).send(body);
    return true;
  }
}

/** Files whose name changes with their content: kept for ever, and packed when they were built. */
export function serveAssets(app: NestFastifyApplication): void {
  if (!existsSync(ASSETS)) return;
  app.useStaticAssets({
    root: ASSETS,
    prefix: '/assets/',
    decorateReply: false,
    immutable: true,
    maxAge: YEAR_MS,
    preCompressed: true,
    index: false,
  });
}
