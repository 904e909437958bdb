/** What went wrong and what to do about it, by the API's code. */
interface Words {
  readonly title: string;
  readonly advice: string;
}

const known: Readonly<Record<string, Words>> = {
  OFFLINE: { title: 'We cannot be reached', advice: 'Check your connection. Nothing you bought is affected; this page tries again.' },
  LOGIN_FAILED: { title: 'E-mail or password is wrong', advice: 'Check both and try again.' },
  PASSWORD_WRONG: { title: 'The current password is wrong', advice: 'Check it and try again.' },
  EMAIL_TAKEN: { title: 'There is an account with this e-mail already', advice: 'Log in with it instead.' },
  EMAIL_UNCHANGED: { title: 'This is your e-mail address already', advice: 'Enter the one that you want instead.' },
  UNAUTHENTICATED: { title: 'You are not logged in', advice: 'Log in and try again.' },
  TOKEN_INVALID: { title: 'Your session has ended', advice: 'Log in again; you stay on this page.' },
  FORBIDDEN: { title: 'This is not yours to see', advice: 'Log in with another account.' },
  NOT_FOUND: { title: 'This does not exist', advice: 'The address is wrong, or it belongs to another account.' },
  RATE_LIMITED: { title: 'That was too fast', advice: 'Wait a minute and try again.' },
  VALIDATION_FAILED: { title: 'Something is not filled in right', advice: 'Look at the marked fields.' },
  NO_CAPACITY: { title: 'Sold out', advice: 'The last one was just taken; nothing was charged. Choose another region or plan.' },
  PLAN_NOT_SELLABLE: {
    title: 'This plan cannot be bought right now',
    advice: 'We are looking into it. Choose another plan, or come back later.',
  },
  PLAN_UNKNOWN: { title: 'This plan is no longer offered', advice: 'Choose another one.' },
  REGION_UNKNOWN: { title: 'This region is no longer offered', advice: 'Choose another one.' },
  CONFIGURATION_INVALID: { title: 'A setting of the game is not valid', advice: 'Correct it and go on.' },
  PANEL_ACCOUNT_PENDING: { title: 'Your panel account is still being made', advice: 'This takes a few seconds. Try again.' },
  PANEL_ACCOUNT_CONFLICT: {
    title: 'The panel knows your e-mail already',
    advice: 'Prove on your account page that it is yours; then you can buy.',
  },
  PANEL_ACCOUNT_NOT_IN_CONFLICT: { title: 'Your panel account is fine', advice: 'There is nothing to prove.' },
  CODE_WRONG: { title: 'This code is not the right one', advice: 'Look at the newest mail from us; a code is good for a short time.' },
  CODE_SENT_ALREADY: { title: 'A code was sent a moment ago', advice: 'Look at your mail, or ask again in a minute.' },
  MAIL_UNAVAILABLE: { title: 'We cannot send mail right now', advice: 'Try again in a few minutes.' },
  CHECKOUT_REFUSED: { title: 'This order can no longer be paid', advice: 'Nothing was charged. Place a new one.' },
  CHECKOUT_CLOSED: { title: 'The checkout has closed', advice: 'Open a new one.' },
  CAPACITY_UNKNOWN: { title: 'We cannot see the free room right now', advice: 'Nothing was charged. Try again in a moment.' },
  STRIPE_UNAVAILABLE: { title: 'The payment service does not answer', advice: 'Nothing was charged. Try again in a moment.' },
  STORE_UNAVAILABLE: { title: 'We cannot record anything right now', advice: 'Nothing was changed. Try again in a moment.' },
  DATABASE_UNAVAILABLE: { title: 'Our records do not answer', advice: 'Nothing is lost. Try again in a moment.' },
  TOO_MANY_CONFLICTS: { title: 'Too many people at once', advice: 'Nothing was changed. Try again.' },
  PLACEMENT_UNSETTLED: { title: 'Your order is being placed', advice: 'Try again in a few seconds; it will not be placed twice.' },
  IDEMPOTENCY_KEY_IN_USE: { title: 'Your first try is still at work', advice: 'Wait a moment and try again.' },
  PANEL_UNAVAILABLE: {
    title: 'The server panel does not answer',
    advice: 'Your server itself may well be running. We ask again every few seconds.',
  },
  PANEL_BUSY: { title: 'The server panel is busy', advice: 'We ask again in a moment.' },
  PANEL_CLIENT_KEY_MISSING: { title: 'Live control is not set up here', advice: 'Use the panel for power and console.' },
  NODE_UNREACHABLE: { title: "Your server's machine does not answer", advice: 'We are told automatically. Ask support if it stays so.' },
  INTERRUPTED: { title: 'We do not know whether this was done', advice: 'Look at the state of the server before you try again.' },
  SERVER_NOT_CREATED: { title: 'The server does not exist yet', advice: 'It is being made.' },
  SERVER_INSTALLING: { title: 'The server is being installed', advice: 'It can be used as soon as that is done.' },
  SERVER_SUSPENDED: { title: 'The server is suspended', advice: 'The order page says why, and what brings it back.' },
  SERVER_DELETED: { title: 'The server is gone', advice: 'It was deleted when its service ended.' },
  SERVER_STATE_CONFLICT: { title: 'The server cannot do that now', advice: 'Wait until it has settled.' },
  SERVER_OFFLINE: { title: 'The server is not running', advice: 'Start it first.' },
  NO_BILLING_ACCOUNT: { title: 'There are no invoices yet', advice: 'They come with the first payment.' },
  ORDER_NOT_SERVED: { title: 'This order is not in service', advice: 'It must be ready before it can be changed.' },
  ORDER_NOT_PAID_ONCE: { title: 'This order is a subscription', advice: 'It renews by itself.' },
  PLAN_CHANGE_ONLY_FOR_SUBSCRIPTIONS: {
    title: 'Only subscriptions can change their plan',
    advice: 'This one was paid once; change after it ends.',
  },
  PLAN_CHANGE_UNDER_WAY: { title: 'A change of plan is under way', advice: 'Wait until it is done.' },
  ORDER_CANCELLED: { title: 'This order is cancelled', advice: 'Undo the cancellation first.' },
  ORDER_IN_DISPUTE: { title: 'A payment is disputed', advice: 'It must be settled first.' },
  ORDER_SUSPENDED: { title: 'The service is suspended', advice: 'Pay what is open first.' },
  QUOTE_EXPIRED: { title: 'This quote has expired', advice: 'Ask for a new one.' },
  QUOTE_REFUSED: { title: 'This change cannot be quoted', advice: 'Choose another plan or ask support.' },
  PORTS_DIFFER: { title: 'That plan needs other ports', advice: 'It cannot be changed to; ask support.' },
  PANEL_PASSWORD_RESET_UNDERWAY: { title: 'A new password is being set already', advice: 'Wait a moment.' },
  PANEL_PASSWORD_SHOWN: { title: 'There is no password to show', advice: 'It was shown already, or none was set. Set a new one.' },
  PANEL_PASSWORD_NOT_SET: { title: 'The panel did not confirm the password', advice: 'Set another one.' },
};

const unexpected: Words = {
  title: 'Something went wrong on our side',
  advice: 'Try again. If it stays so, tell support the code below.',
};

export const wordsOf = (code: string, detail: string): Words =>
  known[code] ?? (detail === '' ? unexpected : { title: detail, advice: unexpected.advice });
