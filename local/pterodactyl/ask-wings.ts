/** The panel's calls to Wings, which does what the fault of a call says. */
import { randomUUID } from 'node:crypto';
import { daemonConnection } from './errors.js';
import type { Call } from './route.js';

const WINGS_STATUS: Readonly<Record<string, 403 | 404 | 500 | 504>> = {
  wingsDown: 504,
  wings500: 500,
  wings404: 404,
  wings403: 403,
  timeoutRolledBack: 504,
};

/** `tolerated` answers count as done. @throws PanelError */
export async function askWings({ panel, fault }: Call, tolerated: readonly number[] = []): Promise<void> {
  const status = fault && WINGS_STATUS[fault.fault];
  if (fault === undefined || status === undefined) return;
  await panel.delay(fault);
  if (!tolerated.includes(status)) throw daemonConnection(status, randomUUID());
}
