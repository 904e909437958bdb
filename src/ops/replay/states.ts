/** The order, its money and its saga, folded by the very deciders that decide about them. */
import { orderDecider, type Order } from '../../orders/order.decider.js';
import { paymentDecider, type Payments } from '../../payments/payment.decider.js';
import type { Decider } from '../../platform/decider.js';
import type { Fact, Recorded } from '../../platform/event.js';
import { provisioningDecider, type Provisioning } from '../../provisioning/provisioning.decider.js';

export interface OrderStates {
  readonly order: Order;
  readonly payment: Payments;
  readonly provisioning: Provisioning;
}

export const BEFORE_ANYTHING: OrderStates = {
  order: orderDecider.initial,
  payment: paymentDecider.initial,
  provisioning: provisioningDecider.initial,
};

const DECIDERS = { order: orderDecider, payment: paymentDecider, provisioning: provisioningDecider } as unknown as Readonly<
  Record<keyof OrderStates, Decider<unknown, Fact>>
>;

const isState = (category: string): category is keyof OrderStates => Object.hasOwn(DECIDERS, category);

/** The states after an event of a type and version that is known. Throws what a decider throws over data it cannot make sense of. */
export const evolveStates = (states: OrderStates, event: Recorded): OrderStates => {
  const category = event.stream.slice(0, event.stream.indexOf('-'));
  return isState(category) ? { ...states, [category]: DECIDERS[category].evolve(states[category], event) } : states;
};
