/** What the panel shows of a server, judged by what is to be changed about it. Pure. */
import type { PanelServer } from '../pterodactyl/panel.types.js';
import type { Provisioning, Standing } from './provisioning-state.decider.js';
import type { ServerChange } from './server-life.events.js';
import { hasSize } from './server-size.js';

export type Changing = Extract<Provisioning, { status: 'changing' }>;

/** What the panel shows of a server, seen from what is to be changed. */
export type Seen =
  | { readonly is: 'changed' }
  | { readonly is: 'unchanged' }
  | { readonly is: 'installing' }
  /** The panel calls the install over; if the server lives, nothing need be done about it any more. */
  | { readonly is: 'ready' }
  | { readonly is: 'unclear'; readonly code: string }
  /** Nothing that we may change. */
  | { readonly is: 'lost'; readonly code: 'SERVER_GONE' | 'SERVER_NOT_OURS' };

/** A reinstall leaves no trace but that the server installs, or that an install which had failed has ended well. */
const seenReinstall = (server: PanelServer, saga: Standing | Changing): Seen => {
  return saga.status === 'changing' ? seenReinstalled(server, saga) : seenToReinstall(server, saga.reinstall === null);
};

/** Of one that was asked for. */
const seenReinstalled = ({ status }: PanelServer, { reinstall }: Changing): Seen => {
  if (status === 'installing') return { is: 'changed' };
  return { is: status === null && reinstall === null ? 'ready' : 'unchanged' };
};

/** @param mends whether it is to be done because an install failed, and not because an operator wants it */
const seenToReinstall = ({ status }: PanelServer, mends: boolean): Seen => {
  if (status === 'restoring_backup') return { is: 'installing' };
  if (mends && status === null) return { is: 'ready' };
  return mends && status === 'suspended' ? { is: 'unclear', code: 'SUSPENDED_DURING_INSTALL' } : { is: 'unchanged' };
};

/** What was to be removed because it did not become ready, and has. */
const isReadyNow = ({ status }: PanelServer, { move, install, status: stage }: Standing | Changing): boolean =>
  stage === 'installing' && status === null && !install.everReady && move?.wish.dataLossAccepted === false;

export const seenIn = (server: PanelServer, change: ServerChange, saga: Standing | Changing): Seen => {
  if (change === 'delete') return { is: 'unchanged' };
  if (change === 'remove') return { is: isReadyNow(server, saga) ? 'ready' : 'unchanged' };
  return change === 'reinstall' ? seenReinstall(server, saga) : seenState(server, change, saga);
};

const seenState = (server: PanelServer, change: 'suspend' | 'unsuspend' | 'resize', { size }: Standing | Changing): Seen => {
  const { status } = server;
  if (change !== 'unsuspend' && (status === 'installing' || status === 'restoring_backup')) return { is: 'installing' };
  if (change === 'resize') return size && hasSize(server, size.resources) ? { is: 'changed' } : { is: 'unchanged' };
  return (status === 'suspended') === (change === 'suspend') ? { is: 'changed' } : { is: 'unchanged' };
};
