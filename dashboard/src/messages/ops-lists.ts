/** What the operators' lists of webhooks, customers, messages and unmatched money say. */
export const webhooks = {
  title: 'Webhooks',
  lead: 'What Stripe sent, and what became of it.',
  search: 'Find by id',
  searchHint: 'Stripe id of the event or its object',
  typeHint: 'For example invoice.paid',
  none: 'No webhook fits.',
  swept: '· found, not delivered',
  columns: { type: 'Type', outcome: 'Outcome', became: 'Became', object: 'Object', order: 'Order', received: 'Received' },
  outcomes: {
    translated: 'Translated',
    nothingNew: 'Nothing new',
    waiting: 'Waiting',
    unmatched: 'Unmatched',
    setAside: 'Set aside',
    quarantined: 'Quarantined',
    ignored: 'Not read',
    foreign: 'Not ours',
  },
} as const;

export const customers = {
  title: 'Customers',
  lead: 'Names and addresses are shown one by one, never listed.',
  search: 'Find by e-mail',
  searchHint: 'The whole address',
  none: 'No customer fits.',
  one: 'Customer',
  orders: 'Orders',
  show: 'Show',
  showOf: (customerId: string) => `Show customer ${customerId}`,
  columns: { customer: 'Customer', panel: 'Panel account', account: 'Number', since: 'Signed up', acts: 'Details' },
  statuses: { linked: 'Linked', pending: 'Pending', conflict: 'Conflict' },
  facts: {
    name: 'Name',
    email: 'E-mail',
    id: 'Customer id',
    panel: 'Panel account',
    how: 'Came to be theirs',
    reason: 'Not linked because',
  },
  panelUserId: 'Number of the panel account',
  panelUserIdHint: 'As the panel shows it under Users. It must not be an administrator’s or another customer’s.',
  linkIt: 'Link a panel account',
  link: {
    title: 'Link a panel account?',
    text: 'The panel knew this address before. Make sure that the account is this customer’s: they get its servers. A refusal shows under what needs a human.',
    action: 'Link',
  },
  resetIt: 'Reset panel password',
  reset: {
    title: 'Set a new panel password?',
    text: 'The old one stops working at once. Only the customer sees the new one, a single time, on the account page.',
    action: 'Set a new password',
  },
} as const;

export const notifications = {
  title: 'Messages to customers',
  none: 'No message fits.',
  retryIt: 'Send again',
  retry: { title: 'Send this message again?', text: 'It was given up; it is tried anew.', action: 'Send again' },
  kinds: {
    ready: 'Ready',
    late: 'We are late',
    paymentFailed: 'Payment failed',
    reminder: 'Reminder',
    grace: 'Grace',
    suspended: 'Suspended',
    resumed: 'Resumed',
    refunded: 'Refunded',
    cancellationScheduled: 'Cancellation',
    ended: 'Ended',
  },
  columns: { kind: 'Message', status: 'Status', order: 'Order', attempts: 'Tries', when: 'When', acts: 'Act' },
  statuses: { due: 'Due', sending: 'Being sent', sent: 'Sent', dropped: 'Dropped', failed: 'Failed' },
} as const;

export const payments = {
  title: 'Payments',
  lead: 'Every movement of money: what came, what went back, what a dispute took.',
  search: 'Order id',
  searchHint: 'The whole id of an order',
  wholeId: 'Give the whole id of the order, as its page shows it.',
  currency: 'Currency',
  currencyHint: 'For example eur',
  none: 'No payment fits.',
  kinds: { payment: 'Payment', unmatchedMoney: 'Unmatched money', refund: 'Refund', dispute: 'Dispute' } as Readonly<
    Record<string, string>
  >,
  purposes: {
    initial: 'First payment',
    renewal: 'Renewal',
    change: 'Change of plan',
    extension: 'Extension',
    other: 'Other payment',
  } as Readonly<Record<string, string>>,
  columns: { what: 'What', amount: 'Amount', status: 'Status', why: 'Why', order: 'Order', when: 'When' },
  statuses: {
    succeeded: 'Settled',
    pending: 'Under way',
    failed: 'Failed',
    notAccepted: 'Not accepted',
    unmatched: 'Names no order',
    assigned: 'Assigned',
    refunded: 'Refunded',
    refundedInParts: 'Refunded in parts',
  } as Readonly<Record<string, string>>,
} as const;

export const money = {
  title: 'Unmatched money',
  lead: 'Money that named no order. It is given to the order it was meant for, or back.',
  none: 'All money that came names its order.',
  noneFits: 'No money fits.',
  assignIt: 'Assign',
  refundIt: 'Refund',
  orderId: 'Order id',
  orderIdHint: 'The whole id, as its page shows it.',
  columns: { amount: 'Amount', status: 'Status', object: 'Stripe object', why: 'Why', since: 'Arrived', acts: 'Decide' },
  statuses: {
    unmatched: 'Waits',
    assigned: 'Assigned',
    refunded: 'Refunded',
    refundedInParts: 'Refunded in parts',
    pending: 'Under way',
  } as Readonly<Record<string, string>>,
  assign: (amount: string) => ({
    title: `Assign ${amount}?`,
    text: 'The order is told of it as of any payment, and decides: if it is the price, the server is made.',
    action: 'Assign',
  }),
  refund: (amount: string) => ({
    title: `Give ${amount} back?`,
    text: 'All of it goes back the way it came. That cannot be undone.',
    action: 'Refund',
  }),
} as const;
