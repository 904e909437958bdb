/** Money: recorded as Stripe tells it. */
import { Module } from '@nestjs/common';
import { paymentQueryHandlers } from './payment.queries.js';
import { stripeCallHandlers } from './stripe-call.handlers.js';
import { StripeModule } from '../stripe/stripe.module.js';
import { paymentHandlers } from './payment.handlers.js';
import { UnmatchedMoneyController } from './unmatched-money.controller.js';
import { UnmatchedMoneyProcess } from './unmatched-money.process.js';

@Module({
  imports: [StripeModule],
  controllers: [UnmatchedMoneyController],
  providers: [...paymentHandlers, ...paymentQueryHandlers, ...stripeCallHandlers, UnmatchedMoneyProcess],
  exports: [UnmatchedMoneyProcess],
})
export class PaymentsModule {}
