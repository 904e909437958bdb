/** What a call to the panel can come to. A caller must tell "refused" from "nobody knows", for only the first may be repeated freely. */

/** It happened, or was read. */
export interface Done<T> {
  readonly ok: 'done';
  readonly value: T;
}

/** The panel said no, and nothing happened. Rule and field are those of the first failed check; the panel's text is never kept. */
export interface Refused {
  readonly ok: 'refused';
  readonly code: string;
  readonly status: number;
  readonly rule?: string;
  readonly field?: string;
  /** From a 429: how long to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** A time-out, a cut connection, a 5xx, no JSON, or a failure of Wings: it may have happened or may yet happen. */
export interface Unknown {
  readonly ok: 'unknown';
  readonly code: string;
}

/** The panel itself says that there is no such thing. */
export interface Absent {
  readonly ok: 'absent';
}

export type PanelResult<T> = Done<T> | Refused | Unknown | Absent;

export const done = <T>(value: T): Done<T> => ({ ok: 'done', value });
export const unknown = (code: string): Unknown => ({ ok: 'unknown', code });
export const absent: Absent = { ok: 'absent' };

/** Applies `change` to the value of a call that was done. */
export const mapDone = <T, R>(result: PanelResult<T>, change: (value: T) => R): PanelResult<R> =>
  result.ok === 'done' ? done(change(result.value)) : result;

interface ErrorEntry {
  readonly code: string;
  readonly meta?: { readonly source_field?: string; readonly rule?: string };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const firstError = (body: unknown): ErrorEntry | undefined => {
  const errors = isRecord(body) ? body['errors'] : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return isRecord(first) && typeof first['code'] === 'string' ? (first as unknown as ErrorEntry) : undefined;
};

const SUCCESS_FROM = 200;
const REDIRECT_FROM = 300;
const SERVER_ERROR_FROM = 500;
const BAD_GATEWAY = 502;

/** 502 with this code is the panel's own word for a command to a server that does not run; a Wings failure has another code, a proxy none. */
const mayHaveHappened = ({ code }: ErrorEntry, status: number): boolean =>
  code === 'DaemonConnectionException' || (status >= SERVER_ERROR_FROM && !(status === BAD_GATEWAY && code === 'HttpException'));

/** Reads an answer. Branches on the error's code, because a Wings failure may carry any status, 404 and 403 included. */
export function judge(status: number, body: unknown): PanelResult<unknown> {
  if (status >= SUCCESS_FROM && status < REDIRECT_FROM) return status === 204 || isRecord(body) ? done(body) : unknown('NotJson');
  const error = firstError(body);
  if (error === undefined) return unknown(status >= SERVER_ERROR_FROM ? `Http${status}` : 'NotJson');
  if (mayHaveHappened(error, status)) return unknown(error.code);
  if (error.code === 'NotFoundHttpException') return absent;
  return refusal(error, status);
}

const refusal = ({ code, meta }: ErrorEntry, status: number): Refused => ({
  ok: 'refused',
  code,
  status,
  ...(typeof meta?.rule === 'string' ? { rule: meta.rule } : {}),
  ...(typeof meta?.source_field === 'string' ? { field: meta.source_field } : {}),
});
