/** Who is logged in. The access token lives in memory only; what outlives a reload is the server's own cookie, which scripts cannot read. */
import { useSyncExternalStore } from 'react';

export type Role = 'customer' | 'operator';

export type Session =
  | { readonly status: 'starting' }
  | { readonly status: 'out'; readonly expired: boolean }
  | { readonly status: 'in'; readonly customerId: string; readonly role: Role; readonly accessToken: string };

/** Says only that somebody was logged in here, so that strangers are not asked for a cookie they cannot have. */
const HINT = 'ledger.was-here';

let current: Session = localStorage.getItem(HINT) === null ? { status: 'out', expired: false } : { status: 'starting' };
const listeners = new Set<() => void>();

export const session = (): Session => current;

const become = (next: Session): void => {
  current = next;
  for (const listener of listeners) listener();
};

export const signedIn = (who: { customerId: string; role: Role; accessToken: string }): void => {
  localStorage.setItem(HINT, 'yes');
  const { customerId, role, accessToken } = who;
  become({ status: 'in', customerId, role, accessToken });
};

/** @param expired somebody was logged in until now, and is told so */
export const signedOut = (expired: boolean): void => {
  localStorage.removeItem(HINT);
  become({ status: 'out', expired });
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useSession = (): Session => useSyncExternalStore(subscribe, session);
