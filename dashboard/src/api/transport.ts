/** How the generated client reaches the API: with the token, and after a 401 once more with a fresh one. */
import { client } from './generated/client.gen.js';
import { hearStale } from './live.js';
import { session, signedIn, signedOut, type Role } from './session.js';

/** Empty: the origin that serves this page, directly or through its proxy. */
export const API_URL = (import.meta.env['VITE_API_URL'] as string | undefined) ?? '';
const REFRESH = '/api/v1/auth/refresh';
const UNAUTHORIZED = 401;

const credentials: RequestCredentials = API_URL === '' ? 'same-origin' : 'include';

const withToken = (request: Request): Request => {
  const now = session();
  if (now.status === 'in') request.headers.set('authorization', `Bearer ${now.accessToken}`);
  return request;
};

let refreshing: Promise<boolean> | undefined;

/** All who need a fresh token at once share one request. Answers whether somebody is logged in now. */
export const refresh = (): Promise<boolean> => {
  refreshing ??= askForToken().finally(() => (refreshing = undefined));
  return refreshing;
};

/** While nobody answers somebody who is logged in stays so. */
const askForToken = async (): Promise<boolean> => {
  const before = session().status;
  try {
    const answer = await fetch(`${API_URL}${REFRESH}`, { method: 'POST', credentials });
    if (answer.ok) signedIn((await answer.json()) as { customerId: string; role: Role; accessToken: string });
    else signedOut(before === 'in');
    return answer.ok;
  } catch {
    if (before === 'starting') signedOut(false);
    return false;
  }
};

/** A login's own 401 says that the password is wrong, not that a token is. */
const isLogin = (request: Request): boolean => new URL(request.url).pathname === '/api/v1/sessions';

/** fetch, with the token of whoever is logged in. */
export const authorizedFetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const request = new Request(input, { credentials, ...init });
  const again = request.clone();
  const answer = await fetch(withToken(request));
  if (answer.status !== UNAUTHORIZED || isLogin(request)) return heard(request, answer);
  return (await refresh()) ? heard(again, await fetch(withToken(again))) : answer;
};

/** An answer may be older than what was asked for, and then says so. */
const heard = ({ method, url }: Request, answer: Response): Response => {
  if (method === 'GET') hearStale(new URL(url).pathname, answer.headers.get('ledger-stale') === 'true');
  return answer;
};

client.setConfig({ baseUrl: API_URL === '' ? location.origin : API_URL, fetch: authorizedFetch });
