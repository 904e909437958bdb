/** Why the panel's client API did not do what was asked, in codes that stay the same whatever the panel says. */
import { refuse, type Refusal } from '../../platform/refusal.js';
import type { Done, PanelResult } from '../../pterodactyl/panel.results.js';

const STATUS_AND_TEXT = {
  SERVER_OFFLINE: [409, 'The server is not running.'],
  SERVER_STATE_CONFLICT: [409, 'The panel does not allow this now: the server is suspended, being installed or being moved.'],
  SERVER_NOT_ON_PANEL: [409, 'The panel does not know this server.'],
  PANEL_REFUSED: [409, 'The panel refused this.'],
  PANEL_CLIENT_KEY_MISSING: [503, 'Power, console and live status are not set up here: PTERO_CLIENT_KEY is not set.'],
  PANEL_ACCESS_REFUSED: [503, 'The panel does not accept our key.'],
  PANEL_BUSY: [503, 'The panel takes no more calls for now; please try again in a minute.'],
  NODE_UNREACHABLE: [503, 'The machine of this server does not answer.'],
  PANEL_UNAVAILABLE: [503, 'The panel does not answer.'],
  INTERRUPTED: [503, 'It is not known what became of this; look at the state of the server.'],
} as const;

export type TroubleCode = keyof typeof STATUS_AND_TEXT;

/** `isCertain`: nothing was done. */
export interface Trouble {
  readonly code: TroubleCode;
  readonly isCertain: boolean;
}

const REFUSALS: Readonly<Record<string, TroubleCode>> = {
  HttpException: 'SERVER_OFFLINE',
  ServerStateConflictException: 'SERVER_STATE_CONFLICT',
  ConflictHttpException: 'SERVER_STATE_CONFLICT',
  NoClientKey: 'PANEL_CLIENT_KEY_MISSING',
  AuthenticationException: 'PANEL_ACCESS_REFUSED',
  AccessDeniedHttpException: 'PANEL_ACCESS_REFUSED',
  BudgetUsedUp: 'PANEL_BUSY',
  TooLateToSend: 'PANEL_BUSY',
  ThrottleRequestsException: 'PANEL_BUSY',
};

export const troubleOf = (result: Exclude<PanelResult<unknown>, Done<unknown>>): Trouble => {
  if (result.ok === 'absent') return { code: 'SERVER_NOT_ON_PANEL', isCertain: true };
  if (result.ok === 'refused') return { code: REFUSALS[result.code] ?? 'PANEL_REFUSED', isCertain: true };
  return { code: result.code === 'DaemonConnectionException' ? 'NODE_UNREACHABLE' : 'PANEL_UNAVAILABLE', isCertain: false };
};

export const refusalOf = (code: TroubleCode): Refusal => {
  const [status, text] = STATUS_AND_TEXT[code];
  return refuse(code, status, text);
};
