/** What came back instead of an answer, in one shape: the API's own problem, or that nobody answered. */
export interface Problem {
  /** Stable; what to do about it stands in messages/problems.ts. */
  readonly code: string;
  readonly detail: string;
  readonly fields: Readonly<Record<string, string>>;
}

interface ProblemBody {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly errors?: readonly { readonly field: string; readonly problems: readonly string[] }[];
}

export const OFFLINE = 'OFFLINE';
const UNKNOWN = 'UNKNOWN';

export const problemOf = (error: unknown): Problem => {
  if (error instanceof TypeError) return { code: OFFLINE, detail: '', fields: {} };
  const { code, detail, errors } = (typeof error === 'object' && error !== null ? error : {}) as ProblemBody;
  return {
    code: typeof code === 'string' ? code : UNKNOWN,
    detail: typeof detail === 'string' ? detail : '',
    fields: Object.fromEntries((errors ?? []).map(({ field, problems }) => [field, problems.join('. ')])),
  };
};
