/** What the operators' page of one order says. */
export const opsOrder = {
  title: 'Order',
  back: 'All orders',
} as const;
