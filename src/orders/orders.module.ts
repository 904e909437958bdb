/** Orders: placing, paying, delivering, ending. */
import { Module } from '@nestjs/common';
import { BillingController } from './billing.controller.js';
import { CheckoutReturns } from './checkout-returns.js';
import { ServiceDesk } from './service-desk.js';
import { OrderDesk } from './order-desk.js';
import { orderHandlers } from './order.handlers.js';
import {
  CreditsOfOrderHandler,
  IsDeliveryAwaitedHandler,
  IsPlanChangingHandler,
  MayServerGoHandler,
  OrderFactsHandler,
  RoomOfPaidOrderHandler,
} from './order.queries.js';
import { OrdersController } from './orders.controller.js';
import { ReturnController } from './return.controller.js';
import { PlacementRunner } from './placement.runner.js';
import { PlanChangeController } from './plan-change.controller.js';
import { PlanChangeDesk } from './plan-change-desk.js';
import { planChangeHandlers } from './plan-change.handlers.js';
import { PlanChangeProcess } from './plan-change.process.js';
import { BelongsToNobodyHandler } from './stray-server.queries.js';
import { serviceHandlers } from './service.handlers.js';

@Module({
  controllers: [OrdersController, BillingController, PlanChangeController, ReturnController],
  providers: [
    ...orderHandlers,
    ...serviceHandlers,
    BelongsToNobodyHandler,
    CreditsOfOrderHandler,
    ...planChangeHandlers,
    PlanChangeDesk,
    PlanChangeProcess,
    IsDeliveryAwaitedHandler,
    IsPlanChangingHandler,
    MayServerGoHandler,
    OrderFactsHandler,
    RoomOfPaidOrderHandler,
    OrderDesk,
    ServiceDesk,
    CheckoutReturns,
    PlacementRunner,
  ],
  exports: [ServiceDesk, PlanChangeProcess],
})
export class OrdersModule {}
