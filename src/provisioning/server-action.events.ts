/** What people do to a running server on the panel: power, console and its name. Part of the streams `provisioning-<orderId>`. */
import type { Fact } from '../platform/event.js';

export type ServerAction = 'start' | 'stop' | 'restart' | 'kill' | 'command';

/** Somebody is about to do this on the panel; it is done once or not at all. What a command says is not told, for it may hold a secret. */
export type ServerActionStarted = Fact<
  'ServerActionStarted',
  {
    readonly orderId: string;
    readonly actionId: string;
    readonly action: ServerAction;
    readonly serverId: number;
    /** An operator's reason, kept sealed; null for the customer's own. */
    readonly noteId: string | null;
    /** From when on nobody knows any more what became of it, unless that is recorded. */
    readonly callDeadlineAt: string;
    readonly startedAt: string;
  }
>;
/** What came of it. `unknown`: the panel's answer was lost, or we were; it is never done again by itself. */
export type ServerActionEnded = Fact<
  'ServerActionEnded',
  {
    readonly orderId: string;
    readonly actionId: string;
    readonly action: ServerAction;
    readonly outcome: 'done' | 'refused' | 'unknown';
    /** Why not, where it was not done. */
    readonly code: string | null;
    readonly endedAt: string;
  }
>;
/** An operator looks at the console, which may show what players write. */
export type ServerConsoleOpened = Fact<
  'ServerConsoleOpened',
  { readonly orderId: string; readonly serverId: number; readonly noteId: string; readonly openedAt: string }
>;

/** Its customer calls it otherwise, and the panel is to, too: the claim on one call until the deadline. What it is called stands sealed under `labelId`. */
export type ServerRenameRequested = Fact<
  'ServerRenameRequested',
  {
    readonly orderId: string;
    readonly labelId: string;
    readonly serverId: number;
    readonly callDeadlineAt: string;
    readonly requestedAt: string;
  }
>;
/** The panel has taken it. */
export type ServerRenamed = Fact<
  'ServerRenamed',
  { readonly orderId: string; readonly labelId: string; readonly serverId: number; readonly takenAt: string }
>;
/** It is not known to have been taken; nothing asks for it again but its customer. */
export type ServerRenameFailed = Fact<
  'ServerRenameFailed',
  { readonly orderId: string; readonly labelId: string; readonly serverId: number; readonly code: string; readonly failedAt: string }
>;

export type ServerActionEvent =
  ServerActionStarted | ServerActionEnded | ServerConsoleOpened | ServerRenameRequested | ServerRenamed | ServerRenameFailed;
