/** Everything a customer can wish for. Each wish has its own key, so that repeating it after a failure changes nothing twice. */
import * as api from './generated/sdk.gen.js';
import type { Link, PanelLoginView, PlaceOrderRequest, PlaceOrderResponse, PlanQuote, Session } from './generated/types.gen.js';
import { queryClient } from './queries.js';
import { signedIn, signedOut } from './session.js';

export type { PanelLoginView, PlaceOrderRequest, PlaceOrderResponse, PlanQuote };

/** A key for a new wish. */
export const newKey = (): string => crypto.randomUUID();
const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });

const enter = (session: Session): void => {
  queryClient.clear();
  signedIn(session);
};

export const logIn = async (body: { email: string; password: string }): Promise<void> => enter((await api.customersLogIn({ body })).data);

export const signUp = async (body: { email: string; password: string; name: string }): Promise<void> =>
  enter((await api.customersSignUp({ body })).data);

/** Here it is over whatever the API answers; there it ends when the API hears of it. */
export const logOut = async (): Promise<void> => {
  await api.authLogout().catch(() => undefined);
  signedOut(false);
  queryClient.clear();
};

export const changePassword = async (body: { currentPassword: string; newPassword: string }): Promise<void> => {
  await api.accountChangePassword({ body, ...keyed(newKey()) });
};
export const mailEmailCode = async (body: { email: string; password: string }): Promise<void> => {
  await api.emailSendCode({ body, ...keyed(newKey()) });
};
export const confirmEmail = async (code: string, key: string): Promise<void> => {
  await api.emailConfirm({ body: { code }, ...keyed(key) });
};
export const rename = async (name: string): Promise<void> => {
  await api.customersRename({ body: { name } });
};
export const endSession = async (sessionId: string): Promise<void> => {
  await api.accountEnd({ path: { sessionId } });
};

export const placeOrder = async (body: PlaceOrderRequest, key: string): Promise<PlaceOrderResponse> =>
  (await api.ordersPlace({ body, headers: { 'Idempotency-Key': key } })).data;

export const reopenCheckout = async (orderId: string): Promise<PlaceOrderResponse> =>
  (await api.ordersCheckout({ path: { orderId }, ...keyed(newKey()) })).data;

export type Signal = 'start' | 'stop' | 'restart' | 'kill';

export const power = async (orderId: string, signal: Signal): Promise<void> => {
  await api.serverPower({ path: { orderId }, body: { signal }, ...keyed(newKey()) });
};

export const command = async (orderId: string, text: string): Promise<void> => {
  await api.serverCommand({ path: { orderId }, body: { command: text }, ...keyed(newKey()) });
};

export const resetPanelPassword = async (): Promise<PanelLoginView> => (await api.panelPasswordReset(keyed(newKey()))).data;

/** The one that an operator had set. */
export const revealPanelPassword = async (): Promise<PanelLoginView> => (await api.panelPasswordReveal()).data;

export const mailPanelCode = async (): Promise<void> => {
  await api.panelAccountSendCode(keyed(newKey()));
};
export const provePanelAccount = async (code: string): Promise<void> => {
  await api.panelAccountProve({ body: { code }, ...keyed(newKey()) });
};

export const cancelOrder = async (orderId: string, when: 'periodEnd' | 'now'): Promise<void> => {
  await api.billingCancel({ path: { orderId }, body: { when }, ...keyed(newKey()) });
};
export const undoCancel = async (orderId: string): Promise<void> => {
  await api.billingUndo({ path: { orderId }, ...keyed(newKey()) });
};
export const extendOrder = async (orderId: string): Promise<Link> =>
  (await api.billingExtend({ path: { orderId }, ...keyed(newKey()) })).data;
export const billingPortal = async (orderId: string): Promise<Link> =>
  (await api.billingPortal({ path: { orderId }, ...keyed(newKey()) })).data;

export const quotePlan = async (orderId: string, planId: string): Promise<PlanQuote> =>
  (await api.planChangeQuote({ path: { orderId }, body: { planId }, ...keyed(newKey()) })).data;
export const changePlan = async (orderId: string, quoteId: string): Promise<void> => {
  await api.planChangeConfirm({ path: { orderId }, body: { quoteId }, ...keyed(quoteId) });
};
