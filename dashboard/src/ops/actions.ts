/** What operators can have done. Each wish has its own key, so that repeating it after a failure changes nothing twice. */
import * as api from '../api/generated/sdk.gen.js';
import { newKey } from '../api/actions.js';
import type { DrainRequest, NodeDrained, SetNodeRequest } from '../api/generated/types.gen.js';

const keyed = () => ({ headers: { 'Idempotency-Key': newKey() } });

export const rebuild = (name: string, body: { acceptDifferences: boolean; reason: string }) =>
  api.projectionsRebuild({ path: { name }, body, ...keyed() });
export const verify = (name: string) => api.projectionsVerify({ path: { name }, ...keyed() });
export const cancelRebuild = (name: string, body: { purpose: 'swap' | 'verify'; reason: string }) =>
  api.projectionsCancel({ path: { name }, body, ...keyed() });
export const rollBack = (name: string, reason: string) => api.projectionsRollback({ path: { name }, body: { reason }, ...keyed() });
export const dropOld = (name: string, reason: string) => api.projectionsDropOld({ path: { name }, body: { reason }, ...keyed() });

/** @param rowKey absent: every row of the read model */
export const retryParked = (projection: string, rowKey?: string) =>
  api.parkedRetry({ body: { projection, ...(rowKey === undefined ? {} : { rowKey }) }, ...keyed() });
export const discardParked = (body: { projection: string; rowKey: string; eventId: string; reason: string }) =>
  api.parkedDiscard({ body, ...keyed() });

export const setNode = (nodeId: string, body: SetNodeRequest) => api.opsSetNode({ path: { nodeId }, body, ...keyed() });
export const drainNode = async (nodeId: string, body: DrainRequest): Promise<NodeDrained> =>
  (await api.opsDrainNode({ path: { nodeId }, body, ...keyed() })).data;

export const assignPanelAccount = (customerId: string, body: { panelUserId: number; reason: string }) =>
  api.panelAccountsAssign({ path: { customerId }, body, ...keyed() });
export const resetPanelPasswordOf = (customerId: string, reason: string) =>
  api.panelPasswordResetFor({ path: { customerId }, body: { reason }, ...keyed() });
export const retryNotification = (notificationId: string) => api.notificationsRetry({ path: { notificationId }, ...keyed() });

export const assignMoney = (objectId: string, body: { orderId: string; reason: string }) =>
  api.unmatchedMoneyAssign({ path: { objectId }, body, ...keyed() });
export const refundMoney = (objectId: string, reason: string) =>
  api.unmatchedMoneyRefund({ path: { objectId }, body: { reason }, ...keyed() });
