/** The panel's calls to Wings, which does what the fault of a call says, or how it stands with the server's node. */
import { randomUUID } from 'node:crypto';
import { daemonConnection } from './errors.js';
import type { ServerRow } from './records.js';
import type { Call } from './route.js';

const WINGS_STATUS: Readonly<Record<string, 403 | 404 | 500 | 502 | 504>> = {
  wingsDown: 504,
  wings500: 500,
  wings502: 502,
  wings404: 404,
  wings403: 403,
  timeoutRolledBack: 504,
};

/** `tolerated` answers count as done. @throws PanelError */
export async function askWings({ panel, fault }: Call, { node }: ServerRow, tolerated: readonly number[] = []): Promise<void> {
  const ofCall = fault && WINGS_STATUS[fault.fault];
  const trouble = fault && ofCall ? { status: ofCall, delayMs: fault.delayMs } : panel.nodeTroubles.get(node);
  if (trouble === undefined) return;
  await panel.delay(trouble.delayMs);
  if (!tolerated.includes(trouble.status)) throw daemonConnection(trouble.status, randomUUID());
}
