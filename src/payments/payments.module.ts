/** Money: recorded as Stripe tells it. */
import { Module } from '@nestjs/common';
import { paymentQueryHandlers } from './payment.queries.js';
import { stripeCallHandlers } from './stripe-call.handlers.js';
import { StripeModule } from '../stripe/stripe.module.js';
import { paymentHandlers } from './payment.handlers.js';

@Module({ imports: [StripeModule], providers: [...paymentHandlers, ...paymentQueryHandlers, ...stripeCallHandlers] })
export class PaymentsModule {}
