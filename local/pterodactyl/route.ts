/** How a call of the Application API is written down: what it is called, whose permission it needs, what it finds, what it does. */
import type { FaultRule } from '../support/faults.js';
import type { ApiKey, Panel, Resource } from './panel.js';
import type { Input } from './rules.js';

export interface Call {
  readonly panel: Panel;
  readonly key: ApiKey;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Input;
  /** The call's own absolute address, without its query. */
  readonly address: string;
  readonly fault: FaultRule | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** Below `/api/application`, with `:name` for a segment that is handed on. */
  readonly path: string;
  readonly resource: Resource;
  /** Finds what the call names (404 when it is not there) and returns the rest of the work, which runs only when permitted. */
  readonly prepare: (call: Call) => () => Reply | Promise<Reply>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent: Reply = { status: 204 };

/** A positive id from the path; anything else names nothing. */
export const idIn = (text: string | undefined): number => (text !== undefined && /^\d+$/.test(text) ? Number(text) : 0);

/** The route's parameters when the path fits it. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const segment = found[index] ?? '';
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = decodeURIComponent(segment);
    else if (part !== segment) return undefined;
  }
  return params;
}
