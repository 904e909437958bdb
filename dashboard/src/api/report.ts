/** Tells the API what went wrong in a page, so that it does not stay unseen. */
import * as api from './generated/sdk.gen.js';

const MESSAGE_MAX = 500;
const STACK_MAX = 4_000;

/** Never fails: whoever reports a failure must not be the next one. */
export const report = (kind: 'error' | 'rejection' | 'render', error: unknown): void => {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  const body = {
    kind,
    message: message.slice(0, MESSAGE_MAX) || kind,
    page: location.pathname,
    ...(stack === undefined ? {} : { stack: stack.slice(0, STACK_MAX) }),
  };
  api.clientErrorsReport({ body }).catch(() => undefined);
};

/** What nobody else catches. */
export const reportUncaught = (): void => {
  addEventListener('error', ({ error, message }) => report('error', error ?? message));
  addEventListener('unhandledrejection', ({ reason }) => report('rejection', reason));
};
