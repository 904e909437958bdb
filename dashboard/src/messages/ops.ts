/** What the operators' pages say. */
export const ops = {
  nav: {
    label: 'Operations',
    overview: 'Overview',
    orders: 'Orders',
    webhooks: 'Webhooks',
    nodes: 'Nodes',
    projections: 'Projections',
    customers: 'Customers',
    money: 'Unmatched money',
  },
} as const;
